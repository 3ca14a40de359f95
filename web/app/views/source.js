// The user's text with the parts that mattered marked; each mark says what it means on hover, focus and tap.

import { el, replace } from "../dom.js";
import { visible } from "../scrub.js";

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

/** The text and the line that says what the mark under the pointer means. */
export function createSource(text, symptom, explanation) {
  const meaning = el(
    "p",
    { class: "meaning", "aria-live": "polite" },
    "Each marked part says what it means when you point at it.",
  );
  const source = el("div", {
    class: "source",
    tabindex: "0",
    role: "group",
    "aria-label": "Your text, with what mattered marked",
  });
  const tell = (mark, name, words) => {
    for (const other of source.querySelectorAll(".span"))
      other.setAttribute("aria-expanded", String(other === mark));
    replace(meaning, el("strong", {}, `${name}: `), words);
  };
  replace(source, ...pieces(text, ordered(symptom.spans), (span) => mark(text, span, explanation, tell)));
  return el("div", { class: "marked" }, source, meaning);
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

function mark(text, span, explanation, tell) {
  const name = NAMES[span.field] ?? span.field.replaceAll("_", " ");
  const words = explanation.fields[span.field] ?? MEANINGS[span.field] ?? name;
  const node = el(
    "button",
    { type: "button", class: `span ${span.field}`, "aria-expanded": "false", title: `${name}: ${words}` },
    ...visible(text.slice(span.start, span.end)),
    el("span", { class: "visually-hidden" }, ` (${name})`),
  );
  for (const event of ["pointerenter", "focus", "click"])
    node.addEventListener(event, () => tell(node, name, words));
  return node;
}
