// Building the page. Text only ever becomes a text node: there is no way in for markup.

import { translated } from "./language.js";

const SVG = "http://www.w3.org/2000/svg";

// Attributes that people read.
const SAID = new Set(["aria-label", "placeholder", "title"]);

// Strings are ours, and said in the page's language; what others said comes as nodes.
const spoken = (children) =>
  children
    .flat()
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (typeof child === "string" ? translated(child) : child));

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    node.setAttribute(name, value === true ? "" : SAID.has(name) ? translated(String(value)) : String(value));
  }
  node.append(...spoken(children));
  return node;
}

/** An HTML element; children are nodes or strings, and strings become text in the page's language. */
export const el = (name, attributes = {}, ...children) =>
  fill(document.createElement(name), attributes, children);

/** An SVG element. */
export const svg = (name, attributes = {}, ...children) =>
  fill(document.createElementNS(SVG, name), attributes, children);

/** A button that says what it does. */
export function button(label, onPress, attributes = {}) {
  const node = el("button", { type: "button", ...attributes }, label);
  node.addEventListener("click", onPress);
  return node;
}

/**
 * The element of the page whose id is `id`.
 *
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const node = document.getElementById(id);
  if (!node) throw new Error(`the page has no #${id}`);
  return node;
}

/** Has `node` say `words`, in the page's language. */
export function write(node, words) {
  const text = translated(words);
  if (node.textContent !== text) node.textContent = text;
}

/** Puts `children` in the place of whatever `node` held. */
export function replace(node, ...children) {
  node.replaceChildren(...spoken(children));
}

/** The body of one of the page's parts, shown or hidden. */
export function part(id) {
  const section = byId(id);
  const body = section.querySelector(".body");
  if (!body) throw new Error(`#${id} has no body`);
  return {
    section,
    body,
    show(visible) {
      if (section.hidden === visible) section.hidden = !visible;
    },
  };
}
