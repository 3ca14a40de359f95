//! What stops port 25, as far as the controls show it.

use noanswer_core::address::Family;
use noanswer_core::evidence::{Attempt, ControlResult, Evidence, Expectation, Outcome, Who};
use noanswer_core::smtp::{self, Stage};
use serde::Serialize;
use std::net::IpAddr;

/// Where connections to port 25 end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Stop {
    pub(super) at: Place,
    /// In words.
    pub(super) words: String,
}

/// Where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Place {
    /// This host's own rules or routes.
    OwnHost,
    /// The first router.
    Gateway,
    /// A router or firewall behind it.
    OnPath,
    /// Something that does not show itself.
    Unseen,
    /// Nothing gets out, on any port.
    Offline,
    /// They connect, and no greeting comes.
    Session,
}

impl Stop {
    /// Whether it is for the provider to lift, as far as can be told.
    pub(super) fn is_providers(&self) -> bool {
        matches!(self.at, Place::OnPath | Place::Unseen | Place::Gateway)
    }
}

const OWN_RULE: &str = if cfg!(windows) {
    "this host itself refuses to send: a rule of Windows Firewall, or security software"
} else {
    "this host itself refuses to send: a rule of nftables or iptables, or security software"
};

/// What stops `family`, none of whose controls answered on port 25.
pub(super) fn find(evidence: &Evidence, family: Family) -> Stop {
    let of_port = |port: u16| {
        evidence.controls.iter().filter(move |one: &&ControlResult| {
            one.expected == Expectation::Open && one.attempt.port == port && one.attempt.family() == family
        })
    };
    let mail: Vec<&Attempt> =
        of_port(smtp::PORT).map(|one| &one.attempt).filter(|one| one.outcome != Outcome::NotTried).collect();
    let web = of_port(443).any(|one| one.attempt.connected());
    let all = |is: &dyn Fn(&Attempt) -> bool| !mail.is_empty() && mail.iter().all(|one| is(one));
    let by = |who: Who| mail.iter().find_map(|one| one.answered_by.as_ref().filter(|by| by.who == who));
    let stop = |at, words: String| Stop { at, words };
    let address = |by: Option<IpAddr>| by.map_or(String::new(), |address| format!(" {address}"));
    let own_rule = |one: &Attempt| matches!(one.outcome, Outcome::PermissionDenied | Outcome::LocalError);
    let no_route =
        |one: &Attempt| matches!(one.outcome, Outcome::NetworkUnreachable | Outcome::AddressNotAvailable);
    if all(&own_rule) {
        return stop(Place::OwnHost, OWN_RULE.to_owned());
    }
    if all(&no_route) {
        return stop(Place::OwnHost, "this host has no route or address for it".to_owned());
    }
    if by(Who::OwnHost).is_some() {
        return stop(Place::OwnHost, OWN_RULE.to_owned());
    }
    if let Some(by) = by(Who::Gateway) {
        return stop(Place::Gateway, format!("the gateway{} rejects port 25", address(by.address)));
    }
    if let Some(by) = by(Who::OnPath) {
        return stop(Place::OnPath, format!("a router on the way{} rejects port 25", address(by.address)));
    }
    if !web {
        return stop(
            Place::Offline,
            "nothing gets out: no connection to port 443 comes about either".to_owned(),
        );
    }
    if all(&Attempt::connected) {
        return stop(Place::Session, "connections come about, and nobody greets".to_owned());
    }
    let silent = all(&|one| one.outcome == Outcome::TimedOut && one.stage == Stage::Connect);
    let what = if silent { "port 25 is dropped without an answer" } else { "port 25 is refused on the way" };
    let far = how_far(&mail).map_or(String::new(), |words| format!(" ({words})"));
    stop(Place::Unseen, format!("{what}{far}, while port 443 of known-good hosts answers"))
}

/// How far packets to port 25 were seen to come.
fn how_far(mail: &[&Attempt]) -> Option<String> {
    let farthest = mail.iter().filter_map(|one| one.passed.last()).max_by_key(|hop| hop.hop)?;
    let router = farthest.address.map_or(String::new(), |address| format!(", {address}"));
    Some(format!("packets come to hop {}{router}", farthest.hop))
}

#[cfg(test)]
mod tests {
    use super::*;
    use noanswer_core::evidence::{AnsweredBy, Grade, NetworkKind, Role, Vantage};

    fn control(port: u16, outcome: Outcome, by: Option<Who>) -> ControlResult {
        let address = "198.51.100.1".parse().unwrap();
        let answered_by = by.map(|who| AnsweredBy {
            who,
            address: Some("198.18.0.1".parse().unwrap()),
            icmp: None,
            hop: None,
            sibling_hop: None,
        });
        let connect_ms = (outcome == Outcome::Completed).then_some(1.0);
        let attempt = Attempt {
            outcome,
            answered_by,
            connect_ms,
            ..Attempt::untried("mx.alpha.test", address, port, 1)
        };
        ControlResult { operator: "alpha".to_owned(), expected: Expectation::Open, attempt }
    }

    fn stop(controls: Vec<ControlResult>) -> Stop {
        let vantage = Vantage {
            id: "local".to_owned(),
            place: String::new(),
            role: Role::Sender,
            network: String::new(),
            grade: Grade::Smtp,
            network_kind: NetworkKind::Unknown,
        };
        find(&Evidence::new(&vantage, controls, Vec::new()), Family::Ipv4)
    }

    #[test]
    fn what_stops_port_25_is_told_by_how_the_controls_end() {
        let web = || control(443, Outcome::Completed, None);
        let no_web = || control(443, Outcome::TimedOut, None);
        for (mail, web, place, providers) in [
            (control(25, Outcome::TimedOut, None), web(), Place::Unseen, true),
            (control(25, Outcome::Refused, None), web(), Place::Unseen, true),
            (control(25, Outcome::TimedOut, None), no_web(), Place::Offline, false),
            (control(25, Outcome::PermissionDenied, None), web(), Place::OwnHost, false),
            (control(25, Outcome::Prohibited, Some(Who::OwnHost)), web(), Place::OwnHost, false),
            (control(25, Outcome::Prohibited, Some(Who::Gateway)), web(), Place::Gateway, true),
            (control(25, Outcome::Refused, Some(Who::OnPath)), web(), Place::OnPath, true),
            (control(25, Outcome::NetworkUnreachable, None), web(), Place::OwnHost, false),
        ] {
            let words = format!("{:?}", mail.attempt.outcome);
            let stop = stop(vec![mail, web]);
            assert_eq!((stop.at, stop.is_providers()), (place, providers), "{words}: {stop:?}");
        }
    }
}
