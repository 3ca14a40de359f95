// axe on what the page shows now.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Fails when axe finds a violation. */
export async function accessible(page) {
  // Through the debugger, which stands outside of the page's CSP.
  await page.evaluate(AXE);
  // Nothing that still arrives is looked at half transparent.
  await page.emulateMedia({ reducedMotion: "reduce" });
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  assert.deepEqual(
    violations.map((found) => `${found.id}: ${found.nodes.map((node) => node.target.join(" ")).join(", ")}`),
    [],
  );
}
