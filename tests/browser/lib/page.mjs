// A page in a real Chromium that fails its test on any console error, page error or CSP violation.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const SHOTS = fileURLToPath(new URL("../../../target/screenshots/", import.meta.url));
mkdirSync(SHOTS, { recursive: true });

/** Starts Chromium. */
export const launch = () =>
  chromium.launch({ executablePath: process.env.CHROME_PATH ?? "/usr/bin/chromium", args: FLAGS });

/**
 * A fresh page of its own context. Whatever the browser complains of is kept in `complaints`; `close` fails when there is
 * a complaint that `expected` does not match.
 */
export async function fresh(browser, url, { expected = [], ...options } = {}) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    permissions: ["clipboard-read", "clipboard-write"],
    ...options,
  });
  const page = await context.newPage();
  const complaints = [];
  const foreign = [];
  page.on("console", (message) => {
    if (message.type() === "error" || /Content Security Policy/.test(message.text()))
      complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  context.on("weberror", (error) => complaints.push(error.error().message));
  context.on("request", (request) => {
    const to = new URL(request.url());
    if (to.protocol.startsWith("http") && to.origin !== new URL(url).origin) foreign.push(to.href);
  });
  return {
    page,
    context,
    foreign,
    shot: (name) => page.screenshot({ path: `${SHOTS}${name}.png`, fullPage: true }),
    async close() {
      await context.close();
      const left = complaints.filter((complaint) => !expected.some((pattern) => pattern.test(complaint)));
      assert.deepEqual(left, [], "the browser complained");
    },
  };
}

/** Puts `text` into the page as a paste does. */
export async function paste(page, text) {
  await page.locator("#text").fill(text);
  await page.locator("#reading .failure, #reading .happened").first().waitFor();
}

/** Asks for a check of `domain` and waits for its end. */
export async function check(page, domain) {
  await page.locator("#domain").fill(domain);
  await page.locator("#check").click();
  await page.locator("#verdict .headline").waitFor({ timeout: 30_000 });
  await page.locator("#path:not([hidden])").waitFor();
}
