// The next observation: a command to copy for the user's system, and a place for what it said: pasted, or sent by itself.

import { button, el, part, replace } from "../dom.js";
import { reporting } from "../case-link.js";
import { remote, told, visible } from "../scrub.js";
import { isUnderWay, moment } from "../words.js";
import { copyButton } from "./copy-button.js";

/** @import { State } from "../state.js" */

const SYSTEMS = [
  ["linux", "Linux"],
  ["powershell", "Windows PowerShell"],
  ["macos", "macOS"],
];

const guess = () => {
  // Not in every browser: https://wicg.github.io/ua-client-hints/
  const { userAgentData } = /** @type {Navigator & { userAgentData?: { platform: string } }} */ (navigator);
  const name = `${userAgentData?.platform ?? ""} ${navigator.platform ?? ""}`;
  if (/win/i.test(name)) return "powershell";
  return /mac|iphone|ipad/i.test(name) ? "macos" : "linux";
};

/** The part "The test that settles it", kept over updates so that what is typed in it stays. */
export function createNext(act, site) {
  const { body, show: showPart } = part("next");
  const observe = el("p", { class: "observe" });
  const own = el("div", { class: "own" });
  const command = el("pre", { class: "command", tabindex: "0", "aria-label": "The command" });
  const answer = el("textarea", {
    id: "answer",
    rows: "4",
    spellcheck: "false",
    autocomplete: "off",
    placeholder: "noanswer-witness …",
  });
  const result = el("p", { class: "note", role: "status" });
  let system = guess();
  let commands = null;
  let reportsTo = null;
  let text = "";
  const ask = button("Have it report back to this page", act.reportBack, {
    class: "secondary",
    id: "report-back",
  });
  const waiting = el("p", { class: "note", role: "status" });

  const choices = SYSTEMS.map(([value, label]) => {
    const input = el("input", { type: "radio", name: "system", value, id: `system-${value}` });
    input.checked = value === system;
    input.addEventListener("change", () => {
      system = value;
      show();
    });
    return el("label", { class: "choice", for: `system-${value}` }, input, el("span", {}, label));
  });

  function show() {
    text = (reportsTo ? reporting(commands, reportsTo.link) : commands)?.[system] ?? "";
    replace(command, el("code", {}, ...visible(text)));
    ask.hidden = Boolean(reportsTo);
    replace(
      waiting,
      reportsTo &&
        `Waiting for it, until ${moment(reportsTo.until)}. The command now sends its noanswer-witness lines here, and nothing else; the link works once. Send it to whoever can run it, and leave this page open.`,
    );
  }

  replace(
    body,
    observe,
    own,
    el(
      "div",
      { class: "next" },
      el(
        "fieldset",
        { class: "systems" },
        el("legend", {}, "Without noanswer there: run this on the server that sends the mail"),
        ...choices,
      ),
      el(
        "div",
        { class: "command-box" },
        command,
        copyButton("Copy", () => act.copy(text, "Command copied."), { class: "chip" }),
      ),
      site.keeps && el("div", { class: "report-back" }, ask, waiting),
      el("label", { class: "label", for: "answer" }, "Paste what it printed"),
      answer,
      el(
        "div",
        { class: "buttons" },
        button("Read it as evidence", () => act.manualEvidence(answer.value), { class: "secondary" }),
      ),
      result,
    ),
  );

  return (/** @type {State} */ state) => {
    const { verdict } = state.check;
    const nothingToTry = !state.check.report?.plan.exchanges.some((exchange) => exchange.addresses.length);
    if (!verdict || verdict.status === "healthy" || !state.check.commands || nothingToTry) {
      showPart(false);
      return;
    }
    showPart(true);
    const underWay = isUnderWay(state.check);
    replace(
      observe,
      told(
        underWay
          ? "The page is looking again, and longer, right now. What the sending server itself sees would tell more."
          : (verdict.next?.observe ??
              "What the sending server itself sees on port 25 is the one thing that no other place can know."),
      ),
    );
    replace(own, ...(underWay ? [] : suggested(verdict.next?.command, act)));
    if (commands !== state.check.commands || reportsTo !== state.check.reportsTo) {
      ({ commands, reportsTo } = state.check);
      show();
    }
    replace(result, state.check.manualEvidence ?? "");
  };
}

function suggested(command, act) {
  if (!command) return [];
  return [
    el(
      "div",
      { class: "command-box" },
      el(
        "pre",
        { class: "command short", tabindex: "0", "aria-label": "The suggested command" },
        el("code", {}, remote(command)),
      ),
      copyButton("Copy", () => act.copy(command, "Command copied."), { class: "chip" }),
    ),
  ];
}
