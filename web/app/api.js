// The API: one check, its events as they come.

/** What the API says when it does not do what was asked (RFC 9457). */
export class Problem extends Error {
  constructor(words, status) {
    super(words);
    this.status = status;
  }
}

async function refuse(response) {
  let words = `The server answered ${response.status}.`;
  try {
    const problem = await response.json();
    words = problem.detail ?? problem.title ?? words;
  } catch {
    // Not a problem document: the status alone speaks.
  }
  return new Problem(words, response.status);
}

/**
 * Which vantages there are, and which of them see port 25.
 *
 * @returns {Promise<import("./state.js").Schemas["VantageView"][]>}
 */
export async function vantages() {
  const response = await fetch("/v1/vantages", { headers: { accept: "application/json" } });
  if (!response.ok) throw await refuse(response);
  return response.json();
}

/** Asks for a check; `credentials` are headers. `onEvent(name, data)` is called for each event; ends when the stream ends. */
export async function check(request, credentials, onEvent, signal) {
  const response = await fetch("/v1/check", {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream", ...credentials },
    body: JSON.stringify(request),
    signal,
  });
  if (!response.ok) throw await refuse(response);
  if (!response.body) return;
  await events(response.body.pipeThrough(new TextDecoderStream()).getReader(), onEvent);
}

/** Reads a stream of server-sent events (WHATWG HTML, section 9.2). */
export async function events(reader, onEvent) {
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (rest + value).replaceAll("\r\n", "\n").split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      let name = "message";
      const data = [];
      for (const line of block.split("\n")) {
        if (line.startsWith("event:")) name = line.slice(6).trim();
        else if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
      }
      if (data.length) onEvent(name, JSON.parse(data.join("\n")));
    }
  }
}
