//! `noanswer check --relay HOST:PORT`: the server that mail is handed in to (submission, RFC 6409; RFC 8314). DNS,
//! connection, TLS and greeting, as a mail program meets them, with known-good hosts on port 443 beside it. Never a login.

mod session;

use super::args::{Check, Output};
use super::lab::Lab;
use super::nagios;
use super::paint::{self, Out, Tone};
use super::setup::Usage;
use super::words;
use crate::demo;
use noanswer_core::evidence::{Expectation, Role};
use noanswer_core::symptom::Symptom;
use noanswer_site::fleet::LocalProber;
use serde::Serialize;
use serde_json::json;
use session::{Mode, Session};
use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

/// How many addresses are tried.
const ADDRESSES: usize = 4;

/// What came of it, as far as this machine can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
enum Finding {
    /// It greets, and TLS is as it should be.
    Works,
    /// It greets; the certificate or the TLS mode is not as clients want it.
    Degraded,
    /// The name leads to no address.
    NoAddress,
    /// This machine has no Internet: known-good hosts do not answer on port 443 either.
    Offline,
    /// Known-good hosts answer on port 443, the relay does not.
    NotReached,
    /// It connects, and no session comes about.
    NoSession,
}

pub(crate) async fn run(args: &Check, text: &str) -> Result<u8, Usage> {
    let (host, port) = host_and_port(text)?;
    let began = Instant::now();
    let fetch = args.lookup.fetch()?;
    let lab = if args.lab { Some(Lab::start(&fetch).await?) } else { None };
    let (roots, prober) = match &lab {
        Some(lab) => (lab.demo.roots().clone(), lab.sender(demo::IDS[0])?),
        None => (
            crate::fetch::roots(args.lookup.doh_ca.as_deref())?,
            args.probing.prober(Role::Sender, &args.lookup, &fetch)?,
        ),
    };
    let known = lab.as_ref().map(|lab| of_lab(lab, &host, port)).transpose()?;
    let look = async {
        let addresses = match known {
            Some(addresses) => addresses,
            None => by_system(&host, port).await?,
        };
        let tried = addresses.into_iter().map(|(address, way)| session::look(&host, address, way, &roots));
        Ok(futures_util::future::join_all(tried).await)
    };
    let (sessions, controls) = tokio::join!(look, LocalProber::controls(&prober));
    let web =
        controls.controls.iter().filter(|one| one.expected == Expectation::Open && one.attempt.port == 443);
    let (asked, reached) =
        web.fold((0, 0), |(asked, reached), one| (asked + 1, reached + usize::from(one.attempt.connected())));
    let finding = finding(&sessions, asked, reached);
    let said = said(finding, &host, port, &sessions);
    let exit_code = match finding {
        Finding::Works => 0,
        Finding::Degraded => 1,
        // Without a control that answered, silence accuses nobody.
        Finding::NotReached if reached == 0 => 3,
        _ => 2,
    };
    let out = Out::new();
    let sessions = sessions.unwrap_or_default();
    match args.output() {
        Output::Json => paint::json(&json!({
            "schema": 1,
            "relay": { "host": host, "port": port, "finding": finding, "headline": said, "sessions": sessions },
            "controls_443": { "asked": asked, "reached": reached },
        })),
        Output::Nagios => out.line(&nagios::status_line(exit_code, &said)),
        Output::Text => {
            let (tone, mark) = match exit_code {
                0 => (Tone::Good, "✓"),
                2 => (Tone::Bad, "✗"),
                _ => (Tone::Doubtful, "?"),
            };
            for (number, line) in words::wrapped(&said, 78).iter().enumerate() {
                out.line(&format!(
                    "{} {}",
                    out.tone(tone, if number == 0 { mark } else { " " }),
                    out.tone(Tone::Bold, line)
                ));
            }
            let at = words::moment(crate::clock::now());
            out.line(&out.tone(
                Tone::Quiet,
                &format!(
                    "  {at} · {} · known-good hosts on port 443: {reached} of {asked}",
                    words::span(began.elapsed())
                ),
            ));
            for session in &sessions {
                print(&out, session);
            }
            for line in advice(finding, port, &sessions) {
                for (number, line) in words::wrapped(&line, 72).iter().enumerate() {
                    out.line(&format!(
                        "{}{line}",
                        out.tone(Tone::Quiet, if number == 0 { "Do      " } else { "        " })
                    ));
                }
            }
        }
    }
    Ok(exit_code)
}

/// An address of a relay, and where connections to it arrive; in the lab that is a socket of loopback.
type Tried = (SocketAddr, SocketAddr);

/// The addresses that the system's own resolver gives: that is the one that a mail program asks.
async fn by_system(host: &str, port: u16) -> Result<Vec<Tried>, String> {
    let found = tokio::net::lookup_host((host, port)).await.map_err(|error| error.to_string())?;
    Ok(found.take(ADDRESSES).map(|address| (address, address)).collect())
}

/// The addresses that a relay of the lab has.
fn of_lab(lab: &Lab, host: &str, port: u16) -> Result<Vec<Tried>, Usage> {
    let all = lab.demo.addresses(host).into_iter().map(|address| SocketAddr::new(address, port));
    let tried: Vec<Tried> = all.filter_map(|address| Some((address, lab.demo.way(address)?))).collect();
    if tried.is_empty() {
        let words = "--lab knows the relays smtp.relay.test and odd.relay.test, on ports 587 and 465";
        return Err(Usage::Setting(words.to_owned()));
    }
    Ok(tried)
}

