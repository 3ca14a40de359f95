//! Consistency-based diagnosis: which smallest sets of misbehaviours agree with everything that was observed.
//!
//! The method is Reiter's (*A theory of diagnosis from first principles*, AIJ 32, 1987) with the behavioural modes of
//! de Kleer and Williams (*Diagnosis with behavioral modes*, IJCAI 1989). Nothing in this file knows what a mode or an
//! observation means.

/// How many observations one problem may hold, after those that no mode tells apart were merged.
pub(super) const MOST_OBSERVATIONS: usize = 256;

/// How many nodes of search trees may still be looked at: what needs more is given up.
pub(super) struct Work(u32);

impl Work {
    /// Enough for one verdict: a few milliseconds.
    pub(super) fn of_a_verdict() -> Self {
        Self(MOST_STEPS)
    }

    /// Enough for the question what to look at next.
    pub(super) fn of_a_look_ahead() -> Self {
        Self(MOST_STEPS / 2)
    }

    /// Takes one step; false where none is left.
    fn step(&mut self) -> bool {
        let left = self.0 > 0;
        self.0 = self.0.saturating_sub(1);
        left
    }

    /// Whether all of it was used.
    pub(super) fn is_spent(&self) -> bool {
        self.0 == 0
    }
}

const MOST_STEPS: u32 = 4_000;

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

    /// All that are in it, ascending.
    fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().enumerate().flat_map(|(at, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                let bit = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
                rest &= rest - 1;
                Some(at * 64 + bit)
            })
        })
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
pub(super) fn diagnose(problem: &Problem, slack: u8, work: &mut Work) -> Diagnosed {
    let ways = Ways::of(problem);
    for limit in 0..=MOST_COST {
        let mut search = Search::new(problem, &ways, limit, work);
        search.extend(&mut Vec::new(), 0, Bits::default());
        if search.work.is_spent() {
            return Diagnosed::TooMuch;
        }
        if search.found.is_empty() {
            continue;
        }
        let mut search = Search::new(problem, &ways, limit + slack, work);
        search.extend(&mut Vec::new(), 0, Bits::default());
        if search.work.is_spent() {
            return Diagnosed::TooMuch;
        }
        return Diagnosed::Explained { least: limit, diagnoses: minimal(search.found) };
    }
    Diagnosed::Unexplained
}

/// The modes that explain each observation, counted once: a search asks for them at every step.
struct Ways {
    /// By observation, the modes.
    modes: Vec<Vec<usize>>,
    /// By observation, the same as a set, in words of 64 bits.
    sets: Vec<Vec<u64>>,
    /// By observation, the cost of the cheapest.
    cheapest: Vec<u8>,
}

impl Ways {
    fn of(problem: &Problem) -> Self {
        let words = problem.modes.len().div_ceil(64);
        let mut ways = Self {
            modes: vec![Vec::new(); MOST_OBSERVATIONS],
            sets: vec![vec![0; words]; MOST_OBSERVATIONS],
            cheapest: vec![u8::MAX; MOST_OBSERVATIONS],
        };
        for (number, mode) in problem.modes.iter().enumerate() {
            for at in mode.explains.iter() {
                ways.modes[at].push(number);
                ways.sets[at][number / 64] |= 1 << (number % 64);
                ways.cheapest[at] = ways.cheapest[at].min(mode.cost);
            }
        }
        ways
    }

    /// Of what is left, the observation with the fewest explanations: the tree stays narrow.
    fn hardest(&self, left: &Bits) -> Option<usize> {
        left.iter().min_by_key(|at| self.modes[*at].len())
    }

