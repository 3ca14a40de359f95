//! Tables of short texts, each found in one pass over a statement.

use super::sieve::Sieve;
use crate::order;
use std::sync::OnceLock;

/// The sieve of one table; made when it is first asked.
pub(super) struct Marks(OnceLock<Sieve>);

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
    pub(super) fn find(&self, mut table: impl Iterator<Item = &'static str>, lower: &str) -> Vec<Mark> {
        self.found(&mut table, lower)
    }

    fn found(&self, table: &mut dyn Iterator<Item = &'static str>, lower: &str) -> Vec<Mark> {
        let mut marks = Vec::new();
        let sieve = self.0.get_or_init(|| Sieve::new(table));
        sieve.all(lower, |index, start, end| marks.push(Mark { index, start, end }));
        order::sort_by_key(&mut marks, |mark| *mark);
        marks
    }
}

/// A table of marks: what neighbours tell alike, and they, a line each. A pointer to every mark would weigh more than half of
/// it.
pub(super) struct Table<T: 'static> {
    groups: &'static [(T, &'static str)],
    /// Every mark, and its group.
    rows: OnceLock<Vec<(&'static str, usize)>>,
    marks: Marks,
}

impl<T: Copy> Table<T> {
    /// A table of `(what they tell, marks)`.
    pub(super) const fn new(groups: &'static [(T, &'static str)]) -> Self {
        Self { groups, rows: OnceLock::new(), marks: Marks::new() }
    }

    fn rows(&self) -> &[(&'static str, usize)] {
        self.rows.get_or_init(|| rows(&mut self.groups.iter().map(|(_, lines)| *lines)))
    }

    /// Every mark, and what it tells.
    pub(super) fn all(&self) -> impl Iterator<Item = (&'static str, T)> {
        self.rows().iter().map(|(mark, group)| (*mark, self.groups[*group].0))
    }

    /// Every mark of the table in `lower`, a text in lower case, as [`Marks::find`] has them.
    pub(super) fn find(&self, lower: &str) -> Vec<Mark> {
        find(&self.marks, self.rows(), lower)
    }

    /// What a mark tells that was found.
    pub(super) fn tells(&self, mark: &Mark) -> T {
        self.groups[self.rows()[mark.index].1].0
    }

    /// A mark that was found, as the table has it.
    pub(super) fn mark(&self, mark: &Mark) -> &'static str {
        self.rows()[mark.index].0
    }
}

/// The lines of `groups`, each with the place of its group. Not for each kind of table anew.
#[inline(never)]
fn rows(groups: &mut dyn Iterator<Item = &'static str>) -> Vec<(&'static str, usize)> {
    groups.enumerate().flat_map(|(group, lines)| lines.lines().map(move |line| (line, group))).collect()
}

#[inline(never)]
fn find(marks: &Marks, rows: &[(&'static str, usize)], lower: &str) -> Vec<Mark> {
    marks.find(rows.iter().map(|(mark, _)| *mark), lower)
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
