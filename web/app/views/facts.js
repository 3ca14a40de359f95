// The facts of one failure, as a list of terms.

import { el } from "../dom.js";
import { remote } from "../visible.js";
import { moment, span } from "../words.js";

const WRITERS = {
  sender: "The sending server, about its own attempt. It says who gave up, not who is at fault.",
  remote: "The receiving server: it was reached, and it spoke.",
  unknown: "The text does not tell.",
};

/** What stands beside the sentence. */
export function facts(symptom, explanation) {
  const rows = [
    ["Who wrote this", explanation.written_by ?? WRITERS[symptom.written_by]],
    ["Seen", symptom.count > 1 ? `${symptom.count} times` : null],
    ["When", symptom.at && el("time", { datetime: symptom.at }, moment(symptom.at))],
    ["Retried until", retry(symptom, explanation)],
    ["It may be", explanation.may_be?.length ? el("ul", { class: "causes" }, ...explanation.may_be.map((words) => el("li", {}, words))) : null],
    ["What would tell", explanation.would_tell?.length ? el("ul", { class: "causes" }, ...[explanation.would_tell].flat().map((words) => el("li", {}, words))) : null],
  ];
  return el("dl", { class: "facts" }, ...rows.filter(([, value]) => value).flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
}

function retry(symptom, explanation) {
  const until = symptom.retry_until ?? explanation.deadline;
  const words = explanation.retry;
  if (!until) return words ?? null;
  const left = (new Date(until) - Date.now()) / 1000;
  const when = el("time", { datetime: until }, moment(until));
  return [when, left > 0 ? ` (${span(left)} from now)` : " (passed)", words ? el("span", { class: "quiet" }, ` ${words}`) : null].filter(Boolean).reduce((node, child) => (node.append(child), node), el("span"));
}
