// The offer to ask probes of Globalping: what it does is said before it is done, for a third party learns of it.

import { button, byId, el, replace } from "../dom.js";

/** @import { State } from "../state.js" */

/** How many places are asked. */
const PLACES = 8;

/** Wires the offer, below the form. `act` takes `{globalping}`. */
export function createGlobalping(act, site) {
  // The lab's policy lets the page ask nobody else.
  if (site.lab && !site.globalping) return () => {};
  const ask = button(`Ask ${PLACES} places`, act.globalping, { class: "secondary", id: "globalping-ask" });
  const box = el("details", { class: "settings js-only", id: "globalping" });
  const told = el("p", { class: "hint" });
  replace(
    box,
    el("summary", {}, `Ask ${PLACES} places of Globalping, without any server of ours`),
    el(
      "p",
      { class: "hint" },
      "Your browser asks probes of Globalping (jsDelivr), a public measurement network, to connect to port 25 of the " +
        "domain’s mail servers. Globalping learns your address and those of the mail servers; your text stays here. " +
        "Whoever has the link of the measurement can read its results. It takes from your own free quota.",
    ),
    ask,
    told,
  );
  byId("settings").after(box);
  return (/** @type {State} */ state) => {
    ask.disabled = state.check.status === "running";
    const note = state.check.evidence.find((row) => row.panel)?.panel;
    replace(told, ...(note ? provenance(note) : []));
  };
}

/** How many probes see nothing, and where the results can be read. */
function provenance({ network, probes, left_out, links }) {
  const results = links.map((link, index) =>
    el("a", { href: link, rel: "noreferrer", target: "_blank" }, `results ${index + 1}`),
  );
  const count = `${network}: ${probes} probes, ${left_out} of them blind and left out. `;
  return [count, ...results.flatMap((link) => [link, " "])];
}
