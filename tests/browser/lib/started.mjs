// One server and one browser for the tests of a file, which has a process of its own.

import { after, before } from "node:test";
import { launch } from "./page.mjs";
import { serve } from "./server.mjs";

export let server;
export let browser;
before(async () => {
  [server, browser] = await Promise.all([serve(), launch()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});
