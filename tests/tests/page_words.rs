//! The page and the core say the same of a sight, a status and a party.

use noanswer_core::evidence::Sight;
use noanswer_core::verdict::{Party, Status};
use noanswer_core::wire_name::wire_name;
use noanswer_core::words;
use serde::Serialize;
use std::path::Path;

/// What the list `list` of `web/app/words.js` says of `value`.
fn page(list: &str, value: &impl Serialize) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/app/words.js");
    let source = std::fs::read_to_string(path).expect("the page has words");
    let (_, rest) = source.split_once(&format!("const {list} = {{\n")).expect("the list is there");
    let (entries, _) = rest.split_once("\n};").expect("the list ends");
    let name = format!("{}: ", wire_name(value));
    let entry = entries.lines().find_map(|line| line.trim().strip_prefix(&name)).expect("an entry");
    entry.rsplit('"').nth(1).expect("words").to_owned()
}

#[test]
fn the_page_says_what_the_core_says() {
    for sight in [Sight::Clear, Sight::Partial, Sight::Blind, Sight::Deceived] {
        assert_eq!(page("SIGHTS", &sight), words::sight(sight));
    }
    for status in [Status::Named, Status::Ambiguous, Status::Undetermined, Status::Healthy] {
        assert_eq!(page("STATUSES", &status), words::capitalized(words::status(status)));
    }
    for party in [Party::You, Party::Them, Party::Between, Party::Nobody] {
        assert_eq!(page("PARTIES", &party), words::capitalized(words::party(party)));
    }
}
