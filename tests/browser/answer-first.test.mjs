// The answer stands where one looks, is of what was asked, and stays when the page is left.

import assert from "node:assert/strict";
import { test } from "node:test";
import { check, fresh, paste } from "./lib/page.mjs";
import { browser, server } from "./lib/started.mjs";

/** Where the first element stands that `selector` finds, once it is shown: a second look draws the card again meanwhile. */
async function shown(page, selector) {
  const found = await page.waitForFunction((selector) => {
    const box = document.querySelector(selector)?.getBoundingClientRect();
    return box?.height ? { y: box.y, height: box.height } : null;
  }, selector);
  return found.jsonValue();
}

const LINE = "connect to mx.healthy.test[192.0.2.10]:25: Connection timed out";

/** @type {[string, { width: number, height: number }][]} */
const DEVICES = [
  ["a desktop", { width: 1280, height: 800 }],
  ["a phone", { width: 390, height: 844 }],
];

/** Fails unless each of `parts` stands whole in the first screen, nothing having been scrolled. */
async function aboveTheFold(page, height, parts) {
  assert.equal(await page.evaluate(() => window.scrollY), 0);
  for (const part of parts) {
    const box = await shown(page, part);
    assert.ok(box.y >= 0 && box.y + box.height <= height, `${part} ends at ${box.y + box.height}`);
  }
}

for (const [device, viewport] of DEVICES) {
  for (const locale of ["en-US", "de-DE", "fr-FR", "es-ES"]) {
    test(`on ${device} in ${locale} what is needed stands above the fold: before, with a text, and checked`, async () => {
      const { page, shot, close } = await fresh(browser, server.url, { viewport, locale });
      await page.goto(server.url);
      // With the number of places the button is at its widest.
      await page.locator("#check").getByText(/\d/).waitFor();
      await aboveTheFold(page, viewport.height, ["#text", "#domain", "#check"]);
      await shot(`fold-${viewport.width}-${locale}-start`);
      await paste(page, LINE.replaceAll("healthy.test", "silent.test"));
      await aboveTheFold(page, viewport.height, ["#text", "#domain", "#check", "#reading .happened"]);
      await shot(`fold-${viewport.width}-${locale}-read`);
      await check(page, "silent.test");
      await aboveTheFold(page, viewport.height, ["#domain", "#verdict .headline", "#verdict .advice h3"]);
      await shot(`fold-${viewport.width}-${locale}-checked`);
      await close();
    });
  }
}

for (const [device, viewport] of DEVICES) {
  for (const domain of ["silent.test", "healthy.test", "regional.test", "no-such.test"]) {
    test(`on ${device} the verdict on ${domain} and what to do stand above the fold`, async () => {
      const { page, close } = await fresh(browser, server.url, { viewport });
      await page.goto(server.url);
      await paste(page, LINE.replaceAll("healthy.test", domain));
      await check(page, domain);
      for (const part of ["#verdict .headline", "#verdict .advice h3"]) {
        const { y, height } = await shown(page, part);
        assert.ok(y >= 0 && y + height <= viewport.height, `${part} ends at ${y + height}`);
      }
      assert.equal(await page.evaluate(() => document.activeElement?.id), "verdict");
      await close();
    });
  }
}

test("while a check runs the card says who has answered, and a clock runs", async () => {
  const { page, close } = await fresh(browser, server.url);
  await page.route("**/v1/check", () => {});
  await page.goto(server.url);
  await page.getByRole("button", { name: /Check from \d places/ }).waitFor();
  await page.locator("#domain").fill("silent.test");
  await page.locator("#check").click();
  await page.locator("#verdict .places li").nth(3).waitFor();
  await page
    .locator("#verdict .clock")
    .getByText(/first verdict within 12 s/)
    .waitFor();
  const box = await page.locator("#verdict .progress").boundingBox();
  assert.ok(box && box.y + box.height < 900);
  await close();
});

test("nobody is told to do by hand what the page is doing", async () => {
  const { page, close } = await fresh(browser, server.url);
  await page.goto(server.url);
  await check(page, "mute.test");
  // The first verdict stands, and the second look runs.
  assert.match(await page.locator("#verdict .clock").innerText(), /looking again, and longer/);
  assert.match(
    await page.locator("#verdict .advice").first().innerText(),
    /looking again, and longer, right now/,
  );
  assert.equal(await page.locator("#next .command.short").count(), 0);
  assert.doesNotMatch(await page.locator("#next").innerText(), /--patient/);
  await page.getByRole("button", { name: "Stop" }).click();
  await page
    .locator("#next .command.short")
    .getByText(/--patient/)
    .waitFor();
  await close();
});

