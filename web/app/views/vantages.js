// One row a vantage, as the evidence comes.

import { el, part, replace } from "../dom.js";
import { badge } from "../icons.js";
import { remote, told } from "../scrub.js";
import { day, duration, outcome, sight } from "../words.js";
import { scale, timeline } from "./timeline.js";

/** @import { State } from "../state.js" */

/** The part "Seen from". */
export function createVantages() {
  const { body, show } = part("regions");
  return (/** @type {State} */ state) => {
    const { status } = state.check;
    const place = new Map(state.vantages.map((vantage, index) => [vantage.id, index]));
    // In the order of the list, whoever was first: rows do not change places while one reads.
    // Who does not count stands below who does.
    const evidence = [...state.check.evidence].sort(
      (one, other) =>
        Number(!counts(one)) - Number(!counts(other)) ||
        (place.get(one.vantage) ?? -1) - (place.get(other.vantage) ?? -1),
    );
    show(status !== "idle");
    const end = scale(evidence);
    const at = state.check.report?.asked.at ?? new Date().toISOString();
    const seen = new Set(evidence.map((row) => row.vantage));
    const waiting = status === "running" ? state.vantages.filter((vantage) => !seen.has(vantage.id)) : [];
    replace(
      body,
      el(
        "p",
        { class: "direction" },
        "Rows marked ",
        el("strong", {}, "outbound from you"),
        " were seen by the sending server itself; the others are ",
        el("strong", {}, "inbound to them"),
        ", from places that are not yours.",
      ),
      el(
        "ul",
        { class: "rows" },
        ...evidence.map((row) => vantageRow(row, end, at)),
        ...waiting.map(waitingRow),
      ),
      evidence.length > 0 && legend(),
    );
  };
}

function vantageRow(row, end, at) {
  const [state, words] = row.failure
    ? ["unknown", "could not be asked, counts for nothing"]
    : sight(row.sight);
  return el(
    "li",
    { class: counts(row) ? "row" : "row blind" },
    el(
      "div",
      { class: "row-head" },
      el("strong", { class: "place" }, remote(row.place || row.vantage)),
      el("span", { class: "way" }, row.role === "sender" ? "outbound from you" : "inbound to them"),
      badge(state, words),
    ),
    row.failure && el("p", { class: "quiet" }, told(row.failure.words)),
    row.resolver && resolver(row.resolver),
    el("ul", { class: "attempts" }, ...row.attempts.map((attempt) => attemptRow(attempt, end, at))),
    proof(row),
  );
}

const counts = (row) => !row.failure && row.sight !== "blind" && row.sight !== "deceived";

// What a vantage's word rests on: known-good hosts that it tried at the same time.
function proof({ controls = [] }) {
  const tried = controls.filter((control) => control.outcome !== "not_tried");
  if (!tried.length) return null;
  return el(
    "details",
    { class: "proof" },
    el("summary", {}, `Its controls: hosts whose answer is known, tried at the same time (${tried.length})`),
    el("ul", {}, ...tried.map(controlRow)),
  );
}

function controlRow(control) {
  const [state, words] = outcome(control);
  const negative = control.expected === "closed";
  return el(
    "li",
    {},
    el("span", {}, remote(control.operator), negative ? ", port 25 known to be closed" : ""),
    el("span", { class: "host" }, remote(control.exchange), " ", `port ${control.port}`),
    badge(negative && state === "bad" ? "unknown" : state, words),
  );
}

// What the vantage's own resolver said: the DNS stage of its timeline.
const resolver = ({ answer, exchanges, took_ms: took }) =>
  el(
    "p",
    { class: "times-words" },
    `DNS ${duration(took)}: its own resolver said `,
    answer === "exchanges" ? remote(exchanges.join(", ")) : answer.replaceAll("_", " "),
  );

function attemptRow(attempt, end, at) {
  const [state, words] = outcome(attempt);
  return el(
    "li",
    { class: "attempt" },
    el(
      "div",
      { class: "attempt-head" },
      el(
        "span",
        { class: "host" },
        remote(attempt.exchange),
        " ",
        remote(attempt.address, { class: "address" }),
      ),
      attempt.round > 1 && el("span", { class: "way" }, "second look"),
      badge(state, words),
    ),
    timeline(attempt, end),
    spoken(attempt),
    attempt.tls && certificate(attempt.tls, at),
  );
}

const certificate = (tls, at) =>
  el(
    "p",
    { class: "times-words" },
    `${tls.version}, certificate of `,
    remote(tls.subject),
    ", issued by ",
    remote(tls.issuer),
    ...validity(tls, at),
  );

// What was seen, and no judgement: senders do not ask (RFC 7672 s1.3).
function validity({ not_before: from, not_after: until }, at) {
  if (!from || !until) return [];
  const seen = Date.parse(at);
  const passed = Date.parse(until) < seen ? ": it had expired" : "";
  const early = Date.parse(from) > seen ? ": it was not valid yet" : "";
  return [`, valid from ${day(from)} to ${day(until)}${passed || early}`];
}

function spoken(attempt) {
  const words = attempt.reply ? `${attempt.reply.code} ${attempt.reply.text}` : attempt.greeting;
  return words ? el("p", { class: "said" }, remote(words)) : null;
}

const waitingRow = (vantage) =>
  el(
    "li",
    { class: "row waiting" },
    el(
      "div",
      { class: "row-head" },
      el("strong", { class: "place" }, remote(vantage.place || vantage.id)),
      el("span", { class: "way" }, "inbound to them"),
      badge("waiting", "looking …"),
    ),
  );

const legend = () =>
  el(
    "p",
    { class: "legend", "aria-hidden": "true" },
    ...[
      ["connect", "connect"],
      ["greeting", "greeting"],
      ["ehlo", "EHLO"],
      ["tls", "TLS"],
      ["waited", "waited in vain"],
    ].map(([name, word]) => el("span", { class: `key ${name}` }, word)),
    el("span", { class: "quiet" }, "one scale for all rows, compressed to the right"),
  );
