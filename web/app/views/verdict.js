// The verdict, in words first.

import { el, part, replace } from "../dom.js";
import { badge } from "../icons.js";
import { remote } from "../scrub.js";
import { fault, party, sentence, status } from "../words.js";

/** @import { State } from "../state.js" */

/** The part "Verdict". */
export function createVerdict() {
  const { body, show } = part("verdict");
  let shown = null;
  return (/** @type {State} */ state) => {
    const { check } = state;
    show(check.status !== "idle");
    const wanted = `${key(check)}${Boolean(state.vocabulary)}`;
    if (shown === wanted) return;
    shown = wanted;
    if (check.error)
      replace(body, el("p", { class: "trouble" }, badge("bad", "No verdict"), " ", remote(check.error)));
    else if (!check.verdict)
      replace(body, el("p", { class: "quiet" }, badge("waiting", "Looking from every place …")));
    else
      replace(
        body,
        check.status === "running" && again(check.verdict, state.vocabulary),
        ...words(check.verdict, state.vocabulary),
      );
  };
}

const key = (check) =>
  `${check.status}${check.error ?? ""}${check.verdict ? JSON.stringify(check.verdict) : ""}`;

const again = (verdict, vocabulary) =>
  el(
    "p",
    { class: "again" },
    badge("waiting", "Looking again, and longer"),
    el(
      "span",
      { class: "quiet" },
      "The verdict below is of the first look. ",
      verdict.patience_could_show?.length
        ? `The second could still show: ${verdict.patience_could_show.map((name) => fault(vocabulary, name)).join("; ")}.`
        : "",
    ),
  );

function* words(verdict, vocabulary) {
  const [state, word] = status(verdict.status);
  yield el(
    "p",
    { class: `headline ${state}` },
    badge(state, word),
    el("span", { class: "headline-words" }, remote(verdict.headline)),
  );
  if (verdict.faults.length)
    yield el("ul", { class: "faults" }, ...alike(verdict.faults).map((group) => standing(group, vocabulary)));
  if (verdict.notes?.length)
    yield el("ul", { class: "aside notes" }, ...verdict.notes.map((note) => el("li", {}, remote(note))));
  if (verdict.advice?.length) yield advice(verdict.advice);
  if (verdict.ruled_out?.length) yield ruledOut(verdict.ruled_out, vocabulary);
}

// Faults that stand for the same reasons are shown together, with the reasons once.
function alike(faults) {
  const groups = new Map();
  for (const named of faults) {
    const reasons = JSON.stringify([
      named.standing,
      named.because,
      named.exchange,
      named.family,
      named.vantage,
    ]);
    groups.set(reasons, [...(groups.get(reasons) ?? []), named]);
  }
  return [...groups.values()];
}

function standing(group, vocabulary) {
  const [named] = group;
  const where = [
    named.exchange,
    named.family && { ipv4: "IPv4", ipv6: "IPv6" }[named.family],
    named.vantage && `seen from ${named.vantage}`,
  ].filter(Boolean);
  const mark = badge(
    named.standing === "established" ? "bad" : "suspect",
    named.standing === "established" ? "established" : group.length > 1 ? "each possible" : "possible",
  );
  return el(
    "li",
    { class: "fault" },
    ...group.map((one) =>
      el(
        "div",
        { class: "fault-name" },
        el("h3", {}, fault(vocabulary, one.fault)),
        el("p", {}, `to act: ${party(one.party)}`),
      ),
    ),
    el("p", { class: "fault-meta" }, mark, ...where.map((word) => remote(word))),
    named.because.length > 0 &&
      el(
        "div",
        { class: "because" },
        el("h4", {}, "Why"),
        el("ul", {}, ...named.because.map((reason) => el("li", {}, remote(sentence(reason))))),
      ),
  );
}

function advice(list) {
  const parties = [...new Set(list.map((item) => item.party))];
  return el(
    "div",
    { class: "advice" },
    el("h3", {}, "What to do"),
    ...parties.map((who) =>
      el(
        "div",
        { class: "advice-party" },
        el("h4", {}, party(who)),
        el(
          "ul",
          {},
          ...list
            .filter((item) => item.party === who)
            .map((item) => el("li", {}, el("strong", {}, remote(item.do)), " ", remote(item.why))),
        ),
      ),
    ),
  );
}

const ruledOut = (list, vocabulary) =>
  el(
    "details",
    { class: "ruled-out" },
    el("summary", {}, `Ruled out, because (${list.length})`),
    el(
      "dl",
      {},
      ...list.flatMap((item) => [
        el("dt", {}, fault(vocabulary, item.fault)),
        el("dd", {}, remote(item.because)),
      ]),
    ),
  );