test("the tab and its icon carry the verdict, and the card says when it was made", async () => {
  const { page, close } = await fresh(browser, server.url);
  await page.goto(server.url);
  const icon = await page.locator('link[rel="icon"]').getAttribute("href");
  await check(page, "healthy.test");
  assert.match(await page.title(), /^✓ .*healthy\.test/);
  assert.notEqual(await page.locator('link[rel="icon"]').getAttribute("href"), icon);
  assert.match(await page.locator("#verdict .as-of").innerText(), /Looked at .*\d\d:\d\d UTC/);
  assert.equal(await page.locator("#verdict .badge.bad").count(), 0, "nothing red where nothing is wrong");
  await close();
});

test("a result that is no longer of what stands in the form says so", async () => {
  const { page, close } = await fresh(browser, server.url);
  await page.goto(server.url);
  await check(page, "healthy.test");
  assert.equal(await page.locator("#verdict .banner").count(), 0);
  await page.locator("#domain").fill("other.test");
  await page
    .locator("#verdict .banner")
    .getByText(/not for what stands in the field now/)
    .waitFor();
  await page.locator("#domain").fill("healthy.test");
  await page.locator("#verdict .banner").waitFor({ state: "detached" });
  await paste(page, LINE);
  await page
    .locator("#verdict .banner")
    .getByText(/the text as it was before/)
    .waitFor();
  await close();
});

