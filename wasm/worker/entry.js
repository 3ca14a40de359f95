// What the platform calls. A panic ends the wasm instance: the next request is answered by a new one.

import * as gateway from "./worker.js";

const state = gateway.__worker_init_state();

async function fetch(request, env, context) {
  if (state.criticalError) {
    gateway.__wbg_reset_state();
    state.criticalError = false;
  }
  try {
    return await gateway.fetch(request, env, context);
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) state.criticalError = true;
    throw error;
  }
}

export default { fetch };
