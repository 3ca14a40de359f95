// What is shown of a check and of a lookup. Loaded when the first begins: who has a text explained needs none of it.

// What is shown can be shared, whatever becomes of the server.
import "../share.js";
import { createExchanges } from "./exchanges.js";
import { createMessages } from "./messages.js";
import { createNext } from "./next.js";
import { createPath } from "./path.js";
import { createVantages } from "./vantages.js";
import { createVerdict } from "./verdict.js";

/** The parts, each made once. */
export const RESULTS = [
  createVerdict,
  createPath,
  createNext,
  createVantages,
  createExchanges,
  createMessages,
];
