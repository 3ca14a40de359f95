// Letters to send on, evidence included, ready to copy: to the customer, the provider, the postmaster.

import { el, part, replace } from "../dom.js";
import { LANGUAGES, language as spoken } from "../language.js";
import { remote } from "../scrub.js";
import { copyButton } from "./copy-button.js";

/** @import { State } from "../state.js" */

const TO = {
  customer: "To the customer who asks",
  provider: "To your provider",
  postmaster: "To the recipient’s postmaster",
};
/** The part "Write to them". */
export function createMessages(act) {
  const { body, show } = part("letters");
  const list = el("div", { class: "messages" });
  let letters = null;
  let language = spoken();
  const select = el(
    "select",
    { id: "letter-language" },
    ...LANGUAGES.map(([value, name]) =>
      el("option", { value, lang: value, selected: value === language }, name),
    ),
  );
  select.addEventListener("change", () => {
    language = select.value;
    draw();
  });
  replace(
    body,
    el("label", { class: "language", for: "letter-language" }, "Language of the letters ", select),
    list,
  );

  function draw() {
    const open = new Set([...list.querySelectorAll("details[open]")].map((node) => node.dataset.to));
    replace(list, ...(letters?.[language] ?? []).map((one) => letter(one, language, open.has(one.to), act)));
  }

  return (/** @type {State} */ state) => {
    show(Boolean(state.check.letters));
    if (letters === state.check.letters) return;
    ({ letters } = state.check);
    draw();
  };
}

const letter = (message, language, open, act) =>
  el(
    "details",
    { class: "message", open, "data-to": message.to },
    el(
      "summary",
      {},
      TO[message.to] ?? `To ${message.to}`,
      el("span", { class: "quiet" }, ", ready to copy"),
    ),
    el(
      "p",
      { class: "subject" },
      el("span", { class: "label" }, "Subject"),
      " ",
      remote(message.subject, { lang: language }),
    ),
    el("pre", { class: "letter", tabindex: "0", lang: language }, remote(message.body)),
    copyButton("Copy the letter", () => act.copy(`${message.subject}\n\n${message.body}`, "Letter copied."), {
      class: "secondary",
    }),
  );
