// The facts of one failure, as a list of terms.

import { el } from "../dom.js";
import { told } from "../scrub.js";
import { moment, sentence, span } from "../words.js";

/** What stands beside the sentence. */
export function facts(symptom, explanation) {
  const list = (words) =>
    words.length
      ? el("ul", { class: "causes" }, ...words.map((word) => el("li", {}, told(sentence(word)))))
      : null;
  const rows = [
    ["Who wrote this", told(explanation.who_wrote)],
    ["When", symptom.at && el("time", { datetime: symptom.at }, moment(symptom.at))],
    ["Tried again", retry(explanation)],
    ["In the same log", explanation.beside && told(explanation.beside)],
    ["It may be", list(explanation.likely)],
    ["What would tell", list(explanation.check)],
    ["Write to them?", told(explanation.postmaster)],
  ];
  return el(
    "dl",
    { class: "facts" },
    ...rows
      .filter(([, value]) => value)
      .flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]),
  );
}

/** Until when the sending server tries again, and by what policy. */
export function retry({ again, deadline, deadline_words: words, retry: policy }) {
  const node = el("span", {}, told(again));
  if (deadline) {
    const left = (new Date(deadline).getTime() - Date.now()) / 1000;
    node.append(
      " Until ",
      el("time", { datetime: deadline }, moment(deadline)),
      left > 0 ? ` (${span(left)} from now).` : " (passed).",
    );
  }
  const rest = [words, policy?.setting && `the setting is ${policy.setting}`].filter(Boolean).join("; ");
  if (rest) {
    node.append(" ", el("span", { class: "quiet" }, told(sentence(rest))));
  }
  return node;
}
