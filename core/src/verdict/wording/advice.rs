//! What each party can do about a fault. A fault without advice does not compile.

use crate::address::Family;
use crate::evidence::{Attempt, ToldBy};
use crate::smtp;
use crate::verdict::case::Case;
use crate::verdict::fault::{Fault, Party};
use crate::verdict::model::modes;
use crate::verdict::model::sender::{NO_IPV6, NOT_THIS_ONE};
use crate::verdict::observe::text::Beyond;
use crate::verdict::observe::{Scene, text};
use crate::verdict::types::{Advice, NamedFault};

/// One piece of advice: who, what, why.
type Line = (Party, &'static str, &'static str);

/// The advice for the faults of a verdict, each line once.
pub(in crate::verdict) fn for_faults(scene: &Scene<'_>, faults: &[NamedFault]) -> Vec<Advice> {
    let case = &scene.case;
    // Who keeps the sender out has said so.
    let said = scene.of_sender().any(|one| one.of_client);
    let mut all: Vec<Advice> = Vec::new();
    for named in faults {
        let lines: Vec<Advice> = match of_mode(named) {
            Some(lines) => lines,
            None if named.fault == Fault::SenderFiltered && said => advice(SAID_WHY),
            None if named.fault == Fault::SenderOffline && has_ipv6_alone(scene) => advice(IPV6_ALONE),
            None if named.fault == Fault::Intermittent && scene.comes_and_goes_for_the_sender_alone() => {
                advice(LOSES)
            }
            None if named.fault == Fault::NothingWrongNow && text::tells_of_rejection(case.symptoms) => {
                advice(TEXT_SAYS_WHY).into_iter().chain(remedies(named.fault)).collect()
            }
            None if named.fault == Fault::NothingWrongNow
                && let Some(beyond) = text::beyond_a_check(case) =>
            {
                advice(match beyond {
                    Beyond::Relay => ASK_THE_RELAY,
                    Beyond::Deferral => THEY_DEFER,
                })
            }
            None if named.fault == Fault::NothingWrongNow
                && text::of_this_domain(case, text::is_given_up) =>
            {
                advice(SEND_AGAIN)
            }
            None if named.fault == Fault::HostDown && scene.routes_in_a_circle().next().is_some() => {
                advice(MEND_THE_ROUTE).into_iter().chain(remedies(named.fault).skip(1)).collect()
            }
            None => remedies(named.fault)
                .chain(provider(case, named.fault))
                .chain(old_answer(case, named.fault))
                .collect(),
        };
        let falls_back = match named.fault {
            Fault::RecipientIpv6Broken => served_over_ipv4(case),
            Fault::SomeExchangesDown => served_where_mail_goes(case),
            _ => true,
        };
        let passes = |line: &Advice| {
            let apt = match line.action.as_str() {
                // Where IPv4 does not serve either, it is no way out.
                IPV4_FIRST => served_over_ipv4(case),
                WAIT_FOR_DNS => !served_where_mail_goes(case) || case.sender().is_none(),
                _ => true,
            };
            let apt = apt && (line.why != NOT_THIS_ONE || !scene.mail_is_served());
            apt && (falls_back || line.party != Party::You || line.action == RENEW)
        };
        let lines = lines.into_iter().flat_map(|line| match line.action.as_str() {
            NO_IPV6 if !served_over_ipv4(case) => advice(NO_IPV6_NEEDED),
            _ if line.why == NOTHING_FAILS && scene.misses_controls() => {
                vec![Advice { why: "The domain's mail servers answer now.".to_owned(), ..line }]
            }
            _ => vec![line],
        });
        for line in lines.filter(passes) {
            if !all.contains(&line) {
                all.push(line);
            }
        }
    }
    all
}

/// Why the queue may try now.
const NOTHING_FAILS: &str = "Nothing that was tried fails now.";

