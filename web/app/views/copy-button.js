// A button that copies, and says so where the finger is.

import { button, write } from "../dom.js";

const SAID_MS = 2500;

/**
 * `copy` does it and tells whether it could; `done` is what the button says then.
 *
 * @param {string} label
 * @param {() => Promise<boolean>} copy
 * @param {Record<string, string>} attributes
 */
export function copyButton(label, copy, attributes, done = "Copied ✓") {
  let timer = 0;
  const node = button(
    label,
    async () => {
      const copied = await copy();
      write(node, copied ? done : "Not copied: select it by hand");
      clearTimeout(timer);
      timer = window.setTimeout(() => {
        write(node, label);
      }, SAID_MS);
    },
    attributes,
  );
  return node;
}
