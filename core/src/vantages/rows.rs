//! What the panels of all measurement networks have in common.

use crate::address::{AddressPolicy, Family};
use crate::evidence::{
    Attempt, ControlResult, Evidence, Expectation, NetworkKind, Outcome, PanelNote, Role, Sight, Vantage,
    VantageFailure, VantageKind,
};
use crate::mx::Target;
use crate::ports::{ProbeRequest, ProbeResult};
use crate::smtp;
use crate::vantages::ControlAddress;
use std::net::IpAddr;

/// For how long a panel and what its controls showed are good, in milliseconds.
pub(super) const KEPT_MS: f64 = 600_000.0;

/// A control that gives no answer for this long, in milliseconds, is silent: the SYN was sent twice (RFC 6298 s2.1).
pub(super) const SILENT_MS: f64 = 2_000.0;

/// How long a control may be silent before its probe is not waited for, in milliseconds: SYNs at 0, 1 and 3 s.
pub(super) const BLIND_MS: f64 = 4_000.0;

/// The time between the end of a quick pass's tests and the pass's own end, in milliseconds: making the measurements,
/// one poll, and the way back.
pub(super) const MARGIN_MS: u64 = 2_500;

/// A panel as one vantage: the row that says why it could not be asked.
pub(super) fn panel(id: &str, place: &str, kind: VantageKind, network_kind: NetworkKind) -> Vantage {
    Vantage {
        id: id.to_owned(),
        place: place.to_owned(),
        role: Role::Region,
        network: String::new(),
        grade: kind.grade(),
        network_kind,
    }
}

/// With what the ids of the vantages of the panel `id` begin in `family`: those of IPv4 and of IPv6 are others.
pub(super) fn id_in(id: &str, family: Family) -> String {
    format!("{id}{}", if family == Family::Ipv6 { "-v6" } else { "" })
}

/// What of `request` may be asked of others in `family`.
pub(super) fn targets(request: &ProbeRequest, family: Family, policy: &AddressPolicy) -> Vec<Target> {
    let may_be_asked =
        |target: &&Target| Family::of(target.address) == family && policy.judge(target.address).may_connect();
    request.targets.iter().filter(may_be_asked).cloned().collect()
}

/// Their addresses, each once: one that serves two exchanges is tried once.
pub(super) fn addresses(targets: &[Target]) -> Vec<IpAddr> {
    let mut addresses: Vec<IpAddr> = Vec::new();
    for target in targets {
        if !addresses.contains(&target.address) {
            addresses.push(target.address);
        }
    }
    addresses
}

/// What is said of a panel of `network` beside the rows of its `probes`.
pub(super) fn note(panel: &str, network: &str, probes: usize, links: Vec<String>) -> PanelNote {
    PanelNote {
        panel: panel.to_owned(),
        network: network.to_owned(),
        probes: u16::try_from(probes).unwrap_or(u16::MAX),
        left_out: 0,
        links,
    }
}

/// The rows of a panel. Blind probes are left out and counted; where all are blind, one stands for all of them. Those in the
/// sender's own AS stay: that its neighbours are blocked as well is worth a row.
pub(super) fn kept(
    rows: Vec<Evidence>,
    family: Family,
    sender_asn: Option<u32>,
    note: &PanelNote,
) -> Vec<Evidence> {
    let blind = |row: &Evidence| row.sight_in(family) == Sight::Blind;
    let is_neighbour = |row: &Evidence| {
        sender_asn.is_some() && row.network_seen.as_ref().map(|network| network.asn) == sender_asn
    };
    let all_blind = rows.iter().all(blind);
    let all = rows.len();
    let kept: Vec<Evidence> = rows
        .into_iter()
        .enumerate()
        .filter(|(at, row)| !blind(row) || (all_blind && *at == 0) || is_neighbour(row))
        .map(|(_, row)| row)
        .collect();
    let left_out = u16::try_from(all - kept.len()).unwrap_or(u16::MAX);
    let note = PanelNote { left_out, ..note.clone() };
    kept.into_iter().map(|row| Evidence { panel: Some(note.clone()), ..row }).collect()
}

/// An attempt that was not made, and why.
pub(super) fn not_tried(host: &str, address: IpAddr, round: u8, words: &str) -> Attempt {
    let mut attempt = Attempt::untried(host, address, smtp::PORT, round);
    attempt.detail = Some(words.to_owned());
    attempt
}

/// What `control` showed, by its ping. One that was still `under_way` when nobody waited any longer, after so many
/// milliseconds, had met silence for so long.
pub(super) fn control(
    control: &ControlAddress,
    mut attempt: Attempt,
    under_way: bool,
    waited_ms: f64,
) -> ControlResult {
    if under_way && waited_ms >= SILENT_MS {
        attempt.outcome = Outcome::TimedOut;
        attempt.limit_ms = Some(waited_ms as u64);
        attempt.detail = None;
    }
    ControlResult { operator: control.operator.clone(), expected: control.expected, attempt }
}

/// The control of a measurement that was not made.
pub(super) fn unmade(control: &ControlAddress, words: &str) -> ControlResult {
    let attempt = not_tried(&control.host, control.address, 1, words);
    ControlResult { operator: control.operator.clone(), expected: control.expected, attempt }
}

/// Whether `control` is one that must connect.
pub(super) fn expects_open(control: &ControlAddress) -> bool {
    control.expected == Expectation::Open
}

/// The rows of a panel by what it saw in each family, `None` where nothing was to be looked at. Where one family failed, a row
/// says so beside the other's.
pub(super) fn of_families(
    vantage: &Vantage,
    families: [Option<Result<Vec<Evidence>, VantageFailure>>; 2],
) -> ProbeResult {
    let (mut rows, mut failed) = (Vec::new(), None);
    for seen in families.into_iter().flatten() {
        match seen {
            Ok(seen) => rows.extend(seen),
            Err(failure) => failed = Some(failure),
        }
    }
    match failed {
        Some(failure) if rows.is_empty() => return Err(failure),
        Some(failure) => rows.push(Evidence::unasked(vantage, failure)),
        None => {}
    }
    Ok(rows)
}
