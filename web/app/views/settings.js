// Which DNS-over-HTTPS resolvers the browser asks.

import { button, el, replace } from "../dom.js";
import { PUBLIC_RESOLVERS } from "../site.js";

/** The settings below the form. `act.resolvers` takes the list. */
export function createSettings(act, site) {
  const body = document.getElementById("settings-body");
  const field = el("textarea", { id: "resolvers", rows: "2", spellcheck: "false", "aria-describedby": "resolvers-hint" });
  field.addEventListener("change", () => act.resolvers(field.value.split(/\s+/).filter(Boolean)));
  replace(
    body,
    el("label", { class: "label", for: "resolvers" }, "DNS-over-HTTPS, one address a line; the second is asked when the first fails"),
    field,
    el("p", { class: "hint", id: "resolvers-hint" }, site.lab ? "This is the lab: its own resolver knows the names under .test." : `Your browser asks them for the domain’s mail servers when you check, and for nothing else.${site.relay ? " Where your network blocks them, this server passes the questions on." : ""}`),
    button(site.lab ? "Use the lab’s" : "Use the two public ones", () => act.resolvers(site.lab ? site.resolvers : PUBLIC_RESOLVERS), { class: "chip" }),
  );
  return (state) => {
    const text = state.resolvers.join("\n");
    if (document.activeElement !== field && field.value !== text) field.value = text;
  };
}
