//! Modes in their places: one instance for each set of observations that a mode may be about.

use super::law::{Does, Law, ModeSpec, Reach, Requirement, Setting, Way};
use crate::address::Family;
use crate::sorted::{Map, Set};
use crate::verdict::fault::Fault;
use crate::verdict::observe::{Observation, Scene};
use std::net::IpAddr;
use std::rc::Rc;

/// A mode in one place.
pub(in crate::verdict) struct Instance {
    /// The mode.
    pub(in crate::verdict) spec: &'static ModeSpec,
    /// What it is about, in a word.
    pub(in crate::verdict) name: Rc<str>,
    /// The families that it is about.
    pub(in crate::verdict) families: Vec<Family>,
    /// The way in which it acts, of a filter.
    pub(in crate::verdict) way: Option<Way>,
    /// Its cost here.
    pub(in crate::verdict) cost: u8,
    /// The requirement that is not met, if one is not: then it is no candidate.
    pub(in crate::verdict) unmet: Option<&'static Requirement>,
    /// The observations that it is about.
    covers: Rc<[bool]>,
}

impl Instance {
    /// The public fault that it is a case of.
    pub(in crate::verdict) fn fault(&self) -> Option<Fault> {
        match self.spec.fault {
            // A family that is out of reach is "no Internet" for IPv4 and "broken IPv6" for IPv6.
            Some(Fault::SenderOffline) if self.families == [Family::Ipv6] => Some(Fault::SenderIpv6Broken),
            // A filter that says no in words has spoken: that is no outage.
            Some(Fault::RegionalOutage) if self.way == Some(Way::Word) => None,
            fault => fault,
        }
    }

    /// The id in a trace: the mode, its place, and its way.
    pub(in crate::verdict) fn id(&self) -> String {
        let mut id = self.spec.id.to_owned();
        if let Some(way) = self.way {
            id.push('/');
            id.push_str(way.name());
        }
        if !self.name.is_empty() {
            id.push_str(&format!("({})", self.name));
        }
        id
    }

    /// The law by which this mode does something to an observation.
    pub(in crate::verdict) fn law(
        &self,
        at: usize,
        one: &Observation<'_>,
        does: Does,
    ) -> Option<&'static Law> {
        if !self.covers[at] {
            return None;
        }
        // One filter acts in one way.
        if does == Does::Explain && self.way.is_some_and(|way| !way.shows().has(one.class)) {
            return None;
        }
        self.spec.laws.iter().find(|law| law.does == does && law.of.has(one.class) && (law.when)(one))
    }

    /// What this mode does to an observation, in one pass over its laws: whether it explains, forbids, and may answer it.
    pub(in crate::verdict) fn does(&self, at: usize, one: &Observation<'_>) -> (bool, bool, bool) {
        if !self.covers[at] {
            return (false, false, false);
        }
        let laws = self.spec.laws.iter().filter(|law| law.of.has(one.class) && (law.when)(one));
        let does = laws.fold((false, false, false), |(explains, forbids, answers), law| match law.does {
            Does::Explain => (true, forbids, answers),
            Does::Forbid => (explains, true, answers),
            Does::Answer => (explains, forbids, true),
        });
        // One filter acts in one way.
        let acts = self.way.is_none_or(|way| way.shows().has(one.class));
        (does.0 && acts, does.1, does.2)
    }
}

/// Every instance of every mode for the observations that are judged together.
pub(in crate::verdict) fn instances(scene: &Scene<'_>, all: &[&Observation<'_>]) -> Vec<Instance> {
    let mut instances = Vec::new();
    for spec in super::modes::all() {
        for place in places(spec.reach, all) {
            let can = |way: &Way| spec.laws.iter().any(|law| law.of.meets(way.shows()));
            let ways: Vec<Option<Way>> = match spec.filter {
                true => Way::ALL.into_iter().filter(can).map(Some).collect(),
                false => vec![None],
            };
            for way in ways {
                instances.push(instance(scene, all, spec, &place, way));
            }
        }
    }
    instances
}

