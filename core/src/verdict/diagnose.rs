//! Consistency-based diagnosis: which smallest sets of misbehaviours agree with everything that was observed.
//!
//! The method is Reiter's (*A theory of diagnosis from first principles*, AIJ 32, 1987) with the behavioural modes of
//! de Kleer and Williams (*Diagnosis with behavioral modes*, IJCAI 1989). Nothing in this file knows what a mode or an
//! observation means.

use std::collections::HashSet;

/// How many observations one problem may hold, after those that no mode tells apart were merged.
pub(super) const MOST_OBSERVATIONS: usize = 256;

/// How many nodes of the search tree are looked at before it is given up.
const MOST_STEPS: u32 = 200_000;

/// The most that a diagnosis may cost. What needs more is not explained.
pub(super) const MOST_COST: u8 = 6;

/// A set of observations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Bits([u64; MOST_OBSERVATIONS / 64]);

impl Bits {
    /// Adds `at`.
    pub(super) fn set(&mut self, at: usize) {
        self.0[at / 64] |= 1 << (at % 64);
    }

    /// Whether `at` is in it.
    pub(super) fn has(&self, at: usize) -> bool {
        self.0[at / 64] >> (at % 64) & 1 == 1
    }

    /// The first that is in it.
    pub(super) fn first(&self) -> Option<usize> {
        self.0
            .iter()
            .enumerate()
            .find(|(_, word)| **word != 0)
            .map(|(at, word)| at * 64 + word.trailing_zeros() as usize)
    }

    /// What is in either.
    pub(super) fn or(mut self, other: &Self) -> Self {
        self.0.iter_mut().zip(other.0).for_each(|(word, other)| *word |= other);
        self
    }

    /// What is in this and not in `other`.
    pub(super) fn without(mut self, other: &Self) -> Self {
        self.0.iter_mut().zip(other.0).for_each(|(word, other)| *word &= !other);
        self
    }
}

/// One way in which something misbehaves.
#[derive(Clone, Debug, Default)]
pub(super) struct Mode {
    /// How surprising it is by itself: 1 to 3.
    pub(super) cost: u8,
    /// How far from the sender it acts. The nearest misbehaviour decides what is seen.
    pub(super) depth: u8,
    /// The observations that it explains.
    pub(super) explains: Bits,
    /// The observations that cannot be if it is true, unless something nearer made them.
    pub(super) forbids: Bits,
    /// The observations that it may have made without being needed for it: an answer in the place of another.
    pub(super) answers: Bits,
}

/// What is to be explained, and by what it may be.
#[derive(Clone, Debug, Default)]
pub(super) struct Problem {
    /// The observations that ask for an explanation.
    pub(super) needs: Bits,
    /// The modes.
    pub(super) modes: Vec<Mode>,
}

/// A set of modes that explains every observation and forbids none; no smaller part of it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Diagnosis {
    /// The sum of the modes' costs.
    pub(super) cost: u8,
    /// The modes, by their index in the problem, ascending.
    pub(super) modes: Vec<usize>,
}

/// What a diagnosis came to.
#[derive(Clone, Debug)]
pub(super) enum Diagnosed {
    /// Every subset-minimal diagnosis within `slack` of the cheapest, cheapest first.
    Explained {
        /// The cost of the cheapest.
        least: u8,
        /// The diagnoses.
        diagnoses: Vec<Diagnosis>,
    },
    /// Nothing within [`MOST_COST`] explains it all.
    Unexplained,
    /// There was too much to look at.
    TooMuch,
}

/// Finds every subset-minimal diagnosis that costs at most `slack` more than the cheapest.
pub(super) fn diagnose(problem: &Problem, slack: u8) -> Diagnosed {
    let mut steps = 0;
    for limit in 0..=MOST_COST {
        let mut search = Search::new(problem, limit, &mut steps);
        search.extend(Vec::new(), 0, Bits::default());
        if *search.steps > MOST_STEPS {
            return Diagnosed::TooMuch;
        }
        if search.found.is_empty() {
            continue;
        }
        let mut search = Search::new(problem, limit + slack, &mut steps);
        search.extend(Vec::new(), 0, Bits::default());
        if *search.steps > MOST_STEPS {
            return Diagnosed::TooMuch;
        }
        return Diagnosed::Explained { least: limit, diagnoses: minimal(search.found) };
    }
    Diagnosed::Unexplained
}

struct Search<'a> {
    problem: &'a Problem,
    limit: u8,
    found: Vec<Diagnosis>,
    seen: HashSet<Vec<usize>>,
    steps: &'a mut u32,
}

impl<'a> Search<'a> {
    fn new(problem: &'a Problem, limit: u8, steps: &'a mut u32) -> Self {
        Self { problem, limit, found: Vec::new(), seen: HashSet::new(), steps }
    }

