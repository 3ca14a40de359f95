// Who has answered while a check runs, and how long it may still take. Its nodes are kept: nothing blinks.

import { el, replace, write } from "../dom.js";
import { badge } from "../icons.js";
import { remote } from "../scrub.js";
import { moment, outcome, utc } from "../words.js";

/** @import { State } from "../state.js" */

// The first verdict's limit (core/src/check: QUICK_MS and the lookup before it) and a patient check's, in seconds.
const FIRST_S = 12;
const WHOLE_S = 116;

/** A list of the places, and a clock that ticks while the check runs. */
export function createProgress() {
  const clock = el("span", { class: "clock" });
  const places = el("ul", { class: "places" });
  // On paper a clock says nothing: when it was printed does, and that the check was not at its end.
  const printed = el("p", { class: "print-only" });
  window.addEventListener("beforeprint", () => {
    const now = new Date().toISOString();
    replace(
      printed,
      "Printed while the check was still running: ",
      el("time", { datetime: now }, `${moment(now)} (${utc(now)})`),
      ", ",
      remote(domain),
    );
  });
  const node = el(
    "div",
    { class: "progress", "aria-live": "off" },
    el("p", {}, badge("waiting", "Looking"), " ", clock),
    places,
    printed,
  );
  let began = 0;
  let timer = 0;
  let first = true;
  let domain = "";

  const tick = () => {
    const elapsed = Math.floor((Date.now() - began) / 1000);
    const late = first && elapsed > FIRST_S;
    const words = late
      ? `${elapsed} s; no place that counts has answered yet`
      : first
        ? `${elapsed} s; a first verdict within ${FIRST_S} s`
        : `${elapsed} s; looking again, and longer: up to ${WHOLE_S} s in all`;
    write(clock, words);
  };

  return {
    node,
    update(/** @type {State} */ state) {
      const { check, vantages } = state;
      if (check.status !== "running") {
        clearInterval(timer);
        timer = 0;
        return;
      }
      if (!timer) {
        began = Date.now();
        timer = window.setInterval(tick, 500);
      }
      first = !check.verdict;
      domain = check.domain ?? "";
      tick();
      replace(places, lookup(check), ...rows(check, vantages));
    },
  };
}

const lookup = ({ plan }) =>
  plan
    ? el(
        "li",
        {},
        badge(plan.exchanges.length ? "good" : "unknown", "DNS"),
        " ",
        plan.exchanges.length
          ? remote(plan.exchanges.map((exchange) => exchange.exchange).join(", "))
          : "no mail server found",
      )
    : el("li", {}, badge("waiting", "DNS"), " looking up the mail servers");

function rows(check, vantages) {
  const seen = new Map(check.evidence.map((row) => [row.vantage, row]));
  const known = vantages.map((vantage) => [vantage.place || vantage.id, seen.get(vantage.id)]);
  const listed = new Set(vantages.map((vantage) => vantage.id));
  const others = check.evidence
    .filter((row) => !listed.has(row.vantage))
    .map((row) => [row.place || row.vantage, row]);
  return [...known, ...others].map(([place, row]) =>
    el("li", {}, row ? badge(...summary(row)) : badge("waiting", "looking"), " ", remote(place)),
  );
}

/** One word for what a vantage saw: the best of its attempts. */
function summary(row) {
  if (row.failure) return ["unknown", "could not be asked"];
  if (row.sight === "blind" || row.sight === "deceived") return ["blind", "not counted"];
  const best = row.attempts.find((attempt) => attempt.outcome === "completed") ?? row.attempts[0];
  return best ? outcome(best) : ["unknown", "nothing to try"];
}
