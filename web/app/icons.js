// One small drawing for each state. A word always stands beside it: colour and shape alone say nothing.

import { el, svg } from "./dom.js";

const PATHS = {
  good: ["M3.5 8.5l3 3 6-7"],
  bad: ["M4 4l8 8M12 4l-8 8"],
  suspect: ["M8 3v6.2M8 12.4v.2"],
  unknown: ["M5.6 6a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.2.9-1.2 1.8M8 12.6v.1"],
  blind: ["M2.5 8s2-3.6 5.5-3.6S13.500 8 13.500 8 11.500 11.600 8 11.600 2.500 8 2.500 8zM3 13L13 3"],
  waiting: ["M8 4.5V8l2.4 1.6M8 2.200a5.800 5.800 0 1 0 .01 0z"],
};

/** The drawing of `state`. */
export function icon(state) {
  const lines = (PATHS[state] ?? PATHS.unknown).map((d) => svg("path", { d }));
  return svg(
    "svg",
    { viewBox: "0 0 16 16", class: `icon ${state}`, "aria-hidden": "true", focusable: "false" },
    ...lines,
  );
}

/** The drawing and its word, as one. */
export const badge = (state, word) =>
  el("span", { class: `badge ${state}` }, icon(state), el("span", {}, word));
