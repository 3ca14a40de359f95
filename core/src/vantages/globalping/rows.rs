//! From the tests of a panel to the evidence of its probes.

use super::polling::Running;
use super::reading;
use super::wire::Probe;
use crate::address::Family;
use crate::evidence::{Attempt, ControlResult, NetworkSeen, NetworkSource, Role, Vantage, VantageKind};
use crate::mx::Target;
use crate::scrub;
use crate::smtp;
use crate::sorted::Map;
use crate::vantages::{ControlAddress, rows};

/// A probe of the panel, by its index in each measurement.
#[derive(Clone, Copy)]
pub(super) struct Seat<'a> {
    pub(super) index: usize,
    pub(super) who: &'a Probe,
}

/// What the ping of one address by the probe of that seat shows.
pub(super) fn attempt(
    host: &str,
    address: std::net::IpAddr,
    round: u8,
    seat: Seat<'_>,
    ping: &Running,
) -> Attempt {
    let mut attempt = Attempt::untried(host, address, smtp::PORT, round);
    if ping.is_by_another(seat.index, seat.who) {
        attempt.detail = Some("it was made by another probe".to_owned());
        return attempt;
    }
    match ping.tests.get(seat.index).and_then(Option::as_ref) {
        Some(ended) => reading::ping(&mut attempt, &ended.test, ended.clocks),
        None => attempt.detail = Some("no result in time".to_owned()),
    }
    attempt
}

/// What a control's ping shows.
pub(super) fn control(
    control: &ControlAddress,
    seat: Seat<'_>,
    ping: &Running,
    now_ms: f64,
) -> ControlResult {
    let attempt = attempt(&control.host, control.address, 1, seat, ping);
    let under_way = ping.tests.get(seat.index).is_some_and(Option::is_none);
    rows::control(
        control,
        attempt,
        under_way && !ping.is_by_another(seat.index, seat.who),
        now_ms - ping.since_ms,
    )
}

/// The vantages that the probes of a panel are, by index: each with its place, and its AS as its network.
pub(super) fn vantages(panel: &str, family: Family, probes: &[Probe]) -> Vec<Vantage> {
    let panel = rows::id_in(panel, family);
    let mut seen: Map<String, u32> = Map::new();
    let one = |probe: &Probe| {
        let country: String = probe.country.chars().filter(char::is_ascii_alphabetic).take(2).collect();
        let base = format!("{panel}-{}-as{}", country.to_ascii_lowercase(), probe.asn);
        let count = seen.get_or_default(base.clone());
        *count += 1;
        Vantage {
            id: if *count == 1 { base } else { format!("{base}-{count}") },
            place: place(probe, &country),
            role: Role::Region,
            network: format!("AS{}", probe.asn),
            grade: VantageKind::Globalping.grade(),
            network_kind: probe.network_kind(),
        }
    };
    probes.iter().map(one).collect()
}

/// The AS of a probe, as the API names it; `None` where it names none.
pub(super) fn network(probe: &Probe) -> Option<NetworkSeen> {
    let name = scrub::visible(&scrub::bounded(&probe.network, 60)).into_owned();
    let name = Some(name).filter(|name| !name.is_empty());
    (probe.asn > 0).then_some(NetworkSeen {
        asn: probe.asn,
        prefix: None,
        name,
        source: NetworkSource::Panel,
    })
}

fn place(probe: &Probe, country: &str) -> String {
    let shown = |text: &str| scrub::visible(&scrub::bounded(text, 60)).into_owned();
    format!("{}, {country} ({})", shown(&probe.city), shown(&probe.network))
}

/// The attempts of the probe of that seat at `targets`. An address that serves two exchanges was tried once.
pub(super) fn attempts(
    targets: &[Target],
    round: u8,
    seat: Seat<'_>,
    pings: &Map<std::net::IpAddr, Result<&Running, &str>>,
    traces: &Map<std::net::IpAddr, &Running>,
) -> Vec<Attempt> {
    let one = |target: &Target| {
        let mut made = match pings.get(&target.address) {
            Some(Ok(ping)) => attempt(&target.exchange, target.address, round, seat, ping),
            Some(Err(words)) => rows::not_tried(&target.exchange, target.address, round, words),
            None => {
                let words = "the hour's tests do not suffice for all addresses";
                rows::not_tried(&target.exchange, target.address, round, words)
            }
        };
        let trace = traces.get(&target.address).filter(|trace| !trace.is_by_another(seat.index, seat.who));
        let trace = trace.and_then(|trace| trace.tests.get(seat.index)?.as_ref());
        if let Some(ended) = trace {
            reading::trace(&mut made, &ended.test);
        }
        made
    };
    targets.iter().map(one).collect()
}