/// What a filter costs that acts in a way in which nothing was met.
const UNMET: u8 = 3;

fn instance(
    scene: &Scene<'_>,
    all: &[&Observation<'_>],
    spec: &'static ModeSpec,
    place: &Place,
    way: Option<Way>,
) -> Instance {
    let covered = all.iter().zip(&*place.covers).filter(|(_, covers)| **covers);
    let setting = Setting {
        scene,
        all,
        covers: covered.map(|(one, _)| *one).collect(),
        families: place.families.clone(),
        way,
    };
    // A way in which nothing here was met makes no difference, whatever it would cost.
    let met = way.is_none_or(|way| setting.covers.iter().any(|one| one.asks() && way.shows().has(one.class)));
    Instance {
        spec,
        name: place.name.clone(),
        families: place.families.clone(),
        way,
        cost: match spec.cost {
            super::law::Cost::Is(cost) => cost,
            super::law::Cost::By { here, .. } if met => here(&setting),
            super::law::Cost::By { .. } => UNMET,
        },
        unmet: spec.requires.iter().find(|needed| !(needed.met)(&setting)),
        covers: place.covers.clone(),
    }
}

/// One set of observations that a mode may be about.
struct Place {
    name: Rc<str>,
    families: Vec<Family>,
    covers: Rc<[bool]>,
}

fn places(reach: Reach, all: &[&Observation<'_>]) -> Vec<Place> {
    let place = |name: &str, families: &[Family], covers: &dyn Fn(&Observation<'_>) -> bool| Place {
        name: name.into(),
        families: families.to_vec(),
        covers: all.iter().map(|one| covers(one)).collect(),
    };
    let sender_in = |families: &[Family]| {
        let label = families.iter().map(|family| family.label()).collect::<Vec<_>>().join("+");
        place(&label, families, &|one| one.of_sender() && families.contains(&one.family))
    };
    let target = |one: &Observation<'_>| !one.of_controls();
    let mut places = match reach {
        Reach::SenderFamilies => {
            vec![sender_in(&[Family::Ipv4]), sender_in(&[Family::Ipv6]), sender_in(&Family::ALL)]
        }
        Reach::SenderFamily => vec![sender_in(&[Family::Ipv4]), sender_in(&[Family::Ipv6])],
        Reach::Sender => vec![place("", &Family::ALL, &|one| one.of_sender())],
        Reach::SenderOrNetwork => {
            let own = all.iter().find(|one| one.of_sender()).map_or("", |one| one.network);
            let mut places = vec![place("", &Family::ALL, &|one| one.of_sender())];
            if !own.is_empty() {
                let its = |one: &Observation<'_>| one.of_sender() || target(one) && one.network == own;
                places.push(place(own, &Family::ALL, &its));
            }
            places
        }
        Reach::Target => vec![place("", &Family::ALL, &target)],
        Reach::Network => by(all, |one| one.network)
            .map(|network| place(network, &Family::ALL, &|one| target(one) && one.network == network))
            .collect(),
        Reach::Vantage => by(all, |one| one.by.vantage.as_str())
            .map(|vantage| {
                place(vantage, &Family::ALL, &|one| {
                    target(one) && !one.of_sender() && one.by.vantage == vantage
                })
            })
            .collect(),
        Reach::Exchange => exchanges(all)
            .map(|exchange| {
                place(exchange, &Family::ALL, &|one| one.place().is_some_and(|place| place.0 == exchange))
            })
            .collect(),
        Reach::Addresses => scopes(all),
    };
    places.retain(|place| place.covers.contains(&true));
    places
}

/// The values of `key` among the regions' observations of the target, each once.
fn by<'s>(
    all: &'s [&Observation<'_>],
    key: impl Fn(&'s Observation<'_>) -> &'s str,
) -> impl Iterator<Item = &'s str> {
    let values: Set<&str> =
        all.iter().filter(|one| !one.of_sender() && !one.of_controls()).map(|one| key(one)).collect();
    values.into_iter()
}

