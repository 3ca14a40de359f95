//! The next observation: the one that splits what survives best.

use super::fault::Fault::{self, *};
use super::judge::Case;
use super::{NamedFault, Next, Standing, Status};
use crate::address::Family;
use crate::evidence::{Patience, Sight};
use std::collections::{BTreeMap, BTreeSet};

/// An observation that could be made next, and what it would show for each fault.
struct Observation {
    available: fn(&Case<'_>) -> bool,
    /// Faults in one group would show the same; a fault in no group shows something of its own kind: "as now".
    groups: &'static [&'static [Fault]],
    observe: &'static str,
    command: Option<&'static str>,
}

#[rustfmt::skip]
const LONGER: Observation = Observation {
    available: |case| case.patience == Patience::Quick,
    groups: &[&[SlowGreeting], &[Intermittent, SenderDnsBroken], &[NoGreeting, HostDown, DropsSession]],
    observe: "Wait longer and look twice: a second round tells slow from silent and lasting from intermittent.",
    command: Some("noanswer check {domain} --patient"),
};

#[rustfmt::skip]
const FROM_THE_SENDER: Observation = Observation {
    available: |case| case.sender().is_none(),
    groups: &[
        &[OutboundPort25Blocked], &[OutboundPort25Intercepted], &[SenderOffline], &[SenderIpv6Broken], &[SenderDnsBroken],
        &[SenderPathMtu], &[SenderFiltered, HostDown, RegionalOutage], &[NothingWrongNow],
    ],
    observe: "Look from the sending server itself: its controls tell a block on your side from a filter on theirs.",
    command: Some("noanswer check {domain}"),
};

#[rustfmt::skip]
const FROM_ANOTHER_NETWORK: Observation = Observation {
    available: |case| networks(case) < 2,
    groups: &[&[HostDown, PortClosed, NoGreeting, DropsSession, TlsBroken], &[SenderFiltered, SenderPathMtu, NothingWrongNow], &[RegionalOutage]],
    observe: "Look from a place in another network whose port 25 is open: it tells a host that answers nobody from one that does not answer here.",
    command: Some("noanswer check {domain} --vantages FILE"),
};

#[rustfmt::skip]
const ANOTHER_RESOLVER: Observation = Observation {
    available: |case| case.sender().is_some(),
    groups: &[&[SenderDnsBroken, Intermittent], &[NoSuchDomain, NullMx, NoAddressForMx, DnsBroken]],
    observe: "Ask a second public resolver what the domain's exchanges are.",
    command: Some("noanswer mx {domain} --doh https://dns.google/dns-query"),
};

