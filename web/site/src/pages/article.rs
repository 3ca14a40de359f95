//! The article below the tool: what 441 and 4.4.1 mean, what it may be, who can do what, how long it is tried again.
//!
//! Its tables are the core's own: causes, faults, retry times, clouds. Page and tool cannot disagree, and every number
//! links to where it was read.

use super::words;
use maud::{Markup, html};
use noanswer_core::evidence;
use noanswer_core::facts::{Sure, Table, statement};
use noanswer_core::smtp::{Stage, registry};
use noanswer_core::symptom::retry::{self, CountsFrom};
use noanswer_core::symptom::{Cause, Explanation, Symptom, SymptomFamily, WrittenBy, explain};
use noanswer_core::verdict::{Fault, Party, remedies};

/// The article.
pub(super) fn article() -> Markup {
    html! {
        div .prose {
            (meaning())
            (causes())
            (scenarios())
        }
        div .wide { (retries()) (clouds()) }
        div .prose { (questions()) }
    }
}

fn meaning() -> Markup {
    html! {
        h2 { "What 441 4.4.1 “No answer from host” means" }
        p .lead { "The sending server could not make a connection to the recipient’s. Often that is silence; some software writes the same code for a refusal or a missing route. A delay notice means that the message waits and is tried again, for hours or days; a failure report means that it was given up." }
        @for code in ["4.4.1", "441"] {
            @if let Some(entry) = registry::lookup(code) {
                p { a href={ "/codes/" (code) } { code { (code) } } " " (entry.title) ". " (entry.meaning) " (" (entry.source) "; " (source(Table::Codes, if code == "441" { code } else { "X.4.1" })) ")" }
            }
        }
        p { "As a rule the " strong { "sending" } " server wrote the line, about its own attempt; where it says “said:” or “in reply to”, the words between or beside them are the other side’s. It says who gave up, not who is at fault. The same failure has many faces: "
            a href="/codes/4.4.1" { code { "451 4.4.1" } } ", " code { "Connection timed out" } ", " a href="/codes/10060" { code { "Winsock error 10060" } } ", " a href="/codes/ETIMEDOUT" { code { "ETIMEDOUT" } } "." }
        p { "Where the answer is silence, who must act can only be told by looking from more than one place. Others reach the host and you do not: it is your side, the path between, or a filter against you. No place that can see port 25 reaches it: most likely theirs, unless it lets known senders in only. Your server reaches no other mail host either: it is your side, port 25 or the whole connection. The tool above looks, and says “undetermined” when what it saw does not carry an answer." }
    }
}

/// A link to where a fact was read, with the month.
pub(super) fn source(table: Table, key: &str) -> Markup {
    html! {
        @if let Some(from) = table.provenance(key) {
            a .quiet href=(from.link) title=(from.source) rel="noopener" {
                (from.sure.map_or("read", Sure::words)) @if let Some(month) = from.read { " " (month) }
            }
        }
    }
}

/// A sentence of the table of statements, with the link to its source.
fn stated(key: &str) -> Markup {
    html! { (statement(key)) " (" (source(Table::Statements, key)) ")" }
}

fn causes() -> Markup {
    let causes = Cause::ALL.iter().filter(|cause| cause.family() == SymptomFamily::NoAnswer);
    html! {
        section {
            h2 { "What the text says, and what it may be" }
            @for cause in causes {
                @let explanation = explanation(*cause);
                details {
                    summary { (words::cause(*cause)) }
                    p { (words::linked(&explanation.headline)) " " (words::linked(explanation.meaning)) " " (told_by(*cause)) }
                    (listed("It may be", &explanation.likely))
                    (listed("What would tell", &explanation.check))
                }
            }
        }
    }
}

/// Links to the system errors that a cause is written as.
fn told_by(cause: Cause) -> Markup {
    let codes: &[&str] = match cause {
        Cause::ConnectTimedOut => &["10060", "4.4.1"],
        Cause::ConnectRefused => &["10061"],
        Cause::HostUnreachable => &["10065"],
        Cause::NetworkUnreachable => &["10051"],
        Cause::SessionDropped => &["10054", "4.4.2"],
        Cause::SessionTimedOut => &["4.4.2"],
        _ => &[],
    };
    html! {
        @if !codes.is_empty() {
            "Its codes:" @for code in codes { " " a href={ "/codes/" (code) } { (code) } } "."
        }
    }
}

/// The core's explanation of a cause by itself.
fn explanation(cause: Cause) -> Explanation {
    explain(&Symptom::of(cause, Stage::Connect, WrittenBy::Sender))
}

pub(super) fn listed(title: &str, items: &[&str]) -> Markup {
    html! {
        @if !items.is_empty() {
            h3 { (title) }
            ul { @for item in items { li { (words::linked(&words::sentence(item))) } } }
        }
    }
}

