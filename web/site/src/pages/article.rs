//! The article below the tool: what 441 and 4.4.1 mean, what it may be, who can do what, how long it is tried again.
//!
//! Its tables are the core's own: causes, faults, retry times, clouds. Page and tool cannot disagree.

use super::words;
use maud::{Markup, html};
use noanswer_core::evidence::CLOUDS;
use noanswer_core::smtp::{Stage, registry};
use noanswer_core::symptom::retry::{self, POLICIES};
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
        p .lead { "The sending server looked up where the mail goes, tried to connect, and nobody answered. Not a no: silence. The message is still in the sending server’s queue and is tried again, usually for days." }
        @for code in ["4.4.1", "441"] {
            @if let Some(entry) = registry::lookup(code) {
                p { a href={ "/codes/" (code) } { code { (code) } } " " (entry.title) ". " (entry.meaning) " (" (entry.source) ")" }
            }
        }
        p { "Almost always the " strong { "sending" } " server wrote the line, about its own attempt. It says who gave up, not who is at fault. The same failure has many faces: "
            code { "451 4.4.1" } ", " code { "Connection timed out" } ", " code { "Winsock error 10060" } ", " code { "ETIMEDOUT" } "." }
        p { "Who must act can only be told by looking from more than one place. Others reach the host and you do not: it is your side, or a filter against you. Nobody reaches it: it is theirs. Your server reaches no other mail host either: port 25 is blocked on your side. The tool above looks, and says “undetermined” when what it saw does not carry an answer." }
    }
}

fn causes() -> Markup {
    let causes = Cause::ALL.iter().filter(|cause| cause.family() == SymptomFamily::NoAnswer);
    html! {
        section {
            h2 { "What the text says, and what it may be" }
            @for cause in causes {
                @let explanation = of(*cause);
                details {
                    summary { (words::cause(*cause)) }
                    p { (explanation.headline) " " (explanation.meaning) }
                    (listed("It may be", &explanation.likely))
                    (listed("What would tell", &explanation.check))
                }
            }
        }
    }
}

/// The core's explanation of a cause by itself.
fn of(cause: Cause) -> Explanation {
    explain(&Symptom::of(cause, Stage::Connect, WrittenBy::Sender))
}

pub(super) fn listed(title: &str, items: &[&str]) -> Markup {
    html! {
        @if !items.is_empty() {
            h4 { (title) }
            ul { @for item in items { li { (words::sentence(item)) } } }
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
                                li { strong { (advice.action) } " " (advice.why) }
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
            p { "Defaults; an administrator may have set others. RFC 5321 (s4.5.4.1) asks for at least four to five days." }
            div .scroll tabindex="0" role="region" aria-labelledby="retries" {
                table {
                    thead { tr { th scope="col" { "Software" } th scope="col" { "Gives up after" } th scope="col" { "Tries" } th scope="col" { "Setting" } th scope="col" { "Read in" } } }
                    tbody {
                        @for policy in POLICIES {
                            tr {
                                th scope="row" { (policy.name) }
                                td .number { (retry::spoken(policy.gives_up_after_s)) }
                                td { (policy.interval) }
                                td { @if !policy.setting.is_empty() { code { (policy.setting) } } }
                                td { (policy.source) }
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
            h2 #clouds { "Clouds that block outbound port 25" }
            p { "A mail server in a cloud meets silence everywhere until its provider opens port 25. Policies change: each line says when it was read." }
            div .scroll tabindex="0" role="region" aria-labelledby="clouds" {
                table {
                    thead { tr { th scope="col" { "Cloud" } th scope="col" { "Its policy" } th scope="col" { "How it is lifted" } th scope="col" { "As of" } } }
                    tbody {
                        @for cloud in CLOUDS {
                            tr { th scope="row" { (cloud.name) } td { (words::sentence(cloud.policy)) } td { (words::sentence(cloud.how_lifted)) } td .number { (cloud.as_of) } }
                        }
                    }
                }
            }
        }
    }
}

fn questions() -> Markup {
    html! {
        section {
            h2 { "Questions" }
            @for (question, answer) in QUESTIONS {
                details { summary { (question) } p { (answer) } }
            }
        }
    }
}

const QUESTIONS: &[(&str, &str)] = &[
    (
        "Is my message lost?",
        "No. A code that begins with 4 is temporary: the message waits in the sending server’s queue and is tried again. If it is given up, the sending server tells the sender by a bounce.",
    ),
    (
        "Who is at fault, the sender or the recipient?",
        "The code does not say. It was written by the side that gave up. What tells is whether the sending server reaches other mail hosts on port 25 in the same minute, and whether other places reach the recipient’s host.",
    ),
    (
        "Why does my provider say that the recipient is down, while others reach it?",
        "Because silence looks the same from one place whatever its cause. A filter that drops your address, a route that is broken near you, and a dead host all answer with nothing.",
    ),
    (
        "Is 441 a real SMTP code?",
        "No RFC defines it. Exchange writes it for a failed connection, beside the enhanced status code 4.4.1, which RFC 3463 defines.",
    ),
    (
        "Why do some of your places “count for nothing”?",
        "Clouds block outbound port 25, and most places of a web service stand in clouds. A place is only believed when, in the same minute, it reached mail hosts of other operators that are known to work. Otherwise its silence is its own.",
    ),
    (
        "What leaves my browser?",
        "Nothing, until you ask. A look-up of the mail servers asks the DNS-over-HTTPS resolvers that you see in the settings for the domain. A check sends this server the domain and what was read from the text: codes, hosts, times. Never the text.",
    ),
    (
        "Can I run it on my own server?",
        "Yes, and that is the one thing that no web page can see: noanswer check DOMAIN on the server that sends the mail looks from there, with controls, and gives the same report.",
    ),
];
