// The user's text with the parts that mattered marked; and what each of them means: mark and meaning point at each other.

import { button, el, replace } from "../dom.js";
import { told, visible } from "../scrub.js";

// Around a mark this much of the text is shown; what lies further away becomes a gap.
const AROUND = 400;
const MEANINGS = {
  recipient_domain: "The domain that the mail was for. Its MX records say which hosts take it.",
  remote_host: "The host that the sending server tried to reach.",
  remote_address: "The address that the sending server tried to reach.",
  port: "The port that was tried. Mail between servers goes to port 25.",
  at: "When the sending server wrote this.",
  retry_until: "Until then the sending server tries again by itself.",
};
const NAMES = {
  reply_code: "reply code",
  enhanced_status: "status code",
  system_error: "error of the system",
  mta: "mail software",
  recipient_domain: "recipient’s domain",
  remote_host: "host that was tried",
  remote_address: "address that was tried",
  port: "port",
  at: "when it happened",
  retry_until: "until when it is retried",
  cause: "what went wrong",
  stage: "how far it came",
  expired: "given up",
  written_by: "who wrote it",
};

let sources = 0;

/** The text with its marks, and what each of them means: the two point at each other. */
export function createSource(text, symptom, explanation) {
  const spans = ordered(symptom.spans);
  const fields = [...new Set(spans.map((span) => span.field))];
  const id = (field) => `mark-${number}-${field}`;
  const number = (sources += 1);
  const source = el("div", {
    class: "source",
    tabindex: "0",
    role: "group",
    "aria-label": "Your text, with what mattered marked",
  });
  const marks = (field) => [...source.querySelectorAll(".span")].filter((one) => one.dataset.field === field);
  const list = el("dl", { class: "meanings" });
  const tell = (field) => {
    for (const one of source.querySelectorAll(".span"))
      one.classList.toggle("told", one.dataset.field === field);
    for (const one of list.children) one.classList.toggle("told", one.dataset.field === field);
  };
  // From the meaning back to the text: the mark comes into view, and has the focus.
  const back = (field) => {
    const [first] = marks(field);
    first?.focus({ preventScroll: true });
    if (first) source.scrollTop = first.offsetTop - source.clientHeight / 2;
    tell(field);
  };
  replace(source, ...pieces(text, spans, (span) => mark(text, span, id(span.field), tell)));
  replace(list, ...fields.map((field) => meaning(field, id(field), explanation, tell, back)));
  return el(
    "div",
    { class: "marked" },
    source,
    el(
      "details",
      { class: "meaning", open: fields.length <= OPEN },
      el("summary", {}, `What the ${fields.length === 1 ? "marked part means" : "marked parts mean"}`),
      list,
    ),
  );
}

// So many meanings are no longer than the text that they belong to.
const OPEN = 4;

const name = (field) => NAMES[field] ?? field.replaceAll("_", " ");

function meaning(field, id, explanation, tell, back) {
  const row = el(
    "div",
    { "data-field": field },
    el(
      "dt",
      {},
      button(name(field), () => back(field), { class: "to-mark" }),
    ),
    el("dd", { id }, told(explanation.fields[field] ?? MEANINGS[field] ?? name(field))),
  );
  for (const event of ["pointerenter", "focusin"]) row.addEventListener(event, () => tell(field));
  return row;
}

// Marks do not overlap on the page: of two that do, the earlier one stands.
function ordered(spans) {
  const sorted = [...spans].sort((one, other) => one.start - other.start || other.end - one.end);
  let end = 0;
  return sorted.filter((span) => span.start >= end && span.end > span.start && (end = span.end));
}

function* pieces(text, spans, show) {
  let done = 0;
  for (const span of spans) {
    yield* between(text.slice(done, span.start), done > 0);
    yield show(span);
    done = span.end;
  }
  yield* between(text.slice(done), done > 0, true);
}

function* between(words, before, last = false) {
  const room = (before ? AROUND : 0) + (last ? 0 : AROUND);
  if (words.length <= room || room === 0) {
    yield* visible(words.slice(0, 2 * AROUND));
    return;
  }
  if (before) yield* visible(words.slice(0, AROUND));
  yield el("span", { class: "gap" }, " … ");
  if (!last) yield* visible(words.slice(-AROUND));
}

function mark(text, span, id, tell) {
  const node = el(
    "button",
    { type: "button", class: `span ${span.field}`, "data-field": span.field, "aria-describedby": id },
    ...visible(text.slice(span.start, span.end)),
    el("span", { class: "visually-hidden" }, ` (${name(span.field)})`),
  );
  for (const event of ["pointerenter", "focus"]) node.addEventListener(event, () => tell(span.field));
  node.addEventListener("click", () => {
    const list = node.closest(".marked")?.querySelector("details");
    if (list) list.open = true;
    tell(span.field);
  });
  return node;
}
