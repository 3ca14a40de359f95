// The core, in a worker of its own: calls with an answer, progress and abort.

/** What a call ends with when it was called off. */
export const aborted = () => new DOMException("called off", "AbortError");

/** Starts the worker. `call(name, arguments, {signal, onProgress})` answers with a promise. */
export function createWorkerClient() {
  const calls = new Map();
  let worker = null;
  let next = 1;

  function receive({ data }) {
    const call = calls.get(data.id);
    if (!call) return;
    if (data.progress !== undefined) {
      call.onProgress?.(data.progress);
      return;
    }
    calls.delete(data.id);
    if (data.error !== undefined) call.reject(data.aborted ? aborted() : new Error(data.error));
    else call.resolve(data.value);
    if (data.crashed) fail(data.error);
  }

  function fail(words) {
    worker?.terminate();
    worker = null;
    for (const call of calls.values()) call.reject(new Error(words));
    calls.clear();
  }

  function begin() {
    worker = new Worker("/app/worker.js", { type: "module" });
    worker.addEventListener("message", receive);
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      fail("The reader could not be started in this browser.");
    });
  }

  return {
    /**
     * @param {string} name
     * @param {unknown[]} values
     * @param {{ signal?: AbortSignal, onProgress?: (progress: any) => void }} options
     * @returns {Promise<any>}
     */
    call(name, values = [], { signal, onProgress } = {}) {
      if (!worker) begin();
      const id = next++;
      return new Promise((resolve, reject) => {
        if (signal?.aborted) {
          reject(aborted());
          return;
        }
        calls.set(id, { resolve, reject, onProgress });
        signal?.addEventListener("abort", () => worker?.postMessage({ id, abort: true }), { once: true });
        worker.postMessage({ id, name, values });
      });
    },
  };
}
