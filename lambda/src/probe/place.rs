//! Who ended a connection: placed by how far the SYN came, to port 25 and to another port of the same address.

use super::trace::{Path, SIBLING, Trace};
use noanswer_core::evidence::{AnsweredBy, RouteKind, Who};

const UNKNOWN: AnsweredBy =
    AnsweredBy { who: Who::Unknown, address: None, icmp: None, hop: None, sibling_hop: None };

/// Who reset the SYN, where no ICMP message names its sender.
pub(super) fn refusal(trace: &Trace, route: RouteKind) -> AnsweredBy {
    let Some(hop) = trace.own.ended_hop() else { return UNKNOWN };
    let sibling_hop = trace.sibling.answered_hop();
    // Echo requests are no SYNs, but packets to the same host: a router that these come to behind the refusal shows the same.
    let others = [Some(&trace.sibling), trace.echo.as_ref()];
    let mut others = others.into_iter().flatten();
    let passes = others.any(|path| path.reach() > hop || passed_at(path, hop));
    let distance = sibling_hop.or(trace.echo.as_ref().and_then(Path::answered_hop));
    let who = refused_at(hop, distance, passes, route);
    AnsweredBy { who, hop: Some(hop), sibling_hop, ..UNKNOWN }
}

/// Whether a packet with this hop limit died at a router.
fn passed_at(path: &Path, hop: u8) -> bool {
    path.passed().iter().any(|passed| passed.hop == hop)
}

/// Who refuses at `hop`, when the sibling port answers at `sibling`, or is known to pass on beyond `hop`. `Target`
/// includes a filter in the last router before it: from afar they are one.
fn refused_at(hop: u8, sibling: Option<u8>, passes: bool, route: RouteKind) -> Who {
    let farther = passes || sibling.is_some_and(|sibling| sibling > hop);
    match (hop, route) {
        (_, RouteKind::Local) => Who::OwnHost,
        (_, RouteKind::OnLink) => Who::Target,
        // A router's filter answers before or after it counts the hop down: the first router shows as 1 or 2.
        (1..=2, _) if farther => Who::Gateway,
        _ if farther => Who::OnPath,
        // A host behind a gateway is two hops away at least: what answers at the first is the gateway.
        (1, RouteKind::Unicast) => Who::Gateway,
        _ if sibling == Some(hop) => Who::Target,
        _ => Who::Unknown,
    }
}

/// Whether something near took a connection that is not the host, or `None` when the host, or whatever it is, is too far
/// away to tell. A port of the host that stands a few hops further back proves nothing: its owner may keep them so, and
/// may lose what goes there. What answers at the vantage's own first hop, where packets to the host's other ports go on,
/// does.
pub(super) fn answer(trace: &Trace) -> Option<AnsweredBy> {
    let hop = trace.own.answered_hop()?;
    let sibling_hop = trace.sibling.answered_hop();
    let who = taken_at(hop, sibling_hop, passed_at(&trace.sibling, hop));
    Some(AnsweredBy { who, hop: Some(hop), sibling_hop, ..UNKNOWN })
}

/// Who took a connection at `hop`, when the sibling port answers at `sibling`, or passes on beyond `hop`.
fn taken_at(hop: u8, sibling: Option<u8>, passes: bool) -> Who {
    match (hop, sibling) {
        (_, Some(sibling)) if sibling == hop => Who::Target,
        // The vantage's own first hop is nobody's mail server when packets to that host go on from it.
        (1, Some(_)) => Who::Gateway,
        (1, None) if passes => Who::Gateway,
        // Farther away it may be the host's own firewall, behind which other packets get lost.
        _ => Who::Unknown,
    }
}

/// Who swallows the SYN to port 25, where the sibling's goes farther; and in any case how far it came, in words.
pub(super) fn silence(trace: &Trace) -> (Option<AnsweredBy>, Option<String>) {
    if let Some(hop) = trace.own.answered_hop() {
        return (None, Some(format!("another packet to port 25 was answered, at hop {hop}")));
    }
    let (own, sibling) = (trace.own.reach(), trace.sibling.reach());
    let reach = match trace.own.last_router() {
        Some(router) => format!("packets to port 25 come as far as {router}"),
        None if sibling > own => "no router answers packets to port 25".to_owned(),
        None => return (None, None),
    };
    if sibling <= own {
        return (None, Some(format!("{reach}, hop {own}, and those to port {SIBLING} no farther")));
    }
    let at_the_end = trace.sibling.answered_hop() == Some(own + 1);
    let who = match own {
        0 => Who::OwnHost,
        // The last router's filter and the host's own look the same from here.
        _ if at_the_end => Who::Unknown,
        1 => Who::Gateway,
        _ => Who::OnPath,
    };
    let by = AnsweredBy { who, ..UNKNOWN };
    (Some(by), Some(format!("{reach} and no farther; those to port {SIBLING} of the same host do")))
}

