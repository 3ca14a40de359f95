// Taking the result along: a link, Markdown, JSON.

import { button, el, part, replace } from "../dom.js";
import { moment } from "../words.js";
import { copyButton } from "./copy-button.js";

/** @import { State } from "../state.js" */

/** The part "Keep and share". */
export function createExport(act, site) {
  const { body, show } = part("keep");
  const withText = el("input", { type: "checkbox", id: "with-text" });
  const whole = [
    copyButton("Copy a link", () => act.share(withText.checked), { class: "secondary" }, "Link copied ✓"),
    copyButton("Copy as Markdown", act.markdown, { class: "secondary" }),
    button("Download JSON", act.download, { class: "secondary" }),
    button("Print", () => window.print(), { class: "secondary" }),
  ];
  const shorten = button("Make a short link", act.shorten, { class: "secondary", id: "shorten" });
  const copyShort = copyButton(
    "Copy the short link",
    () => act.copy(shown?.url ?? "", "Short link copied."),
    { class: "chip" },
  );
  const forget = button("Delete it from the server", act.unshorten, { class: "chip" });
  const told = el("div", { class: "short", role: "status" });
  let shown = null;
  const option = el(
    "label",
    { class: "option", for: "with-text" },
    withText,
    " put the pasted text in the link too, without the names before the @",
  );
  replace(
    body,
    el("div", { class: "buttons" }, ...whole, shorten),
    option,
    el(
      "p",
      { class: "quiet" },
      "The link holds everything behind its #, which no browser sends to any server.",
      site.keeps &&
        " A short link has this server keep the result for 30 days, for whoever has the link: domain, codes and what was seen, never your text.",
    ),
    told,
  );
  function tell(short) {
    if (shown === short) return;
    shown = short;
    replace(
      told,
      short?.url && el("p", {}, el("code", {}, short.url), " ", until(short), " ", copyShort, " ", forget),
      short?.note && el("p", {}, short.note),
    );
  }
  return (/** @type {State} */ state) => {
    const { report } = state.check;
    show(Boolean(report) || state.reading.symptoms.length > 0);
    whole[1].disabled = !report;
    whole[2].disabled = !report;
    shorten.hidden = !site.keeps || !report || Boolean(state.check.short?.url);
    option.hidden = !state.text;
    tell(state.check.short);
  };
}

const until = ({ until: end }) => (end ? `kept until ${moment(end)}` : "kept by this server");