test("reload, back and forward keep the case, and the address shows the domain", async () => {
  const { page, close } = await fresh(browser, server.url);
  await page.goto(server.url);
  await paste(page, LINE);
  await check(page, "healthy.test");
  const first = await page.locator("#verdict .headline-words").innerText();
  await page.waitForURL(/#domain=healthy\.test$/);
  await page.reload();
  await page.locator("#verdict .headline-words").waitFor();
  assert.equal(await page.locator("#verdict .headline-words").innerText(), first);
  assert.equal(await page.locator("#text").inputValue(), LINE);
  await page.locator("#text").fill("");
  await check(page, "no-such.test");
  await page.waitForURL(/#domain=no-such\.test$/);
  await page.goBack();
  await page.locator("#verdict .headline-words").getByText(first).waitFor();
  assert.equal(await page.locator("#domain").inputValue(), "healthy.test");
  await page.goForward();
  await page.locator("#verdict .as-of").getByText("no-such.test").waitFor();
  await close();
});

test("what mail passes by all the same is not shown as a dead host", async () => {
  const { page, close } = await fresh(browser, server.url);
  await page.goto(server.url);
  await check(page, "one-of-two.test");
  const badge = page.locator("#verdict .headline .badge");
  await badge.getByText("They should act; mail still passes").waitFor();
  assert.match(await badge.getAttribute("class"), /suspect/);
  await close();
});

test("where nobody looked from the sending server, the verdict says so", async () => {
  const { page, close } = await fresh(browser, server.url);
  await page.goto(server.url);
  await check(page, "refused.test");
  await page.locator("#verdict .as-of").getByText("Your own server was not looked at.").waitFor();
  await close();
});

test("no verdict stands before a place that counts has answered", async () => {
  const { page, close } = await fresh(browser, server.url);
  const plan = { domain: "late.test", status: "ok", source: "mx", exchanges: [], findings: [], targets: [] };
  const verdict = { status: "undetermined", headline: "Undetermined: too early.", faults: [], ruled_out: [] };
  const events = [
    `event: plan\ndata: ${JSON.stringify(plan)}`,
    `event: verdict\ndata: ${JSON.stringify(verdict)}`,
  ];
  await page.route("**/v1/check", (route) =>
    route.fulfill({ contentType: "text/event-stream", body: `${events.join("\n\n")}\n\n` }),
  );
  await page.goto(server.url);
  await page.locator("#domain").fill("late.test");
  await page.locator("#check").click();
  await page.locator("#verdict .trouble").getByText("ended the check without a report").waitFor();
  assert.equal(await page.locator("#verdict .headline").count(), 0);
  await close();
});

for (const [domain, asked] of [
  ["no-such.test", "Check the address"],
  ["null-mx.test", "Use another address"],
]) {
  test(`an address at ${domain} is for who wrote it to mend`, async () => {
    const { page, close } = await fresh(browser, server.url);
    await page.goto(server.url);
    await check(page, domain);
    assert.equal(await page.locator("#verdict .headline .badge").innerText(), asked);
    assert.equal(await page.title(), `✗ ${domain}`);
    assert.match(await page.locator("#verdict .advice h4").first().innerText(), /^You,/);
    await close();
  });
}

test("a result that came with a link says that nobody looked just now", async () => {
  const { page, close } = await fresh(browser, server.url);
  await page.goto(server.url);
  await check(page, "healthy.test");
  await page.getByRole("button", { name: "Copy a link" }).click();
  await page.getByRole("button", { name: "Link copied ✓" }).waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  const other = await fresh(browser, server.url);
  await other.page.goto(link);
  await other.page
    .locator("#verdict .banner")
    .getByText(/came with a link/)
    .waitFor();
  await other.close();
  await close();
});

test("a log is a table with one row a destination, the worst first, and a row can be checked", async () => {
  const { page, close } = await fresh(browser, server.url);
  await page.goto(server.url);
  const line = (id, to) =>
    `Nov 24 08:57:12 mail postfix/smtp[21877]: ${id}: to=<a@${to}>, relay=none, delay=1, delays=1/0/0/0, dsn=4.4.1, status=deferred (connect to mx.${to}[198.51.100.21]:25: Connection timed out)`;
  const log = [line("4A1", "few.test"), line("4A2", "silent.test"), line("4A3", "silent.test")].join("\n");
  await page
    .locator("#file")
    .setInputFiles({ name: "mail.log", mimeType: "text/plain", buffer: Buffer.from(log) });
  const rows = page.locator("#reading table.log tbody tr");
  await rows.nth(1).waitFor();
  assert.match(await rows.nth(0).innerText(), /silent\.test[\s\S]*\b2\b/);
  await rows.nth(0).getByRole("button", { name: "Check this one" }).click();
  await page.locator("#verdict:not([hidden])").waitFor();
  assert.equal(await page.locator("#domain").inputValue(), "silent.test");
  await close();
});

test("a log is found in, sorted, and shows what was delivered beside what failed", async () => {
  const { page, close } = await fresh(browser, server.url);
  await page.goto(server.url);
  const said = (time, id, to, what) =>
    `Nov 24 ${time} mail postfix/smtp[21877]: ${id}: to=<a@${to}>, relay=${what}`;
  const failed = (time, id, to) =>
    said(
      time,
      id,
      to,
      `none, delay=1, delays=1/0/0/0, dsn=4.4.1, status=deferred (connect to mx.${to}[198.51.100.21]:25: Connection timed out)`,
    );
  const sent = (time, id, to) =>
    said(
      time,
      id,
      to,
      `mx.${to}[198.51.100.21]:25, delay=1, delays=1/0/0/0, dsn=2.0.0, status=sent (250 2.0.0 Ok)`,
    );
  const log = [
    failed("08:00:00", "4XyzAB1cdE1", "many.test"),
    failed("08:01:00", "4XyzAB1cdE2", "many.test"),
    failed("09:00:00", "4XyzAB1cdE3", "later.test"),
    failed("11:00:00", "4XyzAB1cdE4", "last.test"),
    sent("10:00:00", "4XyzAB1cdE3", "later.test"),
  ].join("\n");
  await page
    .locator("#file")
    .setInputFiles({ name: "mail.log", mimeType: "text/plain", buffer: Buffer.from(log) });
  const rows = page.locator("table.log tbody tr");
  await rows.nth(2).waitFor();
  assert.match(await rows.nth(0).innerText(), /many\.test/);
  assert.match(await rows.nth(2).innerText(), /later\.test[\s\S]*delivered later/);
  assert.equal(await page.locator("table.log svg.when").count(), 3);
  await page.getByRole("button", { name: "Seen" }).click();
  assert.match(await rows.nth(0).innerText(), /last\.test/);
  assert.equal(
    await page
      .locator('th[aria-sort="descending"]')
      .innerText()
      .then((name) => name.trim()),
    "Seen",
  );
  await page.locator("#log-filter").fill("MANY");
  assert.equal(await rows.count(), 1);
  await page.locator("#log-filter").fill("");
  await page.locator("#log-which").selectOption("settled");
  assert.equal(await rows.count(), 1);
  assert.match(await rows.nth(0).innerText(), /later\.test/);
  await close();
});

test("a forged verdict in a link is not shown: its evidence is judged anew", async () => {
  const { page, close } = await fresh(browser, server.url);
  await page.goto(server.url);
  await check(page, "healthy.test");
  const headline = await page.locator("#verdict .headline-words").innerText();
  const forged = await page.evaluate(async () => {
    const key = Object.keys(sessionStorage).find((name) => name.startsWith("case:"));
    const { report } = JSON.parse(sessionStorage.getItem(key));
    report.verdict.headline = "Call +1-555-0100 now";
    report.verdict.advice = [{ party: "you", do: "Run this", why: "because" }];
    const packed = new Blob([JSON.stringify(report)])
      .stream()
      .pipeThrough(new CompressionStream("deflate-raw"));
    const bytes = new Uint8Array(await new Response(packed).arrayBuffer());
    const text = btoa(String.fromCharCode(...bytes));
    return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  });
  const other = await fresh(browser, server.url);
  await other.page.goto(`${server.url}/#domain=healthy.test&report=${forged}`);
  await other.page.locator("#verdict .headline-words").waitFor();
  assert.equal(await other.page.locator("#verdict .headline-words").innerText(), headline);
  assert.doesNotMatch(await other.page.locator("#verdict").innerText(), /555|Run this/);
  await other.close();
  await close();
});
