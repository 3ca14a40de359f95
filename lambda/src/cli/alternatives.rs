//! The faults of a verdict as rows: one for each fault of a party, with all the places where it may be.

use super::words;
use noanswer_core::address::Family;
use noanswer_core::verdict::{NamedFault, Party};
use noanswer_core::wire_name::wire_name;
use noanswer_core::words::capitalized;

/// How many places a row names before it counts them.
const PLACES: usize = 2;

/// One fault, and all the places that it is named for.
pub(crate) struct Row<'a> {
    pub(crate) party: Party,
    title: String,
    places: Vec<String>,
    /// What was named so, in the verdict's order.
    pub(crate) faults: Vec<&'a NamedFault>,
}

impl Row<'_> {
    /// The row in words. What tells rows apart stands first: the end of a line is what is cut off.
    pub(crate) fn words(&self) -> String {
        let places = match self.places.len() {
            0 => String::new(),
            1 => format!(" ({})", self.places[0]),
            2 => format!(" ({} and {})", self.places[0], self.places[1]),
            n => format!(" ({} and {} more)", self.places[..PLACES].join(", "), n - PLACES),
        };
        format!("{}{places}: {}", party(self.party), self.title)
    }
}

/// A party, as the sender sees it.
pub(crate) fn party(party: Party) -> String {
    capitalized(&wire_name(&party))
}

/// The rows of `faults`; an exchange of `domain` is named by what is its own of its name.
pub(crate) fn rows<'a>(faults: impl Iterator<Item = &'a NamedFault>, domain: &str) -> Vec<Row<'a>> {
    let mut rows: Vec<Row<'_>> = Vec::new();
    for named in faults {
        let title = named.title().into_owned();
        let place = place(named, domain);
        let row = match rows.iter_mut().find(|row| row.party == named.party && row.title == title) {
            Some(row) => row,
            None => {
                rows.push(Row { party: named.party, title, places: Vec::new(), faults: Vec::new() });
                let last = rows.len() - 1;
                &mut rows[last]
            }
        };
        row.faults.push(named);
        row.places.extend(place.filter(|place| !row.places.contains(place)));
    }
    rows
}

/// Where a fault is, as far as its title does not say it.
fn place(named: &NamedFault, domain: &str) -> Option<String> {
    let said = named.title() != named.fault.title() || named.fault.title().starts_with("IPv");
    let family = named.family.filter(|_| !said).map(Family::label);
    let exchange = named.exchange.as_deref().map(|exchange| {
        let own = exchange.strip_suffix(domain).and_then(|own| own.strip_suffix('.'));
        own.filter(|own| !own.is_empty()).unwrap_or(exchange)
    });
    let parts: Vec<&str> = exchange.into_iter().chain(family).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// As many of the rows as `room` lines of `width` columns take, in their order: of each party one before the second of
/// any. A last line counts what is left out.
pub(crate) fn within(rows: &[Row<'_>], width: usize, room: usize) -> Vec<String> {
    let wrapped: Vec<Vec<String>> = rows.iter().map(|row| words::wrapped(&row.words(), width)).collect();
    let first = |at: usize| rows[..at].iter().all(|earlier| earlier.party != rows[at].party);
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by_key(|at| !first(*at));
    let take = |room: usize| {
        let mut used = 0;
        let mut taken: Vec<usize> = order
            .iter()
            .copied()
            .take_while(|at| {
                used += wrapped[*at].len();
                used <= room
            })
            .collect();
        taken.sort_unstable();
        taken
    };
    let mut taken = take(room);
    if taken.len() < rows.len() {
        taken = take(room.saturating_sub(1));
    }
    let mut lines: Vec<String> = taken.iter().flat_map(|at| wrapped[*at].clone()).collect();
    let left = rows.len() - taken.len();
    if left > 0 {
        lines.push(format!("and {} (-vv)", words::count(left as u64, "more explanation")));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use noanswer_core::verdict::{Fault, Standing};

    fn named(fault: Fault, exchange: &str) -> NamedFault {
        NamedFault {
            fault,
            party: fault.party(),
            standing: Standing::Possible,
            family: None,
            exchange: Some(exchange.to_owned()),
            vantage: None,
            modes: Vec::new(),
            because: Vec::new(),
        }
    }

    #[test]
    fn equal_rows_are_one_and_its_exchanges_stand_first() {
        let faults: Vec<NamedFault> = ["mxa.a.test", "mxb.a.test", "mxc.a.test", "mx.other.test"]
            .map(|exchange| named(Fault::SenderFiltered, exchange))
            .into();
        let rows = rows(faults.iter(), "a.test");
        let words: Vec<String> = rows.iter().map(Row::words).collect();
        assert_eq!(
            words,
            ["Between (mxa, mxb and 2 more): The mail server, or a filter before it, keeps this sender out"]
        );
    }

    #[test]
    fn no_party_is_lost_for_want_of_room() {
        let faults = [
            named(Fault::SenderFiltered, "mxa"),
            named(Fault::RegionalOutage, "mxa"),
            named(Fault::HostDown, "mxa"),
            named(Fault::OutboundPort25Blocked, "mxa"),
        ];
        let lines = within(&rows(faults.iter(), "a.test"), 72, 5);
        let text = lines.join(" ");
        assert!(lines.len() <= 5, "{text}");
        for party in ["Between", "Them", "You"] {
            assert!(text.contains(party), "{text}");
        }
        assert!(text.contains("and 1 more explanation"), "{text}");
    }
}