fn scenarios() -> Markup {
    html! {
        section {
            h2 { "What is wrong, and who can do what" }
            @for party in [Party::You, Party::Between, Party::Them] {
                h3 { (words::party(party)) }
                @for fault in Fault::ALL.iter().filter(|fault| fault.party() == party) {
                    details {
                        summary { (fault.title()) }
                        ul {
                            @for advice in remedies(*fault) {
                                li { strong { (words::linked(&advice.action)) } " " (words::linked(&advice.why)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn retries() -> Markup {
    html! {
        section {
            h2 #retries { "How long mail is tried again" }
            p { "Defaults; an administrator may have set others. " (stated("retry.days")) }
            div .scroll tabindex="0" role="region" aria-labelledby="retries" {
                table {
                    thead { tr { th scope="col" { "Software" } th scope="col" { "Gives up after" } th scope="col" { "Tries" } th scope="col" { "Setting" } th scope="col" { "Source" } } }
                    tbody {
                        @for policy in retry::policies() {
                            tr {
                                th scope="row" { (policy.name) }
                                td .number { (retry::spoken(policy.gives_up_after_s)) @if policy.counts_from == CountsFrom::FirstFailure { ", from when the host first failed" } }
                                td { (policy.interval) }
                                td { @if !policy.setting.is_empty() { code { (policy.setting) } } }
                                td { (source(Table::Retries, policy.mta)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn clouds() -> Markup {
    html! {
        section {
            h2 #clouds { "Clouds that close or limit outbound port 25" }
            p { "In most large clouds a mail server meets silence everywhere unless its provider opens port 25. Policies change: each line says of when it is, and a cloud that is missing here may block all the same." }
            div .scroll tabindex="0" role="region" aria-labelledby="clouds" {
                table {
                    thead { tr { th scope="col" { "Cloud" } th scope="col" { "Its policy" } th scope="col" { "How it is lifted" } th scope="col" { "Source" } } }
                    tbody {
                        @for cloud in evidence::clouds() {
                            tr { th scope="row" { (cloud.name) } td { (words::sentence(cloud.policy)) } td { (words::sentence(cloud.how_lifted)) } td .number { (source(Table::Clouds, cloud.key)) } }
                        }
                    }
                }
            }
            details {
                summary { "A request to the provider, ready to send" }
                pre tabindex="0" { (evidence::cloud("hetzner").and_then(|cloud| cloud.request(None)).unwrap_or_default()) }
            }
        }
    }
}

fn questions() -> Markup {
    html! {
        section {
            h2 { "Questions" }
            @for (question, answer, carried) in QUESTIONS {
                details { summary { (question) } p { (answer) @for key in *carried { " " (stated(key)) } } }
            }
        }
    }
}

/// Question, answer, and the statements with sources that the answer stands on.
const QUESTIONS: &[(&str, &str, &[&str])] = &[
    (
        "Is my message lost?",
        "Not yet, if the notice speaks of a delay: the message waits in the sending server’s queue and is tried again. If it says failed, undeliverable or returned, it was given up, whatever the code’s first digit: send it again once the cause is gone. A program that sends without a queue does not try again at all.",
        &["class4"],
    ),
    (
        "Who is at fault, the sender or the recipient?",
        "The code does not say. It was written by the side that gave up. What tells is whether the sending server reaches other mail hosts on port 25 in the same minute, and whether other places reach the recipient’s host.",
        &["x441"],
    ),
    (
        "Why does my provider say that the recipient is down, while others reach it?",
        "Because silence looks the same from one place whatever its cause. A filter that drops your address, a route that is broken near you, and a dead host all answer with nothing.",
        &[],
    ),
    ("Is 441 a real SMTP code?", "", &["441"]),
    (
        "How long does a sender wait, and how many hosts does it try?",
        "",
        &["greeting.wait", "exchanges.tried", "ipv6.half"],
    ),
    (
        "Why do some of your places “count for nothing”?",
        "Many clouds block outbound port 25, and most places of a web service stand in clouds. A place is only believed when, in the same minute, it reached mail hosts of other operators that are known to work, and did not reach addresses that never speak mail. Otherwise what it sees is its own.",
        &["clouds.most"],
    ),
    (
        "What leaves my browser?",
        "Nothing, until you ask. A look-up of the mail servers asks the DNS-over-HTTPS resolvers that you see in the settings for the domain. A check sends this server the domain and what was read from the text: codes, hosts, times. Never the text.",
        &[],
    ),
    (
        "Can I run it on my own server?",
        "Yes, and that is the one thing that no web page can see: noanswer check DOMAIN on the server that sends the mail looks from there, with controls, and gives the same report.",
        &[],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_stands_on_statements_that_exist() {
        for (question, answer, carried) in QUESTIONS {
            assert!(!answer.is_empty() || !carried.is_empty(), "{question}");
            for key in *carried {
                assert!(!statement(key).is_empty(), "{question}: no statement {key}");
            }
        }
    }

    /// A number without its source is an opinion.
    #[test]
    fn the_tables_link_to_their_sources() {
        let html = article().into_string();
        for table in [Table::Retries, Table::Clouds] {
            for from in table.provenances() {
                let link = from.link.replace('&', "&amp;");
                assert!(html.contains(&format!("href=\"{link}\"")), "{link}");
            }
        }
        assert!(!html.contains("()"), "a statement without its source");
    }

    /// Ports are no facts that anybody would look up, and the commands are run in tests; every other number stands in a
    /// paragraph that links to its source.
    #[test]
    fn every_number_links_to_its_source() {
        const PORTS: &[&str] = &["25", "443", "465", "587", "2525"];
        const COMMANDS: &[&str] = &["nc -w", "ping -M"];
        let html = article().into_string();
        let mut unlinked = Vec::new();
        for (begin, end) in [("<p>", "</p>"), ("<p class", "</p>"), ("<li>", "</li>")] {
            for part in html.split(begin).skip(1) {
                let inner = part.split(end).next().unwrap_or_default();
                let text: String = inner
                    .split('<')
                    .map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text))
                    .collect();
                let mut words = text.split(|c: char| !c.is_ascii_alphanumeric());
                let number = words
                    .any(|word| word.starts_with(|c: char| c.is_ascii_digit()) && !PORTS.contains(&word));
                let command = COMMANDS.iter().any(|command| text.contains(command));
                if number && !command && !inner.contains("href=") {
                    unlinked.push(text);
                }
            }
        }
        assert!(unlinked.is_empty(), "{unlinked:#?}");
    }
}
