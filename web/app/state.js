// What the page knows. Views are given it whole and say nothing back but actions.

/** @typedef {import("@noanswer/api").components["schemas"]} Schemas the API's types, by their names in openapi.json */
/** @typedef {"idle" | "running" | "done" | "failed"} Progress how far some work is */

/**
 * What the text says.
 *
 * @typedef {object} Reading
 * @property {Progress} status
 * @property {Schemas["Symptom"][]} symptoms
 * @property {any[]} explanations one for each symptom, as `wasm/browser/src/reader/explained.rs` words it
 * @property {Schemas["LogControls"] | null} log
 * @property {any[]} [table] one row a destination and cause, of `core/src/symptom/table.rs`
 * @property {number} [lines] of a log
 * @property {number} [too_long] of them, longer than is read
 * @property {number} [failures] of them
 * @property {string | null} error
 */

/**
 * What a check has brought so far.
 *
 * @typedef {object} Check
 * @property {Progress} status
 * @property {Schemas["MxPlan"] | null} plan
 * @property {Schemas["Evidence"][]} evidence
 * @property {Schemas["Verdict"] | null} verdict
 * @property {Schemas["Report"] | null} report
 * @property {string | null} error
 * @property {any} path the path diagram, of `core/src/path.rs`
 * @property {any} commands
 * @property {Record<string, Schemas["Message"][]> | null} letters by language, of `core/src/letters`
 * @property {string | null} manualEvidence what became of pasted command output
 * @property {{ id: string, link: string, until: string } | null} reportsTo the one-time link that the commands send their lines to
 * @property {string | null} domain that the check was asked for
 * @property {string | null} text that stood in the form then; null where it is not known
 * @property {{ url: string, id: string, until: string | null, note: string | null } | null} short a copy on the server, by its link
 * @property {boolean} linked whether it came with a link, and nobody looked now
 */

/**
 * @typedef {object} State
 * @property {string} text
 * @property {string} domain
 * @property {boolean} domainTyped
 * @property {boolean} domainRefused what stands in the field cannot be a mail domain
 * @property {any} vocabulary the core's words, of `wasm/browser/src/checker/vocabulary.rs`
 * @property {{ name: string, done: number, size: number } | null} file
 * @property {Reading} reading
 * @property {{ status: Progress, queries: any[], plan: Schemas["MxPlan"] | null, error: string | null }} mx
 * @property {Check} check
 * @property {Schemas["VantageView"][]} vantages
 * @property {string[]} resolvers
 * @property {string} token
 * @property {string | null} note
 */

/**
 * The state before anything happened.
 *
 * @type {() => State}
 */
export const initial = () => ({
  text: "",
  domain: "",
  domainTyped: false,
  domainRefused: false,
  vocabulary: null,
  file: null,
  reading: { status: "idle", symptoms: [], explanations: [], log: null, error: null },
  mx: { status: "idle", queries: [], plan: null, error: null },
  check: {
    status: "idle",
    plan: null,
    evidence: [],
    verdict: null,
    report: null,
    error: null,
    path: null,
    commands: null,
    letters: null,
    manualEvidence: null,
    reportsTo: null,
    domain: null,
    text: null,
    linked: false,
    short: null,
  },
  vantages: [],
  resolvers: [],
  token: "",
  note: null,
});

/**
 * A store: `change` merges and tells every listener, once for all changes of one turn of the event loop.
 *
 * @param {State} state
 */
export function createStore(state) {
  /** @type {((state: State) => void)[]} */
  const listeners = [];
  let scheduled = false;
  return {
    state,
    listen: (/** @type {(state: State) => void} */ listener) => listeners.push(listener),
    change(/** @type {Partial<State>} */ changes) {
      Object.assign(state, changes);
      if (scheduled) return;
      scheduled = true;
      queueMicrotask(() => {
        scheduled = false;
        for (const listener of listeners) listener(state);
      });
    },
  };
}
