// When things do not work, and when texts are hostile.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { check, fresh, paste } from "./lib/page.mjs";
import { browser, server } from "./lib/started.mjs";

const POSTFIX =
  "postfix/smtp[1]: 4X: to=<owner@silent.test>, relay=none, dsn=4.4.1, status=deferred (connect to mx.silent.test[198.51.100.21]:25: Connection timed out)";
const FAILED = /Failed to load resource/;

test("with the API down the text is explained all the same, and the failure is said", async () => {
  const { page, close } = await fresh(browser, server.url, { expected: [FAILED] });
  await page.route("**/v1/**", (route) => route.abort());
  await page.goto(server.url);
  await paste(page, POSTFIX);
  await page.locator("#check").click();
  await page
    .locator("#verdict")
    .getByText("This page’s server does not answer. That says nothing of the domain.")
    .waitFor();
  assert.match(await page.locator("#reading .happened").first().innerText(), /\w/);
  await close();
});

test("a server that is gone before the first check is told of, and asked again when it is back", async () => {
  const { page, close } = await fresh(browser, server.url, { expected: [FAILED], serviceWorkers: "block" });
  await page.goto(server.url);
  await page.locator("#domain").fill("refused.test");
  await page.route("**", (route) => route.abort());
  await page.locator("#check").click();
  await page.locator("#ask-note").getByText("This page’s server does not answer.").waitFor();
  await page.unroute("**");
  await page.locator("#check").click();
  await page.locator("#verdict .headline").waitFor();
  await close();
});

test("an API that refuses is quoted in its own words", async () => {
  const { page, close } = await fresh(browser, server.url, { expected: [FAILED] });
  await page.route("**/v1/check", (route) =>
    route.fulfill({
      status: 429,
      contentType: "application/problem+json",
      body: JSON.stringify({ title: "Too many checks", detail: "Too many checks from here <b>now</b>." }),
    }),
  );
  await page.goto(server.url);
  await page.locator("#domain").fill("silent.test");
  await page.locator("#check").click();
  await page.locator("#verdict").getByText("Too many checks from here <b>now</b>.").waitFor();
  await close();
});

test("with DNS-over-HTTPS down every failed question is shown", async () => {
  const { page, close } = await fresh(browser, server.url, { expected: [FAILED] });
  await page.route("**/dns-query**", (route) => route.abort());
  await page.goto(server.url);
  await page.locator("#domain").fill("healthy.test");
  await page.getByRole("button", { name: "Mail servers only" }).click();
  await page.locator("#exchanges .queries").getByText("failed").first().waitFor();
  assert.match(await page.locator("#exchanges").innerText(), /DNS did not say/);
  await close();
});

test("where the network blocks public resolvers, the server's relay is asked", async () => {
  const { page, context, close } = await fresh(browser, server.url, {
    expected: [FAILED, /Content Security Policy/],
  });
  // The page as a Worker serves it, which is no lab: public resolvers, which nobody answers here, and a relay.
  await page.route(server.url, async (route) => {
    const served = await route.fetch();
    const body = (await served.text()).replace(/data-doh="([^"]*)"/, 'data-relay="$1"');
    await route.fulfill({ response: served, body });
  });
  await page.route(/^https:/, (route) => route.abort());
  const relayed = [];
  context.on("request", (request) => {
    const { pathname, searchParams } = new URL(request.url());
    if (pathname.endsWith("/dns-query") && request.url().startsWith(server.url))
      relayed.push(searchParams.get("resolver"));
  });
  await page.goto(server.url);
  await page.locator("#domain").fill("healthy.test");
  await page.getByRole("button", { name: "Mail servers only" }).click();
  await page.locator("#exchanges table").getByText("mx.healthy.test").first().waitFor();
  assert.ok(relayed.includes("1"), `the relay was asked for the first resolver: ${relayed}`);
  await close();
});

test("a server that wants its token is told it, from this tab alone", async () => {
  const { page, close } = await fresh(browser, server.url, { expected: [FAILED] });
  const carried = [];
  await page.route("**/v1/check", (route) => {
    carried.push(route.request().headers().authorization);
    if (carried.at(-1) === "Bearer open sesame") return route.continue();
    return route.fulfill({
      status: 401,
      contentType: "application/problem+json",
      body: JSON.stringify({ detail: "send the token" }),
    });
  });
  await page.goto(server.url);
  await page.locator("#domain").fill("refused.test");
  await page.locator("#check").click();
  await page.locator("#verdict").getByText("enter it under “Resolvers and token”").waitFor();
  await page.locator("#token:focus").fill("open sesame");
  await check(page, "refused.test");
  assert.deepEqual(carried, [undefined, "Bearer open sesame"]);
  await close();
});

test("where Turnstile is set up, a check brings what it gave", async () => {
  const { page, close } = await fresh(browser, server.url);
  await page.route(server.url, async (route) => {
    const served = await route.fetch();
    const { "content-security-policy": policy, ...others } = served.headers();
    const wider = policy.replace("script-src 'self'", "script-src 'self' https://challenges.cloudflare.com");
    const headers = { ...others, "content-security-policy": wider };
    await route.fulfill({
      response: served,
      headers,
      body: (await served.text()).replace("<html ", '<html data-turnstile="key" '),
    });
  });
  const widget =
    "window.turnstile = { render(place, options) { setTimeout(() => options.callback(`a person, by ${options.sitekey}`)); return 1; }, remove() {} };";
  await page.route("https://challenges.cloudflare.com/**", (route) =>
    route.fulfill({
      contentType: "text/javascript",
      headers: { "cross-origin-resource-policy": "cross-origin" },
      body: widget,
    }),
  );
  const asked = page.waitForRequest("**/v1/check");
  await page.goto(server.url);
  await check(page, "refused.test");
  assert.equal((await asked).headers()["cf-turnstile-response"], "a person, by key");
  await close();
});

