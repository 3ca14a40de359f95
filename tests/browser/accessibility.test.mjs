// For everyone: axe, keyboard, phone, dark, no JavaScript, print.

import assert from "node:assert/strict";
import { test } from "node:test";
import { accessible } from "./lib/axe.mjs";
import { check, fresh, paste } from "./lib/page.mjs";
import { browser, server } from "./lib/started.mjs";

const POSTFIX =
  "postfix/smtp[1]: 4X: to=<owner@silent.test>, relay=none, dsn=4.4.1, status=deferred (connect to mx.silent.test[198.51.100.21]:25: Connection timed out)";

for (const [name, options] of [
  ["light", {}],
  ["dark", { colorScheme: "dark" }],
  ["phone", { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true }],
  [
    "dark phone",
    { viewport: { width: 360, height: 740 }, colorScheme: "dark", hasTouch: true, isMobile: true },
  ],
]) {
  test(`no violation of accessibility, and nothing wider than the screen: ${name}`, async () => {
    const { page, shot, close } = await fresh(browser, server.url, options);
    await page.goto(server.url);
    await accessible(page);
    await paste(page, POSTFIX);
    await check(page, "silent.test");
    for (const summary of await page.locator("#results summary").all()) await summary.click();
    await accessible(page);
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    assert.equal(overflow, 0);
    await shot(`everyone-${name.replace(" ", "-")}`);
    await close();
  });
}

// Every state that a visitor can come to, beside the verdict that names a fault.
const LOG = ["many.test", "many.test", "later.test"]
  .map(
    (to, index) =>
      `Nov 24 0${index + 7}:00:00 mail postfix/smtp[21877]: 4XyzAB1cdE${index}: to=<a@${to}>, relay=none, delay=1, delays=1/0/0/0, dsn=4.4.1, status=deferred (connect to mx.${to}[198.51.100.21]:25: Connection timed out)`,
  )
  .join("\n");

/** @type {Record<string, (page: import("playwright-core").Page) => Promise<unknown>>} */
const STATES = {
  "healthy, and the form changed": async (page) => {
    await check(page, "healthy.test");
    await page.locator("#domain").fill("other.test");
    await page.locator("#verdict .banner").waitFor();
  },
  "more than one explanation": async (page) => {
    await paste(page, "connect to mx.regional.test[192.0.2.120]:25: Connection timed out");
    await check(page, "regional.test");
  },
  "a check under way": async (page) => {
    await page.route("**/v1/check", () => {});
    await page.locator("#domain").fill("silent.test");
    await page.locator("#check").click();
    await page.locator("#verdict .places li").nth(3).waitFor();
  },
  "the server gone": async (page) => {
    await page.route("**/v1/check", (route) => route.abort());
    await page.locator("#domain").fill("silent.test");
    await page.locator("#check").click();
    await page.locator("#verdict .trouble").waitFor();
  },
  "a token wanted": async (page) => {
    await page.route("**/v1/check", (route) => route.fulfill({ status: 401, json: { title: "No token" } }));
    await page.locator("#domain").fill("silent.test");
    await page.locator("#check").click();
    await page.locator("#token:focus").waitFor();
  },
  "a log": async (page) => {
    const file = { name: "mail.log", mimeType: "text/plain", buffer: Buffer.from(LOG) };
    await page.locator("#file").setInputFiles(file);
    await page.locator("table.log tbody tr").first().waitFor();
  },
  "no domain": async (page) => {
    await check(page, "no-such.test");
  },
};
for (const [state, reach] of Object.entries(STATES)) {
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    test(`no violation of accessibility in ${colorScheme}: ${state}`, async () => {
      const { page, close } = await fresh(browser, server.url, {
        colorScheme,
        expected: [/Failed to load resource/],
      });
      await page.goto(server.url);
      await page.locator("#check").waitFor();
      await reach(page);
      await page.evaluate(() => {
        for (const one of document.querySelectorAll("main details")) one.open = true;
      });
      await accessible(page);
      await close();
    });
  }
}

test("from end to end by keyboard alone", async () => {
  const { page, close } = await fresh(browser, server.url);
  await page.goto(server.url);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
  await page.keyboard.press("Enter");
  const tabTo = async (selector) => {
    for (let tabs = 0; tabs < 60; tabs += 1) {
      if (await page.evaluate((wanted) => document.activeElement.matches(wanted), selector)) return;
      await page.keyboard.press("Tab");
    }
    assert.fail(`no way to ${selector} by the Tab key`);
  };
  await tabTo("#text");
  await page.keyboard.type(POSTFIX);
  await page.locator("#reading .failure").waitFor();
  await tabTo("#check");
  await page.keyboard.press("Enter");
  await page.locator("#verdict .headline").waitFor({ timeout: 30_000 });
  await page.locator("#keep:not([hidden])").waitFor();
  await tabTo("#reading .span");
  await tabTo("#keep button");
  await page.keyboard.press("Enter");
  await page.getByText("Link copied.").first().waitFor();
  await close();
});

