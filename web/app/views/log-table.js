// A log or a queue as a table: one row a destination and cause, the worst first.

import { button, el } from "../dom.js";
import { remote } from "../scrub.js";
import { moment } from "../words.js";

const ROWS = 10;

/** The groups of a log. `act.checkDomain` takes the domain of a row. */
export function logTable(groups, act) {
  const sorted = [...groups].sort(([one], [other]) => (other.count ?? 1) - (one.count ?? 1));
  const body = el("tbody", {}, ...sorted.slice(0, ROWS).map((group) => row(group, act)));
  const rest = sorted.slice(ROWS);
  const more =
    rest.length > 0 &&
    button(
      `and ${rest.length} more`,
      (event) => {
        body.append(...rest.map((group) => row(group, act)));
        event.currentTarget.remove();
      },
      { class: "secondary" },
    );
  return [
    el(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": "Failures by destination" },
      el(
        "table",
        { class: "log" },
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            ...["Destination", "What happened", "Times", "Seen", ""].map((name) =>
              el("th", { scope: "col" }, name),
            ),
          ),
        ),
        body,
      ),
    ),
    more,
  ];
}

const destination = (symptom) =>
  symptom.recipient_domain ?? symptom.remote_host ?? symptom.remote_address ?? "not named";

function row([symptom, explanation], act) {
  const { recipient_domain: domain, first_at: first, last_at: last } = symptom;
  return el(
    "tr",
    {},
    el("th", { scope: "row" }, remote(destination(symptom), { class: "host" })),
    el("td", {}, remote(explanation.headline)),
    el("td", { class: "number" }, (symptom.count ?? 1).toLocaleString("en")),
    el(
      "td",
      { class: "number" },
      first && last && first !== last
        ? `${moment(first)} to ${moment(last)}`
        : (last ?? symptom.at)
          ? moment(last ?? symptom.at)
          : "",
    ),
    el("td", {}, domain && button("Check this one", () => act.checkDomain(domain), { class: "chip" })),
  );
}
