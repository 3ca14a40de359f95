// What the server says of itself in the page it served: whether this is the lab, and its resolver.

/** Two public resolvers of different operators; their answers are compared by the core. */
export const PUBLIC_RESOLVERS = ["https://cloudflare-dns.com/dns-query", "https://dns.google/dns-query"];

/** The site's own words. */
export function site() {
  const { doh } = document.documentElement.dataset;
  const lab = doh !== undefined;
  return { lab, resolvers: lab ? [new URL(doh, location.href).href] : PUBLIC_RESOLVERS };
}
