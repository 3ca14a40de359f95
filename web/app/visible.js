// Remote words, made visible: what could hide, reorder or break a line is shown as its code point instead.

import { el } from "./dom.js";

// Controls, zero-width and bidirectional formatting characters (Unicode 16, section 23), and lone surrogates.
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/gu;

const code = (character) => `U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;

/** The nodes that show `text` as it is, with hidden characters named. */
export function visible(text) {
  const nodes = [];
  let done = 0;
  for (const found of text.matchAll(HIDDEN)) {
    if (found.index > done) nodes.push(text.slice(done, found.index));
    nodes.push(el("span", { class: "hidden-character" }, code(found[0])));
    done = found.index + found[0].length;
  }
  if (done < text.length) nodes.push(text.slice(done));
  return nodes;
}

/** The same, isolated, so that it cannot reorder what stands around it. */
export const remote = (text, attributes = {}) => el("bdi", attributes, ...visible(String(text)));
