// The form: the text, the domain, the buttons. It says what was done to it and decides nothing.

import { button, byId, el, replace, write } from "../dom.js";
import { SAMPLES } from "../samples.js";

/** @import { State } from "../state.js" */

/** Wires the form. `act` takes `{text, domain, explain, check, lookup, stop}`. */
export function createAsk(act, site) {
  const form = byId("ask");
  const text = /** @type {HTMLTextAreaElement} */ (byId("text"));
  const domain = /** @type {HTMLInputElement} */ (byId("domain"));

  const explain = el("button", { type: "submit", class: "secondary" }, "Explain");
  const check = button("Check", act.check, { class: "primary", id: "check" });
  const lookup = button("Mail servers only", act.lookup, { class: "secondary" });
  const stop = button("Stop", act.stop, { class: "secondary stop", hidden: true });
  replace(byId("buttons"), check, lookup, stop);

  text.addEventListener("input", () => act.text(text.value));
  domain.addEventListener("input", () => act.domain(domain.value));
  domain.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    act.check();
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) act.check();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    act.explain();
  });

  const samples = SAMPLES.map(([name, sample]) =>
    button(name, () => act.sample(sample(site.lab)), { class: "chip" }),
  );
  const picker = el("input", {
    type: "file",
    id: "file",
    class: "visually-hidden",
    tabindex: "-1",
    "aria-label": "A log file",
  });
  picker.addEventListener("change", () => {
    if (picker.files[0]) act.file(picker.files[0]);
    picker.value = "";
  });
  replace(
    byId("paper-tools"),
    el("span", { class: "try" }, "Try"),
    ...samples,
    button("Open a log file", () => picker.click(), { class: "chip file" }),
    picker,
  );

  return (/** @type {State} */ state) => {
    if (text.value !== state.text) text.value = state.text;
    if (domain.value !== state.domain) domain.value = state.domain;
    if (state.domainRefused) domain.setAttribute("aria-invalid", "true");
    else domain.removeAttribute("aria-invalid");
    const busy = [state.mx.status, state.check.status, state.reading.status].includes("running");
    stop.hidden = !busy;
    lookup.hidden = busy;
    check.disabled = state.check.status === "running";
    // A place that is known to see nothing is no promise.
    const blind = ["blind", "deceived"];
    const regions = state.vantages.filter((vantage) => !blind.includes(vantage.sight)).length;
    write(
      check,
      regions && state.check.status === "idle"
        ? `Check from ${regions} ${regions === 1 ? "place" : "places"}`
        : "Check",
    );
    replace(byId("ask-note"), state.note && el("p", {}, state.note));
    explain.disabled = busy;
  };
}
