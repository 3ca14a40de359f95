// The worker's side: the core's wasm, and the browser's fetch for it.

import { readFile } from "./file.js";

/** One of the files of wasm, loaded when it is first asked for. */
const loaded = new Map();
function part(name) {
  if (!loaded.has(name)) {
    loaded.set(
      name,
      import(`/pkg/${name}.js`).then(async (core) => {
        await core.default({ module_or_path: `/pkg/${name}_bg.wasm` });
        return core;
      }),
    );
  }
  return loaded.get(name);
}

// What codes say is text, not program: it lies beside the wasm, and comes with whatever reads. Without it codes are read, and
// not explained.
const reading = new Map();
function reads(name) {
  if (!reading.has(name)) {
    reading.set(
      name,
      Promise.all([part(name), codes()]).then(([core, table]) => {
        if (table) core.codes(table);
        return core;
      }),
    );
  }
  return reading.get(name);
}

async function codes() {
  try {
    const file = await fetch("/pkg/codes.txt");
    return file.ok ? await file.text() : "";
  } catch {
    return "";
  }
}

// A log's deliveries stand in its table: that takes more than the reader, and one failure makes no table. Where it cannot be
// had, what failed is told all the same.
async function read(text) {
  const now = Date.now() / 1000;
  const answer = JSON.parse((await reader()).read(text, now));
  if (!answer.is_log || answer.symptoms.length < 2) return answer;
  const core = await log().catch(() => null);
  return core ? JSON.parse(core.read(text, now)) : answer;
}

const reader = () => reads("reader");
const log = () => reads("log");
const checker = () => part("checker");
const judge = () => part("judge");

const answers = {
  read,
  scrub: async (text) => (await reader()).scrub(text),
  vocabulary: async () => JSON.parse((await checker()).vocabulary()),
  file: async (file, context) => readFile(await log(), file, context),
  mx: async (domain, resolvers, site, context) => {
    const [core, { lookup }] = await Promise.all([checker(), import("./doh.js")]);
    return lookup(core, domain, resolvers, site, context);
  },
  globalping: async (asked, resolvers, site, context) => {
    const [core, { checkByGlobalping }] = await Promise.all([judge(), import("./globalping.js")]);
    return checkByGlobalping(core, asked, resolvers, site, context);
  },
  path: async (report) => JSON.parse((await checker()).path(JSON.stringify(report))),
  markdown: async (report) => (await checker()).markdown(JSON.stringify(report)),
  letters: async (report) => JSON.parse((await checker()).letters(JSON.stringify(report))),
  commands: async (plan) => JSON.parse((await checker()).commands(JSON.stringify(plan))),
  judged: async (report) => JSON.parse((await judge()).judged(JSON.stringify(report))),
  manualEvidence: async (report, text) =>
    JSON.parse((await judge()).manual_evidence(JSON.stringify(report), text)),
};

const running = new Map();

self.addEventListener("message", async ({ data: { id, name, values, abort } }) => {
  if (abort) {
    running.get(id)?.abort();
    return;
  }
  const controller = new AbortController();
  running.set(id, controller);
  const context = { signal: controller.signal, progress: (progress) => self.postMessage({ id, progress }) };
  try {
    self.postMessage({ id, value: await answers[name](...values, context) });
  } catch (error) {
    // After a trap the core's memory cannot be trusted: the page starts a new worker. What the trap says stays here.
    const crashed = error instanceof WebAssembly.RuntimeError;
    const words = crashed
      ? "The reader gave up on this. That is a fault of noanswer, not of your text."
      : String(error?.message ?? error);
    self.postMessage({ id, error: words, crashed, aborted: controller.signal.aborted });
  } finally {
    running.delete(id);
  }
});