    /// What explaining all that is left costs at least, without the modes of `out`: observations that no mode explains
    /// together need one each. More than any limit where one of them has no mode left.
    fn least(&self, left: &Bits, out: &[u64]) -> u8 {
        let mut taken = vec![0_u64; out.len()];
        let mut cost = 0_u8;
        for at in left.iter() {
            let set = &self.sets[at];
            let (mut any, mut apart) = (false, true);
            for ((one, out), taken) in set.iter().zip(out).zip(&taken) {
                any |= one & !out != 0;
                apart &= one & !out & taken == 0;
            }
            if !any {
                return u8::MAX;
            }
            if apart {
                let rest = set.iter().zip(out).map(|(one, out)| one & !out);
                taken.iter_mut().zip(rest).for_each(|(all, one)| *all |= one);
                cost = cost.saturating_add(self.cheapest[at]);
            }
        }
        cost
    }
}

struct Search<'a> {
    problem: &'a Problem,
    ways: &'a Ways,
    limit: u8,
    found: Vec<Diagnosis>,
    /// The modes that were looked at already beside what is chosen: every set that holds one of them is known.
    out: Vec<u64>,
    work: &'a mut Work,
}

impl<'a> Search<'a> {
    fn new(problem: &'a Problem, ways: &'a Ways, limit: u8, work: &'a mut Work) -> Self {
        let out = vec![0; problem.modes.len().div_ceil(64)];
        Self { problem, ways, limit, found: Vec::new(), out, work }
    }

    /// Looks at every set of modes that holds `chosen` and none of `out`, each once: branches over those that explain
    /// what is left, then over those that excuse what is forbidden.
    fn extend(&mut self, chosen: &mut Vec<usize>, cost: u8, explained: Bits) {
        if !self.work.step() {
            return;
        }
        let left = self.problem.needs.without(&explained);
        if cost.saturating_add(self.ways.least(&left, &self.out)) > self.limit {
            return;
        }
        let candidates: Vec<usize> = if let Some(at) = self.ways.hardest(&left) {
            self.ways.modes[at].clone()
        } else if let Some((depth, at)) = self.forbidden(chosen) {
            let excuses = |mode: &Mode| mode.depth < depth && (mode.explains.has(at) || mode.answers.has(at));
            let modes = self.problem.modes.iter().enumerate();
            modes.filter(|(_, mode)| excuses(mode)).map(|(at, _)| at).collect()
        } else {
            let mut modes = chosen.clone();
            modes.sort_unstable();
            self.found.push(Diagnosis { cost, modes });
            return;
        };
        let mut looked = Vec::new();
        for next in candidates {
            let mode = &self.problem.modes[next];
            let (word, bit) = (next / 64, 1 << (next % 64));
            if cost + mode.cost <= self.limit && self.out[word] & bit == 0 && !chosen.contains(&next) {
                chosen.push(next);
                self.extend(chosen, cost + mode.cost, explained.or(&mode.explains));
                chosen.pop();
                self.out[word] |= bit;
                looked.push(next);
            }
        }
        for next in looked {
            self.out[next / 64] &= !(1 << (next % 64));
        }
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
        match diagnose(problem, slack, &mut Work::of_a_verdict()) {
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
            diagnose(&Problem { needs: bits(&[0]), modes: farther }, 1, &mut Work::of_a_verdict()),
            Diagnosed::Unexplained
        ));
    }

    #[test]
    fn too_much_is_said_and_not_searched_to_the_end() {
        let modes = vec![mode(1, 5, &[0], &[]), mode(1, 5, &[1], &[]), mode(1, 5, &[2], &[])];
        let problem = Problem { needs: bits(&[0, 1, 2]), modes };
        assert!(matches!(diagnose(&problem, 1, &mut Work(3)), Diagnosed::TooMuch));
        assert_eq!(found(&problem, 1), [vec![0, 1, 2]]);
    }

    #[test]
    fn a_set_is_looked_at_once_in_whatever_order_it_comes_about() {
        let modes = (0..6).map(|at| mode(1, 5, &[at, (at + 1) % 6], &[])).collect();
        let all = found(&Problem { needs: bits(&[0, 1, 2, 3, 4, 5]), modes }, 1);
        assert_eq!(all, [vec![0, 2, 4], vec![1, 3, 5], vec![0, 1, 3, 4], vec![0, 2, 3, 5], vec![1, 2, 4, 5]]);
    }
}
