// What is under way, each under its name: beginning one of a kind aborts the last of that kind.

/** Why a work was aborted in whose place another of its kind has begun: what is shown is the other's. */
const BEGUN_ANEW = "begun anew";

/** Whether another of its kind has begun in its place. */
export const isReplaced = (/** @type {AbortSignal} */ signal) => signal.reason === BEGUN_ANEW;

/** Keeps an AbortController, and a debounce timer, for each kind of work. */
export function createAbortRegistry() {
  const running = new Map();
  const timers = new Map();
  return {
    begin(kind) {
      running.get(kind)?.abort(BEGUN_ANEW);
      const controller = new AbortController();
      running.set(kind, controller);
      return controller.signal;
    },
    end: (kind) => running.get(kind)?.abort(),
    later(kind, ms, run) {
      clearTimeout(timers.get(kind));
      timers.set(kind, setTimeout(run, ms));
    },
    stop() {
      for (const controller of running.values()) controller.abort();
      running.clear();
    },
  };
}
