// Which DNS-over-HTTPS resolvers the browser asks, and the token of a server that wants one.

import { button, byId, el, replace } from "../dom.js";
import { PUBLIC_RESOLVERS } from "../site.js";

/** @import { State } from "../state.js" */

/** The settings below the form. `act.resolvers` takes the list, `act.token` the token. */
export function createSettings(act, site) {
  const body = byId("settings-body");
  const field = el("textarea", {
    id: "resolvers",
    rows: "2",
    spellcheck: "false",
    "aria-describedby": "resolvers-hint",
  });
  field.addEventListener("change", () => act.resolvers(field.value.split(/\s+/).filter(Boolean)));
  const token = el("input", {
    id: "token",
    type: "password",
    autocomplete: "off",
    spellcheck: "false",
    "aria-describedby": "token-hint",
  });
  token.addEventListener("change", () => act.token(token.value.trim()));
  replace(
    body,
    el(
      "label",
      { class: "label", for: "resolvers" },
      "DNS-over-HTTPS, one address a line; the second is asked when the first fails",
    ),
    field,
    el(
      "p",
      { class: "hint", id: "resolvers-hint" },
      site.lab
        ? "This is the lab: its own resolver knows the names under .test."
        : `Your browser asks them for the domain’s mail servers when you check, and for nothing else.${site.relay ? " Where your network blocks them, this server passes the questions on." : ""}`,
    ),
    button(
      site.lab ? "Use the lab’s" : "Use the two public ones",
      () => act.resolvers(site.lab ? site.resolvers : PUBLIC_RESOLVERS),
      { class: "chip" },
    ),
    el("label", { class: "label", for: "token" }, "Token of this server, where it asks for one"),
    token,
    el("p", { class: "hint", id: "token-hint" }, "Kept in this tab until it is closed."),
  );
  return (/** @type {State} */ state) => {
    const text = state.resolvers.join("\n");
    if (document.activeElement !== field && field.value !== text) field.value = text;
    if (document.activeElement !== token && token.value !== state.token) token.value = state.token;
  };
}
