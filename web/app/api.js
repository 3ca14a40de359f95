// The API: one check, its events as they come.

import { sentence } from "./words.js";

/** What the API says when it does not do what was asked (RFC 9457). */
export class Problem extends Error {
  constructor(words, status, detail = "") {
    super(words);
    this.status = status;
    this.detail = detail;
  }
}

async function refuse(response) {
  let words = `This page’s server answered ${response.status}.`;
  let detail = "";
  try {
    const problem = await response.json();
    words = [problem.title, problem.detail].filter(Boolean).map(sentence).join(" ") || words;
    detail = String(problem.detail ?? "");
  } catch {
    // Not a problem document: the status alone speaks.
  }
  return new Problem(words, response.status, detail);
}

/**
 * Which vantages there are, and which of them see port 25.
 *
 * @returns {Promise<import("./state.js").Schemas["VantageView"][]>}
 */
export async function vantages() {
  const response = await fetch("/v1/vantages", { headers: { accept: "application/json" } });
  if (!response.ok) throw await refuse(response);
  return response.json();
}

/** Asks for a check; `credentials` are headers. `onEvent(name, data)` is called for each event; ends when the stream ends. */
export async function check(request, credentials, onEvent, signal) {
  const response = await fetch("/v1/check", {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream", ...credentials },
    body: JSON.stringify(request),
    signal,
  });
  if (!response.ok) throw await refuse(response);
  if (!response.body) return;
  await events(response.body.pipeThrough(new TextDecoderStream()).getReader(), onEvent);
}

/**
 * Has the server keep `report`: `{id, expires_at}`. A server without a shelf has no such route.
 *
 * @returns {Promise<{ id: string, expires_at: string }>}
 */
export async function keepReport(report) {
  const response = await fetch("/v1/reports", {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify(report),
  });
  if (response.status === 404) throw new Problem("This server keeps no results: use the private link.", 404);
  if (!response.ok) throw await refuse(response);
  return response.json();
}

/** The report that is kept under `id`. */
export async function keptReport(id) {
  const response = await fetch(`/v1/reports/${encodeURIComponent(id)}`, {
    headers: { accept: "application/json" },
  });
  if (!response.ok) throw await refuse(response);
  return response.json();
}

/** Has the server forget what is kept under `id`. */
export async function forgetReport(id) {
  const response = await fetch(`/v1/reports/${encodeURIComponent(id)}`, { method: "DELETE" });
  if (!response.ok && response.status !== 404) throw await refuse(response);
}

/**
 * Opens a case: a link that takes the lines of one sending server, once, for 15 minutes.
 *
 * @returns {Promise<{ id: string, url: string, expires_at: string }>}
 */
export async function openCase() {
  const response = await fetch("/v1/cases", {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: "{}",
  });
  if (!response.ok) throw await refuse(response);
  return response.json();
}

/** The lines of a case, and then no more; empty while they have not come, or while the server cannot be reached. */
export async function caseLines(id, signal) {
  let response;
  try {
    response = await fetch(`/v1/cases/${encodeURIComponent(id)}`, { signal, cache: "no-store" });
  } catch (error) {
    if (signal.aborted) throw error;
    return "";
  }
  if (response.status === 404) throw new Problem("The one-time link has expired.", 404);
  if (!response.ok) throw await refuse(response);
  return response.text();
}

/** Reads a stream of server-sent events (WHATWG HTML, section 9.2). */
export async function events(reader, onEvent) {
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (rest + value).replaceAll("\r\n", "\n").split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      let name = "message";
      const data = [];
      for (const line of block.split("\n")) {
        if (line.startsWith("event:")) name = line.slice(6).trim();
        else if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
      }
      if (data.length) onEvent(name, JSON.parse(data.join("\n")));
    }
  }
}
