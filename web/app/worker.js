// The worker's side: the core's wasm, and the browser's fetch for it.

import * as core from "/pkg/noanswer.js";
import { readFile } from "./file.js";
import { lookup } from "./doh.js";

const ready = core.default();
const running = new Map();

const answers = {
  read: (text) => JSON.parse(core.read(text)),
  vocabulary: () => JSON.parse(core.vocabulary()),
  road: (report) => JSON.parse(core.road(JSON.stringify(report))),
  markdown: (report) => core.markdown(JSON.stringify(report)),
  commands: (plan) => JSON.parse(core.commands(JSON.stringify(plan))),
  witness: (report, text) => JSON.parse(core.witness(JSON.stringify(report), text)),
  file: (file, context) => readFile(core, file, context),
  mx: (domain, resolvers, lab, context) => lookup(core, domain, resolvers, lab, context),
};

self.addEventListener("message", async ({ data: { id, name, values, abort } }) => {
  if (abort) {
    running.get(id)?.abort();
    return;
  }
  const controller = new AbortController();
  running.set(id, controller);
  const context = { signal: controller.signal, progress: (progress) => self.postMessage({ id, progress }) };
  try {
    await ready;
    self.postMessage({ id, value: await answers[name](...values, context) });
  } catch (error) {
    self.postMessage({ id, error: String(error?.message ?? error), aborted: controller.signal.aborted });
  } finally {
    running.delete(id);
  }
});
