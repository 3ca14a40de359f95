// What is shown of a check and of a lookup beside the verdict. Loaded when the first begins: who has a text explained needs none of it.

import { createExchanges } from "./exchanges.js";
import { createMessages } from "./messages.js";
import { createNext } from "./next.js";
import { createPath } from "./path.js";
import { createVantages } from "./vantages.js";

/** The parts, each made once. */
export const RESULTS = [createPath, createNext, createVantages, createExchanges, createMessages];
