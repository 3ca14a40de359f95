// Words for what comes as names. Each says what was seen; none says whose fault it is. Sights, statuses and parties are
// those of `core/src/words.rs`: `tests/tests/page_words.rs` compares them.

import { language } from "./language.js";

const OUTCOMES = {
  completed: ["good", "answered"],
  timed_out: ["bad", "silence"],
  refused: ["bad", "refused"],
  reset: ["bad", "reset"],
  closed: ["bad", "closed"],
  host_unreachable: ["bad", "host unreachable"],
  network_unreachable: ["bad", "network unreachable"],
  prohibited: ["bad", "prohibited"],
  permission_denied: ["bad", "not permitted here"],
  address_not_available: ["unknown", "no address of this family"],
  local_error: ["bad", "stopped by this host"],
  connected: ["unknown", "port 25 answers"],
  unconnected: ["unknown", "answered, not connected"],
  replied: ["bad", "replied"],
  garbage: ["bad", "not SMTP"],
  tls_failed: ["bad", "TLS failed"],
  not_tried: ["unknown", "not tried"],
};

const STAGES = {
  dns: "at the lookup",
  connect: "at connect",
  greeting: "at the greeting",
  ehlo: "after EHLO",
  starttls: "at STARTTLS",
  mail: "after MAIL",
  rcpt: "after RCPT",
  data: "after DATA",
  queue: "in the queue",
};

const SIGHTS = {
  clear: ["good", "sees port 25"],
  partial: ["suspect", "sees port 25 in part"],
  blind: ["blind", "cannot see port 25, counts for nothing"],
  deceived: ["blind", "something answers in the place of others, counts for nothing"],
};

const STATUSES = {
  named: ["bad", "The fault is named"],
  ambiguous: ["suspect", "More than one explanation stands"],
  undetermined: ["unknown", "Undetermined"],
  healthy: ["good", "Nothing wrong now"],
};

const PARTIES = {
  you: "You, the sending side",
  them: "Them, the receiving side",
  between: "Between the two",
  nobody: "Nobody",
};

// Who must act is what people ask first: it stands in the mark of a verdict that names one party.
const MUST_ACT = {
  you: "You must act",
  them: "They must act",
  between: "Between the two: both must look",
};

// An address of a domain that does not exist, or that takes no mail, is for who wrote it to mend, whosever the domain is.
const OF_THE_ADDRESS = { no_such_domain: "Check the address", null_mx: "Use another address" };

const plain = (name) => String(name).replaceAll("_", " ");

/** The state and the words of one attempt. */
export function outcome(attempt) {
  const [state, word] = OUTCOMES[attempt.outcome] ?? ["unknown", plain(attempt.outcome)];
  if (attempt.outcome === "completed" || state === "unknown") return [state, word];
  if (attempt.outcome === "replied" && attempt.reply)
    return [state, `said ${attempt.reply.code} ${stage(attempt.stage)}`];
  return [state, `${word} ${stage(attempt.stage)}`];
}

/** Where in the session. */
export const stage = (name) => STAGES[name] ?? plain(name);

/** The state and the words of a vantage's sight. */
export const sight = (name) => SIGHTS[name] ?? ["unknown", plain(name)];

// By these mail passes all the same: over another address, or over the other family.
const PASSES = ["some_exchanges_down", "recipient_ipv6_broken", "sender_ipv6_broken"];
const SHOULD_ACT = { you: "You should act; mail still passes", them: "They should act; mail still passes" };

/** What is asked of who wrote the address, where it alone is at fault. */
export const ofTheAddress = ({ status, faults }) =>
  status === "named" && faults.length === 1 ? OF_THE_ADDRESS[faults[0].fault] : undefined;

/**
 * The state and the words of a verdict: what nobody need act upon, or what mail passes by, is not shown as broken.
 * `sender` is what the report says of the sending server.
 */
export function shownStatus(verdict, sender) {
  const { status, faults } = verdict;
  if (status === "named" && faults.length && faults.every((one) => one.party === "nobody"))
    return ["good", "Nobody need act"];
  const asked = ofTheAddress(verdict);
  if (asked) return ["bad", asked];
  const parties = new Set(faults.map((one) => one.party));
  const passes = sender?.served !== "false" && faults.every((one) => PASSES.includes(one.fault));
  if (status === "named" && parties.size === 1 && passes && SHOULD_ACT[faults[0].party])
    return ["suspect", SHOULD_ACT[faults[0].party]];
  if (status === "named" && parties.size === 1)
    return ["bad", MUST_ACT[faults[0].party] ?? STATUSES.named[1]];
  return STATUSES[status] ?? ["unknown", plain(status)];
}

/** Whether what would settle it, a longer look, is under way already: nobody need do by hand what is being done. */
export const isUnderWay = ({ status, verdict }) =>
  status === "running" && /--patient$/.test(verdict?.next?.command ?? "");

/** Who must act. */
export const party = (name) => PARTIES[name] ?? plain(name);

/** The title of a fault, in the core's words, once they are there. */
export const fault = (vocabulary, name) =>
  vocabulary ? (vocabulary.faults?.[name]?.title ?? plain(name)) : "…";

// As the browser writes the page's language, with its region where it has one.
const locale = () => navigator.languages.find((name) => name.split("-")[0] === language()) ?? language();

/** Milliseconds for people. */
export const duration = (ms) =>
  ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;

// To the minute, in the reader's own time zone.
/** @type {Intl.DateTimeFormatOptions} */
const MINUTE = { dateStyle: "medium", timeStyle: "short" };

/** A moment for people, in their own time zone. */
export const moment = (text) => {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? String(text) : date.toLocaleString(locale(), MINUTE);
};

/** The time of day of a moment, the same for everybody: `15:24 UTC`. */
export const utc = (text) => {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? String(text) : `${date.toISOString().slice(11, 16)} UTC`;
};

/** From one moment to another, for people. */
export const moments = (from, until) => {
  const [first, last] = [new Date(from), new Date(until)];
  if (Number.isNaN(first.getTime()) || Number.isNaN(last.getTime())) return `${from} – ${until}`;
  return new Intl.DateTimeFormat(locale(), MINUTE).formatRange(first, last);
};

/** A day for people. */
export const day = (text) => {
  const date = new Date(text);
  return Number.isNaN(date.getTime())
    ? String(text)
    : date.toLocaleDateString(locale(), { dateStyle: "medium" });
};

/** A count for people: `12,345`. */
export const number = (count) => count.toLocaleString(locale());

/** Seconds for people: `2 days 4 hours`. */
export function span(seconds) {
  /** @type {[string, number][]} */
  const units = [
    ["day", 86_400],
    ["hour", 3600],
    ["minute", 60],
  ];
  const words = [];
  let rest = Math.max(0, seconds);
  for (const [name, size] of units) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count && words.length < 2)
      words.push(count.toLocaleString(locale(), { style: "unit", unit: name, unitDisplay: "long" }));
  }
  return words.join(" ") || "less than a minute";
}

// A host's name keeps its small letter (`mx.example.org greeted`), and so does what is written small wherever it stands:
// the list is that of `core/src/words.rs`.
const NAME_FIRST =
  /^(?:[\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)+|curl|dig|mox|mtr|nc|noanswer|openssl|qmail)(?=[\s:,]|$)/u;

/** A sentence: a large letter first, where no name stands there, and a full stop last. */
export const sentence = (words) => {
  const first = NAME_FIRST.test(words) ? words.charAt(0) : words.charAt(0).toUpperCase();
  return `${first}${words.slice(1)}${/[.?!]$/.test(words) ? "" : "."}`;
};
