// Each flow of the page, as a user goes through it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { check, fresh, paste } from "./lib/page.mjs";
import { browser, server } from "./lib/started.mjs";

const POSTFIX =
  "Nov 24 08:57:12 mail postfix/smtp[21877]: 4XyzAB1cdEz9: to=<owner@silent.test>, relay=none, delay=1843, delays=1813/0.02/30/0, dsn=4.4.1, status=deferred (connect to mx.silent.test[198.51.100.21]:25: Connection timed out)";
const EXCHANGE = `441 4.4.1 Error encountered while communicating with primary target IP address: "Failed to connect. Winsock error code: 10060, Win32 error code: 10060." Attempted failover to alternate host, but that did not succeed. The last endpoint attempted was 198.51.100.21:25`;

test("a Postfix line is read, and a check gives a verdict in words", async () => {
  const { page, shot, close } = await fresh(browser, server.url);
  await page.goto(server.url);
  await paste(page, POSTFIX);
  assert.equal(await page.locator("#domain").inputValue(), "silent.test");
  assert.match(await page.locator("#reading .source").innerText(), /Connection timed out/);
  assert.ok((await page.locator("#reading .span").count()) >= 4, "the parts that mattered are marked");
  await page.locator("#check").click();
  await page.locator("#verdict .headline").waitFor({ timeout: 30_000 });
  await page.locator("#path:not([hidden])").waitFor();
  assert.ok((await page.locator("#verdict .headline-words").innerText()).length > 10);
  assert.ok((await page.locator("#regions .row").count()) >= 2, "one row a region");
  assert.match(await page.locator("#regions").innerText(), /cannot see port 25, counts for nothing/);
  assert.match(await page.locator("#exchanges").innerText(), /mx\.silent\.test/);
  await shot("verdict-light");
  await close();
});

test("an Exchange text without a domain asks for one", async () => {
  const { page, close } = await fresh(browser, server.url);
  await page.goto(server.url);
  await paste(page, EXCHANGE);
  await page.locator("#check").click();
  await page.getByText("Which domain was the mail for?").first().waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), "domain");
  await close();
});

test("what cannot be a domain is told at its field", async () => {
  const { page, close } = await fresh(browser, server.url, { expected: [/Failed to load resource/] });
  await page.goto(server.url);
  await page.locator("#domain").fill("localhost");
  await page.locator("#check").click();
  await page.locator("#ask-note").getByText("A mail domain has at least two parts").waitFor();
  await page.locator('#domain:focus[aria-invalid="true"][aria-describedby="ask-note"]').waitFor();
  assert.equal(await page.locator("#verdict").isVisible(), false);
  assert.equal(await page.locator("#exchanges").isVisible(), false);
  await check(page, "refused.test");
  assert.equal(await page.locator("#domain").getAttribute("aria-invalid"), null);
  assert.equal(await page.locator("#ask-note").innerText(), "");
  await close();
});

for (const typed of ["owner@refused.test", "https://refused.test/contact"])
  test(`of ${typed} the domain alone is taken, and sent`, async () => {
    const { page, context, close } = await fresh(browser, server.url);
    const sent = [];
    context.on("request", (request) => sent.push(`${request.url()} ${request.postData() ?? ""}`));
    await page.goto(server.url);
    await check(page, typed);
    assert.equal(await page.locator("#domain").inputValue(), "refused.test");
    await page.locator("#verdict .as-of").getByText("refused.test").waitFor();
    assert.deepEqual(
      sent.filter((text) => /owner|contact/.test(text)),
      [],
    );
    await close();
  });

test("a check that begins while another runs takes its place", async () => {
  const { page, close } = await fresh(browser, server.url);
  const asked = [];
  await page.route("**/v1/check", (route) => {
    asked.push(route.request().postDataJSON().domain);
    // The first is never answered.
    return asked.length === 1 ? undefined : route.continue();
  });
  await page.goto(server.url);
  await page.locator("#domain").fill("silent.test");
  await page.locator("#domain").press("Enter");
  await page.locator("#verdict .progress").waitFor();
  await page.locator("#domain").fill("refused.test");
  await page.locator("#domain").press("Enter");
  await page.locator("#verdict .as-of").getByText("refused.test").waitFor();
  assert.deepEqual(asked, ["silent.test", "refused.test"]);
  assert.equal(await page.locator("#ask-note").innerText(), "");
  await close();
});