#[rustfmt::skip]
const MEND_THE_ROUTE: &[Line] = &[
    (Party::Them, "Have the route to the mail server mended: packets go in a circle between the routers that the note names.", "A loop of routes keeps everybody from the host; the host itself may be well."),
];

/// What is said in the place of [`NO_IPV6`] where IPv4 does not serve.
const NO_IPV6_NEEDED: &[Line] = &[(
    Party::You,
    "If it cannot wait, give this server an IPv6 address and a route.",
    "This server has IPv4 alone, and over IPv4 it is not served.",
)];

const RENEW: &str = "Have the resolver that the sending server uses look the mail server's addresses up again (flush its cache): until it does, the mail waits.";

/// What to do where the sender is served at addresses that its own resolver does not name, and at no other.
fn old_answer(case: &Case<'_>, fault: Fault) -> Option<Advice> {
    let beside = case.sender()?.attempts.iter().any(|one| one.port == smtp::PORT && one.went_well());
    let applies = fault == Fault::SomeExchangesDown && beside && !served_where_mail_goes(case);
    applies.then(|| Advice {
        party: Party::You,
        action: RENEW.to_owned(),
        why:
            "Mail goes where that resolver says, and other resolvers name an address that serves your server."
                .to_owned(),
    })
}

/// Whether the sender itself was served over IPv4, or nobody looked from it.
fn served_over_ipv4(case: &Case<'_>) -> bool {
    let v4 = |attempt: &Attempt| attempt.family() == Family::Ipv4 && attempt.went_well();
    case.sender().is_none_or(|sender| sender.attempts.iter().any(v4))
}

/// Whether the sender itself was served where its own resolver sends its mail, or nobody looked from it.
fn served_where_mail_goes(case: &Case<'_>) -> bool {
    let there = |one: &Attempt| one.went_well() && case.mail_may_go_to(&one.exchange, one.address);
    case.sender().is_none_or(|sender| sender.attempts.iter().any(there))
}

/// The advice of the modes, where every mode of the fault has its own.
fn of_mode(named: &NamedFault) -> Option<Vec<Advice>> {
    let mut lines = Vec::new();
    for mode in &named.modes {
        let spec = modes::all().find(|spec| spec.id == mode.id)?;
        if spec.remedies.is_empty() {
            return None;
        }
        lines.extend(advice(spec.remedies));
    }
    (!lines.is_empty()).then_some(lines)
}

/// What the sender's cloud says of port 25, where firmware or network tell which cloud it is.
fn provider(case: &Case<'_>, fault: Fault) -> Option<Advice> {
    if fault != Fault::OutboundPort25Blocked {
        return None;
    }
    let (cloud, by) = case.sender()?.cloud()?;
    let name = match by {
        ToldBy::Firmware => cloud.name.to_owned(),
        ToldBy::Network(asn) => format!("If your provider is {} (your address is of AS{asn})", cloud.name),
    };
    let asked_for = if cloud.can_be_asked() {
        format!(". They ask for {}; the letter to the provider is ready", cloud.needs)
    } else {
        String::new()
    };
    Some(Advice {
        party: Party::You,
        action: format!("{name}: {}{asked_for}.", cloud.how_lifted),
        why: format!("{} (as of {})", cloud.policy, cloud.as_of),
    })
}

/// What each party can do about `fault`, and why, whatever the case.
pub fn remedies(fault: Fault) -> impl Iterator<Item = Advice> {
    advice(lines(fault)).into_iter()
}

fn advice(lines: &[Line]) -> Vec<Advice> {
    let one = |(party, action, why): &Line| Advice {
        party: *party,
        action: (*action).to_owned(),
        why: (*why).to_owned(),
    };
    lines.iter().map(one).collect()
}

/// What to do where the server itself said why it keeps the sender out.
#[rustfmt::skip]
const SAID_WHY: &[Line] = &[
    (Party::You, "Do what the words of the refusal ask: have your server's address taken off the list that they name, or mend the reverse DNS or the reputation that they name.", "The server itself told your server why it keeps it out."),
    (Party::You, "If they name nothing to mend: write to the recipient's postmaster by another way, with your server's address and those words.", "Who runs the server finds the rule by them."),
    (Party::Them, "If the refusal is not meant: let the sender's address in, or look at the list that your server asks.", "This sender is turned away, and others are served."),
];

