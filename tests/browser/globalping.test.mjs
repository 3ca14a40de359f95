// A page from a plain static server, without any API of ours: it reads a bounce, looks up MX by DoH, asks eight probes of
// Globalping, and says what they saw. And Globalping's own client against our emulator of its API.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Globalping } from "globalping";
import { fresh, launch, paste } from "./lib/page.mjs";
import { closedPort, doh, emulator, exchange, staticPage } from "./lib/globalping.mjs";

const CONTROLS = {
  "gmail-smtp-in.l.google.com": "8.8.4.21",
  "outlook-com.olc.protection.outlook.com": "8.8.4.22",
  "mta7.am0.yahoodns.net": "8.8.4.23",
};
const TARGET = "8.8.4.40";
const BOUNCE =
  "Remote host said: 441 4.4.1 No answer from host\r\nfor <ada@example.org>: connect to mx.example.org[8.8.4.40]:25: Connection timed out";

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

async function town({ target, blind }) {
  const open = await exchange();
  const resolver = await doh({
    mx: { "example.org": "mx.example.org" },
    a: { ...CONTROLS, "mx.example.org": TARGET },
  });
  const hosts = Object.values(CONTROLS).map((address) => `${address}=127.0.0.1:${open.port}`);
  if (target === "open") hosts.push(`${TARGET}=127.0.0.1:${open.port}`);
  if (target === "closed") hosts.push(`${TARGET}=127.0.0.1:${await closedPort()}`);
  const api = await emulator(["--blind", String(blind ?? 0), ...hosts]);
  const page = await staticPage(resolver.url, api.origin);
  return {
    url: page.url,
    origins: [new URL(resolver.url).origin, api.origin],
    async stop() {
      open.stop();
      resolver.stop();
      page.stop();
      return api.stop();
    },
  };
}

async function asked(world) {
  const view = await fresh(browser, world.url, { expected: [/404/] });
  await view.page.goto(world.url);
  await paste(view.page, BOUNCE);
  await view.page.locator("#globalping summary").click();
  const told = await view.page.locator("#globalping p").first().textContent();
  assert.match(told, /Globalping learns your address and those of the mail servers/);
  assert.match(told, /Whoever has the link of the measurement can read its results/);
  // Nothing is asked of anybody before the visitor wants it.
  assert.deepEqual(
    view.foreign.filter((url) => url.startsWith(world.origins[1])),
    [],
  );
  await view.page.locator("#globalping-ask").click();
  await view.page.locator("#verdict .headline").waitFor({ timeout: 60_000 });
  await view.page.locator("#path:not([hidden])").waitFor();
  const stray = view.foreign.filter((url) => !world.origins.includes(new URL(url).origin));
  assert.deepEqual(stray, [], "the page asks the DoH server and Globalping, and nobody else");
  return view;
}

test("eight probes meet silence: the page says so, and what it cost", { timeout: 120_000 }, async () => {
  const world = await town({ target: "silent", blind: 2 });
  const view = await asked(world);
  const verdict = await view.page.locator("#verdict").textContent();
  assert.match(
    verdict,
    /answers nobody/,
    "six probes in six networks met silence, their controls beside them did not",
  );
  assert.match(
    await view.page.locator("#globalping").textContent(),
    /8 probes, 2 of them blind and left out/,
  );
  await view.shot("globalping-silent");
  await view.close();
  const { spent, too_soon, asked: bodies } = await world.stop();
  assert.deepEqual(too_soon, []);
  assert.ok(spent <= 8 * (1 + 5), `${spent} tests`);
  for (const body of bodies) {
    assert.match(body.type, /^(ping|traceroute)$/);
    assert.match(body.target, /^[0-9.]+$/);
    assert.equal(body.measurementOptions.port, 25);
  }
});

test("eight probes connect: nobody is accused of being down", { timeout: 120_000 }, async () => {
  const world = await town({ target: "open" });
  const view = await asked(world);
  const verdict = await view.page.locator("#verdict").textContent();
  assert.doesNotMatch(verdict, /host is down|nothing listens/i);
  await view.close();
  await world.stop();
});

test("Globalping's own client takes our emulator for the real thing", { timeout: 60_000 }, async () => {
  const open = await exchange();
  const api = await emulator([`${TARGET}=127.0.0.1:${open.port}`]);
  const real = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const url = request.url.replace("https://api.globalping.io", api.origin);
    const body = request.method === "POST" ? await request.text() : undefined;
    return real(url, { method: request.method, headers: request.headers, body });
  };
  try {
    const client = new Globalping({});
    const created = await client.createMeasurement({
      type: "ping",
      target: TARGET,
      limit: 2,
      measurementOptions: { protocol: "TCP", port: 25, packets: 1 },
    });
    assert.ok(created.ok, JSON.stringify(created.data));
    const again = await client.createMeasurement({
      type: "ping",
      target: TARGET,
      locations: created.data.id,
      measurementOptions: { protocol: "TCP", port: 25, packets: 1 },
    });
    const ended = await client.awaitMeasurement(again.data.id);
    assert.ok(ended.ok && ended.data.status === "finished", JSON.stringify(ended.data));
    assert.equal(ended.data.results.length, 2);
    for (const { result } of ended.data.results) assert.equal(result.stats.rcv, 1);
    const limits = await client.getLimits();
    assert.equal(limits.data.rateLimit.measurements.create.remaining, 246);
    const refused = await client.createMeasurement({ type: "ping", target: TARGET, limit: 99 });
    assert.equal(refused.ok, false);
  } finally {
    globalThis.fetch = real;
    open.stop();
    await api.stop();
  }
});