fn exchanges<'s>(all: &'s [&Observation<'_>]) -> impl Iterator<Item = &'s str> {
    let exchanges: Set<&str> = all.iter().filter_map(|one| Some(one.place()?.0)).collect();
    exchanges.into_iter()
}

/// More addresses than this are not thought of one by one.
const ONE_BY_ONE: usize = 12;

/// The sets of addresses that a state of hosts may be about: all of the operator's, those that nobody reached, an
/// exchange, a family, one address. Equal sets once.
fn scopes(all: &[&Observation<'_>]) -> Vec<Place> {
    type Here<'a> = (&'a str, IpAddr);
    let mut addresses: Vec<Here<'_>> = all.iter().filter_map(|one| one.place()).collect();
    addresses.sort_unstable();
    addresses.dedup();
    // The number of each observation's address: sets of addresses are compared often, and their names are long.
    let here: Vec<Option<usize>> =
        all.iter().map(|one| addresses.binary_search(&one.place()?).ok()).collect();
    let mut reached = vec![false; addresses.len()];
    // Machines that fail alike may do so for one reason: the same setting, the same maintenance.
    let mut outcomes: Vec<Set<&str>> = vec![Set::new(); addresses.len()];
    for (one, at) in all.iter().zip(&here).filter_map(|(one, at)| Some((one, (*at)?))) {
        reached[at] |= one.address_reached;
        if one.asks() {
            outcomes[at].insert(one.class.name());
        }
    }
    let mut scopes: Vec<(String, Vec<bool>)> = Vec::new();
    let mut add = |name: &dyn Fn() -> String, wanted: &dyn Fn(usize, &Here<'_>) -> bool| {
        let scope: Vec<bool> = addresses.iter().enumerate().map(|(at, one)| wanted(at, one)).collect();
        if scope.contains(&true) && scopes.iter().all(|(_, other)| *other != scope) {
            scopes.push((name(), scope));
        }
    };
    add(&|| "all addresses".to_owned(), &|_, _| true);
    add(&|| "those that nobody reached".to_owned(), &|at, _| !reached[at]);
    // What the sender met alike may be one reason too, although others say that they were served there.
    let of_sender = all.iter().zip(&here).filter(|(one, _)| one.of_sender() && one.asks());
    let met: Map<usize, &str> = of_sender.filter_map(|(one, at)| Some(((*at)?, one.class.name()))).collect();
    for class in met.values().collect::<Set<_>>() {
        add(&|| format!("those that the sender found {class}"), &|at, _| met.get(&at) == Some(class));
    }
    let ways: Set<&Set<&str>> = outcomes
        .iter()
        .zip(&reached)
        .filter(|(classes, reached)| !**reached && !classes.is_empty())
        .map(|(classes, _)| classes)
        .collect();
    for classes in ways {
        let names = || classes.iter().copied().collect::<Vec<_>>().join(", ");
        add(&|| format!("those that all found {}", names()), &|at, _| {
            !reached[at] && outcomes[at] == *classes
        });
    }
    for (exchange, _) in &addresses {
        add(&|| (*exchange).to_owned(), &|_, one| one.0 == *exchange);
        for family in Family::ALL {
            add(&|| format!("{exchange}, {}", family.label()), &|_, one| {
                one.0 == *exchange && Family::of(one.1) == family
            });
        }
    }
    for family in Family::ALL {
        add(&|| family.label().to_owned(), &|_, one| Family::of(one.1) == family);
    }
    if addresses.len() <= ONE_BY_ONE {
        for address in &addresses {
            add(&|| format!("{} {}", address.0, address.1), &|_, one| one == address);
        }
    }
    scopes
        .into_iter()
        .map(|(name, scope)| Place {
            name: name.into(),
            families: Family::ALL.to_vec(),
            covers: here.iter().map(|at| at.is_some_and(|at| scope[at])).collect(),
        })
        .collect()
}
