// What is served is what was written: the same tokens, without comments.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { parse } from "acorn";
import { server } from "./lib/started.mjs";

const written = (path) => readFileSync(fileURLToPath(new URL(`../../web${path}`, import.meta.url)), "utf8");

function tokens(script) {
  const found = [];
  parse(script, {
    ecmaVersion: "latest",
    sourceType: "module",
    onToken: ({ type, value }) =>
      found.push(`${type.label} ${value?.pattern ?? value ?? ""} ${value?.flags ?? ""}`),
  });
  return found;
}

test("every script that the page may load has the tokens that it was written with", async () => {
  const list = await (await fetch(`${server.url}/pkg/precache.js`)).text();
  const scripts = [...list.matchAll(/"(\/[^"]*\.js)"/g)].map(([, path]) => path);
  assert.ok(scripts.length > 40, `${scripts.length} scripts`);
  for (const path of [...scripts, "/sw.js"]) {
    const served = await (await fetch(server.url + path)).text();
    assert.deepEqual(tokens(served), tokens(written(path)), path);
    if (path.startsWith("/app/")) assert.ok(served.length < written(path).length, `${path} is not shorter`);
  }
});
