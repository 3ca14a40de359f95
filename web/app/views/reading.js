// What the text says: the parts that mattered, what they mean, and what follows from them.

import { button, el, part, replace } from "../dom.js";
import { badge } from "../icons.js";
import { remote, told } from "../scrub.js";
import { number } from "../words.js";
import { createSource } from "./source.js";
import { facts } from "./facts.js";

/** @import { Reading, State } from "../state.js" */

const SHOWN = 5;

/** The part "What it says". */
export function createReading(act) {
  const { body, show } = part("reading");
  let shown = null;
  const progress = createFileProgress(act);
  return (/** @type {State} */ state) => {
    const { reading, file } = state;
    if (file && reading.status === "running") {
      progress.update(file);
      if (body.firstChild !== progress.node) replace(body, progress.node);
      shown = null;
    } else if (reading.status !== "running" && shown !== reading) {
      shown = reading;
      if (reading.error)
        replace(body, el("p", { class: "trouble" }, badge("bad", "Not read"), " ", told(reading.error)));
      else if (reading.status === "done") replace(body, ...failures(reading, state.text, act));
      else replace(body);
    }
    // While a text is read anew, what was read before stays.
    show(reading.status !== "idle" && body.childElementCount > 0);
  };
}

// Its nodes are kept, so that the button can be pressed while the figures change.
function createFileProgress(act) {
  const words = el("p");
  const bar = el("progress", { max: "1", value: "0", "aria-label": "Progress" });
  const megabytes = (bytes) => (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
  return {
    node: el(
      "div",
      { class: "file-progress" },
      words,
      bar,
      button("Cancel", act.stop, { class: "secondary" }),
    ),
    update(file) {
      bar.value = file.size ? file.done / file.size : 0;
      replace(
        words,
        "Reading ",
        remote(file.name),
        `, ${megabytes(file.done)} of ${megabytes(file.size)} MB`,
      );
    },
  };
}

/**
 * @param {Reading} reading
 * @param {string} text
 */
function* failures(reading, text, act) {
  const { symptoms, explanations, table = [], lines, too_long: tooLong, failures: count = 0 } = reading;
  if (lines)
    yield el(
      "p",
      { class: "quiet" },
      `${number(lines)} lines read, ${number(count)} of them failures, grouped by cause and destination.`,
    );
  if (tooLong)
    yield el(
      "p",
      { class: "quiet" },
      `${number(tooLong)} of them longer than 64 KiB, which no mail software writes: not read.`,
    );
  const found = symptoms
    .map((symptom, index) => [symptom, explanations[index]])
    .filter(([symptom]) => symptom.cause !== "unknown");
  if (!found.length) {
    yield el("p", { class: "happened" }, "No mail error found in this text.");
    yield el(
      "p",
      { class: "quiet" },
      "Paste the lines that name the error: a bounce, a log line, or the text that your mail program shows. A domain can be checked without any text.",
    );
    return;
  }
  if ((lines || found.length > SHOWN) && table.length > 1) {
    yield tableOf(table, act);
    yield details(found);
    return;
  }
  for (const [symptom, explanation] of found.slice(0, SHOWN)) yield failure(symptom, explanation, text);
  if (found.length > SHOWN) yield more(found.slice(SHOWN));
}

// Loaded with the first log; without it what failed stands below.
function tableOf(rows, act) {
  const place = el("div");
  import("./log-table.js").then(
    ({ logTable }) => place.append(...logTable(rows, act)),
    () => {},
  );
  return place;
}

const details = (found) => {
  const node = more(found);
  node.firstElementChild?.replaceChildren("What each of them means");
  return node;
};

// Drawn when it is opened: a log has up to a hundred groups, and a page must not stand still for them.
function more(rest) {
  const node = el("details", {}, el("summary", {}, `${rest.length} more`));
  node.addEventListener(
    "toggle",
    () => node.append(...rest.map(([symptom, explanation]) => failure(symptom, explanation, ""))),
    { once: true },
  );
  return node;
}

const failure = (symptom, explanation, text) =>
  el(
    "div",
    { class: "failure" },
    el(
      "p",
      { class: "happened" },
      symptom.count > 1 && el("span", { class: "count" }, `${number(symptom.count)} times: `),
      told(explanation.headline),
    ),
    el("p", { class: "means" }, told(explanation.meaning)),
    text && symptom.spans?.length ? createSource(text, symptom, explanation) : null,
    facts(symptom, explanation),
  );
