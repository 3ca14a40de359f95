// Node.js: the wasm lies beside this file.

import { readFileSync } from "node:fs";
import { initSync } from "./wasm/reader.js";

initSync({ module: readFileSync(new URL("./wasm/reader_bg.wasm", import.meta.url)) });

/** In Node.js the reader is ready at once; for code that is written for both. */
export async function ready() {}

export { explain, read, readLog, scrub } from "./reader.js";
