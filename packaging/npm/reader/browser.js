// Browsers: the wasm is fetched, from beside this file unless told otherwise.

import * as reader from "./wasm/reader.js";
import { readPieces } from "./reader.js";

// In full, each by itself: that is how bundlers know a file that belongs to the page.
const READER = new URL("./wasm/reader_bg.wasm", import.meta.url);
const LOG = new URL("./wasm/log_bg.wasm", import.meta.url);
const CODES = new URL("./wasm/codes.txt", import.meta.url);

let loading;
let log;

/** Loads the wasm and what codes say, once. To be awaited before anything is read. */
export async function ready(url = READER, table = CODES) {
  loading ??= load(reader, url, table);
  await loading;
}

/** A log of any size, in pieces: bytes, cut anywhere. What reads logs is loaded with the first. */
export async function readLog(pieces, { url = LOG, table = CODES, ...options } = {}) {
  log ??= import("./wasm/log.js").then((core) => load(core, url, table));
  return readPieces(await log, pieces, options);
}

async function load(core, url, table) {
  const [file] = await Promise.all([fetch(table), core.default({ module_or_path: url })]);
  if (!file.ok) throw new Error(`${table}: ${file.status}`);
  core.codes(await file.text());
  return core;
}

export { explain, read, scrub } from "./reader.js";