test("a domain that cannot be one gets one clear line", async () => {
  const { page, close } = await fresh(browser, server.url, { expected: [FAILED] });
  await page.goto(server.url);
  await page.locator("#domain").fill("not a domain!");
  await page.getByRole("button", { name: "Mail servers only" }).click();
  await page.locator("#exchanges").getByText("cannot stand in a mail domain").waitFor();
  await close();
});

test("hostile text is text", async () => {
  const { page, close } = await fresh(browser, server.url);
  await page.goto(server.url);
  const hostile = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script> \u202ereversed\u202c ${POSTFIX} \u0007`;
  await paste(page, hostile);
  const shown = await page.locator("#reading .source").innerText();
  assert.ok(shown.includes("<img src=x onerror="), "markup is shown as it is");
  assert.ok(shown.includes("U+202E"), "an override is named");
  assert.equal(await page.locator("#results img, #results script").count(), 0);
  assert.notEqual(await page.title(), "owned");
  await close();
});

test("a text of a megabyte is read, and shown in part", async () => {
  const { page, close } = await fresh(browser, server.url);
  await page.goto(server.url);
  await paste(page, `${"x".repeat(1 << 20)}\n${POSTFIX}`);
  assert.ok((await page.locator("#reading .source").innerText()).length < 10_000);
  await close();
});

test("hostile banners are text", async () => {
  const { page, close } = await fresh(browser, server.url);
  await page.goto(server.url);
  const attempt = {
    exchange: "mx.evil.test",
    address: "198.51.100.9",
    port: 25,
    round: 1,
    stage: "greeting",
    outcome: "replied",
    greeting: "554 <img src=x onerror=alert(1)> \u202eolleh",
    reply: { code: 554, text: "<img src=x onerror=alert(1)> \u202eolleh" },
  };
  const evidence = {
    vantage: "r",
    place: "<b>R</b>",
    role: "region",
    sight: "clear",
    sight_by_family: { ipv4: "clear", ipv6: "blind" },
    controls: [],
    attempts: [attempt],
  };
  const plan = {
    domain: "evil.test",
    source: "mx",
    status: "ok",
    authentic_data: false,
    exchanges: [],
    findings: [],
  };
  const verdict = {
    status: "undetermined",
    headline: "<i>What</i> \u202ewas",
    faults: [],
    ruled_out: [],
    notes: ["<u>note</u>"],
  };
  const report = {
    schema: 1,
    asked: { domain: "evil.test", at: "2026-11-24T09:00:00Z" },
    symptoms: [],
    plan,
    evidence: [evidence],
    verdict,
  };
  const events = [
    ["evidence", evidence],
    ["verdict", verdict],
    ["report", report],
  ]
    .map(([name, data]) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`)
    .join("");
  await page.route("**/v1/check", (route) =>
    route.fulfill({ status: 200, contentType: "text/event-stream", body: events }),
  );
  await page.locator("#domain").fill("healthy.test");
  await page.locator("#check").click();
  await page.locator("#verdict").getByText("<i>What</i>").waitFor();
  const row = await page.locator("#regions .row").innerText();
  assert.ok(
    row.includes("<img src=x onerror=alert(1)>") && row.includes("U+202E") && row.includes("<b>R</b>"),
  );
  assert.equal(await page.locator("#results img, #results i, #results u").count(), 0);
  await close();
});

test("after the first visit a text is explained without any network", async () => {
  const { page, context, close } = await fresh(browser, server.url, {
    expected: [FAILED, /ERR_INTERNET_DISCONNECTED/],
  });
  await page.goto(server.url);
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    while (!navigator.serviceWorker.controller) await new Promise((resolve) => setTimeout(resolve, 50));
  });
  await context.setOffline(true);
  await page.reload();
  await paste(page, POSTFIX);
  assert.equal(await page.locator("#domain").inputValue(), "silent.test");
  await close();
});

test("a log file is read in pieces, with its progress shown, and can be called off", async () => {
  const { page, close } = await fresh(browser, server.url);
  const path = join(tmpdir(), `noanswer-${process.pid}.log`);
  writeFileSync(path, `${POSTFIX}\n`.repeat(200_000));
  await page.goto(server.url);
  await page.locator("#file").setInputFiles(path);
  await page.locator("#reading progress").waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.locator("#reading").waitFor({ state: "hidden" });
  await page.locator("#file").setInputFiles(path);
  await page.locator("#reading .failure").first().waitFor({ timeout: 60_000 });
  assert.match(await page.locator("#reading").innerText(), /200,000 times/);
  await close();
});

test("a damaged link is said to be one", async () => {
  const { page, close } = await fresh(browser, server.url);
  await page.goto(`${server.url}/#report=AAAA&domain=silent.test`);
  await page.getByText("The result in this link is damaged").first().waitFor();
  assert.equal(await page.locator("#domain").inputValue(), "silent.test");
  await check(page, "healthy.test");
  await close();
});
