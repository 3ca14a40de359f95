//! Events of MSExchangeTransport as Event Viewer and `wevtutil` write them: XML, with or without the message's text.

use crate::smtp::Stage;
use crate::symptom::cause::Cause;
use crate::symptom::classify::statement;
use crate::symptom::model::{Symptom, WrittenBy};
use crate::symptom::tokens;

/// What an event of the category SmtpSend means where its values alone do not tell (Microsoft, "MSExchangeTransport 2002"
/// and the like).
const EVENTS: &[(&str, Cause, Stage)] = &[
    ("2000", Cause::DnsFailed, Stage::Dns),
    ("2002", Cause::ConnectFailed, Stage::Connect),
    ("2003", Cause::Authentication, Stage::Mail),
];

/// The failure that an event states; `None` where it states none, or is none of Exchange's transport.
pub(super) fn read(xml: &str) -> Option<Symptom> {
    if !xml.contains("MSExchangeTransport") {
        return None;
    }
    let id = within(xml, "EventID")?;
    let said: Vec<String> = all(xml, "Message").chain(all(xml, "Data")).map(unescaped).collect();
    let said = said.join(" ");
    let known = EVENTS.iter().find(|(number, ..)| *number == id.trim());
    let known = known.map(|(_, cause, stage)| Symptom::of(*cause, *stage, WrittenBy::Sender));
    let mut symptom = statement(&said, 0).or(known)?;
    symptom.spans.clear();
    symptom.mta = Some("exchange".to_owned());
    symptom.at = xml
        .split_once("SystemTime=")
        .and_then(|(_, rest)| tokens::time(rest.get(1..40).unwrap_or_default()))
        .map(|read| read.value);
    let endpoints = said.split([' ', ',']).map(|word| super::session::endpoint(word.trim_end_matches('.')));
    if symptom.remote_address.is_none()
        && let Some((address, port)) = endpoints.clone().find(|(address, _)| address.is_some())
    {
        (symptom.remote_address, symptom.port) = (address, symptom.port.or(port));
    }
    Some(symptom)
}

/// What stands between the first tag of that name and its end.
fn within<'x>(xml: &'x str, name: &str) -> Option<&'x str> {
    all(xml, name).next()
}

fn all<'x>(xml: &'x str, name: &str) -> impl Iterator<Item = &'x str> {
    let (open, close) = (format!("<{name}"), format!("</{name}>"));
    let mut rest = xml;
    std::iter::from_fn(move || {
        loop {
            let (_, after) = rest.split_once(&open)?;
            let (attributes, inner) = after.split_once('>')?;
            rest = inner;
            // `<Data/>` is empty, and `<DataName>` is another.
            if attributes.ends_with('/') || !(attributes.is_empty() || attributes.starts_with(' ')) {
                continue;
            }
            let (inner, after) = inner.split_once(&close)?;
            rest = after;
            return Some(inner);
        }
    })
}

fn unescaped(text: &str) -> String {
    const NAMES: &[(&str, &str)] =
        &[("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    NAMES.iter().fold(text.to_owned(), |text, (name, sign)| text.replace(name, sign))
}
