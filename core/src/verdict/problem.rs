//! One problem: what is judged together, put to the engine, and what the engine found.

use super::builder::is_of_host;
use super::diagnose::{self, Bits, Diagnosed, Diagnosis, MOST_OBSERVATIONS, Work};
use super::model::law::Does;
use super::model::{Instance, instances};
use super::observe::{Observation, Scene};
use super::trace::{TracedMode, TracedObservation, TracedProblem};
use crate::address::Family;
use crate::sorted::{Map, Set};
use std::net::IpAddr;

/// How much more than the cheapest a diagnosis may cost to be taken into account.
pub(super) const SLACK: u8 = 1;

/// The depth of the host itself: what acts at less is nearer to the vantage.
const HOST: u8 = 5;

/// What is judged together: the sender's controls, and one operator's exchanges.
pub(super) struct Problem<'s, 'a> {
    /// What it is about.
    pub(super) about: String,
    /// The observations.
    pub(super) observations: Vec<&'s Observation<'a>>,
    /// The modes in their places.
    pub(super) instances: Vec<Instance>,
    /// What the sender's controls showed, in words, where any answered.
    pub(super) reached_controls: Option<String>,
    /// What was found.
    pub(super) outcome: Outcome,
}

/// What the engine found.
pub(super) enum Outcome {
    /// The diagnoses, cheapest first, and the cost of the cheapest.
    Explained(u8, Vec<Diagnosis>),
    /// Nothing explains it all, or there was too much to look at.
    Unexplained,
}

impl<'s, 'a> Problem<'s, 'a> {
    /// Judges `observations` together.
    pub(super) fn solve(
        scene: &Scene<'_>,
        about: &str,
        observations: Vec<&'s Observation<'a>>,
        work: &mut Work,
    ) -> Self {
        let instances = instances(scene, &observations);
        let outcome = match question(&instances, &observations) {
            Some(question) => match diagnose::diagnose(&question, SLACK, work) {
                Diagnosed::Explained { least, diagnoses } => {
                    Outcome::Explained(least, without_needless_unknown(&instances, least, diagnoses))
                }
                Diagnosed::Unexplained | Diagnosed::TooMuch => Outcome::Unexplained,
            },
            None => Outcome::Unexplained,
        };
        let reached_controls = reached_controls(scene);
        Self { about: about.to_owned(), observations, instances, reached_controls, outcome }
    }

    /// The diagnoses; none where nothing explains it all.
    pub(super) fn diagnoses(&self) -> &[Diagnosis] {
        match &self.outcome {
            Outcome::Explained(_, diagnoses) => diagnoses,
            Outcome::Unexplained => &[],
        }
    }

    /// The cost of the cheapest diagnosis.
    pub(super) fn least(&self) -> Option<u8> {
        match &self.outcome {
            Outcome::Explained(least, _) => Some(*least),
            Outcome::Unexplained => None,
        }
    }

    /// The modes of a diagnosis.
    pub(super) fn modes<'b>(&'b self, diagnosis: &'b Diagnosis) -> impl Iterator<Item = &'b Instance> {
        diagnosis.modes.iter().map(|at| &self.instances[*at])
    }

    /// Whether something nearer than the host made `one`, or answered it, if `diagnosis` is right.
    pub(super) fn made_nearer(&self, diagnosis: &Diagnosis, one: &Observation<'_>) -> bool {
        let Some(at) = self.observations.iter().position(|other| std::ptr::eq(*other, one)) else {
            return false;
        };
        self.modes(diagnosis).filter(|mode| mode.spec.depth < HOST).any(|mode| {
            one.asks() && mode.law(at, one, Does::Explain).is_some()
                || mode.law(at, one, Does::Answer).is_some()
        })
    }

