import type { components } from "./api.d.ts";

/** What one failure in a text says, and where in the text it says it; spans count code units of UTF-16. */
export type Symptom = components["schemas"]["Symptom"];

/** A symptom, explained. */
export interface Explanation {
  symptom: Symptom;
  /** What happened, in one sentence. */
  headline: string;
  /** What that means. */
  meaning: string;
  /** Who wrote the text: not who is at fault. */
  who_wrote: string;
  /** Whether it is tried again, as far as the text tells. */
  temporary: boolean;
  /** Whether the message is still tried or was given up, where that can be told. */
  finality?: components["schemas"]["Finality"];
  /** What becomes of the message, and what that asks of the sender. */
  again: string;
  /** How the software that wrote it retries, where it is known. */
  retry?: RetryPolicy;
  /** When it gives up (RFC 3339), where that can be computed. */
  deadline?: string;
  /** Whether the deadline is the text's own word, or counted from the time in it. */
  deadline_words?: string;
  /** What it may be, likeliest first for this text. */
  likely: string[];
  /** What to look at. */
  check: string[];
  /** Whether and when to write to the recipient's postmaster. */
  postmaster: string;
  /** By the name of a span's field: what the marked part means. */
  fields: Record<string, string>;
}

/** How a mail server retries, by default. */
export interface RetryPolicy {
  mta: string;
  name: string;
  interval: string;
  gives_up_after_s?: number;
  [more: string]: unknown;
}

/** What a log says. */
export interface LogSummary {
  /** Failures that say the same, together: `symptom.count` of them. 100 groups at most. */
  failures: Explanation[];
  lines: number;
  /** Lines that were too long to be read. */
  tooLong: number;
  /** Lines that tell of a failure. */
  failedLines: number;
  /** To whom mail went in the same log. */
  controls?: components["schemas"]["LogControls"];
}

export interface Options {
  /** When the text is read, for times without a year; now, where it is not said. A date, or milliseconds. */
  now?: Date | number;
}

/**
 * Loads the wasm in a browser, and the table of what codes say, once; to be awaited before anything is read. In Node.js it is
 * ready at once.
 */
export function ready(url?: string | URL, table?: string | URL): Promise<void>;

/** The failures in a text: an error, a bounce, a few lines of a log. None where it names none. */
export function read(text: string, options?: Options): Symptom[];

/** The same, each with its explanation. */
export function explain(text: string, options?: Options): Explanation[];

/** A text without the local parts of its mail addresses. */
export function scrub(text: string): string;

/** Where a browser finds what logs need, unless it lies beside this file; loaded with the first log. */
export interface LogOptions extends Options {
  url?: string | URL;
  table?: string | URL;
}

/** A log of any size, in pieces cut anywhere. */
export function readLog(
  pieces: AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>,
  options?: LogOptions,
): Promise<LogSummary>;
