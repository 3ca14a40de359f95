// The page in four languages: its own words in each, the text and what hosts said as they are.

import assert from "node:assert/strict";
import { test } from "node:test";
import { accessible } from "./lib/axe.mjs";
import { check, fresh, paste } from "./lib/page.mjs";
import { browser, server } from "./lib/started.mjs";

const LINE =
  "Nov 24 08:57:12 mail postfix/smtp[21877]: 4XyzAB1cdEz9: to=<owner@refused.test>, relay=none, delay=1843, delays=1813/0.02/30/0, dsn=4.4.1, status=deferred (connect to mx.refused.test[192.0.2.30]:25: Connection refused)";

// Said alike in every language, or shown as it was written: names, codes and moments; what the lab says of its domains;
// what the registries say of codes.
const AS_IT_IS = [
  /^(noanswer|DNS|MX|A|AAAA|TTL|TLS|EHLO|Exchange|Postfix|Gmail|Linux|macOS|Windows PowerShell|English|Deutsch|français|español|mx|north|south|east|west)$/,
  /^noanswer-witness …$/,
  /^441 4\.4\.1 Error encountered/,
  /^\d/,
  /\bRFC \d+\)$/,
];

const LANGUAGES = {
  de: {
    locale: "de-DE",
    check: /^Von \d Orten prüfen$/,
    party: "Die Gegenseite muss handeln",
    title: "✗ Gegenseite · refused.test",
    headline: "E-Mail an refused.test: es liegt auf der Gegenseite: Port 25 des Mailservers ist geschlossen.",
    seen: /north wurde von mx\.refused\.test \(192\.0\.2\.30\) abgelehnt/i,
    letter: /^Guten Tag,/,
  },
  fr: {
    locale: "fr-CA",
    check: /^Vérifier depuis \d lieux$/,
    party: "À eux d'agir",
    title: "✗ Eux · refused.test",
    headline:
      "Courrier vers refused.test : c'est de leur côté : le port 25 du serveur de messagerie est fermé.",
    seen: /north a été refusé par mx\.refused\.test \(192\.0\.2\.30\)/i,
    letter: /^Bonjour,/,
  },
  es: {
    locale: "es-AR",
    check: /^Comprobar desde \d lugares$/,
    party: "Deben actuar ellos",
    title: "✗ Ellos · refused.test",
    headline:
      "Correo a refused.test: es del lado de ellos: el puerto 25 del servidor de correo está cerrado.",
    seen: /north fue rechazado por mx\.refused\.test \(192\.0\.2\.30\)/i,
    letter: /^Hola:/,
  },
};

for (const [language, said] of Object.entries(LANGUAGES)) {
  for (const colorScheme of ["light", "dark"]) {
    test(`the whole page speaks ${language}, and is accessible in ${colorScheme}`, async () => {
      const { page, shot, close } = await fresh(browser, server.url, { locale: said.locale, colorScheme });
      await page.goto(server.url);
      await page.locator("#check").getByText(said.check).waitFor();
      assert.equal(await page.evaluate(() => document.documentElement.lang), language);
      await accessible(page);
      await paste(page, LINE);
      await check(page, "refused.test");
      assert.equal(await page.locator("#verdict .headline .badge").innerText(), said.party);
      assert.equal(await page.locator("#verdict .headline-words").innerText(), said.headline);
      assert.equal(await page.title(), said.title);
      assert.match(await page.locator("#verdict .because").innerText(), said.seen);
      await page.locator("#letters details").first().waitFor();
      assert.match(await page.locator("#letters .letter").first().textContent(), said.letter);
      assert.match(await page.locator("#reading .source").innerText(), /Connection refused/);
      await page.evaluate(() => {
        for (const one of document.querySelectorAll("#results details")) one.open = true;
      });
      await accessible(page);
      assert.ok((await page.locator("#verdict .ruled-out dd").count()) > 5);
      assert.equal(await page.locator('#verdict .ruled-out [lang="en"]').count(), 0);
      const lacking = await page.evaluate(async () => {
        const { missing } = await import("/app/language.js");
        const english = new Set(
          [...document.querySelectorAll('[lang="en"]')].map((node) => node.textContent.trim()),
        );
        return [...missing].filter((text) => !english.has(text));
      });
      const lab = await page.locator(".lab li").allTextContents();
      assert.deepEqual(
        lacking.filter(
          (text) =>
            !AS_IT_IS.some((pattern) => pattern.test(text)) && !lab.some((line) => line.includes(text)),
        ),
        [],
        "texts that core/src/catalogue.tsv lacks",
      );
      await shot(`language-${language}-${colorScheme}`);
      await close();
    });
  }
}

test("a browser of another language gets English, and loads no table for it", async () => {
  const { page, context, close } = await fresh(browser, server.url, { locale: "nl-NL" });
  const asked = [];
  context.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await page.goto(server.url);
  await page.getByRole("button", { name: /Check from \d places/ }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), "en");
  assert.deepEqual(
    asked.filter((path) => path.includes("texts-")),
    [],
  );
  await close();
});

test("a language that is chosen stays, and the case with it", async () => {
  const { page, close } = await fresh(browser, server.url);
  await page.goto(server.url);
  await check(page, "no-such.test");
  await page.waitForURL(/#domain=no-such\.test$/);
  await page.locator("#language").selectOption("fr");
  await page.locator("#verdict .headline-words").getByText("le domaine n'existe pas").waitFor();
  await page.reload();
  await page.locator("#verdict .headline-words").getByText("le domaine n'existe pas").waitFor();
  await page.locator("#language").selectOption("en");
  await page.locator("#verdict .headline-words").getByText("the domain does not exist").waitFor();
  await close();
});

test("what is pasted before the scripts and the language have come is read", async () => {
  const { page, close } = await fresh(browser, server.url, { locale: "de-DE" });
  let release;
  const held = new Promise((done) => (release = done));
  await page.route("**/texts-de*", async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(server.url, { waitUntil: "commit" });
  await page.locator("#text").fill(LINE);
  release();
  await page.locator("#reading .failure, #reading .happened").first().waitFor();
  assert.equal(await page.locator("#text").inputValue(), LINE);
  await close();
});

test("what hosts and texts say is never translated", async () => {
  const { page, close } = await fresh(browser, server.url, { locale: "de-DE" });
  await page.goto(server.url);
  await paste(page, `Check\nVerdict\nCopy\n${LINE}`);
  const source = await page.locator("#reading .source").innerText();
  assert.ok(source.startsWith("Check\nVerdict\nCopy\n"), source.slice(0, 40));
  await check(page, "refusing.test");
  assert.match(await page.locator("#regions .said").first().innerText(), /554/);
  await close();
});
