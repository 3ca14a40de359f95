//! Tables of short texts, each found in one pass over a statement.

use aho_corasick::automaton::Automaton;
use aho_corasick::nfa::contiguous::NFA;
use aho_corasick::{Input, MatchKind};
use std::sync::OnceLock;

/// The machine of one table; built when it is first asked.
pub(super) struct Marks(OnceLock<Option<NFA>>);

/// A mark that was found: its place in the table, and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Mark {
    pub(super) index: usize,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Marks {
    pub(super) const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// Every mark of `table` in `lower`, a text in lower case: those first that stand first in the table, then those that
    /// stand first in the text. It must always be the same table.
    pub(super) fn find<'t>(&self, table: impl Iterator<Item = &'t str>, lower: &str) -> Vec<Mark> {
        let machine = self.0.get_or_init(|| machine(MatchKind::Standard, table.collect()));
        let found =
            machine.iter().flat_map(|machine| machine.try_find_overlapping_iter(Input::new(lower))).flatten();
        let mut marks: Vec<Mark> = found
            .map(|one| Mark { index: one.pattern().as_usize(), start: one.start(), end: one.end() })
            .collect();
        marks.sort_unstable();
        marks
    }
}

/// The one machine that AhoCorasick would choose for so many literals: the others stay out of the page's wasm, and this
/// one, taking a list, is in it once.
pub(super) fn machine(kind: MatchKind, literals: Vec<&str>) -> Option<NFA> {
    NFA::builder().match_kind(kind).build(literals).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_order_decides_before_the_texts() {
        let marks = Marks::new();
        let found = marks.find(["name=", "domain name=", "x"].into_iter(), "x domain name=y name=z");
        let ends: Vec<_> = found.iter().map(|mark| (mark.index, mark.end)).collect();
        assert_eq!(ends, [(0, 14), (0, 21), (1, 14), (2, 1)]);
    }
}
