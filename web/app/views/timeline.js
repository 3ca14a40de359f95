// The stages of one attempt, drawn to the scale that all attempts share.

import { el, svg } from "../dom.js";
import { duration } from "../words.js";

const STAGES = [
  ["connect", "connect_ms", "connect"],
  ["greeting", "greeting_ms", "greeting"],
  ["ehlo", "ehlo_ms", "EHLO"],
  ["tls", "tls_ms", "TLS"],
];
const WIDTH = 1000;

/** The longest attempt of all, in milliseconds: the right end of every timeline. */
export function scale(evidence) {
  const ends = evidence.flatMap((row) => row.attempts.flatMap(times));
  return Math.max(100, ...ends.filter((ms) => ms < 10 * 60_000));
}

const times = (attempt) =>
  [attempt.connect_ms, attempt.greeting_ms, attempt.ehlo_ms, attempt.tls_ms, attempt.ended_ms].filter(
    (ms) => typeof ms === "number",
  );

// A square root, so that 30 ms can still be seen beside 15 s.
const x = (ms, end) => Math.round(WIDTH * Math.sqrt(Math.min(1, ms / end)));

/** The timeline of `attempt`; its words stand in its label, so nothing is said by the drawing alone. */
export function timeline(attempt, end) {
  const bars = [];
  const words = [];
  let before = 0;
  for (const [name, field, label] of STAGES) {
    const until = attempt[field];
    if (typeof until !== "number") continue;
    bars.push(bar(name, before, until, end));
    words.push(`${label} ${duration(until - before)}`);
    before = until;
  }
  const { ended_ms: ended } = attempt;
  const failed = attempt.outcome !== "completed" && attempt.outcome !== "not_tried";
  if (failed && typeof ended === "number") {
    bars.push(bar("waited", before, ended, end));
    words.push(`then nothing more until ${duration(ended)}`);
  }
  if (!bars.length) return null;
  const drawing = svg(
    "svg",
    {
      class: "timeline",
      viewBox: `0 0 ${WIDTH} 12`,
      preserveAspectRatio: "none",
      "aria-hidden": "true",
      focusable: "false",
    },
    svg("path", { class: "ground", d: `M0 11.500h${WIDTH}` }),
    ...bars,
  );
  return el(
    "div",
    { class: "times" },
    drawing,
    el("p", { class: "times-words" }, ...words.flatMap((word, index) => (index ? [" · ", word] : [word]))),
  );
}

function bar(name, from, to, end) {
  const left = x(from, end);
  return svg("rect", {
    class: `bar ${name}`,
    x: left,
    y: 2,
    width: Math.max(4, x(to, end) - left - 2),
    height: 8,
  });
}
