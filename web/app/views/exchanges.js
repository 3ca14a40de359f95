// The MX plan, looked up by the browser itself: every question, and what came of it.

import { el, part, replace } from "../dom.js";
import { badge } from "../icons.js";
import { remote, told } from "../scrub.js";
import { span } from "../words.js";

/** @import { State } from "../state.js" */

const STATUS = {
  ok: ["good", "Mail servers found."],
  null_mx: ["bad", "The domain says that it takes no mail (null MX, RFC 7505)."],
  no_such_domain: ["bad", "The domain does not exist."],
  no_data: ["bad", "The domain exists, but has neither an MX record nor an address."],
  no_address: ["bad", "There are mail servers, but none has an address."],
  not_public: ["bad", "There are addresses, but none that the public Internet can reach."],
  dns_failed: ["bad", "DNS did not say."],
};

const SOURCE = {
  mx: "from MX records",
  implicit_mx: "no MX record: the domain’s own addresses (RFC 5321 s5.1)",
};

/** The part "Where the mail goes". */
export function createExchanges() {
  const { body, show } = part("exchanges");
  return (/** @type {State} */ state) => {
    const { mx } = state;
    // What the browser could not look up, the server may have.
    const own = mx.plan?.status === "dns_failed" ? null : mx.plan;
    const plan = own ?? state.check.report?.plan ?? state.check.plan ?? mx.plan;
    show(mx.status !== "idle" || Boolean(plan));
    replace(
      body,
      mx.error && el("p", { class: "trouble" }, badge("bad", "The lookup failed"), " ", told(mx.error)),
      mx.status === "running" && el("p", { class: "quiet" }, badge("waiting", "Asking the resolvers …")),
      plan && summary(plan),
      plan && plan.exchanges.length > 0 && table(plan),
      plan && plan.findings.length > 0 && findings(plan.findings),
      mx.queries.length > 0 && questions(mx),
    );
  };
}

function summary(plan) {
  const [state, words] = STATUS[plan.status] ?? ["unknown", plan.status];
  return el(
    "p",
    { class: "plan-status" },
    badge(state, words),
    el(
      "span",
      { class: "quiet" },
      remote(plan.domain_unicode ?? plan.domain),
      SOURCE[plan.source] ? `, ${SOURCE[plan.source]}` : "",
      plan.authentic_data ? ", vouched for by DNSSEC" : "",
      plan.resolver ? `, answered by ${host(plan.resolver)}` : "",
    ),
    plan.dns_failure && el("span", { class: "said" }, told(plan.dns_failure.words)),
  );
}

const host = (url) => {
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
};

const table = (plan) =>
  el(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": "Mail servers" },
    el(
      "table",
      { class: "exchanges" },
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          ...["Preference", "Mail server", "Addresses", "TTL"].map((name) =>
            el("th", { scope: "col" }, name),
          ),
        ),
      ),
      el("tbody", {}, ...plan.exchanges.map(exchangeRow)),
    ),
  );

const exchangeRow = (exchange) =>
  el(
    "tr",
    {},
    el("td", { class: "number" }, String(exchange.preference)),
    el(
      "td",
      {},
      remote(exchange.exchange, { class: "host" }),
      exchange.cname && el("span", { class: "quiet" }, " alias of ", remote(exchange.cname)),
    ),
    el(
      "td",
      {},
      el(
        "ul",
        { class: "addresses" },
        ...exchange.addresses.map(address),
        ...(exchange.lookup_failures ?? []).map((failure) =>
          el("li", {}, badge("unknown", told(failure.words))),
        ),
      ),
      exchange.addresses.length === 0 &&
        !exchange.lookup_failures?.length &&
        el("span", { class: "quiet" }, "none"),
    ),
    el("td", { class: "number" }, span(exchange.ttl_s)),
  );

const address = (entry) =>
  el(
    "li",
    {},
    remote(entry.address, { class: "address" }),
    typeof entry.reachability === "object" &&
      el("span", { class: "quiet" }, " not reachable over the public Internet"),
  );

const findings = (list) =>
  el(
    "ul",
    { class: "findings" },
    ...list.map((finding) =>
      el(
        "li",
        {},
        badge("suspect", "Note"),
        " ",
        finding.exchange && el("strong", {}, remote(finding.exchange), ": "),
        told(finding.words),
      ),
    ),
  );

function questions(mx) {
  const failed = mx.queries.filter((query) => query.state === "failed").length;
  const summary = `${mx.queries.length} DNS ${mx.queries.length === 1 ? "query" : "queries"}${failed ? `, ${failed} failed` : ""}`;
  return el(
    "details",
    { class: "queries", open: failed > 0 && mx.status !== "running" },
    el("summary", {}, summary),
    el(
      "ul",
      {},
      ...mx.queries.map((query) =>
        el(
          "li",
          {},
          badge({ asked: "waiting", answered: "good", failed: "bad" }[query.state] ?? "unknown", query.state),
          " ",
          el("span", { class: "host" }, query.kind, " ", remote(query.name)),
          el("span", { class: "quiet" }, ` at ${host(query.resolver)}`),
          query.words && el("span", { class: "quiet" }, " ", told(query.words)),
        ),
      ),
    ),
  );
}
