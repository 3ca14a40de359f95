//! Under which name a fault stands at an address, and how far it reaches: the whole domain, a family, an exchange.

use super::fault::{Fault, Party};
use super::observe::{Observation, Scene};
use crate::address::Family;
use crate::sorted::Set;
use std::net::IpAddr;

/// An address of an exchange.
pub(super) type Place<'a> = (&'a str, IpAddr);

/// What works beside what fails: a host's fault beside something that works is a partial one.
pub(super) struct Works<'a> {
    /// The addresses that serve: those that the sender tried, by its own success alone.
    serving: Set<Place<'a>>,
    /// The families in which anybody at all was served.
    families: Vec<Family>,
    /// The addresses at which anybody at all was served, whatever else fails there.
    reached: Set<Place<'a>>,
}

impl<'a> Works<'a> {
    /// What works in `scene`, if something nearer than the host made what `feigned` points to, and hosts fail at `fails`:
    /// what is served there by chance is no host that works.
    pub(super) fn of(
        scene: &'a Scene<'_>,
        feigned: impl Fn(&Observation<'_>) -> bool,
        fails: &Set<Place<'_>>,
    ) -> Self {
        let tried: Set<Place<'_>> = scene.of_sender().filter_map(|one| one.place()).collect();
        let reached = || {
            let here = |one: &&Observation<'_>| one.served() && one.address_reached && !feigned(one);
            let vouched = |one: &&Observation<'_>| !one.of_sender() || scene.vouched(one);
            scene.counting().filter(here).filter(|one| !contested(scene, one)).filter(vouched)
        };
        let served = || reached().filter(|one| !one.place().is_some_and(|place| fails.contains(&place)));
        let serving = served()
            .filter(|one| one.of_sender() || one.place().is_some_and(|place| !tried.contains(&place)))
            .filter_map(|one| one.place())
            .collect();
        Self {
            serving,
            families: served().map(|one| one.family).collect(),
            reached: reached().filter_map(|one| one.place()).collect(),
        }
    }

    /// The name of `fault` at `place`.
    pub(super) fn name(&self, fault: Fault, (exchange, address): Place<'_>) -> Fault {
        if fault.party() != Party::Them || fault.mail_passes() {
            return fault;
        }
        let family = Family::of(address);
        let anybody = |family: Family| self.families.contains(&family);
        // Who is turned away where others are served did not meet broken IPv6.
        let reached = self.reached.contains(&(exchange, address));
        if family == Family::Ipv6 && !reached && !anybody(Family::Ipv6) && anybody(Family::Ipv4) {
            return Fault::RecipientIpv6Broken;
        }
        let mut others = self.serving.iter().filter(|other| other.1 != address);
        let beside = |other: &Place<'_>| Family::of(other.1) == family || other.0 != exchange;
        if others.any(beside) { Fault::SomeExchangesDown } else { fault }
    }
}

/// Whether one region alone was served where others were not, and nobody met its certificate: a box may have answered.
fn contested(scene: &Scene<'_>, here: &Observation<'_>) -> bool {
    if here.of_sender() || here.corroborated {
        return false;
    }
    let others = || {
        let same = |one: &&Observation<'_>| one.place() == here.place() && one.by.vantage != here.by.vantage;
        scene.counting().filter(same)
    };
    others().any(Observation::asks) && !others().any(Observation::served)
}

/// The family and the exchange that a fault at `here` is about, where it is not about the whole: `all` were judged, and
/// at `same` the same is true.
pub(super) fn about<'a>(
    here: Place<'a>,
    same: &Set<Place<'a>>,
    all: &Set<Place<'a>>,
    fault: Fault,
) -> (Option<Family>, Option<&'a str>) {
    let several = all.iter().any(|other| other.0 != here.0);
    let exchange = several.then_some(here.0);
    match fault {
        Fault::SomeExchangesDown => return (None, exchange),
        Fault::RecipientIpv6Broken => return (Some(Family::Ipv6), None),
        _ => {}
    }
    if same == all {
        return (None, None);
    }
    let family = Family::of(here.1);
    let of_family = |other: &&Place<'_>| Family::of(other.1) == family;
    let family_wide = all.iter().filter(of_family).all(|other| same.contains(other));
    let of_exchange = |other: &&Place<'_>| other.0 == here.0;
    let exchange_wide = all.iter().filter(of_exchange).all(|other| same.contains(other));
    let several_families = all.iter().any(|other| Family::of(other.1) != family);
    let one_family = several_families && (family_wide || !exchange_wide);
    (one_family.then_some(family), exchange.filter(|_| !family_wide))
}
