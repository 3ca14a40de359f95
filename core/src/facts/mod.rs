//! What is stated as known: codes, retry times, clouds, commands, control hosts. One row a fact, in the tables beside this
//! file, with its source, the month in which that was read, and how sure it is.
//!
//! The first columns of a table say the fact; the last five (`since`, `source`, `link`, `read`, `sure`) where it was
//! read. The build splits them ([`Table::provenances`] is what the page's wasm does without).

mod commands;
pub mod controls;
mod provenance;

pub use commands::{Command, command, commands};
pub use provenance::{Month, Provenance, Sure};

use provenance::NOTHING;
use std::sync::OnceLock;

macro_rules! tables {
    ($($(#[$doc:meta])* $name:ident = $file:literal,)*) => {
        /// The tables of facts.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Table { $($(#[$doc])* $name,)* }

        impl Table {
            /// Every table.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its name: that of its file in `core/src/facts`, without the ending.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $file,)* }
            }

            const fn built_in(self) -> &'static str {
                match self { $(Self::$name => include_str!(concat!(env!("OUT_DIR"), "/", $file, ".facts")),)* }
            }

            const fn sources(self) -> &'static str {
                match self { $(Self::$name => include_str!(concat!(env!("OUT_DIR"), "/", $file, ".sources")),)* }
            }
        }
    };
}

tables! {
    /// Enhanced status codes, reply codes, vendors' codes and the error numbers of operating systems.
    Codes = "codes",
    /// How long mail software tries again.
    Retries = "retries",
    /// Clouds that close, limit or forbid outbound port 25.
    Clouds = "clouds",
    /// Commands that people are told to type.
    Commands = "commands",
    /// Control hosts, negative controls and public resolvers.
    Controls = "controls",
    /// Sentences that carry a number or a rule of somebody else's.
    Statements = "statements",
}

/// The table of codes where it is not built in.
static CODES: OnceLock<String> = OnceLock::new();

/// Gives the table of codes, as [`Table::text`] has it, to a core without the feature `codes`. Only the first is taken.
pub fn give_codes(text: String) {
    CODES.get_or_init(|| text);
}

impl Table {
    /// Its rows, one a line, the cells separated by tabs. Without the feature `codes`, that table is empty until it is
    /// [given](give_codes).
    pub fn text(self) -> &'static str {
        match self {
            Self::Codes if !cfg!(feature = "codes") => CODES.get().map_or("", String::as_str),
            _ => self.built_in(),
        }
    }

    /// Its rows, in order.
    pub fn rows(self) -> impl Iterator<Item = Row> {
        self.text().lines().map(|line| Row { line })
    }

    /// Where each row was read, in the order of [`rows`](Self::rows).
    pub fn provenances(self) -> impl Iterator<Item = Provenance> {
        self.sources().lines().map(Provenance::of)
    }

    /// Where the row whose first cell is `key` was read: the cell may hold several names, separated by `|`.
    pub fn provenance(self, key: &str) -> Option<Provenance> {
        let at = self.rows().position(|row| row.is(key))?;
        self.provenances().nth(at)
    }
}

/// One row: what a fact says, without its source.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    line: &'static str,
}

impl Row {
    /// The cell at `column`, counted from 0; empty where there is nothing to say.
    pub fn cell(self, column: usize) -> &'static str {
        match self.line.split('\t').nth(column) {
            None | Some(NOTHING) => "",
            Some(cell) => cell,
        }
    }

    /// The parts of a cell that `|` separates.
    pub fn list(self, column: usize) -> impl Iterator<Item = &'static str> {
        self.cell(column).split('|').filter(|part| !part.is_empty())
    }

    /// Whether `key` is one of the names in its first cell.
    pub fn is(self, key: &str) -> bool {
        self.list(0).any(|name| name.eq_ignore_ascii_case(key))
    }
}

/// The sentence of that key, in the table of statements. Empty where there is none: a test looks that there is.
pub fn statement(key: &str) -> &'static str {
    Table::Statements.rows().find(|row| row.is(key)).map_or("", |row| row.cell(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_row_has_its_source_a_date_and_how_sure_it_is() {
        for &table in Table::ALL {
            let sources: Vec<Provenance> = table.provenances().collect();
            assert_eq!(table.rows().count(), sources.len(), "{}", table.name());
            for (row, from) in table.rows().zip(sources) {
                let what = format!("{} {}", table.name(), row.cell(0));
                assert!(!from.source.is_empty(), "{what}: no source");
                let page = from.link.strip_prefix("https://").and_then(|link| link.split_once('/'));
                assert!(page.is_some_and(|(_, path)| !path.is_empty()), "{what}: no link to a page");
                assert!(from.read.is_some(), "{what}: no month");
                assert!(from.sure.is_some(), "{what}: not said how sure");
            }
        }
    }

    #[test]
    fn no_key_stands_twice() {
        for &table in Table::ALL.iter().filter(|table| **table != Table::Controls) {
            let mut seen = BTreeSet::new();
            for row in table.rows() {
                for key in row.list(0) {
                    assert!(seen.insert(key.to_ascii_lowercase()), "{} {key}", table.name());
                }
            }
        }
    }

    /// A text that was cut at some number of characters ends in the middle of a word or a sentence.
    #[test]
    fn no_text_is_cut() {
        let prose = [(Table::Codes, 3), (Table::Statements, 1), (Table::Commands, 5)];
        for (table, column) in prose {
            for row in table.rows() {
                let text = row.cell(column);
                let whole = text.ends_with(['.', '?', '!', ')']) || text == unended(text);
                assert!(!text.is_empty() && whole, "{} {}: {text}", table.name(), row.cell(0));
                assert!(!text.contains("own words)"), "{} {}: {text}", table.name(), row.cell(0));
            }
        }
        for table in [Table::Clouds, Table::Retries] {
            for text in table.rows().flat_map(|row| (2..7).map(move |column| row.cell(column))) {
                let last = text.split(' ').next_back().unwrap_or_default();
                assert!(!["a", "an", "the", "of", "to", "and", "or", "in"].contains(&last), "cut: {text}");
            }
        }
    }

    /// IANA's own text of X.6.7 alone has no full stop.
    fn unended(text: &str) -> &str {
        if text.ends_with("non-ASCII addresses are not permitted") { text } else { "" }
    }

    #[test]
    fn a_row_is_found_by_any_of_its_names() {
        assert!(Table::Codes.provenance("wsaetimedout").unwrap().source.contains("Windows Sockets"));
        assert!(Table::Codes.provenance("no such code").is_none());
    }
}
