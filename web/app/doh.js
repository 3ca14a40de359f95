// DNS-over-HTTPS: the core says what to ask, the browser's fetch asks it.

const PATIENCE_MS = 5000;
const LIMIT = 65535;

/** One GET for the core. What the server says, even a 500, is an answer; silence is an error that names itself. */
async function get(url, accept, signal) {
  const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
  try {
    const response = await fetch(url, {
      headers: { accept },
      signal: patience,
      credentials: "omit",
      referrerPolicy: "no-referrer",
    });
    const body = new Uint8Array(await response.arrayBuffer());
    if (body.length > LIMIT) return { error: "too_large" };
    return { status: response.status, content_type: response.headers.get("content-type"), body };
  } catch (error) {
    return { error: error?.name === "TimeoutError" ? "timed_out" : "unreachable" };
  }
}

/** The domain in A-labels, made by the browser's own URL parser; what it does not take is left for the core to refuse. */
export function ascii(domain) {
  if (/^[\x20-\x7e]*$/.test(domain)) return domain;
  const [host] = domain.split("@").slice(-1);
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : domain;
}

/**
 * Asks the resolvers themselves, and the server's relay for one that this network blocks. The relay knows the resolvers
 * by number. Once blocked, a resolver is not tried again in this lookup: each try would wait for its whole patience.
 */
function throughRelay(resolvers, relay, signal) {
  const blocked = new Set();
  return async (url, accept) => {
    const index = resolvers.findIndex((resolver) => url.startsWith(`${resolver}?`));
    if (!blocked.has(index)) {
      const answer = await get(url, accept, signal);
      if (!answer.error || index < 0 || signal.aborted) return answer;
      blocked.add(index);
    }
    const dns = new URL(url).searchParams.get("dns");
    return get(`${relay}?dns=${dns}&resolver=${index + 1}`, accept, signal);
  };
}

/** The core's `fetch(url, accept)` for DNS-over-HTTPS. */
export function fetcher(resolvers, { relay, resolvers: own }, signal) {
  // What a user chose to ask is asked of nobody else.
  const relayed = relay && resolvers.join() === own.join() ? relay : null;
  return relayed ? throughRelay(resolvers, relayed, signal) : (url, accept) => get(url, accept, signal);
}

/** Looks up where `domain`'s mail goes. Each question is told as progress. */
export async function lookup(core, domain, resolvers, site, { signal, progress }) {
  const asks = fetcher(resolvers, site, signal);
  const plan = await core.plan(ascii(domain), resolvers.join("\n"), site.lab, asks, (query) =>
    progress(JSON.parse(query)),
  );
  if (signal.aborted) throw new Error("called off");
  return JSON.parse(plan);
}