test("what logs need comes with the first log", async () => {
  const { page, close } = await fresh(browser, server.url);
  const asked = [];
  page.context().on("request", (request) => asked.push(new URL(request.url()).pathname));
  await page.goto(server.url);
  await paste(page, POSTFIX);
  await page.locator("#reading .failure").first().waitFor();
  assert.ok(!asked.includes("/pkg/log_bg.wasm"), "one line is no log");
  const lines = Array.from({ length: 30 }, (_, number) =>
    POSTFIX.replaceAll("silent", `silent${number % 3}`),
  );
  await paste(page, lines.join("\n"));
  await page.locator("#reading table.log tbody tr").nth(1).waitFor();
  assert.ok(asked.includes("/pkg/log_bg.wasm"), "a log's table takes more than the reader");
  await close();
});

test("a mark and its meaning point at each other", async () => {
  const { page, close } = await fresh(browser, server.url);
  await page.goto(server.url);
  await paste(page, POSTFIX);
  const mark = page.locator("#reading .span").last();
  const field = await mark.getAttribute("data-field");
  const described = page.locator(`#${await mark.getAttribute("aria-describedby")}`);
  const status = page.locator('#reading .meanings [data-field="enhanced_status"]');
  assert.match(await status.textContent(), /No answer from host/, "the table of codes came with the reader");
  assert.ok((await described.textContent()).length > 5);
  await mark.click();
  assert.deepEqual(
    await page
      .locator("#reading .meanings .told")
      .evaluateAll((rows) => rows.map((row) => row.dataset.field)),
    [field],
  );
  assert.equal(await described.isVisible(), true);
  const other = page.locator('#reading .meanings [data-field="recipient_domain"]');
  await other.getByRole("button").click();
  assert.equal(await page.evaluate(() => document.activeElement?.textContent.includes("silent.test")), true);
  assert.deepEqual(
    await page
      .locator("#reading .span.told")
      .evaluateAll((spans) => [...new Set(spans.map((span) => span.dataset.field))]),
    ["recipient_domain"],
  );
  await close();
});

test("a healthy domain is healthy, and the path says so", async () => {
  const { page, close } = await fresh(browser, server.url);
  await page.goto(server.url);
  await check(page, "healthy.test");
  assert.match(await page.locator("#verdict .headline").innerText(), /Nothing wrong now/i);
  assert.match(await page.locator("#path .station").last().innerText(), /works/);
  await close();
});

test("the mail servers alone are looked up by the browser, and no check is asked for", async () => {
  const { page, close, context } = await fresh(browser, server.url);
  const asked = [];
  context.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await page.goto(server.url);
  await page.locator("#domain").fill("healthy.test");
  await page.getByRole("button", { name: "Mail servers only" }).click();
  await page.locator("#exchanges table").waitFor();
  assert.ok(asked.includes(await page.evaluate(() => document.documentElement.dataset.doh)));
  assert.ok(!asked.includes("/v1/check"));
  assert.equal(await page.locator("#verdict").isVisible(), false);
  await close();
});

test("nothing but the server and its resolver is ever asked", async () => {
  const { page, close, foreign } = await fresh(browser, server.url);
  await page.goto(server.url);
  await check(page, "refused.test");
  assert.deepEqual(foreign, []);
  await close();
});