    /// Where a host fails, if `diagnosis` is right: what was served there by chance is no host that works.
    pub(super) fn failing_places(&self, diagnosis: &Diagnosis) -> Set<(&str, IpAddr)> {
        let fails = |at: usize, one: &Observation<'_>| {
            let mut hosts = self.modes(diagnosis).filter(|mode| mode.fault().is_some_and(is_of_host));
            one.asks() && hosts.any(|mode| mode.law(at, one, Does::Explain).is_some())
        };
        let observations = self.observations.iter().enumerate();
        observations.filter(|(at, one)| fails(*at, one)).filter_map(|(_, one)| one.place()).collect()
    }

    /// Whether `instance` made, or may have made, what was seen in one of `places` (numbers of observations).
    pub(super) fn touches(&self, instance: &Instance, places: &[usize]) -> bool {
        places.iter().any(|at| {
            let one = self.observations[*at];
            one.asks() && instance.law(*at, one, Does::Explain).is_some()
                || instance.law(*at, one, Does::Answer).is_some()
        })
    }

    /// How it came about.
    pub(super) fn trace(&self) -> TracedProblem {
        let law_lines = |instance: &Instance| {
            let mut lines: Vec<(String, Vec<usize>)> = Vec::new();
            for does in [Does::Explain, Does::Answer, Does::Forbid] {
                for (at, one) in self.observations.iter().enumerate() {
                    if let Some(law) = instance.law(at, one, does) {
                        match lines.iter_mut().find(|(id, _)| id == law.id) {
                            Some((_, numbers)) => numbers.push(at + 1),
                            None => lines.push((law.id.to_owned(), vec![at + 1])),
                        }
                    }
                }
            }
            lines
        };
        let modes = self.instances.iter().map(|instance| TracedMode {
            id: instance.id(),
            cost: instance.cost,
            unmet: instance.unmet.map(|needed| format!("{}: {}", needed.id, needed.says)),
            laws: law_lines(instance),
        });
        TracedProblem {
            about: self.about.clone(),
            observations: self.observations.iter().map(|one| traced(one)).collect(),
            modes: modes.filter(|mode| !mode.laws.is_empty()).collect(),
            least: self.least(),
            diagnoses: self
                .diagnoses()
                .iter()
                .map(|one| (one.cost, self.modes(one).map(Instance::id).collect()))
                .collect(),
        }
    }
}

/// The diagnoses without those that something which is in no list is needed for, where hosts with faults of their own explain it
/// all as simply: each of those was seen plainly, at its own address, and that there are two makes neither of them strange.
fn without_needless_unknown(
    instances: &[Instance],
    least: u8,
    mut diagnoses: Vec<Diagnosis>,
) -> Vec<Diagnosis> {
    let mode = |at: &usize| &instances[*at];
    let of_hosts = |one: &Diagnosis| {
        one.cost == least && one.modes.iter().map(mode).all(|mode| mode.fault().is_some_and(is_of_host))
    };
    let unknown =
        |one: &Diagnosis| one.modes.iter().map(mode).any(|mode| mode.spec.id.starts_with("unknown."));
    if diagnoses.iter().any(of_hosts) {
        diagnoses.retain(|one| one.cost == least || !unknown(one));
    }
    diagnoses
}

/// What the sender's controls showed, in words, where any answered.
fn reached_controls(scene: &Scene<'_>) -> Option<String> {
    let sender = scene.case.sender()?;
    let mut parts = Vec::new();
    for family in Family::ALL {
        let results = scene.controls(sender, family);
        let (reached, family) = (results.reached.len(), family.label());
        if reached > 0 {
            parts.push(format!("{reached} of {} control operators on port 25 in {family}", results.asked()));
        } else if results.any_https {
            parts.push(format!("other hosts on port 443 in {family}"));
        }
    }
    (!parts.is_empty()).then(|| format!("the sending server reached {}", parts.join(" and ")))
}

/// An observation in a trace.
pub(super) fn traced(one: &Observation<'_>) -> TracedObservation {
    let origin = one.origin.name();
    let origin = if origin.is_empty() { String::new() } else { format!(", {origin}") };
    TracedObservation {
        said: one.sentence(),
        class: format!("{}{origin}", one.class.name()),
        asks: one.asks(),
        discarded: one.discarded.map(|rule| format!("{}: {}", rule.id, rule.says)),
    }
}

/// The problem as the engine sees it. Observations that no mode tells apart are one; `None` where too many are left.
fn question(instances: &[Instance], observations: &[&Observation<'_>]) -> Option<diagnose::Problem> {
    // For each observation: whether it asks, and what each mode says of it.
    let signature = |at: usize| -> (bool, Vec<u8>) {
        let one = observations[at];
        let says = |instance: &Instance| {
            if instance.unmet.is_some() {
                return 0;
            }
            let (explains, forbids, answers) = instance.does(at, one);
            u8::from(explains) | u8::from(forbids) << 1 | u8::from(answers) << 2
        };
        (one.asks(), instances.iter().map(says).collect())
    };
    let mut columns: Map<(bool, Vec<u8>), usize> = Map::new();
    for at in 0..observations.len() {
        let next = columns.len();
        columns.get_or_insert_with(signature(at), || next);
    }
    if columns.len() > MOST_OBSERVATIONS {
        return None;
    }
    let mut problem = diagnose::Problem {
        needs: Bits::default(),
        modes: instances
            .iter()
            .map(|instance| diagnose::Mode {
                cost: instance.cost,
                depth: instance.spec.depth,
                ..diagnose::Mode::default()
            })
            .collect(),
    };
    for ((asks, says), at) in columns {
        if asks {
            problem.needs.set(at);
        }
        for (mode, says) in problem.modes.iter_mut().zip(says) {
            if says & 1 != 0 && asks {
                mode.explains.set(at);
            }
            if says & 2 != 0 {
                mode.forbids.set(at);
            }
            if says & 4 != 0 {
                mode.answers.set(at);
            }
        }
    }
    Some(problem)
}
