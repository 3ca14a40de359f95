// The controller: what happens when the user does something. Views only show and say what was done.

import { createAbortRegistry, isReplaced } from "./abort-registry.js";
import * as api from "./api.js";
import { keepCase, keptCase } from "./case-history.js";
import { copy } from "./clipboard.js";
import { byId, write } from "./dom.js";
import { download } from "./download.js";
import { preferred, speak } from "./language.js";
import { site as readSite } from "./site.js";
import { createStore, initial } from "./state.js";
import { sentence } from "./words.js";
import { createWorkerClient } from "./worker-client.js";
import { createAsk } from "./views/ask.js";
import { createDrop } from "./views/drop.js";
import { createExport } from "./views/export.js";
import { createFrame } from "./views/frame.js";
import { createGlobalping } from "./views/globalping.js";
import { createReading } from "./views/reading.js";
import { createSettings } from "./views/settings.js";
import { createStage } from "./views/stage.js";

const READ_AFTER_MS = 150;

/** Starts the page. */
export async function start() {
  // Without its table the page speaks English.
  await speak(preferred()).catch(() => {});
  const site = readSite();
  const core = createWorkerClient();
  const store = createStore({
    ...initial(),
    resolvers: savedResolvers() ?? site.resolvers,
    token: savedToken(),
  });
  const { state, change } = store;
  const aborts = createAbortRegistry();
  const announce = (words) => {
    write(byId("status"), words ?? "");
  };
  const say = (note) => {
    change({ note });
    announce(note);
  };

  // ── reading ──
  let reading = Promise.resolve();
  const read = (run) => {
    const signal = aborts.begin("reading");
    change({ reading: { ...initial().reading, status: "running" } });
    reading = run(signal).then(
      (answer) => {
        change({ reading: { ...initial().reading, ...answer, status: "done" }, file: null });
        const domain = answer.symptoms.find((symptom) => symptom.recipient_domain)?.recipient_domain;
        if (domain && !state.domainTyped) change({ domain });
        if (!domain && !state.domain && answer.explanations.length)
          say("The text names no domain. Which one was the mail for?");
        else if (state.note) say(null);
      },
      (error) => {
        if (!signal.aborted)
          change({ reading: { ...initial().reading, status: "failed", error: error.message } });
        else if (state.file && !isReplaced(signal)) change({ reading: initial().reading, file: null });
      },
    );
    return reading;
  };
  const readText = () =>
    state.text.trim()
      ? read((signal) => core.call("read", [state.text], { signal }))
      : change({ reading: initial().reading });
  const readFile = (file) => {
    change({ text: "", file: { name: file.name, done: 0, size: file.size } });
    const onProgress = ({ done, size }) => change({ file: { name: file.name, done, size } });
    read((signal) => core.call("file", [file], { signal, onProgress }));
  };

  // ── looking ──
  // What is shown of it comes with the first check. Without the server the form says why there is nothing.
  let results = null;
  const showResults = () => {
    results ??= import("./views/results.js").then(
      ({ RESULTS }) => {
        for (const create of RESULTS) store.listen(create(act, site));
        change({});
      },
      (error) => {
        results = null;
        say(words(error, state));
      },
    );
  };
  const domainOrAsk = async () => {
    await reading;
    const domain = bare(state.domain.trim());
    change({ domainRefused: false, ...(state.domain.trim() === domain ? {} : { domain }) });
    if (domain) return domain;
    say("Which domain was the mail for? Type it, and press Enter.");
    byId("domain").focus();
    return null;
  };

  async function lookup() {
    const domain = await domainOrAsk();
    if (!domain) return;
    say(null);
    showResults();
    const signal = aborts.begin("mx");
    const queries = new Map();
    change({ mx: { status: "running", queries: [], plan: null, error: null } });
    const onProgress = (query) => {
      queries.set(`${query.resolver} ${query.name} ${query.kind}`, query);
      change({ mx: { ...state.mx, queries: [...queries.values()] } });
    };
    try {
      const plan = await core.call("mx", [domain, state.resolvers, site], { signal, onProgress });
      change({ mx: { ...state.mx, status: "done", plan } });
    } catch (error) {
      if (isReplaced(signal)) return;
      change({
        mx: {
          ...state.mx,
          status: signal.aborted ? "idle" : "failed",
          error: signal.aborted ? null : error.message,
        },
      });
    }
  }

  const check = () => checkBy(askApi);

  // With a server of ours, or without one: what happens comes as the same events.
  async function askApi(asked, onEvent, signal) {
    await api.check(asked, await credentials(), onEvent, signal);
  }

  async function askGlobalping(asked, onEvent, signal) {
    const onProgress = ({ name, data }) => onEvent(name, data);
    await core.call("globalping", [asked, state.resolvers, site], { signal, onProgress });
  }

  async function checkBy(ask) {
    const domain = await domainOrAsk();
    if (!domain) return;
    const signal = aborts.begin("check");
    aborts.end("case");
    const began = new Date().toISOString();
    change({ check: { ...initial().check, status: "running", domain, text: state.text } });
    lookup();
    speakOfFaults();
    announce(`Checking ${domain} …`);
    try {
      const symptoms = state.reading.symptoms.slice(0, 100);
      const { log } = state.reading;
      await ask(
        { domain, ...(symptoms.length ? { symptoms } : {}), ...(log ? { log } : {}) },
        (name, data) => onEvent(name, data, domain, began),
        signal,
      );
      if (state.check.status === "running")
        throw new api.Problem("This page’s server ended the check without a report.");
    } catch (error) {
      if (isReplaced(signal)) return;
      if (signal.aborted) {
        stopped();
        return;
      }
      if (error.status === 401) askForToken();
      if (error.status === 422 && error.detail.startsWith(OF_DOMAIN)) {
        refuseDomain(sentence(error.detail.slice(OF_DOMAIN.length)));
        return;
      }
      change({ check: { ...state.check, status: "failed", error: words(error, state) } });
      announce(`${state.check.verdict ? "The check broke off" : "No verdict"}: ${words(error, state)}`);
    }
  }

  // What cannot be a domain is told at its field, and is no check that failed.
  function refuseDomain(why) {
    aborts.end("mx");
    change({ check: initial().check, mx: initial().mx, domainRefused: true });
    say(why);
    byId("domain").focus();
  }

  // A token, where the user has one; else what a public server asks for.
  async function credentials() {
    if (state.token) return { authorization: `Bearer ${state.token}` };
    if (!site.turnstile) return {};
    const { turnstileResponse } = await import("./turnstile.js");
    return { "cf-turnstile-response": await turnstileResponse(site.turnstile) };
  }

  function askForToken() {
    /** @type {HTMLDetailsElement} */ (byId("settings")).open = true;
    byId("token").focus();
  }

  // The core's words are there before a verdict is.
  async function speakOfFaults() {
    if (state.vocabulary) return;
    await core.call("vocabulary").then(
      (vocabulary) => change({ vocabulary }),
      () => {},
    );
  }

  // What was seen before the stop stays.
  function stopped() {
    const kept = Boolean(state.check.report);
    change({ check: kept ? { ...state.check, status: "done" } : initial().check });
    say(kept ? "Stopped after the first look." : "Stopped.");
    byId("check").focus();
  }

  function onEvent(name, data, domain, at) {
    const { check } = state;
    if (name === "plan") change({ check: { ...check, plan: data } });
    else if (name === "evidence")
      change({
        check: {
          ...check,
          evidence: [...check.evidence.filter((row) => row.vantage !== data.vantage), data],
        },
      });
    // The first verdict stands before the second look: it is worked with as if it were the last.
    // One that no place has a part in yet would only say that nothing is known.
    else if (
      name === "verdict" &&
      check.plan &&
      (data.status !== "undetermined" || check.evidence.some(counts))
    )
      settle(
        {
          schema: 1,
          asked: { domain, at },
          symptoms: state.reading.symptoms,
          plan: check.plan,
          evidence: check.evidence,
          verdict: data,
        },
        "running",
      );
    else if (name === "report") settle(data, "done");
  }

  // A result that was made earlier: of this tab's history, or of a link that somebody sent.
  function show(report, linked) {
    showResults();
    change({
      check: { ...initial().check, linked, domain: report.asked.domain, text: linked ? null : state.text },
    });
    settle(report, linked ? "linked" : "done");
  }

  async function settle(report, status) {
    change({
      check: {
        ...state.check,
        status: status === "linked" ? "done" : status,
        error: null,
        evidence: report.evidence,
        verdict: report.verdict,
        report,
        short: null,
      },
    });
    announce(`${status === "running" ? "First verdict" : "Verdict"}: ${report.verdict.headline}`);
    if (status === "done") keepCase({ text: state.text, domain: report.asked.domain, report });
    const calls = [
      core.call("path", [report]),
      core.call("commands", [report.plan]),
      core.call("letters", [report]),
      core.call("vocabulary"),
    ];
    await Promise.all(calls).then(
      ([path, commands, letters, vocabulary]) => {
        if (state.check.report === report)
          change({ vocabulary, check: { ...state.check, path, commands, letters } });
      },
      // The verdict stands without its picture and its letters.
      (error) => say(error.message),
    );
  }

  const act = {
    text(text) {
      change({ text });
      aborts.later("read", READ_AFTER_MS, readText);
    },
    domain: (domain) => change({ domain, domainTyped: domain !== "", domainRefused: false }),
    sample(text) {
      change({ text, domain: "", domainTyped: false });
      readText();
    },
    explain: async () => {
      await readText();
      say(state.text.trim() ? null : "Paste a failure text first.");
      byId("reading").scrollIntoView({ block: "nearest" });
    },
    file: readFile,
    check,
    globalping: () => checkBy(askGlobalping),
    lookup,
    stop: () => aborts.stop(),
    resolvers(resolvers) {
      const wrong = resolvers.find((resolver) => !isResolver(resolver));
      if (wrong) {
        say(`“${wrong}” is not the address of a DNS-over-HTTPS server: it begins with https://.`);
        return;
      }
      say(null);
      change({ resolvers });
      saveResolvers(resolvers, site);
    },
    token(token) {
      change({ token });
      saveToken(token);
    },
    checkDomain(domain) {
      change({ domain, domainTyped: true });
      check();
    },
    async copy(text, done) {
      const copied = await copy(text);
      announce(copied ? done : "This browser does not let a page copy. Select the text instead.");
      return copied;
    },
    async share(withText) {
      try {
        const text = withText ? await core.call("scrub", [state.text]) : "";
        const { report } = state.check;
        const { link } = await import("./share.js");
        // The link is of the result that is shown, whatever has been typed since.
        const domain = report?.asked.domain ?? state.domain;
        return await act.copy(await link({ domain, text, report }), "Link copied.");
      } catch (error) {
        say(words(error, state));
        return false;
      }
    },
    // A copy on the server, for whoever has its link; whoever has it may delete it too.
    async shorten() {
      const { report } = state.check;
      const short = (fields) =>
        state.check.report === report && change({ check: { ...state.check, ...fields } });
      try {
        const { shortLink } = await import("./share.js");
        const { id, expires_at: until } = await api.keepReport(report);
        short({ short: { id, until, url: shortLink(id), note: null } });
        await act.copy(shortLink(id), "Short link copied.");
      } catch (error) {
        short({ short: { id: "", until: null, url: "", note: words(error, state) } });
      }
    },
    async unshorten() {
      const { short } = state.check;
      if (!short) return;
      try {
        await api.forgetReport(short.id);
        change({ check: { ...state.check, short: { ...short, url: "", note: "Deleted from the server." } } });
      } catch (error) {
        change({ check: { ...state.check, short: { ...short, note: words(error, state) } } });
      }
    },
    markdown: async () => act.copy(await core.call("markdown", [state.check.report]), "Copied as Markdown."),
    download() {
      const { report } = state.check;
      if (report) download(`noanswer-${report.asked.domain}.json`, JSON.stringify(report, null, 2));
    },
    async manualEvidence(text) {
      try {
        const report = await core.call("manualEvidence", [state.check.report, text]);
        await settle(report, "done");
        change({
          check: { ...state.check, manualEvidence: "Added. The verdict now includes what your server sees." },
        });
      } catch (error) {
        change({ check: { ...state.check, manualEvidence: error.message } });
      }
    },
    // A link for the server of somebody else: this page fills in when its admin has run the command.
    async reportBack() {
      const signal = aborts.begin("case");
      const told = (fields) => change({ check: { ...state.check, ...fields } });
      const { domain } = state.check;
      try {
        const caseLink = await import("./case-link.js");
        const reportsTo = await caseLink.open();
        told({ reportsTo, manualEvidence: null });
        const text = await caseLink.lines(reportsTo, signal);
        if (state.check.domain !== domain) return;
        told({ reportsTo: null });
        if (text) await act.manualEvidence(text);
        else told({ manualEvidence: "The one-time link has expired, and nothing came." });
      } catch (error) {
        if (!signal.aborted) told({ reportsTo: null, manualEvidence: words(error, state) });
      }
    },
  };

  for (const create of [
    createFrame,
    createStage,
    createAsk,
    createSettings,
    createGlobalping,
    createReading,
    createExport,
  ]) {
    store.listen(create(act, site));
  }
  createDrop(readFile);
  // What was typed before the scripts had come stays.
  const typed = { text: valueOf("text"), domain: valueOf("domain") };
  change({ ...typed, domainTyped: Boolean(typed.domain) });
  if (typed.text) readText();

  api.vantages().then(
    (vantages) => change({ vantages }),
    () => {},
  );

  // Words of a link are anybody's: its evidence is judged here, and only that verdict is shown.
  const judged = (unproven, short) =>
    core.call("judged", [unproven]).then(
      (report) => {
        show(report, true);
        change({ domain: report.asked.domain, domainTyped: true, check: { ...state.check, short } });
      },
      () => say("The result in this link is damaged. The domain can be checked again."),
    );

  const open = async () => {
    const kept = keptCase();
    if (kept) {
      change({ text: kept.text, domain: kept.domain, domainTyped: true });
      readText();
      show(kept.report, false);
      return;
    }
    // What brings nothing asks for nothing.
    if (!location.hash && !location.search) {
      if (state.check.report) change({ check: initial().check });
      return;
    }
    const { opened, shortId } = await import("./share.js");
    const id = shortId(new URL(location.href));
    if (id) {
      await api.keptReport(id).then(
        (report) => judged(report, { id, url: location.href, until: null, note: null }),
        () => say("This short link has expired, or its result was deleted. The domain can be checked again."),
      );
      return;
    }
    const found = await opened(new URL(location.href));
    if (found.damaged) say("The result in this link is damaged. The domain can be checked again.");
    if (found.text || found.domain) {
      change({ text: found.text, domain: found.domain, domainTyped: Boolean(found.domain) });
      readText();
    }
    if (found.report) await judged(found.report, null);
    else if (state.check.report && !found.domain) change({ check: initial().check });
  };
  window.addEventListener("popstate", open);
  await open();
}

