#!/usr/bin/env node
// Starts the program of this platform's own package, and ends as it ends.

import { spawn } from "node:child_process";
import { createRequire } from "node:module";

const platform = `${process.platform}-${process.arch}`;
const file = process.platform === "win32" ? "noanswer.exe" : "noanswer";

let program;
try {
  program = createRequire(import.meta.url).resolve(`@noanswer/${platform}/bin/${file}`);
} catch {
  console.error(`noanswer: there is no program for ${platform}, or npm was told to omit optional packages`);
  process.exit(64);
}

const child = spawn(program, process.argv.slice(2), { stdio: "inherit" });
// Whoever asks this process to end means the program.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("error", (error) => {
  console.error(`noanswer: ${error.message}`);
  process.exit(64);
});
child.on("exit", (code) => process.exit(code ?? 3));
