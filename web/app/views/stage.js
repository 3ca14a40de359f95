// What the whole page shows of the case: the hero gives way to the answer, the tab carries the verdict.

import { translated } from "../language.js";
import { ofTheAddress, party, shownStatus } from "../words.js";

/** @import { State } from "../state.js" */

const COLOURS = {
  good: "#1c6a45",
  bad: "#a22a1d",
  suspect: "#b07400",
  unknown: "#5d5a52",
  waiting: "#17505f",
};

/** The stage, the tab's title and its icon. */
export function createStage() {
  const plainTitle = document.title;
  const icon = /** @type {HTMLLinkElement | null} */ (document.querySelector('link[rel="icon"]'));
  const plainIcon = icon?.href ?? "";
  openOnPaper();
  return (/** @type {State} */ state) => {
    const { check, reading } = state;
    document.documentElement.dataset.stage =
      check.status !== "idle" ? "checked" : reading.status !== "idle" ? "read" : "start";
    document.title = title(state) ?? plainTitle;
    if (!icon) return;
    const mark = check.verdict
      ? shownStatus(check.verdict, check.report?.sender)[0]
      : check.status === "running"
        ? "waiting"
        : null;
    const wanted = mark ? drawn(COLOURS[mark] ?? COLOURS.unknown) : plainIcon;
    if (icon.href !== wanted) icon.href = wanted;
  };
}

// On paper nothing can be opened. What was opened for it is closed again.
function openOnPaper() {
  /** @type {HTMLDetailsElement[]} */
  let opened = [];
  window.addEventListener("beforeprint", () => {
    const folded = /** @type {NodeListOf<HTMLDetailsElement>} */ (
      document.querySelectorAll("details.message:not([open]), details.meaning:not([open])")
    );
    opened = [...folded];
    for (const one of opened) one.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const one of opened) one.open = false;
  });
}

const drawn = (colour) =>
  `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7" fill="${colour}"/></svg>`)}`;

/** The few words of a verdict for the tab: `✗ Them · silent.test`. */
function title({ check, domain }) {
  if (check.status === "running" && !check.verdict) return `… ${check.domain ?? domain}`;
  if (!check.verdict) return null;
  const [state] = shownStatus(check.verdict, check.report?.sender);
  const who = [...new Set(check.verdict.faults.map((one) => one.party))];
  const mark = { good: "✓", bad: "✗", suspect: "?", unknown: "?" }[state];
  const short = { you: "You", them: "Them", between: "Between", nobody: "" };
  const one = check.verdict.status === "named" && who.length === 1 && !ofTheAddress(check.verdict);
  const word = one ? translated(short[who[0]] ?? party(who[0])) : "";
  return [mark, word && `${word} ·`, check.report?.plan?.domain_unicode ?? check.report?.asked.domain]
    .filter(Boolean)
    .join(" ");
}