/// What to do where the sender is online over IPv6 alone.
#[rustfmt::skip]
const IPV6_ALONE: &[Line] = &[
    (Party::You, "Give the sending server an IPv4 address or a translation (NAT64 with DNS64, RFC 6146 and 6147), or send through a relay that has IPv4.", "It reaches control hosts over IPv6, and mail servers with IPv4 alone are reached by translation or not at all."),
];

/// Whether the sender reaches hosts over IPv6, and has no IPv4 of its own.
fn has_ipv6_alone(scene: &Scene<'_>) -> bool {
    let controls = |family| scene.case.sender().map(|sender| scene.controls(sender, family));
    controls(Family::Ipv4).is_some_and(|one| one.no_family())
        && controls(Family::Ipv6).is_some_and(|one| !one.reached.is_empty())
}

/// What to do where the sender's connections alone come about at times.
#[rustfmt::skip]
const LOSES: &[Line] = &[
    (Party::You, "Look for loss on your own side first: trace several hosts at the same time (mtr -T -P 25 HOST), and look at links that share connections out, at full state tables of firewalls, and at your provider.", "Your server's connections alone come about at one time and not at another."),
    (Party::Them, "If nothing is lost there: look whether one of several machines behind the address fails, or whether a limit for this sender is reached.", "Who balances among machines of which one is dead serves now this connection and not that one."),
];

/// What to do where the text is a refusal in words and the connection works.
#[rustfmt::skip]
const TEXT_SAYS_WHY: &[Line] = &[
    (Party::You, "Do what the words of the refusal say: they are explained with the text.", "A server spoke and said no; that is not silence, and a check sends no message to which it could say so again."),
];

#[rustfmt::skip]
const SEND_AGAIN: &[Line] = &[
    (Party::You, "Send the message again.", "The text tells that it was given up: no server tries it any more."),
];

#[rustfmt::skip]
const ASK_THE_RELAY: &[Line] = &[
    (Party::You, "Ask the relay from the sending server: noanswer check --relay HOST:PORT.", "The mail is handed to a relay; that the recipient's mail server answers says nothing of it."),
];

#[rustfmt::skip]
const THEY_DEFER: &[Line] = &[
    (Party::You, "Let the mail wait: the queue tries again by itself.", "Their server put the message off; it may take it at the next try."),
    (Party::Them, "See in the log of the mail server why it put the message off: a host behind it may not answer.", "It wrote the reply that the text quotes, and answers when one connects."),
];

const IPV4_FIRST: &str = "Have the mail software try IPv4 first (Postfix: postconf -e smtp_address_preference=ipv4 && postfix reload; Exim: ipv4_prefer = true in the dnslookup router).";

const WAIT_FOR_DNS: &str = "Let the mail wait in the queue and tell the recipient by another way.";

