// Node.js: the wasm lies beside this file.

import { readFileSync } from "node:fs";
import { codes, initSync } from "./wasm/reader.js";
import { readPieces } from "./reader.js";

const beside = (name) => new URL(`./wasm/${name}`, import.meta.url);
const table = readFileSync(beside("codes.txt"), "utf8");

initSync({ module: readFileSync(beside("reader_bg.wasm")) });
codes(table);

let log;

/** A log of any size, in pieces: bytes, cut anywhere. What reads logs is loaded with the first. */
export async function readLog(pieces, options) {
  log ??= import("./wasm/log.js").then((core) => {
    core.initSync({ module: readFileSync(beside("log_bg.wasm")) });
    core.codes(table);
    return core;
  });
  return readPieces(await log, pieces, options);
}

/** In Node.js the reader is ready at once; for code that is written for both. */
export async function ready() {}

export { explain, read, scrub } from "./reader.js";
