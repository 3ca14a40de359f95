// The page's language. The English text is the key, as in gettext: what stands in the code is what is read, and a text
// that another language lacks is shown in English. Its table is loaded only when it is asked for.

/** The languages, by their BCP 47 names, each in its own words. */
export const LANGUAGES = [
  ["en", "English"],
  ["de", "Deutsch"],
  ["fr", "français"],
  ["es", "español"],
];

const KEPT = "language";
// No text of ours is longer, or has several lines: what is, is a command, a letter or somebody else's.
const LONGEST = 4000;
const LETTER = /\p{L}/u;
// A lower-case beginning is one of a sentence that goes on: names such as IPv6 keep theirs.
const begin = (text, change) =>
  /^\p{Lu}?\p{Ll}|^\p{L}(?!\p{Lu})/u.test(text) ? `${change(text.charAt(0))}${text.slice(1)}` : text;
const lower = (text) => begin(text, (letter) => letter.toLowerCase());
const upper = (text) => begin(text, (letter) => letter.toUpperCase());

let current = "en";
/**
 * A table: texts as they stand in it, the same by their beginnings in lower case, and those with placeholders.
 *
 * @typedef {{ matches: RegExp, names: string[], text: string, head: string, needs: string }} Form
 * @type {{ texts: Map<string, string>, alike: Map<string, string>, forms: Form[] } | null}
 */
let table = null;
// What was served in the page's language already is not said again.
let isServed = false;
/** @type {Map<string, string>} the English texts of those in the language that the page was served in */
let originals = new Map();
/** @type {Map<string, string | null>} */
const said = new Map();
/** @type {Set<string>} */
const results = new Set();

/** English texts that were shown and that the table lacks: tests look at them. */
export const missing = new Set();

/** The language that the page speaks. */
export const language = () => current;

/** The first of the browser's languages that the page knows; what was chosen here before comes first. */
export function preferred() {
  const known = (name) => LANGUAGES.some(([one]) => one === name);
  try {
    const kept = localStorage.getItem(KEPT);
    if (kept && known(kept)) return kept;
  } catch {
    // Without storage the browser's languages decide.
  }
  return navigator.languages.map((name) => name.split("-")[0]).find(known) ?? "en";
}

/** Keeps the choice, and shows the page in it; the case stays. */
export function choose(name) {
  try {
    localStorage.setItem(KEPT, name);
  } catch {
    // Without storage the page cannot remember.
  }
  location.reload();
}

/** Loads the table of `name`, and speaks it. The page may have been served in another language than the one chosen here. */
export async function speak(name) {
  const served = document.documentElement.lang || "en";
  if (name === served && name === "en") return;
  const [own, from] = await Promise.all([load(name), name === served ? null : load(served)]);
  if (name !== "en" && !own) return;
  table = own ? read(own) : null;
  originals = new Map(
    from?.split("\n").map((line) => /** @type {[string, string]} */ (line.split("\t").reverse())),
  );
  isServed = name === served;
  current = name;
  document.documentElement.lang = name;
}

/** What the page was served with, said in the page's language. */
export const ofThePage = (text) => {
  const words = text.trim();
  const english = originals.get(words);
  return isServed ? text : translated(english ? text.replace(words, () => english) : text);
};

// English is how texts stand in the code: it has no table.
async function load(name) {
  const response = name === "en" ? null : await fetch(`/pkg/texts-${name}.tsv`);
  return response?.ok ? response.text() : null;
}

/** A table: lines of an English text, a tab, and the other language's. */
export function read(text) {
  const texts = new Map();
  const alike = new Map();
  const forms = [];
  for (const line of text.split("\n")) {
    const [english, other] = line.split("\t");
    if (!other || english.startsWith("#")) continue;
    if (english.includes("{")) {
      forms.push(form(english, other));
      continue;
    }
    texts.set(english, other);
    alike.set(lower(english), other);
  }
  return { texts, alike, forms };
}

