// Evidence that people can follow: the order in which it stands, what it rests on, and names as people write them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { check, fresh, paste } from "./lib/page.mjs";
import { browser, server } from "./lib/started.mjs";

test("the verdict stands first, then the path and the test, then what it rests on, and the article last", async () => {
  const { page, close } = await fresh(browser, server.url);
  await page.goto(server.url);
  await paste(page, "connect to mx.silent.test[192.0.2.20]:25: Connection timed out");
  await check(page, "silent.test");
  await page.locator("#letters:not([hidden])").waitFor();
  const shown = page.locator("#results > section:not([hidden]), main > #article");
  assert.deepEqual(await shown.evaluateAll((parts) => parts.map((part) => part.id)), [
    "verdict",
    "path",
    "next",
    "reading",
    "regions",
    "exchanges",
    "letters",
    "keep",
    "article",
  ]);
  const tops = await shown.evaluateAll((parts) => parts.map((part) => part.getBoundingClientRect().top));
  assert.deepEqual(
    tops,
    [...tops].sort((one, other) => one - other),
  );
  await close();
});

test("a place that is not counted opens its proof: the controls that it did not reach", async () => {
  const { page, close } = await fresh(browser, server.url);
  await page.goto(server.url);
  await check(page, "healthy.test");
  const blind = page.locator("#regions .row.blind");
  await blind.getByText("cannot see port 25, counts for nothing").waitFor();
  const proof = blind.locator("details.proof");
  await proof.locator("summary").click();
  const tried = await proof.locator("li").allInnerTexts();
  assert.ok(tried.length >= 3, `${tried}`);
  for (const one of tried) assert.match(one, /port (25|443)/);
  assert.doesNotMatch(tried.filter((one) => one.includes("port 25")).join("\n"), /answered/);
  await close();
});

test("of each exchange that speaks TLS the certificate is shown: whose, by whom, and from when to when", async () => {
  const { page, close } = await fresh(browser, server.url);
  await page.goto(server.url);
  await check(page, "healthy.test");
  const attempt = page.locator("#regions .row:not(.blind) .attempt").first();
  await attempt.getByText(/certificate of .*issued by .*valid from .*\d{4} to .*\d{4}/).waitFor();
  await close();
});

test("a domain stands as people write it, whatever DNS writes", async () => {
  const { page, close } = await fresh(browser, server.url);
  await page.goto(server.url);
  await check(page, "münchen.test");
  assert.match(await page.locator("#verdict .headline-words").innerText(), /münchen\.test/);
  assert.match(await page.title(), /münchen\.test/);
  assert.doesNotMatch(await page.locator("#verdict").innerText(), /xn--/i);
  await close();
});

test("two tabs hold two cases", async () => {
  const { page, context, close } = await fresh(browser, server.url);
  const other = await context.newPage();
  await Promise.all([page.goto(server.url), other.goto(server.url)]);
  await Promise.all([check(page, "healthy.test"), check(other, "no-such.test")]);
  await page.waitForURL(/#domain=healthy\.test$/);
  await other.waitForURL(/#domain=no-such\.test$/);
  await Promise.all([page.reload(), other.reload()]);
  await page.locator("#verdict .as-of").getByText("healthy.test").waitFor();
  await other.locator("#verdict .as-of").getByText("no-such.test").waitFor();
  await close();
});

test("on a phone no name in a table is broken letter by letter", async () => {
  const { page, close } = await fresh(browser, server.url, { viewport: { width: 390, height: 844 } });
  await page.goto(server.url);
  await check(page, "one-of-two.test");
  const names = page.locator("#exchanges table .host, #exchanges table .address");
  assert.ok((await names.count()) >= 4);
  for (const lines of await names.evaluateAll((all) => all.map((one) => one.getClientRects().length)))
    assert.equal(lines, 1);
  await close();
});

test("where no place answers in the time of a first verdict, the clock says so and runs on", async () => {
  const { page, close } = await fresh(browser, server.url);
  await page.clock.install();
  await page.route("**/v1/check", () => {});
  await page.goto(server.url);
  await page.locator("#domain").fill("silent.test");
  await page.locator("#check").click();
  await page.locator("#verdict .clock").waitFor();
  await page.clock.runFor(14_000);
  await page.locator("#verdict .clock").getByText("no place that counts has answered yet").waitFor();
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByText("Stopped.").first().waitFor();
  await close();
});