/// `smtp.example.net:587`, `[2001:db8::1]:465`.
/// The relay that a text names, as `--relay` takes it: the host that was tried on a port of mail submission.
pub(super) fn named(symptoms: &[Symptom]) -> Option<String> {
    let of = |one: &Symptom| {
        let port = one.submission_port()?;
        let address = one.remote_address.map(|address| SocketAddr::new(address, port).to_string());
        let named = one.remote_host.as_ref().map(|host| format!("{host}:{port}"));
        named.filter(|text| host_and_port(text).is_ok()).or(address)
    };
    symptoms.iter().find_map(of)
}

fn host_and_port(text: &str) -> Result<(String, u16), Usage> {
    let wrong = || Usage::Relay(noanswer_core::scrub::bounded(text, 100).into_owned());
    let (host, port) = text.trim().rsplit_once(':').ok_or_else(wrong)?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let port = port.parse::<u16>().ok().filter(|port| *port > 0).ok_or_else(wrong)?;
    let sound = host.parse::<IpAddr>().is_ok() || noanswer_core::dns::DomainName::from_dns(host).is_ok();
    if sound { Ok((host.to_owned(), port)) } else { Err(wrong()) }
}

fn finding(sessions: &Result<Vec<Session>, String>, asked: usize, reached: usize) -> Finding {
    let Ok(sessions) = sessions else { return Finding::NoAddress };
    if sessions.is_empty() {
        return Finding::NoAddress;
    }
    if sessions.iter().any(Session::works) {
        let all = sessions.iter().all(Session::works);
        return if all { Finding::Works } else { Finding::Degraded };
    }
    if sessions.iter().any(|one| one.greeting.is_some()) {
        return Finding::Degraded;
    }
    if sessions.iter().any(|one| one.connected) {
        return Finding::NoSession;
    }
    if asked > 0 && reached == 0 { Finding::Offline } else { Finding::NotReached }
}

fn said(finding: Finding, host: &str, port: u16, sessions: &Result<Vec<Session>, String>) -> String {
    let fault = || {
        let all = sessions.iter().flatten();
        all.filter_map(|one| one.fault.clone()).next().unwrap_or_default()
    };
    match finding {
        Finding::Works => {
            format!("{host}:{port} greets, and its TLS is as it should be. A login was not tried.")
        }
        Finding::Degraded => format!("{host}:{port} can be reached, with a fault: {}.", fault()),
        Finding::NoAddress => match sessions {
            Err(words) => format!("{host} has no address, says this machine's resolver: {words}."),
            Ok(_) => format!("{host} has no address, says this machine's resolver."),
        },
        Finding::Offline => {
            format!("This machine reaches nobody, {host} and known-good hosts alike: it has no Internet.")
        }
        Finding::NotReached => format!(
            "{host}:{port} is not reached from here: {}. Seen from this machine alone, that is a block on port {port} on the way, or the relay is down.",
            fault()
        ),
        Finding::NoSession => {
            format!("{host}:{port} takes the connection, and no session comes about: {}.", fault())
        }
    }
}

fn print(out: &Out, session: &Session) {
    let (tone, mark) = if session.works() { (Tone::Good, "✓") } else { (Tone::Bad, "✗") };
    let mut facts = Vec::new();
    if let Some(ms) = session.connect_ms {
        facts.push(format!("connected in {ms:.0} ms"));
    }
    match session.mode {
        Some(Mode::Implicit) => facts.push("TLS at once".to_owned()),
        Some(Mode::StartTls) => facts.push("STARTTLS".to_owned()),
        Some(Mode::Plain) => facts.push("no TLS".to_owned()),
        None => {}
    }
    facts.extend(session.tls_version.clone());
    facts.extend(session.fault.clone());
    let facts = words::cut(&facts.join(", "), 76_usize.saturating_sub(session.address.to_string().len() + 4));
    out.line(&format!("  {} {}  {facts}", out.tone(tone, mark), session.address));
    if let Some(greeting) = &session.greeting {
        out.line(&out.tone(Tone::Quiet, &format!("      {}", words::cut(greeting, 72))));
    }
}

fn advice(finding: Finding, port: u16, sessions: &[Session]) -> Vec<String> {
    let mut lines = Vec::new();
    let mode = |wanted: Mode| sessions.iter().any(|one| one.mode == Some(wanted));
    if mode(Mode::Implicit) && port != 465 {
        lines.push(format!(
            "Port {port} speaks TLS at once here: have your program use implicit TLS (SMTPS, \"SSL\"), not STARTTLS."
        ));
    }
    if mode(Mode::StartTls) && port == 465 {
        lines.push("Port 465 greets in the clear here: a program that begins with TLS says \"wrong version number\". Have it use STARTTLS, or port 587.".to_owned());
    }
    match finding {
        Finding::NotReached => lines.push(format!(
            "Try the relay's other ports (587, 465, 2525); if all of them fail, ask your provider whether port {port} is filtered."
        )),
        Finding::NoAddress => lines.push("Check the spelling of the relay's name, and this machine's resolver.".to_owned()),
        _ => {}
    }
    lines
}
