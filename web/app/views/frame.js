// The page as it was served, said in its language, and the choice of that language.

import { byId, el } from "../dom.js";
import { LANGUAGES, choose, language, ofThePage } from "../language.js";

const PEOPLE_READ = ["aria-label", "placeholder", "content"];

/** Says what stands in the page already; what is marked with a language of its own stays as it is. */
export function createFrame() {
  document.title = ofThePage(document.title);
  const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_ALL, (node) => {
    const isApart =
      node instanceof Element &&
      node !== document.documentElement &&
      node.matches("[lang], script, noscript");
    return isApart ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT;
  });
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node instanceof Text) node.data = ofThePage(node.data.replace(/\s+/g, " "));
    if (!(node instanceof Element)) continue;
    for (const name of PEOPLE_READ) {
      const words = node.getAttribute(name);
      if (words && (name !== "content" || node.matches('[name="description"]')))
        node.setAttribute(name, ofThePage(words));
    }
  }
  byId("language-place").append(choice());
  return () => {};
}

function choice() {
  const select = el(
    "select",
    { id: "language", "aria-label": "Language" },
    ...LANGUAGES.map(([value, name]) => {
      const option = el("option", { value, lang: value, selected: value === language() });
      option.append(document.createTextNode(name));
      return option;
    }),
  );
  select.addEventListener("change", () => choose(select.value));
  return select;
}