// `{name}` stands for any words, `{@name}` for words that the table has too: else the whole is not said. What a name may
// be is narrow, so that no sentence is taken for part of another.
const HOLDER = /\{@?[a-z]+\}/g;
// A figure, with its unit where it has one: `12 ms`, `2 days 4 hours`.
const FIGURE = "\\d[\\d.\\u00a0\\u202f]*(?: \\p{L}+(?: \\d+ \\p{L}+)?)?";
const MAY_BE = {
  n: FIGURE,
  m: FIGURE,
  who: "[^,;:]+?",
  host: "[^\\s,;]+(?: \\([^)]*\\))?|the recipient's server",
  domain: "[^\\s,;:]+?",
  where: "[^()]+",
  when: "[^;]*?\\d[^;]*?",
  family: "IPv[46]",
  cloud: "[^\\s:]+(?: \\(?\\p{Lu}[^\\s:]*)*",
  // What somebody else said.
  words: ".+",
  said: ".+",
};
const ANY = "(?:(?![.:;?!] ).)+?";

/** @returns {Form} */
function form(english, text) {
  const names = english.match(HOLDER) ?? [];
  const literals = lower(english).split(HOLDER);
  const pattern = literals.map((part, index) => {
    const name = names[index];
    const holder = !name ? "" : name.startsWith("{@") ? "(.+?)" : `(${MAY_BE[name.slice(1, -1)] ?? ANY})`;
    return part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&") + holder;
  });
  const needs = literals.reduce((longest, part) => (part.length > longest.length ? part : longest), "");
  return {
    matches: new RegExp(`^${pattern.join("")}$`, "su"),
    names,
    text,
    head: english.split(HOLDER)[0],
    needs,
  };
}

/** The text in the page's language: as it is where the table lacks it. White space around it stays. */
export function translated(text) {
  if (!table || text.length > LONGEST || !LETTER.test(text) || results.has(text)) return text;
  const words = text.trim();
  const found = say(words);
  if (found === null) {
    missing.add(words);
    return text;
  }
  return remember(text.replace(words, () => found));
}

/** Whether the page speaks another language, and has no words of it for `text`. */
export const isForeign = (text) => table !== null && translated(text) === text && !results.has(text);

function remember(text) {
  if (results.size > 5000) results.clear();
  results.add(text);
  return text;
}

/** The words in the page's language, or nothing. */
function say(words) {
  const kept = said.get(words);
  if (kept !== undefined) return kept;
  if (said.size > 5000) said.clear();
  const found = look(words);
  said.set(words, found);
  return found;
}

function look(words) {
  const exact = table?.texts.get(words) ?? parts(words, /(?<=[.?!]) /g);
  if (exact !== null && exact !== undefined) return exact;
  // The same words at another place in a sentence, or with its full stop.
  if (words.endsWith(".")) {
    const without = say(words.slice(0, -1));
    if (without !== null) return `${without}.`;
  }
  const small = lower(words);
  const cased = small === words ? lower : upper;
  const alike = table?.alike.get(small) ?? table?.alike.get(`${small}.`)?.replace(/\.$/, "");
  if (alike !== undefined) return cased(alike);
  for (const { matches, names, text, head, needs } of table?.forms ?? []) {
    const found = small.includes(needs) ? matches.exec(small) : null;
    const filled = found && fill(text, names, [words, ...held(found, words, head)]);
    if (filled) return words.startsWith(head) ? filled : cased(filled);
  }
  return parts(words, /; |, or |, but |, /g);
}

// What stands in the places; a name that comes first keeps its own large letter.
const held = (
  /** @type {string[]} */ [, first, ...others],
  /** @type {string} */ words,
  /** @type {string} */ head,
) => [head === "" ? words.slice(0, first.length) : first, ...others];

function fill(text, names, found) {
  let filled = text;
  for (const [index, name] of names.entries()) {
    const words = found[index + 1];
    const own = say(words) ?? (name.startsWith("{@") ? null : named(name, words));
    if (own === null) return null;
    filled = filled.replace(name, () => own);
  }
  return filled;
}

// Names stay as they are; in a list there may be one of ours.
const named = (name, words) =>
  name === "{list}"
    ? words
        .split(", ")
        .map((one) => say(one) ?? one)
        .join(", ")
    : words;

// Several sentences, or several parts of one: where both sides of a border can be said, they are. A title may hold an
// ", or " of its own.
function parts(words, border) {
  for (const found of words.matchAll(border)) {
    const head = say(words.slice(0, found.index));
    const tail = head === null ? null : say(words.slice(found.index + found[0].length));
    if (head !== null && tail !== null) return `${head}${between(found[0])}${tail}`;
  }
  return null;
}

const between = (border) => border.replace(/\w+/, (word) => say(word) ?? word);