test("a link brings the report back without the server, and the text only on request", async () => {
  const { page, close } = await fresh(browser, server.url);
  await page.goto(server.url);
  await paste(page, POSTFIX);
  await check(page, "silent.test");
  const headline = await page.locator("#verdict .headline-words").innerText();
  await page.getByRole("button", { name: "Copy a link" }).click();
  await page.getByText("Link copied.").first().waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  assert.ok(!link.includes("owner"), "no text without request");
  assert.equal(new URL(link).search, "");
  await page.locator("#with-text").check();
  await page.getByRole("button", { name: "Copy a link" }).click();
  await page.waitForFunction(
    (before) => navigator.clipboard.readText().then((text) => text !== "" && text !== before),
    link,
  );
  const withText = await page.evaluate(() => navigator.clipboard.readText());
  assert.ok(withText.includes("text=") && !withText.includes("owner%40"), "mail addresses are scrubbed");
  const second = await page.context().newPage();
  await second.route("**/v1/**", (route) => route.abort());
  await second.goto(withText);
  await second.locator("#verdict .headline-words").waitFor();
  assert.equal(await second.locator("#verdict .headline-words").innerText(), headline);
  await close();
});

test("Markdown is copied and JSON is downloaded", async () => {
  const { page, close } = await fresh(browser, server.url);
  await page.goto(server.url);
  await check(page, "silent.test");
  await page.getByRole("button", { name: "Copy as Markdown" }).click();
  await page.getByText("Copied as Markdown.").first().waitFor();
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^# `silent\.test`/);
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download JSON" }).click(),
  ]);
  const { readFileSync } = await import("node:fs");
  assert.equal(JSON.parse(readFileSync(await file.path(), "utf8")).schema, 1);
  await close();
});

test("what the sending server printed is pasted back and read as evidence", async () => {
  const { page, close } = await fresh(browser, server.url);
  await page.goto(server.url);
  await check(page, "silent.test");
  const command = await page.locator(".next .command").innerText();
  const controls = command.match(/^t control 25 (\S+) &$/gm).map((line) => line.split(" ")[3]);
  assert.ok(controls.length >= 3);
  for (const system of ["Windows PowerShell", "macOS", "Linux"]) {
    await page.getByText(system, { exact: true }).click();
    assert.match(await page.locator(".next .command").innerText(), /noanswer-witness/);
  }
  await page
    .locator("#answer")
    .fill(
      controls
        .map((host, index) => `noanswer-witness control ${host} 192.0.2.${index + 1} 20 exit 124`)
        .join("\n"),
    );
  await page.getByRole("button", { name: "Read it as evidence" }).click();
  await page.getByText("The verdict now includes what your server sees.").waitFor();
  await page.locator("#regions").getByText("Your server, as pasted").waitFor();
  await page.locator("#answer").fill("hello");
  await page.getByRole("button", { name: "Read it as evidence" }).click();
  await page.getByText("nothing in this can be read as evidence").waitFor();
  await close();
});

test("a check can be stopped", async () => {
  const { page, close } = await fresh(browser, server.url);
  await page.route("**/v1/check", () => {});
  await page.goto(server.url);
  await page.locator("#domain").fill("silent.test");
  await page.locator("#check").click();
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByText("Stopped.").first().waitFor();
  assert.equal(await page.locator("#check").isEnabled(), true);
  await close();
});

test("letters to three stand beside a verdict, in four languages, dated", async () => {
  const { page, close } = await fresh(browser, server.url);
  await page.goto(server.url);
  await paste(page, POSTFIX);
  await check(page, "refused.test");
  const letters = page.locator("#letters details");
  await letters.first().waitFor();
  assert.deepEqual(
    await letters.evaluateAll((nodes) => nodes.map((node) => node.dataset.to)),
    ["customer", "postmaster"],
    "nobody writes to a provider that has nothing to do",
  );
  for (const [language, hello] of [
    ["de", "Guten Tag,"],
    ["fr", "Bonjour,"],
    ["es", "Hola:"],
    ["en", "Hello,"],
  ]) {
    await page.locator("#letter-language").selectOption(language);
    for (const body of await page.locator("#letters .letter").allTextContents()) {
      assert.ok(body.startsWith(hello), body);
      assert.match(body, /20\d\d-\d\d-\d\d/);
    }
  }
  await page.locator("#letters summary").first().click();
  await page.getByRole("button", { name: "Copy the letter" }).first().click();
  await page.getByRole("button", { name: "Copied ✓" }).waitFor();
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^Your mail to refused\.test/);
  await close();
});

