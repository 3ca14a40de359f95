// The verdict card: right under the domain, in words first, live from the first second.

import { button, byId, el, part, replace } from "../dom.js";
import { badge } from "../icons.js";
import { remote, told } from "../scrub.js";
import { fault, isUnderWay, moment, sentence, shownStatus, utc } from "../words.js";
import { retry } from "./facts.js";
import { advice, faults, ruledOut } from "./faults.js";
import { createProgress } from "./progress.js";

/** @import { State } from "../state.js" */

/** The part "Verdict". */
export function createVerdict(act) {
  const { section, body, show } = part("verdict");
  const progress = createProgress();
  let shown = null;
  let focused = false;
  section.tabIndex = -1;
  return (/** @type {State} */ state) => {
    const { check } = state;
    show(check.status !== "idle");
    progress.update(state);
    // A first verdict may come before what shows it: it has a plan, as one of an earlier visit has not.
    const asked = check.status === "running" || (shown === null && check.plan);
    if (asked && !focused) {
      section.focus({ preventScroll: true });
      window.scrollTo({ top: 0 });
    }
    focused = check.status === "running";
    const stale = staleness(state);
    const wanted = JSON.stringify([
      check.status,
      check.error,
      check.verdict,
      check.linked,
      stale,
      Boolean(state.vocabulary),
    ]);
    if (shown === wanted) return;
    shown = wanted;
    replace(
      body,
      ...banners(state, stale, act),
      ...(check.error ? trouble(check, act) : []),
      ...(check.verdict ? words(state) : []),
      check.status === "running" && progress.node,
      ...(check.verdict ? details(state) : []),
    );
  };
}

// A result that is no longer of what stands in the form says so.
function staleness({ check, domain, text }) {
  if (!check.report || check.status === "running") return null;
  if (
    domain.trim() &&
    domain.trim().toLowerCase() !== check.report.asked.domain &&
    check.domain !== domain.trim()
  )
    return "domain";
  return check.text !== null && check.text !== text ? "text" : null;
}

function* banners({ check, domain }, stale, act) {
  if (check.linked)
    yield el(
      "p",
      { class: "banner", role: "note" },
      `This result came with a link: what was seen is as the link says, made at ${moment(check.report?.asked.at)}; the verdict on it was made here. Nobody looked just now. `,
      button("Check again now", act.check, { class: "chip" }),
    );
  if (stale)
    yield el(
      "p",
      { class: "banner", role: "note" },
      "This is the result for ",
      remote(check.report.asked.domain),
      stale === "domain" ? ", not for what stands in the field now. " : ", with the text as it was before. ",
      button(stale === "domain" ? `Check ${domain.trim()}` : "Check again", act.check, { class: "chip" }),
    );
}

const trouble = (check, act) => [
  el(
    "p",
    { class: "trouble" },
    badge("bad", check.verdict ? "The check broke off" : "No verdict"),
    " ",
    told(check.error),
    " ",
    button("Try again", act.check, { class: "chip" }),
  ),
];

function* words({ check, reading, vantages }) {
  const { verdict, report } = check;
  const [state, word] = shownStatus(verdict, report.sender);
  yield el(
    "p",
    { class: `headline ${state}` },
    badge(state, word),
    el("span", { class: "headline-words" }, told(readable(verdict.headline, report))),
  );
  // What the headline says already is not said twice.
  const said = verdict.headline.toLowerCase();
  const known = (verdict.status === "healthy" ? [] : (verdict.known ?? []))
    .map((one) => one.because)
    .filter((one) => !said.includes(one.toLowerCase().replace(/\.$/, "")));
  if (known.length)
    yield el(
      "ul",
      { class: "known" },
      ...known.map((one) => el("li", {}, told(readable(sentence(one), report)))),
    );
  if (verdict.advice?.length) yield* whatToDo(check, (text) => readable(text, report));
  const deadline = verdict.status === "healthy" ? null : reading.explanations.find((one) => one.deadline);
  if (deadline)
    yield el("p", { class: "deadline" }, el("strong", {}, "Is it tried again? "), retry(deadline));
  yield el("p", { class: "as-of quiet" }, ...asOf(check, vantages));
}

// While several explanations stand, what each would ask for is no advice yet: the test that tells them apart is.
function* whatToDo(check, say) {
  const { status, advice: list, next } = check.verdict;
  if (status !== "ambiguous" && status !== "undetermined") {
    yield advice(list, say);
    return;
  }
  if (isUnderWay(check))
    yield el(
      "div",
      { class: "advice" },
      el("h3", {}, "What to do first"),
      el("p", {}, "Wait: the page is looking again, and longer, right now."),
    );
  else if (next)
    yield el(
      "div",
      { class: "advice" },
      el("h3", {}, "What to do first"),
      el(
        "p",
        {},
        told(sentence(say(next.observe))),
        " ",
        button("How to run it", () => byId("next").scrollIntoView(), { class: "chip" }),
      ),
    );
  yield el(
    "details",
    {},
    el("summary", {}, "What each explanation would ask for, if it is the one"),
    advice(list, say),
  );
}

// When, and by how many: a verdict without a time is no evidence.
function* asOf({ report, evidence, status, verdict }, vantages) {
  const { at, domain } = report.asked;
  yield "Looked at ";
  yield el("time", { datetime: at }, `${moment(at)} (${utc(at)})`);
  yield " for ";
  yield remote(report.plan?.domain_unicode ?? domain);
  const counted = evidence.filter((row) => !row.failure && row.sight !== "blind" && row.sight !== "deceived");
  // While it runs, who has not answered may still count.
  if (status === "running")
    yield `, from ${counted.length} of ${Math.max(evidence.length, vantages.length)} places so far.`;
  else if (evidence.length)
    yield `, from ${counted.length} of ${evidence.length} ${evidence.length === 1 ? "place" : "places"}${counted.length < evidence.length ? "; the others do not count, see below" : ""}.`;
  if (evidence.every((row) => row.role !== "sender") && !verdict.headline.includes(UNSEEN))
    yield ` ${UNSEEN}`;
}

const UNSEEN = "Your own server was not looked at.";

function* details({ check, vocabulary }) {
  const { verdict, report, status } = check;
  const say = (text) => readable(text, report);
  if (status === "running")
    yield el(
      "p",
      { class: "quiet" },
      "This is the verdict so far. ",
      vocabulary && verdict.patience_could_show?.length
        ? `A longer look could still show: ${verdict.patience_could_show.map((name) => fault(vocabulary, name)).join("; ")}.`
        : "",
    );
  if (verdict.faults.length) yield faults(verdict.faults, vocabulary, say);
  if (verdict.notes?.length)
    yield el("ul", { class: "aside notes" }, ...verdict.notes.map((note) => el("li", {}, told(say(note)))));
  if (verdict.ruled_out?.length) yield ruledOut(verdict.ruled_out, vocabulary, say);
}

/** The text with the domain as people write it (RFC 5890 s2.3.2.1: a U-label), where DNS has it in ASCII. */
export function readable(text, report) {
  const { domain, domain_unicode: unicode } = report?.plan ?? {};
  return unicode && domain && unicode !== domain ? text.replaceAll(domain, unicode) : text;
}
