//! How a verdict came about: every observation, every law that spoke, every diagnosis.

use super::model::modes;
use serde::{Deserialize, Serialize};
use std::fmt;

/// How a verdict came about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// What was judged together, each apart.
    pub problems: Vec<TracedProblem>,
    /// The observations that do not count, each with the rule that sets it aside.
    pub set_aside: Vec<TracedObservation>,
}

/// What was judged together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TracedProblem {
    /// What it is about.
    pub about: String,
    /// The observations.
    pub observations: Vec<TracedObservation>,
    /// The modes that have something to say.
    pub modes: Vec<TracedMode>,
    /// The cost of the cheapest diagnosis; none where nothing explains it all.
    pub least: Option<u8>,
    /// The diagnoses: cost and modes.
    pub diagnoses: Vec<(u8, Vec<String>)>,
}

/// One observation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TracedObservation {
    /// What was seen, in a sentence.
    pub said: String,
    /// The class of outcome, and where it was placed.
    pub class: String,
    /// Whether it asks for an explanation.
    pub asks: bool,
    /// The rule that sets it aside: id and sentence.
    pub discarded: Option<String>,
}

/// One mode, and its laws about the observations.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TracedMode {
    /// Its id.
    pub id: String,
    /// Its cost here.
    pub cost: u8,
    /// The requirement that is not met: then it is no candidate.
    pub unmet: Option<String>,
    /// Each law that speaks: its id, and the numbers of the observations, counted from 1.
    pub laws: Vec<(String, Vec<usize>)>,
}

/// A law that decides, and what was seen that it speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecidingLaw<'a> {
    /// The mode, in its place.
    pub mode: &'a str,
    /// The law's id.
    pub id: &'a str,
    /// What it says, in a sentence; empty where that stands beside no id.
    pub says: &'static str,
    /// The observations that it speaks of, in sentences.
    pub seen: Vec<&'a str>,
}

impl Trace {
    /// The laws of the modes that stand in a diagnosis, in the order of the problems.
    pub fn deciding(&self) -> Vec<DecidingLaw<'_>> {
        let mut all = Vec::new();
        for problem in &self.problems {
            let stands =
                |mode: &&TracedMode| problem.diagnoses.iter().any(|(_, modes)| modes.contains(&mode.id));
            for mode in problem.modes.iter().filter(stands) {
                for (id, at) in &mode.laws {
                    let seen =
                        at.iter().filter_map(|number| problem.observations.get(number.checked_sub(1)?));
                    let seen = seen.map(|one| one.said.as_str()).collect();
                    all.push(DecidingLaw { mode: &mode.id, id, says: modes::says(id), seen });
                }
            }
        }
        all
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.problems {
            writeln!(f, "{}\n\n  observations", problem.about)?;
            for (at, one) in problem.observations.iter().enumerate() {
                let asks = if one.asks { "" } else { " (in order)" };
                writeln!(f, "  {:>3}  {}: {}{asks}", at + 1, one.class, one.said)?;
            }
            writeln!(f, "\n  modes and laws")?;
            for mode in &problem.modes {
                match &mode.unmet {
                    Some(unmet) => writeln!(f, "    -  {}: not thought of, {unmet}", mode.id)?,
                    None => writeln!(f, "    {}  {}", mode.cost, mode.id)?,
                }
                for (law, at) in mode.laws.iter().filter(|_| mode.unmet.is_none()) {
                    let at: Vec<String> = at.iter().map(ToString::to_string).collect();
                    writeln!(f, "         {law}: {}", at.join(" "))?;
                }
            }
            match problem.least {
                Some(least) => writeln!(f, "\n  diagnoses up to cost {}", least + 1)?,
                None => writeln!(f, "\n  nothing explains it all")?,
            }
            for (cost, modes) in &problem.diagnoses {
                let modes = if modes.is_empty() { "nothing is wrong".to_owned() } else { modes.join(" + ") };
                writeln!(f, "    {cost}  {modes}")?;
            }
            writeln!(f)?;
        }
        if !self.set_aside.is_empty() {
            writeln!(f, "set aside")?;
        }
        for one in &self.set_aside {
            writeln!(f, "  {}: {}: {}", one.class, one.said, one.discarded.as_deref().unwrap_or_default())?;
        }
        Ok(())
    }
}
