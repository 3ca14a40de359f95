// A check by Globalping, without any server of ours: the core says what to ask, the browser's fetch asks it. The quota is
// the visitor's own.

import { ascii, fetcher } from "./doh.js";

/** The one host that is asked. */
export const GLOBALPING = "https://api.globalping.io";

/**
 * The core's way to the API: nowhere else, no cookies, no redirects. The browser keeps the API's ETags itself: it may
 * not be sent `If-None-Match` by a page.
 */
function edge(origins, signal) {
  return {
    async send(method, url, headers, body, timeout, limit) {
      if (!origins.includes(new URL(url).origin)) return { error: "unreachable" };
      const patience = AbortSignal.any([signal, AbortSignal.timeout(timeout)]);
      try {
        const response = await fetch(url, {
          method,
          headers,
          body,
          cache: "no-cache",
          credentials: "omit",
          redirect: "error",
          referrerPolicy: "no-referrer",
          signal: patience,
        });
        const bytes = new Uint8Array(await response.arrayBuffer());
        if (bytes.length > limit) return { error: "too_large" };
        return { status: response.status, headers: [...response.headers], body: bytes };
      } catch (error) {
        return { error: error?.name === "TimeoutError" ? "timed_out" : "unreachable" };
      }
    },
    // A check that was called off does not go on.
    pause: (ms) =>
      /** @type {Promise<void>} */ (
        new Promise((resolve) => setTimeout(() => signal.aborted || resolve(), ms))
      ),
    now: () => performance.now(),
  };
}

/**
 * Checks `asked.domain`; each event of the check is told as progress `{name, data}`, and the report is the answer.
 * `asked` is `{domain, symptoms?, log?, patient?, locations?}`.
 */
export async function checkByGlobalping(core, asked, resolvers, site, { signal, progress }) {
  const api = site.globalping ?? GLOBALPING;
  const origins = [new URL(api).origin, ...resolvers.map((resolver) => new URL(resolver).origin)];
  const whole = {
    ...asked,
    domain: ascii(asked.domain),
    at: Math.floor(Date.now() / 1000),
    resolvers,
    api,
    lab: site.lab,
  };
  const called = core.check_by_globalping(
    JSON.stringify(whole),
    fetcher(resolvers, site, signal),
    edge(origins, signal),
    (name, json) => progress({ name, data: JSON.parse(json) }),
  );
  const off = new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(new Error("called off")), { once: true });
  });
  return JSON.parse(await Promise.race([called, off]));
}
