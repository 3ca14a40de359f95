// Messages to send on, evidence included, ready to copy.

import { button, el } from "../dom.js";
import { remote } from "../visible.js";

const TO = { provider: "To your provider", postmaster: "To the recipient’s postmaster" };

/** The messages of a verdict. */
export function* messages(verdict, act) {
  for (const message of verdict.messages ?? []) {
    yield el(
      "details",
      { class: "message" },
      el("summary", {}, TO[message.to] ?? `To ${message.to}`, el("span", { class: "quiet" }, ", ready to copy")),
      el("p", { class: "subject" }, el("span", { class: "label" }, "Subject"), " ", remote(message.subject)),
      el("pre", { class: "letter", tabindex: "0" }, remote(message.body)),
      button("Copy the message", () => act.copy(`${message.subject}\n\n${message.body}`, "Message copied."), { class: "secondary" }),
    );
  }
}
