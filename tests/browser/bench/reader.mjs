// The page's wasm without a browser: reads logs as the page's worker does, in pieces, and prints one line of JSON a file, as
// `bench_symptom read` does for the same code run natively.

import { closeSync, openSync, readFileSync, readSync, statSync } from "node:fs";

const PIECE = 1 << 20;

const core = await import("../../../web/pkg/log.js");
const { memory } = core.initSync({
  module: readFileSync(new URL("../../../web/pkg/log_bg.wasm", import.meta.url)),
});

for (const path of process.argv.slice(2)) console.log(JSON.stringify(measured(path)));

/** Processor time, which other work on the machine does not lengthen as it does the clock's. The best of three. */
function measured(path) {
  let best = Infinity;
  let answer;
  for (let round = 0; round < 3; round += 1) {
    const began = process.cpuUsage();
    answer = read(path);
    const { user, system } = process.cpuUsage(began);
    best = Math.min(best, (user + system) / 1e6);
  }
  return {
    bytes: statSync(path).size,
    seconds: best,
    lines: answer.lines,
    failures: answer.failures,
    memory_bytes: memory.buffer.byteLength,
  };
}

function read(path) {
  const file = openSync(path);
  const piece = new Uint8Array(PIECE);
  const log = new core.Log(Date.now() / 1000);
  for (let length = readSync(file, piece); length; length = readSync(file, piece))
    log.push(piece.subarray(0, length));
  const answer = JSON.parse(log.finish());
  log.free();
  closeSync(file);
  return answer;
}
