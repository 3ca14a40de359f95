// Taking the result along: a link, Markdown, JSON.

import { button, el, part, replace } from "../dom.js";
import { copyButton } from "./copy-button.js";

/** @import { State } from "../state.js" */

/** The part "Keep and share". */
export function createExport(act) {
  const { body, show } = part("keep");
  const withText = el("input", { type: "checkbox", id: "with-text" });
  const whole = [
    copyButton("Copy a link", () => act.share(withText.checked), { class: "secondary" }, "Link copied ✓"),
    copyButton("Copy as Markdown", act.markdown, { class: "secondary" }),
    button("Download JSON", act.download, { class: "secondary" }),
    button("Print", () => window.print(), { class: "secondary" }),
  ];
  const option = el(
    "label",
    { class: "option", for: "with-text" },
    withText,
    " put the pasted text in the link too, without the names before the @",
  );
  replace(
    body,
    el("div", { class: "buttons" }, ...whole),
    option,
    el(
      "p",
      { class: "quiet" },
      "The link holds everything behind its #, which no browser sends to any server.",
    ),
  );
  return (/** @type {State} */ state) => {
    const { report } = state.check;
    show(Boolean(report) || state.reading.symptoms.length > 0);
    whole[1].disabled = !report;
    whole[2].disabled = !report;
    option.hidden = !state.text;
  };
}
