// The server under test: the real `noanswer serve --lab`, on a port of its own. With NOANSWER_URL a server that runs
// already, whatever it is: the same suite holds for every host of the page.

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const program =
  process.env.NOANSWER ?? fileURLToPath(new URL("../../../target/debug/noanswer", import.meta.url));

/** Starts the server. `{url, stop}`. */
export async function serve(extra = []) {
  if (process.env.NOANSWER_URL) return { url: process.env.NOANSWER_URL, stop: async () => {} };
  const child = spawn(program, ["serve", "--lab", "--listen", "127.0.0.1:0", ...extra], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = [];
  const url = await new Promise((resolve, reject) => {
    const hear = (bytes) => {
      said.push(String(bytes));
      const found = said.join("").match(/http:\/\/(127\.0\.0\.1:\d+)/);
      if (found) resolve(`http://${found[1]}`);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.on("error", (error) => reject(new Error(`cannot start ${program}: ${error.message}`)));
    child.on("exit", (code) => reject(new Error(`${program} ended with ${code}: ${said.join("")}`)));
  });
  return {
    url,
    stop: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null) resolve();
        child.once("exit", resolve);
        child.kill();
      }),
  };
}