test("progress and verdict are announced", async () => {
  const { page, close } = await fresh(browser, server.url);
  await page.goto(server.url);
  await check(page, "silent.test");
  assert.match(await page.locator("#status").textContent(), /^(First v|V)erdict: /);
  await close();
});

test("without JavaScript the article, the codes and an explanation stand", async () => {
  const { page, shot, close } = await fresh(browser, server.url, { javaScriptEnabled: false });
  await page.goto(server.url);
  assert.match(await page.locator("#article").innerText(), /No answer from host/i);
  assert.doesNotMatch(await page.locator("body").innerText(), /in your browser|whole log file/);
  assert.match(await page.locator("body").innerText(), /sent to this server/);
  await page.locator("#text").fill(POSTFIX);
  await page.getByRole("button", { name: "Explain" }).click();
  assert.match(await page.locator("main").innerText(), /silent\.test/);
  assert.equal(await page.locator("#domain").inputValue(), "silent.test");
  await shot("no-javascript-explanation");
  await page.goto(`${server.url}/codes/4.4.1`);
  assert.match(await page.locator("main").innerText(), /No answer from host/i);
  await page.goto(`${server.url}/codes`);
  assert.ok((await page.locator("main .codes a").count()) > 40);
  await page.goto(`${server.url}/probe`);
  assert.match(await page.locator("main").innerText(), /QUIT/);
  await close();
});

test("without JavaScript a domain is checked by the form, and looked at again", async () => {
  const { page, shot, close } = await fresh(browser, server.url, { javaScriptEnabled: false });
  await page.goto(server.url);
  await page.locator("#domain").fill("refused.test");
  await page.getByRole("button", { name: "Check" }).click();
  assert.match(await page.locator("h1").innerText(), /refused\.test/);
  assert.match(await page.locator("main").innerText(), /What to do[\s\S]*mx\.refused\.test/);
  await shot("no-javascript-check");
  await page.getByRole("button", { name: "Look again" }).click();
  assert.match(await page.locator("h1").innerText(), /refused\.test/);
  await close();
});

for (const [locale, said] of /** @type {const} */ ([
  [
    "de-DE",
    {
      h1: /Liegt es an Ihnen/,
      explained: "Was der Text sagt",
      advice: "Was zu tun ist",
      lost: /Hier ist keine Seite/,
    },
  ],
  [
    "fr-CA",
    {
      h1: /Est-ce vous/,
      explained: "Ce que dit le texte",
      advice: "Que faire",
      lost: /Il n'y a pas de page ici/,
    },
  ],
  [
    "es-AR",
    {
      h1: /¿Es usted/,
      explained: "Qué dice el texto",
      advice: "Qué hacer",
      lost: /Aquí no hay ninguna página/,
    },
  ],
])) {
  test(`without JavaScript every page follows the browser's language: ${locale}`, async () => {
    const { page, shot, close } = await fresh(browser, server.url, {
      locale,
      javaScriptEnabled: false,
      expected: [/Failed to load/],
    });
    const language = locale.slice(0, 2);
    const speaks = async () => assert.equal(await page.locator("html").getAttribute("lang"), language);
    await page.goto(server.url);
    await speaks();
    assert.match(await page.locator("h1").innerText(), said.h1);
    await page.locator("#text").fill(POSTFIX);
    await page.locator("#buttons .secondary").click();
    await speaks();
    assert.equal(await page.locator("h1").innerText(), said.explained);
    assert.deepEqual(await page.locator('main [lang="en"]').allTextContents(), []);
    await shot(`no-javascript-explanation-${language}`);
    await page.locator(".primary").click();
    await speaks();
    assert.equal(await page.locator("h2").first().innerText(), said.advice);
    // The letter is of the same language, and so is every sentence.
    assert.deepEqual(await page.locator('main [lang="en"]').allTextContents(), []);
    await shot(`no-javascript-check-${language}`);
    await page.goto(`${server.url}/probe`);
    await speaks();
    assert.deepEqual(await page.locator('main [lang="en"]').allTextContents(), []);
    await page.goto(`${server.url}/nowhere`);
    await speaks();
    assert.match(await page.locator("h1").innerText(), said.lost);
    await close();
  });

  test(`what a page keeps in English is marked as such, and axe finds nothing: ${locale}`, async () => {
    const { page, close } = await fresh(browser, server.url, { locale });
    for (const path of ["/codes/4.4.1", "/codes", "/probe"]) {
      await page.goto(server.url + path);
      assert.equal(await page.locator("html").getAttribute("lang"), locale.slice(0, 2));
      await accessible(page);
    }
    await close();
  });
}

