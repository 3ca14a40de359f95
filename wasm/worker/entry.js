// What the platform calls. A panic ends the wasm instance: the next request is answered by a new one.

import * as worker from "./worker.js";

const state = worker.__worker_init_state();

async function fetch(request, env, context) {
  if (state.criticalError) {
    worker.__wbg_reset_state();
    state.criticalError = false;
  }
  try {
    return await worker.fetch(request, env, context);
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) state.criticalError = true;
    throw error;
  }
}

export default { fetch };
