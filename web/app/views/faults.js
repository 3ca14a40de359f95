// The faults that stand, what to do about them, and what is ruled out.

import { el } from "../dom.js";
import { badge } from "../icons.js";
import { remote, told } from "../scrub.js";
import { fault, party, sentence } from "../words.js";

/** The faults that are established or possible, each with its reasons. */
export const faults = (list, vocabulary, say) =>
  el("ul", { class: "faults" }, ...alike(list).map((group) => standing(group, vocabulary, say)));

// Faults that stand for the same reasons are shown together, with the reasons once.
function alike(list) {
  const groups = new Map();
  for (const named of list) {
    const reasons = JSON.stringify([named.standing, named.because, named.exchange, named.family]);
    groups.set(reasons, [...(groups.get(reasons) ?? []), named]);
  }
  return [...groups.values()];
}

// What nobody need act upon is no red cross.
const mark = ({ standing: how, party: who }, several) => {
  if (how !== "established") return badge("suspect", several ? "each possible" : "possible");
  return badge(who === "nobody" ? "good" : "bad", "established");
};

function standing(group, vocabulary, say) {
  const [named] = group;
  const where = [named.exchange, named.family && { ipv4: "IPv4", ipv6: "IPv6" }[named.family]].filter(
    Boolean,
  );
  return el(
    "li",
    { class: "fault" },
    ...group.map((one) =>
      el(
        "div",
        { class: "fault-name" },
        el("h3", {}, fault(vocabulary, one.fault)),
        el("p", {}, one.party === "nobody" ? "nobody need act" : `to act: ${party(one.party)}`),
      ),
    ),
    el("p", { class: "fault-meta" }, mark(named, group.length > 1), ...where.map((word) => remote(word))),
    named.because.length > 0 &&
      el(
        "div",
        { class: "because" },
        el("h4", {}, "Why"),
        el("ul", {}, ...named.because.map((reason) => el("li", {}, told(sentence(say(reason)))))),
      ),
  );
}

/** What to do, by whom. */
export function advice(list, say) {
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
            .map((item) => el("li", {}, el("strong", {}, told(say(item.do))), " ", told(say(item.why)))),
        ),
      ),
    ),
  );
}

/** What the evidence rules out, with the reason beside each. */
export const ruledOut = (list, vocabulary, say) =>
  el(
    "details",
    { class: "ruled-out" },
    el("summary", {}, `Ruled out, because (${list.length})`),
    el(
      "dl",
      {},
      ...list.flatMap((item) => [
        el("dt", {}, fault(vocabulary, item.fault)),
        el("dd", {}, told(say(item.because))),
      ]),
    ),
  );
