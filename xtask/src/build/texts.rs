//! The catalogue, `core/src/catalogue.tsv`, as a table for each language: a visit loads the one that it speaks, if any.

use crate::shell;
use anyhow::Result;
use std::fs;

/// Behind this line of the catalogue stands what a server renders alone.
const OF_SERVERS: &str = "# ── Of the pages that a server renders alone";

/// The languages of the catalogue beside English, in the order of its columns.
const LANGUAGES: &[&str] = &["de", "fr", "es"];

/// Every language with its rows: English, and what is said for it.
pub(super) fn all() -> Result<Vec<(&'static str, String)>> {
    tables(|_| true)
}

/// The same without what a server renders alone.
pub(super) fn of_the_page() -> Result<Vec<(&'static str, String)>> {
    tables(|line| !line.starts_with(OF_SERVERS))
}

fn tables(wanted: impl Fn(&str) -> bool) -> Result<Vec<(&'static str, String)>> {
    let catalogue = fs::read_to_string(shell::root().join("core/src/catalogue.tsv"))?;
    let rows = catalogue.lines().take_while(|line| wanted(line)).filter(|line| !line.starts_with('#'));
    let rows: Vec<Vec<&str>> = rows.map(|line| line.split('\t').collect()).collect();
    let table = |(at, language): (usize, &&'static str)| {
        let row = |row: &Vec<&str>| Some(format!("{}\t{}\n", row.first()?, row.get(at + 1)?));
        (*language, rows.iter().filter_map(row).collect())
    };
    Ok(LANGUAGES.iter().enumerate().map(table).collect())
}