test("the postmaster of a domain with one server down is told, and that mail gets through", async () => {
  const { page, close } = await fresh(browser, server.url);
  await page.goto(server.url);
  await check(page, "one-of-two.test");
  const letter = page.locator('#letters details[data-to="postmaster"] .letter');
  await letter.waitFor({ state: "attached" });
  const words = await letter.textContent();
  assert.match(words, /Mail still gets through by another address of yours/);
  assert.match(words, /no answer to the connection \(waited \d+ s\)\. Seen from: /);
  assert.match(words, /What was seen on 20\d\d-\d\d-\d\d \d\d:\d\d UTC/);
  await close();
});

test("who is told to do something is somebody", async () => {
  const { page, close } = await fresh(browser, server.url);
  await page.goto(server.url);
  await check(page, "healthy.test");
  await page.locator("#verdict .advice h4").first().waitFor();
  assert.doesNotMatch(await page.locator("#verdict .advice").innerText(), /Nobody/);
  await close();
});

// A Worker keeps nothing, and offers nothing.
const keeps = (page) => page.evaluate(() => document.documentElement.dataset.keeps !== undefined);

test("a short link is made where the server keeps results, opened, and deleted", async () => {
  const { page, context, close } = await fresh(browser, server.url, { expected: [/404/] });
  await page.goto(server.url);
  await check(page, "refused.test");
  const shorten = page.getByRole("button", { name: "Make a short link" });
  if (!(await keeps(page))) {
    assert.equal(await shorten.isVisible(), false);
    return close();
  }
  const headline = await page.locator("#verdict .headline-words").innerText();
  await shorten.click();
  await page.locator("#keep .short code").waitFor();
  assert.match(await page.locator("#keep").innerText(), /30 days[\s\S]*kept until/);
  const link = await page.locator("#keep .short code").innerText();
  assert.ok(link.length < 80, link);
  const second = await context.newPage();
  await second.goto(link);
  await second.locator("#verdict .headline-words").getByText(headline).waitFor();
  await second.close();
  await page.getByRole("button", { name: "Delete it from the server" }).click();
  await page.getByText("Deleted from the server.").waitFor();
  const third = await context.newPage();
  await third.goto(link);
  await third.getByText("This short link has expired, or its result was deleted.").first().waitFor();
  return close();
});

test("what another server's admin runs reports back to the page, once, and nothing but evidence", async () => {
  const { page, context, close } = await fresh(browser, server.url);
  await page.goto(server.url);
  await check(page, "silent.test");
  const ask = page.locator("#report-back");
  if (!(await keeps(page))) {
    assert.equal(await ask.count(), 0);
    return close();
  }
  const controls = (await page.locator(".next .command").innerText()).match(/^t control 25 (\S+) &$/gm);
  await ask.click();
  await page.getByText("Waiting for it, until").waitFor();
  const command = await page.locator(".next .command").innerText();
  const [, link] = command.match(/^\} \| tee \/dev\/stderr \| curl -sS -T - (\S+\/v1\/cases\/\S+)$/m);
  assert.equal(new URL(link).origin, new URL(server.url).origin);
  await page.getByText("Windows PowerShell", { exact: true }).click();
  assert.ok((await page.locator(".next .command").innerText()).includes(`-Uri ${link} `));
  const lines = controls.map(
    (line, index) => `noanswer-witness control ${line.split(" ")[3]} 192.0.2.${index + 1} 20 exit 124`,
  );
  const sent = await context.request.put(link, {
    data: ["root@host:~# secret", ...lines].join("\n"),
    headers: { "content-type": "text/plain" },
  });
  assert.equal(sent.status(), 204);
  await page.getByText("The verdict now includes what your server sees.").waitFor();
  await page.locator("#regions").getByText("Your server, as pasted").waitFor();
  const again = await context.request.put(link, { data: lines.join("\n") });
  assert.equal(again.status(), 404, "the link is used up");
  assert.equal(await ask.isVisible(), true);
  return close();
});
