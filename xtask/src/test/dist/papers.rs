//! The files that the papers tell people to install are those that are packed.

use crate::{dist, shell};
use anyhow::{Result, ensure};
use std::collections::BTreeSet;

/// The papers that name files of a release, and how many each names at least.
const PAPERS: &[(&str, usize)] = &[("README.md", 7), ("docs/INSTALL.md", 12)];

/// The files of a release in `text`, with `version` in them; `*` and `…` stand for anything.
fn named(text: &str, version: &str) -> BTreeSet<String> {
    text.split(|letter: char| letter.is_whitespace() || "`,;:()|'\"=/".contains(letter))
        .filter(|word| word.starts_with("noanswer") && word.contains("VERSION"))
        .map(|word| word.trim_end_matches('.').replace("VERSION", version))
        .collect()
}

/// Whether one of `files` is the `named` one.
fn is_among(named: &str, files: &BTreeSet<String>) -> bool {
    match named.split_once(['*', '…']) {
        Some((begins, ends)) => files.iter().any(|file| file.starts_with(begins) && file.ends_with(ends)),
        None => files.contains(named),
    }
}

/// Every file of the release that the papers name is in `target/dist`.
///
/// # Errors
/// When one is not, or a paper cannot be read.
pub fn files() -> Result<()> {
    let files: BTreeSet<String> = std::fs::read_dir(dist::folder())?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    for (paper, least) in PAPERS {
        let named = named(&std::fs::read_to_string(shell::root().join(paper))?, env!("CARGO_PKG_VERSION"));
        ensure!(named.len() >= *least, "{paper} names only {named:?}");
        let lost: Vec<&String> = named.iter().filter(|name| !is_among(name, &files)).collect();
        ensure!(lost.is_empty(), "{paper} names what is not packed: {lost:?}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{is_among, named};
    use std::collections::BTreeSet;

    #[test]
    fn files_are_found_in_prose_and_held_against_a_folder() {
        let text = "`sudo dpkg -i noanswer_VERSION_amd64.deb`, noanswer-VERSION-py3-….whl\nnoanswer self, noanswer.exe";
        let found = named(text, "1.2.3");
        let expected = ["noanswer-1.2.3-py3-….whl", "noanswer_1.2.3_amd64.deb"].map(str::to_owned);
        assert_eq!(found, BTreeSet::from(expected));
        let files = BTreeSet::from(["noanswer-1.2.3-py3-none-win_amd64.whl".to_owned()]);
        assert!(is_among("noanswer-1.2.3-py3-….whl", &files));
        assert!(!is_among("noanswer_1.2.3_amd64.deb", &files));
    }
}
