// What the server says of itself in the page it served: whether this is the lab, its resolver, and its relay to public ones.

/** Two public resolvers of different operators that let pages ask (CORS), neither of them a control's; their answers are compared by the core. */
export const PUBLIC_RESOLVERS = ["https://cloudflare-dns.com/dns-query", "https://doh.dns.sb/dns-query"];

/** The site's own words. */
export function site() {
  const { doh, relay, turnstile, globalping, keeps } = document.documentElement.dataset;
  const lab = doh !== undefined;
  return {
    lab,
    resolvers: lab ? [new URL(doh, location.href).href] : PUBLIC_RESOLVERS,
    turnstile: turnstile ?? null,
    // Whether this server keeps results for short links.
    keeps: keeps !== undefined,
    globalping: globalping ?? null,
    relay: relay === undefined ? null : new URL(relay, location.href).href,
  };
}