const counts = (row) => !row.failure && row.sight !== "blind" && row.sight !== "deceived";

// How the API begins what it says of a domain (web/site/src/api/ask.rs).
const OF_DOMAIN = "domain: ";

// The domain of what was typed: of a mail address the part behind the @, for the rest is nobody’s business; of a URL its host.
function bare(text) {
  const host = /^https?:\/\//i.test(text) && URL.canParse(text) ? new URL(text).hostname : text;
  return host.slice(host.lastIndexOf("@") + 1).replace(/>$/, "");
}

const valueOf = (id) => /** @type {HTMLInputElement | HTMLTextAreaElement} */ (byId(id)).value;

function words(error, state) {
  if (error instanceof TypeError && !navigator.onLine)
    return "This browser is offline. A text can be read all the same; a check needs the network.";
  // “The server” alone would be taken for the domain's.
  if (error instanceof TypeError && state.check.plan)
    return "The connection to this page’s server was lost. That says nothing of the domain.";
  if (error instanceof TypeError)
    return "This page’s server does not answer. That says nothing of the domain.";
  if (error.status !== 401) return error.message;
  return state.token
    ? "This is not the token of this server: mend it under “Resolvers and token”."
    : "This server checks for those who have its token: enter it under “Resolvers and token”.";
}

// This page's own server may be one without TLS, on loopback.
const isResolver = (text) =>
  URL.canParse(text) && (new URL(text).protocol === "https:" || new URL(text).origin === location.origin);

function savedResolvers() {
  try {
    return JSON.parse(localStorage.getItem("resolvers") ?? "null");
  } catch {
    return null;
  }
}

function saveResolvers(resolvers, site) {
  try {
    if (resolvers.join() === site.resolvers.join() || !resolvers.length) localStorage.removeItem("resolvers");
    else localStorage.setItem("resolvers", JSON.stringify(resolvers));
  } catch {
    // Without storage the choice lasts as long as the page.
  }
}

// Kept for this tab alone: a token opens what its owner pays for.
function savedToken() {
  try {
    return sessionStorage.getItem("token") ?? "";
  } catch {
    return "";
  }
}

function saveToken(token) {
  try {
    sessionStorage.setItem("token", token);
  } catch {
    // Without storage it lasts as long as the page.
  }
}
