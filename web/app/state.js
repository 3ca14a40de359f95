// What the page knows. Views are given it whole and say nothing back but actions.

/** The state before anything happened. */
export const initial = () => ({
  text: "",
  domain: "",
  domainTyped: false,
  vocabulary: null,
  file: null,
  reading: { status: "idle", symptoms: [], explanations: [], log: null, error: null },
  mx: { status: "idle", queries: [], plan: null, error: null },
  check: { status: "idle", plan: null, evidence: [], verdict: null, report: null, error: null, road: null, commands: null, witness: null },
  vantages: [],
  resolvers: [],
  token: "",
  note: null,
});

/** A store: `change` merges and tells everyone who listens, once a frame. */
export function createStore(state) {
  const listeners = [];
  let told = false;
  return {
    state,
    listen: (listener) => listeners.push(listener),
    change(changes) {
      Object.assign(state, changes);
      if (told) return;
      told = true;
      queueMicrotask(() => {
        told = false;
        for (const listener of listeners) listener(state);
      });
    },
  };
}
