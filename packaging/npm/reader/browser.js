// Browsers: the wasm is fetched, from beside this file unless told otherwise.

import init from "./wasm/reader.js";

let loading;

/** Loads the wasm, once. To be awaited before anything is read. */
export async function ready(url = new URL("./wasm/reader_bg.wasm", import.meta.url)) {
  loading ??= init({ module_or_path: url });
  await loading;
}

export { explain, read, readLog, scrub } from "./reader.js";
