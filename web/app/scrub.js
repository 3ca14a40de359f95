// Remote words, made visible: what could hide, reorder or break a line is shown as its code point instead.

import { el } from "./dom.js";
import { isForeign, translated } from "./language.js";

// The core's list (core/src/scrub.rs), but for tab and line feed, which the page lays out itself; and lone surrogates,
// which Rust's strings cannot hold. `tests/tests/page_scrub.rs` holds
// the two lists together.
/** What could hide, reorder or break a line. */
export const HIDDEN = new RegExp(
  [
    "[\\0-\\x08\\x0b-\\x1f\\x7f-\\x9f\\xad",
    "\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u3164",
    "\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffb\\u{1bca0}-\\u{1bca3}\\u{1d173}-\\u{1d17a}\\u{e0000}-\\u{e0fff}]",
    "|\\p{Surrogate}",
  ].join(""),
  "gu",
);

const code = (character) => `U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;

// Not a string: what others said is not ours to translate.
const plain = (text) => document.createTextNode(text);

/** The nodes that show `text` as it is, with hidden characters named. */
export function visible(text) {
  const nodes = [];
  let done = 0;
  for (const found of text.matchAll(HIDDEN)) {
    if (found.index > done) nodes.push(plain(text.slice(done, found.index)));
    nodes.push(el("span", { class: "hidden-character" }, code(found[0])));
    done = found.index + found[0].length;
  }
  if (done < text.length) nodes.push(plain(text.slice(done)));
  return nodes;
}

/** The same, isolated, so that it cannot reorder what stands around it. */
export const remote = (text, attributes = {}) => el("bdi", attributes, ...visible(String(text)));

/** A sentence of the core in the page's language, with what remote hosts said in it made visible. */
export const told = (sentence, attributes = {}) =>
  remote(translated(sentence), isForeign(sentence) ? { ...attributes, lang: "en" } : attributes);
