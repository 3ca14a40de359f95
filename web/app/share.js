// Permalinks: everything is in the fragment, which no browser sends to a server.

const encode = (bytes) => {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
};

const decode = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) =>
    character.charCodeAt(0),
  );

const through = async (bytes, stream) =>
  new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());

// A link that unpacks to more than this was not made here.
const LIMIT = 1 << 20;

/** A link that holds the domain, and on request the text, which the core has scrubbed, and the report. */
export async function link({ domain, text, report }) {
  const fields = new URLSearchParams();
  if (domain) fields.set("domain", domain);
  if (text) fields.set("text", text);
  if (report) {
    const json = new TextEncoder().encode(JSON.stringify(report));
    fields.set("report", encode(await through(json, new CompressionStream("deflate-raw"))));
  }
  return `${location.origin}/#${fields}`;
}

/** A short link to what the server keeps under `id`. */
export const shortLink = (id) => `${location.origin}/#kept=${id}`;

/** The id that a short link names. */
export const shortId = (url) => new URLSearchParams(url.hash.slice(1)).get("kept");

/** What a link holds: `{domain, text, report}`, each where it is there. A damaged report is left out and said so. */
export async function opened(url) {
  const fragment = new URLSearchParams(url.hash.slice(1));
  const query = url.searchParams;
  const read = (name) => fragment.get(name) ?? query.get(name) ?? "";
  const found = { domain: read("domain"), text: read("text"), report: null, damaged: false };
  const packed = fragment.get("report");
  if (packed) {
    try {
      found.report = JSON.parse(await unpack(packed));
    } catch {
      found.damaged = true;
    }
  }
  return found;
}

async function unpack(packed) {
  const stream = new Blob([decode(packed)]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const pieces = [];
  let size = 0;
  for await (const piece of stream) {
    size += piece.length;
    if (size > LIMIT) throw new RangeError("too long");
    pieces.push(piece);
  }
  return new TextDecoder().decode(await new Blob(pieces).arrayBuffer());
}
