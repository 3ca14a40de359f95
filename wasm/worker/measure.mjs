// The Worker's size and start, as wrangler and workerd tell them, beside what is promised.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const BUDGET = { kib: 1024, startMs: 1000 }; // the platform's own limit for a start, as of 2026-11, is 1 s of CPU time
const STARTS = 5;

const quiet = {
  ...process.env,
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_HIDE_BANNER: "true",
};
const wrangler = (...args) =>
  execFileSync("node", ["node_modules/wrangler/bin/wrangler.js", ...args], {
    env: quiet,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });

const folder = mkdtempSync(join(tmpdir(), "noanswer-"));
try {
  const said = wrangler("deploy", "--dry-run", "--outdir", join(folder, "bundle"));
  const kib = Number(said.match(/gzip: ([\d.]+) KiB/)[1]);
  const starts = Array.from({ length: STARTS }, () => start(join(folder, "startup.cpuprofile"))).sort(
    (a, b) => a - b,
  );
  const median = starts[Math.floor(STARTS / 2)];
  console.log(`upload, gzip         ${kib.toFixed(1)} KiB   (budget ${BUDGET.kib} KiB)`);
  console.log(
    `start, CPU, median   ${median.toFixed(1)} ms    (budget ${BUDGET.startMs} ms; ${starts.map((ms) => ms.toFixed(1)).join(", ")})`,
  );
  process.exitCode = kib <= BUDGET.kib && median <= BUDGET.startMs ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}

/** CPU time of one start in workerd, in milliseconds. */
function start(profile) {
  wrangler("check", "startup", "--outfile", profile);
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(profile, "utf8"));
  const idle = new Set(
    nodes.filter((node) => node.callFrame.functionName === "(idle)").map((node) => node.id),
  );
  return samples.reduce((us, sample, at) => us + (idle.has(sample) ? 0 : timeDeltas[at]), 0) / 1000;
}
