// The library: what the wasm answers, as values.

import { read as answer, scrub as scrubbed } from "./wasm/reader.js";

const seconds = (now) => Number(now ?? Date.now()) / 1000;

/** What a text says: the failures in it. */
export function read(text, { now } = {}) {
  return JSON.parse(answer(text, seconds(now))).symptoms;
}

/** The same, each with its explanation. */
export function explain(text, { now } = {}) {
  const { symptoms, explanations } = JSON.parse(answer(text, seconds(now)));
  return symptoms.map((symptom, n) => ({ symptom, ...explanations[n] }));
}

/** A text without the local parts of its mail addresses. */
export function scrub(text) {
  return scrubbed(text);
}

/** A log of any size, in pieces, by `core`: the module for logs, ready to be used. */
export async function readPieces(core, pieces, { now } = {}) {
  const log = new core.Log(seconds(now));
  try {
    for await (const piece of pieces)
      log.push(typeof piece === "string" ? new TextEncoder().encode(piece) : piece);
    const { symptoms, explanations, ...rest } = JSON.parse(log.finish());
    return { failures: symptoms.map((symptom, n) => ({ symptom, ...explanations[n] })), ...summary(rest) };
  } finally {
    log.free();
  }
}

function summary({ lines, too_long, failures, log }) {
  return { lines, tooLong: too_long, failedLines: failures, controls: log };
}
