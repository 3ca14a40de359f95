//! The page and the core say the same of a sight, a status and a party, and in every language.

use noanswer_core::evidence::Sight;
use noanswer_core::facts::Table;
use noanswer_core::letters::Language;
use noanswer_core::smtp::Stage;
use noanswer_core::symptom::{self, Cause, Symptom, WrittenBy};
use noanswer_core::verdict::{Fault, Party, Status, remedies};
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

/// The rows of the catalogue: the English text, and the same in each other language.
fn catalogue() -> Vec<Vec<&'static str>> {
    let rows = include_str!("../../core/src/catalogue.tsv").lines().filter(|line| !line.starts_with('#'));
    rows.map(|row| row.split('\t').collect()).collect()
}

#[test]
fn every_text_of_the_catalogue_stands_in_every_language_with_the_same_places() {
    let places = |text: &str| {
        let mut names: Vec<String> =
            text.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0.to_owned())).collect();
        names.sort();
        names
    };
    let rows = catalogue();
    for row in &rows {
        assert_eq!(row.len(), Language::ALL.len(), "{row:?}");
        for text in row {
            assert!(!text.trim().is_empty() && *text == text.trim(), "{row:?}");
            assert_eq!(places(text), places(row[0]), "{row:?}");
        }
    }
    let mut english: Vec<_> = rows.iter().map(|row| row[0]).collect();
    english.sort_unstable();
    assert!(english.windows(2).all(|two| two[0] != two[1]), "a text stands twice");
}

/// A number, a section or a code is the same in every language.
#[test]
fn every_text_has_the_same_figures_in_every_language() {
    let figures = |text: &str| {
        let mut all: Vec<String> = text
            .split(|c: char| !c.is_ascii_digit())
            .filter(|figure| !figure.is_empty())
            .map(str::to_owned)
            .collect();
        all.sort();
        all.dedup();
        all
    };
    for row in catalogue() {
        for text in &row {
            assert_eq!(figures(text), figures(row[0]), "{row:?}");
        }
    }
}

/// What a sentence says of a section of an RFC has the numbers that the table's statement of that section has.
#[test]
fn a_number_in_a_sentence_is_that_of_the_statement() {
    const NUMBERS: &[&str] = &["one", "two", "three", "four", "five", "six", "seven", "ten"];
    let numbers = |text: &str| -> Vec<&str> {
        let has =
            |number: &&&str| text.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == **number);
        NUMBERS.iter().filter(has).copied().collect()
    };
    let advice = Fault::ALL.iter().flat_map(|fault| remedies(*fault)).flat_map(|one| [one.action, one.why]);
    let meanings = Cause::ALL.iter().map(|cause| {
        let symptom = Symptom::of(*cause, Stage::Connect, WrittenBy::Sender);
        symptom::explain(&symptom).meaning.to_owned()
    });
    let said: Vec<String> = advice.chain(meanings).collect();
    let mut seen = 0;
    for (row, from) in Table::Statements.rows().zip(Table::Statements.provenances()) {
        let section = from.source.split([' ', ';', ',']).find(|word| {
            word.strip_prefix('s').is_some_and(|number| number.starts_with(|c: char| c.is_ascii_digit()))
        });
        let Some(section) = section else { continue };
        let names = |text: &&String| {
            let mut words = text.split([' ', '(', ')', ';', ',', ':']).map(|word| word.trim_end_matches('.'));
            text.contains("RFC") && words.any(|word| word == section)
        };
        for text in said.iter().filter(names) {
            for number in numbers(text) {
                assert!(numbers(row.cell(1)).contains(&number), "{text}\n{}", row.cell(1));
                seen += 1;
            }
        }
    }
    assert!(seen >= 4, "only {seen} numbers were looked at");
}

/// What the core says in every verdict and of every text: a fault, an advice or a cause that is new needs its row.
#[test]
fn the_catalogue_has_what_the_core_says() {
    let rows = catalogue();
    let has = |text: &str| {
        let text = words::capitalized(text.trim_end_matches('.'));
        rows.iter().any(|row| words::capitalized(row[0].trim_end_matches('.')) == text)
    };
    let mut lacking = Vec::new();
    let mut needs = |text: &str| {
        if !has(text) {
            lacking.push(text.to_owned());
        }
    };
    for fault in Fault::ALL {
        needs(fault.title());
        for advice in remedies(*fault) {
            needs(&advice.action);
            needs(&advice.why);
        }
    }
    for sight in [Sight::Clear, Sight::Partial, Sight::Blind, Sight::Deceived] {
        needs(words::sight(sight));
    }
    for status in [Status::Named, Status::Ambiguous, Status::Undetermined, Status::Healthy] {
        needs(words::status(status));
    }
    for party in [Party::You, Party::Them, Party::Between, Party::Nobody] {
        needs(words::party(party));
    }
    let text = "connect to mx.example.org[192.0.2.1]:25: Connection timed out";
    let read = symptom::read(text).remove(0);
    for cause in Cause::ALL {
        let named = Symptom {
            cause: *cause,
            remote_host: Some("{host}".to_owned()),
            remote_address: None,
            port: Some(25),
            ..read.clone()
        };
        let said = symptom::explain(&named);
        for text in [said.headline.as_str(), said.meaning, said.who_wrote] {
            needs(text);
        }
    }
    assert!(lacking.is_empty(), "core/src/catalogue.tsv lacks {lacking:#?}");
}