#[rustfmt::skip]
fn lines(fault: Fault) -> &'static [Line] {
    use Party::{Between, Them, You};
    match fault {
        Fault::OutboundPort25Blocked => &[
            (You, "Ask your provider to open outbound TCP port 25, or send through a relay on port 587 (smarthost).", "Most of the large clouds and some access providers block outbound port 25 by default; some lift it on request."),
            (You, "Look at your own firewall and security software for a rule on port 25.", "A block on the host itself looks the same from inside."),
        ],
        Fault::OutboundPort25Intercepted => &[
            (You, "Find what answers in the place of other hosts: a transparent mail proxy of the provider, a firewall's SMTP inspection, or antivirus software; have it switched off for this server.", "What intercepts can deliver, hold or lose your mail, and takes TLS away."),
        ],
        Fault::SenderIpv6Broken => &[
            (You, "Repair IPv6 on the sending server.", "Deliveries to hosts with IPv6 lose time, and domains that have IPv6 only cannot be reached."),
            (You, IPV4_FIRST, "Turning IPv6 off in Postfix's inet_protocols would stop incoming IPv6 too."),
        ],
        Fault::SenderDnsBroken => &[
            (You, "Repair the resolver that the sending server uses (/etc/resolv.conf), or give it a validating resolver of its own.", "Mail goes where the resolver says; other resolvers answer for this domain."),
        ],
        Fault::SenderOffline => &[
            (You, "Restore the sending server's Internet connection: no control host answers on any port.", "This is not about mail: nothing gets out."),
        ],
        Fault::SenderPathMtu => &[
            (You, "Lower the MTU of the sending server's interface, or clamp the MSS on its gateway, and let ICMP 'fragmentation needed' and ICMPv6 'packet too big' pass.", "Small packets pass and large ones vanish: tunnels and filtered ICMP do that (RFC 2923 s2.1)."),
        ],
        Fault::NoSuchDomain => &[
            (You, "Check the spelling of the address.", "The domain does not exist; a retry does not help."),
            (Them, "If the domain should exist: renew it, or repair its delegation.", "Nobody can mail a domain that DNS does not know."),
        ],
        Fault::NullMx => &[
            (You, "Do not retry; ask the recipient for another address.", "The domain says on purpose that it takes no mail (RFC 7505)."),
        ],
        Fault::NoAddressForMx => &[
            (Them, "Publish an A or AAAA record for the mail server, and an MX that names it.", "Senders find no address to connect to."),
        ],
        Fault::MxNotPublic => &[
            (Them, "Publish public addresses for the mail servers.", "Private and special addresses cannot be reached from the Internet."),
        ],
        Fault::DnsBroken => &[
            (Them, "Repair the domain's DNS: every listed name server must answer for it, and its DNSSEC signatures must be valid.", "Resolvers that check find no usable answer."),
            (You, WAIT_FOR_DNS, "A retry helps as soon as the domain's DNS is repaired."),
        ],
        Fault::HostDown => &[
            (Them, "Bring the mail server up, or open its firewall for port 25.", "It answers nobody who asked."),
            (You, "Let the mail wait in the queue; it is delivered if the host is back before your retry time ends.", "The failure is temporary for your mail software until its retry time ends."),
        ],
        Fault::PortClosed => &[
            (Them, "Start the mail service, or correct the MX record.", "The host, or a firewall before it, refuses port 25."),
            (You, "Let the mail wait in the queue.", "A retry helps as soon as the service is back."),
        ],
        Fault::NoGreeting => &[
            (Them, "Look why the mail service accepts connections and does not greet: overload, a dead backend behind a proxy, or a port that speaks TLS at once.", "RFC 5321 (s4.5.3.2.1) asks senders to wait at least five minutes; some wait one."),
        ],
        Fault::TooBusy => &[
            (You, "Wait, and read its words: where they speak of connections, send fewer at a time to this host.", "Such a reply asks to come back later: the queue does that by itself, and a greylist lets in who does."),
            (Them, "If that is not meant: look at the limit of connections and what uses them up, or at the greylist.", "The server puts senders off."),
        ],
        Fault::Refusing => &[
            (You, "Read the words of the refusal: they often name a block list and how to leave it.", "A server that refuses has spoken: this is not 'no answer'."),
            (Them, "If the refusal is not meant: look at the reputation filter or the service's state.", "554 at the greeting may be meant for this sender alone; 521 turns everybody away, on purpose (RFC 7504)."),
        ],
        Fault::DropsSession => &[
            (Them, "Look at the server's log for why it closes sessions: a crash, a filter, a limit.", "Everybody who looked was dropped at the same stage."),
        ],
        Fault::TlsBroken => &[
            (Them, "Repair the server's TLS: its certificate chain, its versions and ciphers.", "Handshakes fail for everybody who looked."),
            (You, "Until then, mail can pass without TLS where your policy allows it.", "Opportunistic senders may try again without TLS (Postfix and Exim do); a strict policy does not."),
        ],
        Fault::RecipientIpv6Broken => &[
            (Them, "Repair IPv6 at the mail server, or remove its AAAA record.", "Senders that try IPv6 lose time; senders with IPv6 only fail."),
            (You, "Nothing need be done while your server falls back to IPv4.", "IPv4 works."),
        ],
        Fault::SomeExchangesDown => &[
            (Them, "Repair what fails, or remove its address or its name from DNS.", "Mail passes by another address, later than it could."),
            (You, "Nothing need be done while another address of the domain takes your mail.", "RFC 5321 (s5.1) asks senders to try at least two addresses; Postfix tries five and makes two sessions by default."),
        ],
        Fault::SenderFiltered => &[
            (You, "Write to the recipient's postmaster by another way, with your server's address: ask whether it is filtered.", "Others reach the host and your server does not, while it reaches everybody else."),
            (Them, "Look for the sender's address in the firewall, in fail2ban and in block lists.", "Connections from this sender alone are dropped."),
            (Between, "If neither filters: ask both providers for the route between the two addresses.", "A broken route between two networks looks the same."),
        ],
        Fault::RegionalOutage => &[
            (You, "Let the mail wait; if it lasts, ask your provider about the route to the host.", "Some places reach the host and others do not."),
            (Them, "Look for filters by country or network, and for a broken route or anycast site.", "Connections from some networks do not arrive."),
        ],
        Fault::NothingWrongNow => &[
            (You, "If mail still waits, let the queue retry now (Postfix: postqueue -i QUEUE_ID; Exim: exim -R @DOMAIN; OpenSMTPD: smtpctl schedule QUEUE_ID; Exchange: Retry-Queue -Filter \"NextHopDomain -eq 'DOMAIN' -and Status -eq 'Retry'\").", NOTHING_FAILS),
        ],
        Fault::SlowGreeting => &[
            (You, "Keep your mail software's wait for the greeting at five minutes (RFC 5321 s4.5.3.2.1).", "The server greets late, often on purpose; patient senders deliver."),
        ],
        Fault::Intermittent => &[
            (You, "Watch it for a longer time, and look at which hours it fails.", "Some tries work and others do not: load, loss, or one of several servers."),
            (Them, "Look whether one of several machines behind the address fails, and at load and loss.", "Who balances among machines of which one is dead serves now this connection and not that one."),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table's commands are run in tests; what stands in a sentence must be one of them, to the letter.
    #[test]
    fn commands_in_sentences_are_those_of_the_table() {
        let said: String =
            Fault::ALL.iter().flat_map(|&fault| lines(fault)).map(|(_, action, _)| *action).collect();
        for key in [
            "postfix.retry",
            "postfix.prefer_ipv4",
            "exim.retry_domain",
            "exim.prefer_ipv4",
            "opensmtpd.retry",
            "exchange.retry",
        ] {
            let told = crate::facts::command(key, None).unwrap().filled("DOMAIN", None);
            assert!(said.contains(&told), "{told}");
        }
    }

    #[test]
    fn the_party_who_must_act_is_told_what_to_do() {
        for &fault in Fault::ALL {
            let told = |party| {
                lines(fault)
                    .iter()
                    .any(|(who, action, why)| *who == party && !action.is_empty() && !why.is_empty())
            };
            let expected = match fault {
                // Nobody can make a domain take mail that does not want it; a slow greeting needs patience alone.
                Fault::NullMx | Fault::SlowGreeting | Fault::Refusing | Fault::TooBusy => Party::You,
                Fault::RegionalOutage => Party::You,
                // Nobody need act; who looks further, or lets the queue go, is the sender.
                Fault::NothingWrongNow | Fault::Intermittent => Party::You,
                other => other.party(),
            };
            assert!(told(expected), "{fault:?}");
        }
    }
}
