// A one-time link for the lines of one sending server: its command reports back by itself, and the page waits for it.

import * as api from "./api.js";

const ASK_EVERY_MS = 2000;

/** How the command of each system hands on what it prints; `LINK` is where. */
const SENDS = {
  linux: (command, link) => `{\n${command}\n} | tee /dev/stderr | curl -sS -T - ${link}`,
  macos: (command, link) => `{\n${command}\n} | tee /dev/stderr | curl -sS -T - ${link}`,
  powershell: (command, link) =>
    `$lines = & {\n${command}\n}; $lines\nInvoke-RestMethod -Method Put -ContentType text/plain -Uri ${link} -Body ($lines -join "\`n")`,
};

/** `commands`, one a system, each of which sends what it prints to `link`. */
export const reporting = (commands, link) =>
  Object.fromEntries(
    Object.entries(commands).map(([system, command]) => [system, SENDS[system]?.(command, link) ?? command]),
  );

/**
 * Opens a case on this server: where its lines go, and until when.
 *
 * @returns {Promise<{ id: string, link: string, until: string }>}
 */
export async function open() {
  const { id, url, expires_at: until } = await api.openCase();
  return { id, link: new URL(url, location.href).href, until };
}

/** Waits for the lines of `opened`: the text, or nothing when its time is over. Rejects when it is called off. */
export async function lines(opened, signal) {
  const end = Date.parse(opened.until);
  while (Date.now() < end) {
    const text = await api.caseLines(opened.id, signal);
    if (text) return text;
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
    signal.throwIfAborted();
  }
  return null;
}
