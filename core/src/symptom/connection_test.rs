//! PowerShell's `Test-NetConnection`: a list of fields, each run one attempt.

use super::cause::Cause;
use super::model::{Span, Symptom, WrittenBy};
use super::{line, service, tokens};
use crate::cut::Cut as _;
use crate::smtp::Stage;

/// The longest text that is searched for fields, in bytes.
const LONGEST: usize = 64 * 1024;

/// One run of the command, as far as its fields were read.
#[derive(Default)]
struct Run {
    host: Option<(String, Span)>,
    address: Option<(std::net::IpAddr, Span)>,
    port: Option<(u16, Span)>,
}

/// Reads every run that failed, and gives back the rest of the text with those lines blank; `None` where no run stands.
pub(super) fn read(text: &str) -> Option<(Vec<Symptom>, String)> {
    if text.len() > LONGEST || !text.to_ascii_lowercase().contains("tcptestsucceeded") {
        return None;
    }
    let (mut symptoms, mut rest) = (Vec::new(), String::with_capacity(text.len()));
    let mut run = Run::default();
    for (start, line) in line::spans_of_lines(text) {
        // What ended the line before.
        let between = text.within(rest.len(), start);
        rest.push_str(between);
        let lower = line.to_ascii_lowercase();
        let field = field(line, start);
        // `TCP connect to (192.0.2.1 : 25) failed`; in Windows 8.1 `TCP connect to 192.0.2.1:25 failed`. One address of
        // several, after which another may answer: the last field says how the run ended.
        let warning = lower.contains("tcp connect to ") || lower.contains("ping to ");
        if field.is_none() && !warning {
            rest.push_str(line);
            continue;
        }
        rest.extend(std::iter::repeat_n(' ', line.len()));
        if let Some((name, value, span)) = field {
            symptoms.extend(run.take(&name, value, span));
        }
    }
    Some((symptoms, rest))
}

/// `Name : value` of the fields that the command prints.
fn field(line: &str, start: usize) -> Option<(String, &str, (usize, usize))> {
    const NAMES: &[&str] = &[
        "computername",
        "remoteaddress",
        "remoteport",
        "interfacealias",
        "sourceaddress",
        "pingsucceeded",
        "pingreplydetails (rtt)",
        "nameresolutionresults",
        "tcptestsucceeded",
    ];
    let (name, value) = line.split_once(':')?;
    let name = name.trim().to_ascii_lowercase();
    let begins = start + line.len() - value.trim_start().len();
    let value = value.trim();
    NAMES.contains(&name.as_str()).then_some((name, value, (begins, begins + value.len())))
}

impl Run {
    /// Takes a field; the last one of a run that failed makes a symptom.
    fn take(&mut self, name: &str, value: &str, (start, end): (usize, usize)) -> Option<Symptom> {
        let span = |field: &str| Span { field: field.to_owned(), start, end };
        match name {
            "computername" => {
                *self = Self::default();
                self.host = tokens::host(value).map(|host| (host, span("remote_host")));
            }
            "remoteaddress" => {
                self.address = value.parse().ok().map(|address| (address, span("remote_address")));
            }
            "remoteport" => self.port = value.parse().ok().map(|port| (port, span("port"))),
            "tcptestsucceeded" if value.eq_ignore_ascii_case("false") => {
                let failed = std::mem::take(self).failed(span("cause"));
                return Some(failed).filter(|symptom| symptom.port.is_none_or(service::is_mail_port));
            }
            _ => {}
        }
        None
    }

    /// The command does not say why no connection came about.
    fn failed(self, cause: Span) -> Symptom {
        let mut spans = vec![cause];
        spans.extend(self.host.iter().map(|(_, span)| span.clone()));
        spans.extend(self.address.iter().map(|(_, span)| span.clone()));
        spans.extend(self.port.iter().map(|(_, span)| span.clone()));
        Symptom {
            mta: Some("powershell".to_owned()),
            remote_host: self.host.map(|(host, _)| host),
            remote_address: self.address.map(|(address, _)| address),
            port: self.port.map(|(port, _)| port),
            spans,
            ..Symptom::of(Cause::ConnectFailed, Stage::Connect, WrittenBy::Sender)
        }
    }
}
