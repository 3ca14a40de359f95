// Messages to send on, evidence included, ready to copy.

import { el, part, replace } from "../dom.js";
import { remote } from "../scrub.js";
import { copyButton } from "./copy-button.js";

/** @import { State } from "../state.js" */

const TO = { provider: "To your provider", postmaster: "To the recipient’s postmaster" };

/** The part "Write to them". */
export function createMessages(act) {
  const { body, show } = part("letters");
  let shown = null;
  // On paper nothing can be opened.
  window.addEventListener("beforeprint", () => {
    for (const message of body.querySelectorAll("details")) message.open = true;
  });
  return (/** @type {State} */ state) => {
    const messages = state.check.verdict?.messages ?? [];
    show(messages.length > 0);
    const wanted = JSON.stringify(messages);
    if (shown === wanted) return;
    shown = wanted;
    replace(body, ...messages.map((message) => letter(message, act)));
  };
}

const letter = (message, act) =>
  el(
    "details",
    { class: "message" },
    el(
      "summary",
      {},
      TO[message.to] ?? `To ${message.to}`,
      el("span", { class: "quiet" }, ", ready to copy"),
    ),
    el("p", { class: "subject" }, el("span", { class: "label" }, "Subject"), " ", remote(message.subject)),
    el("pre", { class: "letter", tabindex: "0" }, remote(message.body)),
    copyButton(
      "Copy the message",
      () => act.copy(`${message.subject}\n\n${message.body}`, "Message copied."),
      { class: "secondary" },
    ),
  );
