// A log file of any size: read in pieces, so that it is never held whole.

/** Reads `file` through the core's streaming log reader. Progress in bytes; ends early when called off. */
export async function readFile(core, file, { signal, progress }) {
  const log = new core.Log(Date.now() / 1000);
  const reader = file.stream().getReader();
  let done = 0;
  let told = 0;
  try {
    for (;;) {
      const piece = await reader.read();
      if (signal.aborted) throw new Error("called off");
      if (piece.done) break;
      log.push(piece.value);
      done += piece.value.length;
      if (performance.now() - told > 100) {
        told = performance.now();
        progress({ done, size: file.size });
        // Let a waiting "called off" in.
        await new Promise((resolve) => setTimeout(resolve));
      }
    }
    return JSON.parse(log.finish());
  } finally {
    log.free();
    reader.cancel().catch(() => {});
  }
}