#[rustfmt::skip]
const OBSERVATIONS: &[Observation] = &[
    Observation {
        available: |case| case.evidence.iter().all(|one| one.sight_in(Family::Ipv4) != Sight::Clear),
        groups: &[&[RecipientIpv6Broken], &[HostDown, PortClosed, NoGreeting, DropsSession, TlsBroken, TooBusy, Refusing]],
        observe: "Look over IPv4 from a place whose port 25 is open: it tells a host that is down from one whose IPv6 alone is broken.",
        command: Some("noanswer check {domain} --vantages FILE"),
    },
    LONGER,
    FROM_THE_SENDER,
    Observation {
        available: |case| case.sender().is_none(),
        groups: &[&[OutboundPort25Blocked, SenderOffline, SenderIpv6Broken], &[NothingWrongNow, SenderFiltered]],
        observe: "Without noanswer on the sending server: connect from it to port 25 of an exchange that is known to work.",
        command: Some("nc -vz -w 10 gmail-smtp-in.l.google.com 25"),
    },
    FROM_ANOTHER_NETWORK,
    Observation {
        available: |case| case.sender().is_some(),
        groups: &[&[OutboundPort25Blocked], &[SenderOffline, SenderIpv6Broken]],
        observe: "Try another port from the sending server: if the web works, only port 25 is blocked.",
        command: Some("curl -sS -o /dev/null -m 10 -w '%{http_code}\\n' https://www.example.com/"),
    },
    Observation {
        available: |case| case.sender().is_some(),
        groups: &[&[SenderPathMtu], &[TlsBroken, DropsSession, SenderFiltered]],
        observe: "Send large packets that may not be split: if small ones pass and large ones do not, the path's MTU is the cause.",
        command: Some("ping -M do -s 1472 -c 3 {address}"),
    },
    Observation {
        available: |case| case.sender().is_some(),
        groups: &[&[OutboundPort25Blocked, OutboundPort25Intercepted], &[SenderFiltered], &[NothingWrongNow]],
        observe: "See who answers: trace port 25 to the host from the sending server; an answer from the first hops is your side's.",
        command: Some("traceroute -T -p 25 {address}"),
    },
    Observation {
        available: |case| case.clear_regions().next().is_some(),
        groups: &[&[RegionalOutage, SenderFiltered], &[HostDown, PortClosed, NoGreeting, DropsSession, TlsBroken]],
        observe: "One place alone was answered. Look from one more place in another network, or have the host's own people compare the certificate that this place was shown: it tells the host from a box that answers in its stead.",
        command: Some("openssl s_client -starttls smtp -connect {address}:25 </dev/null | openssl x509 -noout -fingerprint -sha256"),
    },
    ANOTHER_RESOLVER,
    Observation {
        available: |case| case.sender().is_some(),
        groups: &[&[SenderDnsBroken], &[Intermittent]],
        observe: "Ask the sending server's resolver several times: one that is broken never answers; packets that are lost are now these, now those.",
        command: Some("for i in 1 2 3 4 5; do dig +tries=1 +short {domain} MX; done"),
    },
];

/// How many different networks have a clear view.
fn networks(case: &Case<'_>) -> usize {
    case.clear_regions().map(|one| one.network.as_str()).collect::<BTreeSet<_>>().len()
}

/// The next observation, if one would help.
pub(super) fn observation(
    case: &Case<'_>,
    status: Status,
    faults: &[NamedFault],
    patience: bool,
) -> Option<Next> {
    let survivors: BTreeSet<Fault> =
        faults.iter().filter(|named| named.standing == Standing::Possible).map(|named| named.fault).collect();
    match status {
        Status::Healthy => None,
        Status::Named if patience => Some(next(case, &LONGER)),
        Status::Named => None,
        Status::Undetermined => Some(settle(case)),
        Status::Ambiguous => best(case, &survivors).map(|observation| next(case, observation)),
    }
}

/// The observation after which the fewest faults would be left in the worst case.
fn best(case: &Case<'_>, survivors: &BTreeSet<Fault>) -> Option<&'static Observation> {
    OBSERVATIONS
        .iter()
        .filter(|observation| (observation.available)(case))
        .map(|observation| (largest_group(observation, survivors), observation))
        .filter(|(left, _)| *left < survivors.len())
        .min_by_key(|(left, _)| *left)
        .map(|(_, observation)| observation)
}

fn largest_group(observation: &Observation, survivors: &BTreeSet<Fault>) -> usize {
    let mut sizes: BTreeMap<Option<usize>, usize> = BTreeMap::new();
    for fault in survivors {
        let group = observation.groups.iter().position(|group| group.contains(fault));
        *sizes.entry(group).or_default() += 1;
    }
    sizes.into_values().max().unwrap_or(0)
}

/// What would settle a case of which nothing is known.
fn settle(case: &Case<'_>) -> Next {
    if case.plan.targets().is_empty() {
        return next(case, &ANOTHER_RESOLVER);
    }
    next(case, if case.sender().is_none() { &FROM_THE_SENDER } else { &FROM_ANOTHER_NETWORK })
}

fn next(case: &Case<'_>, observation: &Observation) -> Next {
    let address = case
        .plan
        .targets()
        .first()
        .map_or_else(|| case.domain.to_owned(), |target| target.address.to_string());
    Next {
        observe: observation.observe.to_owned(),
        command: observation
            .command
            .map(|command| command.replace("{domain}", case.domain).replace("{address}", &address)),
    }
}