test("a language that was chosen holds on a page that was served in another", async () => {
  const { page, close } = await fresh(browser, server.url, { locale: "de-DE" });
  await page.goto(server.url);
  await page.locator("h1").getByText("Liegt es an Ihnen").waitFor();
  for (const [language, h1] of [
    ["fr", "Est-ce vous"],
    ["en", "Is it you"],
    ["de", "Liegt es an Ihnen"],
  ]) {
    await page.locator("#language").selectOption(language);
    await page.locator("h1").getByText(h1).waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.lang), language);
  }
  await close();
});

test("what is printed during a check says when, of what, and that it was not at its end", async () => {
  const { page, close } = await fresh(browser, server.url);
  await page.route("**/v1/check", () => {});
  await page.goto(server.url);
  await paste(page, POSTFIX);
  await page.locator("#check").click();
  await page.locator("#verdict .places li").nth(3).waitFor();
  assert.equal(await page.locator("#verdict .print-only").isVisible(), false);
  await page.emulateMedia({ media: "print" });
  await page.evaluate(() => window.dispatchEvent(new Event("beforeprint")));
  const printed = await page.locator("#verdict .print-only").innerText();
  assert.match(printed, /still running:\s.*20\d\d.*\d\d:\d\d UTC\), silent\.test/);
  assert.equal(await page.locator("#verdict .clock").isVisible(), false);
  assert.equal(await page.locator("#ask").isVisible(), false);
  await page.evaluate(() => window.dispatchEvent(new Event("afterprint")));
  await page.emulateMedia({ media: "screen" });
  assert.equal(await page.locator("#verdict .clock").isVisible(), true);
  await close();
});

test("a person who is lost gets a page, a program a problem document", async () => {
  const { page, context, close } = await fresh(browser, server.url, { expected: [/Failed to load/] });
  const response = await page.goto(`${server.url}/nowhere`);
  assert.equal(response.status(), 404);
  assert.match(await page.locator("main").innerText(), /There is no page here/);
  await accessible(page);
  const asked = await context.request.get(`${server.url}/nowhere`, { headers: { accept: "*/*" } });
  assert.equal(asked.headers()["content-type"], "application/problem+json");
  await close();
});

test("the article stands for those who have JavaScript too, and has no violation", async () => {
  const { page, close } = await fresh(browser, server.url);
  for (const path of ["/codes/4.4.1", "/codes/441", "/codes", "/probe"]) {
    const response = await page.goto(server.url + path);
    assert.equal(response.status(), 200, path);
    await accessible(page);
  }
  await close();
});

test("in print the result stands first and dated, the letters are open, and the tool is not there", async () => {
  const { page, shot, close } = await fresh(browser, server.url);
  await page.goto(server.url);
  await paste(page, POSTFIX);
  await check(page, "silent.test");
  await page.locator("#letters details").first().waitFor({ state: "attached" });
  await page.emulateMedia({ media: "print" });
  await page.evaluate(() => window.dispatchEvent(new Event("beforeprint")));
  for (const gone of ["#ask", "#next", "#keep", "#article"])
    assert.equal(await page.locator(gone).isVisible(), false, gone);
  const top = async (part) => (await page.locator(part).first().boundingBox())?.y ?? Infinity;
  // A4 at 96 dpi is 1123 px high.
  assert.ok((await top("#verdict .headline")) < 400);
  assert.ok((await top("#verdict .as-of")) < 1123);
  assert.ok((await top("#verdict")) < (await top("#reading")));
  assert.match(await page.locator("#verdict .as-of").innerText(), /20\d\d.*UTC/);
  for (const letter of await page.locator("#letters .letter").all())
    assert.equal(await letter.isVisible(), true);
  assert.ok((await page.locator("#reading .meanings dt").first().innerText()).length > 2);
  await shot("print");
  await close();
});

test("the lab says that it is one, and its domains can be tried", async () => {
  const { page, close } = await fresh(browser, server.url);
  await page.goto(server.url);
  assert.match(await page.locator(".lab").innerText(), /This is the lab/);
  await page.locator(".lab summary").click();
  const [first] = await page.locator(".lab a").all();
  const domain = await first.innerText();
  await first.click();
  await page.waitForFunction((wanted) => document.getElementById("domain").value === wanted, domain);
  await close();
});