    /// Looks at every set of modes that holds `chosen`: branches over those that explain what is left, then over those
    /// that excuse what is forbidden.
    fn extend(&mut self, chosen: Vec<usize>, cost: u8, explained: Bits) {
        *self.steps += 1;
        if *self.steps > MOST_STEPS || !self.seen.insert(chosen.clone()) {
            return;
        }
        let left = self.problem.needs.without(&explained);
        let candidates: Vec<usize> = if let Some(at) = self.hardest(&left) {
            self.indices(|mode| mode.explains.has(at)).collect()
        } else if let Some((depth, at)) = self.forbidden(&chosen) {
            self.indices(|mode| mode.depth < depth && (mode.explains.has(at) || mode.answers.has(at)))
                .collect()
        } else {
            self.found.push(Diagnosis { cost, modes: chosen });
            return;
        };
        for next in candidates {
            let mode = &self.problem.modes[next];
            if cost + mode.cost <= self.limit && !chosen.contains(&next) {
                let mut more = chosen.clone();
                let at = more.partition_point(|one| *one < next);
                more.insert(at, next);
                self.extend(more, cost + mode.cost, explained.or(&mode.explains));
            }
        }
    }

    fn indices<'b>(&'b self, wanted: impl Fn(&Mode) -> bool + 'b) -> impl Iterator<Item = usize> + 'b {
        self.problem.modes.iter().enumerate().filter(move |(_, mode)| wanted(mode)).map(|(at, _)| at)
    }

    /// Of what is left, the observation with the fewest explanations: the tree stays narrow.
    fn hardest(&self, left: &Bits) -> Option<usize> {
        let mut rest = *left;
        let mut best: Option<(usize, usize)> = None;
        while let Some(at) = rest.first() {
            let ways = self.indices(|mode| mode.explains.has(at)).count();
            if best.is_none_or(|(fewest, _)| ways < fewest) {
                best = Some((ways, at));
            }
            let mut one = Bits::default();
            one.set(at);
            rest = rest.without(&one);
        }
        best.map(|(_, at)| at)
    }

    /// An observation that a chosen mode forbids and no nearer one made, and the depth of the mode.
    fn forbidden(&self, chosen: &[usize]) -> Option<(u8, usize)> {
        let modes = || chosen.iter().map(|at| &self.problem.modes[*at]);
        modes().find_map(|mode| {
            let nearer = modes().filter(|other| other.depth < mode.depth);
            let made = nearer.fold(Bits::default(), |all, other| all.or(&other.explains).or(&other.answers));
            mode.forbids.without(&made).first().map(|at| (mode.depth, at))
        })
    }
}

/// The diagnoses of which no part is one already, cheapest first.
fn minimal(mut found: Vec<Diagnosis>) -> Vec<Diagnosis> {
    found.sort_by(|one, other| (one.cost, &one.modes).cmp(&(other.cost, &other.modes)));
    let mut kept: Vec<Diagnosis> = Vec::new();
    for one in found {
        let holds = |part: &Diagnosis| part.modes.iter().all(|mode| one.modes.contains(mode));
        if !kept.iter().any(holds) {
            kept.push(one);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bits(all: &[usize]) -> Bits {
        let mut bits = Bits::default();
        all.iter().for_each(|at| bits.set(*at));
        bits
    }

    fn mode(cost: u8, depth: u8, explains: &[usize], forbids: &[usize]) -> Mode {
        Mode { cost, depth, explains: bits(explains), forbids: bits(forbids), answers: Bits::default() }
    }

    fn found(problem: &Problem, slack: u8) -> Vec<Vec<usize>> {
        match diagnose(problem, slack) {
            Diagnosed::Explained { diagnoses, .. } => diagnoses.into_iter().map(|one| one.modes).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn nothing_to_explain_is_the_empty_diagnosis() {
        let problem = Problem { needs: Bits::default(), modes: vec![mode(1, 0, &[0], &[])] };
        assert_eq!(found(&problem, 1), [Vec::<usize>::new()]);
    }

    #[test]
    fn one_cause_is_found_and_what_holds_it_is_not_minimal() {
        let modes = vec![mode(1, 5, &[0, 1], &[]), mode(1, 5, &[0], &[]), mode(1, 5, &[1], &[])];
        let problem = Problem { needs: bits(&[0, 1]), modes };
        assert_eq!(found(&problem, 0), [vec![0]]);
        assert_eq!(found(&problem, 1), [vec![0], vec![1, 2]]);
    }

    #[test]
    fn what_is_forbidden_needs_something_nearer_that_made_it() {
        let modes = vec![mode(1, 5, &[0], &[1]), mode(1, 1, &[1], &[])];
        let problem = Problem { needs: bits(&[0]), modes: modes.clone() };
        assert_eq!(found(&problem, 0), [vec![0, 1]]);
        let farther = vec![modes[0].clone(), mode(1, 6, &[1], &[])];
        assert!(matches!(
            diagnose(&Problem { needs: bits(&[0]), modes: farther }, 1),
            Diagnosed::Unexplained
        ));
    }

    #[test]
    fn too_much_is_said_and_not_searched_to_the_end() {
        let modes = (0..120).map(|at| mode(1, 5, &[at % 6, (at / 6) % 6], &[(at + 7) % 250])).collect();
        let needs = bits(&(0..40).collect::<Vec<_>>());
        assert!(matches!(
            diagnose(&Problem { needs, modes }, 1),
            Diagnosed::Unexplained | Diagnosed::TooMuch
        ));
    }
}
