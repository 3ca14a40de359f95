// A log or a queue as a table: one row a destination and cause, the worst first, what was delivered beside what failed.

import { button, el, replace, svg, write } from "../dom.js";
import { remote, told } from "../scrub.js";
import { moment, moments, number } from "../words.js";

const ROWS = 10;

/**
 * The columns: their head, and what a row is sorted by, the largest first.
 *
 * @type {[name: string, key: ((row: any) => number) | null][]}
 */
const COLUMNS = [
  ["Destination", null],
  ["What happened", null],
  ["Messages", (row) => row.messages || row.count],
  ["Delivered there since", (row) => row.delivered],
  ["Seen", (row) => Date.parse(row.last ?? "") || 0],
];

/** @type {[value: string, name: string, matches: (row: any) => boolean][]} */
const WHICH = [
  ["all", "all", () => true],
  ["open", "not delivered", (row) => !row.is_settled],
  ["settled", "delivered later", (row) => row.is_settled],
];

/** The table of `rows`, as the core made them. `act.checkDomain` takes the domain of a row. */
export function logTable(rows, act) {
  const span = between(rows);
  /** @type {((row: any) => number) | null} */
  let by = null;
  let words = "";
  let which = WHICH[0];
  let all = false;

  const body = el("tbody");
  const count = el("p", { class: "quiet", role: "status" });
  const more = button("", () => ((all = true), show()), { class: "secondary" });
  const heads = COLUMNS.map(([name, key]) => head(name, key, () => ((by = by === key ? null : key), show())));

  const find = el("input", { type: "text", id: "log-filter", autocomplete: "off", spellcheck: "false" });
  find.addEventListener("input", () => ((words = find.value.trim().toLowerCase()), show()));
  const select = el(
    "select",
    { id: "log-which" },
    ...WHICH.map(([value, name]) => el("option", { value }, name)),
  );
  select.addEventListener("change", () => {
    which = WHICH.find(([value]) => value === select.value) ?? WHICH[0];
    show();
  });

  function show() {
    const matching = rows.filter(
      (row) =>
        which[2](row) && `${row.destination ?? ""} ${row.explanation.headline}`.toLowerCase().includes(words),
    );
    const key = by;
    const sorted = key ? [...matching].sort((one, other) => key(other) - key(one)) : matching;
    const shown = all ? sorted : sorted.slice(0, ROWS);
    replace(body, ...shown.map((row) => line(row, span, act)));
    more.hidden = shown.length === sorted.length;
    write(more, `and ${sorted.length - shown.length} more`);
    write(count, matching.length === rows.length ? "" : `${matching.length} of ${rows.length} rows`);
    for (const { node, key } of heads) node.ariaSort = by && key === by ? "descending" : null;
  }
  show();

  return [
    el(
      "div",
      { class: "log-tools", hidden: rows.length < 3 },
      el("label", { for: "log-filter" }, el("span", { class: "label" }, "Find"), find),
      el("label", { for: "log-which" }, el("span", { class: "label" }, "Show"), select),
      count,
    ),
    el(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": "Failures by destination" },
      el(
        "table",
        { class: "log" },
        el("thead", {}, el("tr", {}, ...heads.map(({ node }) => node), el("td"))),
        body,
      ),
    ),
    more,
  ];
}

function head(name, key, sort) {
  const inner = key ? button(name, sort, { class: "sort", title: `Sort by: ${name}` }) : name;
  return { node: el("th", { scope: "col" }, inner), key };
}

// The name of a domain: what could be checked. A destination may also be an operator or an address.
const DOMAIN = /^(?=.*[\p{L}])[^\s:@/]+\.[\p{L}\p{N}-]{2,}$/u;

function line(row, span, act) {
  const { destination, explanation } = row;
  return el(
    "tr",
    { class: row.is_settled ? "settled" : null },
    el("th", { scope: "row" }, destination ? remote(destination, { class: "host" }) : "not named"),
    el(
      "td",
      {},
      told(explanation.headline),
      explanation.beside && el("p", { class: "quiet" }, told(explanation.beside)),
    ),
    cell("Messages", ...messages(row)),
    cell("Delivered there since", row.delivered ? number(row.delivered) : "none seen"),
    cell("Seen", when(row, span), seen(row), until(row)),
    el(
      "td",
      {},
      destination &&
        DOMAIN.test(destination) &&
        button("Check this one", () => act.checkDomain(destination), {
          class: "chip",
          "aria-label": `Check this one: ${destination}`,
        }),
    ),
  );
}

// On a phone the heads are not there: each cell brings its own.
const cell = (name, ...children) => el("td", { class: "number", "data-head": name }, ...children);

function messages({ count, messages: hit, settled, given_up: lost }) {
  if (!hit) return [`${number(count)} ${count === 1 ? "line" : "lines"}`];
  const waiting = Math.max(0, hit - settled - lost);
  const fates = [
    [waiting, "waiting"],
    [settled, "delivered later"],
    [lost, "given up"],
  ];
  const words = fates.filter(([of]) => of).map(([of, fate]) => (of === hit ? fate : `${number(of)} ${fate}`));
  return [number(hit), el("p", { class: "quiet" }, words.join(", "))];
}

const seen = ({ first, last }) => {
  if (!first && !last) return "";
  return first && last && first !== last ? moments(first, last) : moment(last ?? first);
};

const until = ({ until: end, is_settled: settled }) =>
  end && !settled && el("p", { class: "quiet" }, `the first is given up ${moment(end)}`);

const between = (rows) => {
  const moments = rows.flatMap((row) => [row.first, row.last]).map((at) => Date.parse(at ?? ""));
  const known = moments.filter((at) => !Number.isNaN(at));
  return known.length > 1 ? [Math.min(...known), Math.max(...known)] : null;
};

// When in the time of the log: the words beside it say the same.
function when({ first, last, is_settled: settled }, span) {
  if (!span || span[0] === span[1] || !first || !last) return null;
  const x = (at) => (200 * (Date.parse(at) - span[0])) / (span[1] - span[0]);
  const from = Math.min(x(first), 196);
  return svg(
    "svg",
    {
      class: settled ? "when settled" : "when",
      viewBox: "0 0 200 10",
      "aria-hidden": "true",
      focusable: "false",
    },
    svg("path", { class: "ground", d: "M0 5h200" }),
    svg("rect", { x: from, y: 2, width: Math.max(4, x(last) - from), height: 6, rx: 2 }),
  );
}