/// What is known of a silence where the system does not show which router a SYN came to: not who swallows it. Echo requests, if
/// there were any, are other packets.
pub(super) fn unseen(trace: &Trace) -> String {
    if let Some(hop) = trace.own.answered_hop() {
        return format!("another packet to port 25 was answered, at hop {hop}");
    }
    let reach = trace.echo.as_ref().map(|echo| match (echo.answered_hop(), echo.last_router()) {
        (Some(hop), _) => format!("the address answers ICMP echo requests, at hop {hop}; "),
        (None, Some(router)) => format!("ICMP echo requests come as far as {router}, hop {}; ", echo.reach()),
        (None, None) => "ICMP echo requests are not answered; ".to_owned(),
    });
    format!("{}how far packets to port 25 come is not available here", reach.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::trace::tests::path;

    fn trace(own: &str, sibling: &str) -> Trace {
        Trace { own: path(own), sibling: path(sibling), echo: None }
    }

    #[test]
    fn a_refusal_is_placed_by_the_sibling_port() {
        let who = |own, sibling| refusal(&trace(own, sibling), RouteKind::Unicast).who;
        assert_eq!(who("ra", "rra"), Who::Gateway, "one short of the host");
        assert_eq!(who("a", "rrr....."), Who::Gateway, "the host is many hops away");
        assert_eq!(who("rra", "rrrr...."), Who::OnPath);
        assert_eq!(who("rra", "rra"), Who::Target);
        assert_eq!(who("rra", "........"), Who::Unknown, "the sibling port says nothing at all");
        assert_eq!(who("a", "a"), Who::Gateway, "a host behind a gateway is never the first hop");
    }

    #[test]
    fn a_neighbour_answers_at_the_first_hop() {
        assert_eq!(refusal(&trace("a", "a"), RouteKind::OnLink).who, Who::Target);
    }

    #[test]
    fn an_answer_is_placed_where_other_packets_to_the_host_go_on() {
        assert_eq!(taken_at(1, None, true), Who::Gateway);
        assert_eq!(taken_at(1, Some(3), true), Who::Gateway);
        assert_eq!(
            taken_at(3, None, true),
            Who::Unknown,
            "a firewall of the host's own, which loses the rest"
        );
        assert_eq!(taken_at(3, Some(3), false), Who::Target);
        assert_eq!(taken_at(2, Some(3), true), Who::Unknown, "a firewall of the host's own may take port 25");
        assert_eq!(taken_at(1, None, false), Who::Unknown, "the sibling port says nothing at all");
    }

    #[test]
    fn silence_is_placed_by_the_last_sign_of_life() {
        let (by, words) = silence(&trace("r.......", "rrra"));
        assert_eq!(by.unwrap().who, Who::Gateway);
        assert!(words.unwrap().contains("198.51.100.1"));
        assert_eq!(silence(&trace("........", "rrra")).0.unwrap().who, Who::OwnHost);
        assert_eq!(silence(&trace("rr......", "rrra")).0.unwrap().who, Who::OnPath);
        assert_eq!(
            silence(&trace("rr......", "rra")).0.unwrap().who,
            Who::Unknown,
            "the host, or the filter before it"
        );
        assert_eq!(silence(&trace("rr......", "rr......")).0, None, "the sibling port comes no farther");
        assert_eq!(silence(&trace("........", "........")), (None, None));
    }

    /// As on Windows, where no router shows that a SYN came to it.
    #[test]
    fn where_syns_show_no_router_silence_has_no_place_and_a_refusal_is_placed_by_echo_requests() {
        let beside = |own, sibling, echo| Trace { echo: Some(path(echo)), ..trace(own, sibling) };
        let words = unseen(&beside("........", "...a", "rrra"));
        assert!(words.starts_with("the address answers ICMP echo requests, at hop 4"), "{words}");
        let words = unseen(&beside("........", "........", "rr......"));
        assert!(words.starts_with("ICMP echo requests come as far as 198.51.100.2, hop 2"), "{words}");
        assert!(unseen(&trace("........", "...a")).starts_with("how far"), "no means to send any");
        let who = |own, sibling, echo| refusal(&beside(own, sibling, echo), RouteKind::Unicast).who;
        assert_eq!(who("a", "........", "rrr....."), Who::Gateway);
        assert_eq!(who("..a", "........", "rrrr...."), Who::OnPath);
        assert_eq!(who("..a", "........", "rra"), Who::Target);
        assert_eq!(who("..a", "........", "........"), Who::Unknown);
    }
}
