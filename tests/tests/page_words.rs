//! The page and the core say the same of a sight, a status and a party, and in every language.

use anyhow::{Context, Result, ensure};
use noanswer_core::evidence::{Firewall, FirewallRule, Outcome, Sight, Stops, clouds};
use noanswer_core::facts::Table;
use noanswer_core::letters::Language;
use noanswer_core::path;
use noanswer_core::smtp::Stage;
use noanswer_core::symptom::{self, Cause, Symptom, WrittenBy};
use noanswer_core::verdict::{Fault, Party, Status, Verdict, remedies};
use noanswer_core::wire_name::wire_name;
use noanswer_core::words;
use noanswer_site::pages::language::Voice;
use noanswer_site::pages::{self, Site};
use noanswer_tests::said;
use noanswer_worlds::{Dice, Seen, World, generate, generate_beyond, simulate};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
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
    for outcome in OUTCOMES {
        assert_eq!(page("OUTCOMES", outcome), words::outcome(*outcome));
    }
    for stage in STAGES {
        assert_eq!(page("STAGES", stage), words::stage(*stage));
    }
    for status in [Status::Named, Status::Ambiguous, Status::Undetermined, Status::Healthy] {
        assert_eq!(page("STATUSES", &status), words::capitalized(words::status(status)));
    }
    for party in [Party::You, Party::Them, Party::Between, Party::Nobody] {
        assert_eq!(page("PARTIES", &party), words::capitalized(words::party(party)));
    }
}

const OUTCOMES: &[Outcome] = &[
    Outcome::Completed,
    Outcome::TimedOut,
    Outcome::Refused,
    Outcome::Reset,
    Outcome::Closed,
    Outcome::HostUnreachable,
    Outcome::NetworkUnreachable,
    Outcome::Prohibited,
    Outcome::PermissionDenied,
    Outcome::AddressNotAvailable,
    Outcome::LocalError,
    Outcome::Connected,
    Outcome::Unconnected,
    Outcome::Replied,
    Outcome::Garbage,
    Outcome::TlsFailed,
    Outcome::NotTried,
];

const STAGES: &[Stage] = &[
    Stage::Dns,
    Stage::Connect,
    Stage::Greeting,
    Stage::Ehlo,
    Stage::Starttls,
    Stage::Mail,
    Stage::Rcpt,
    Stage::Data,
    Stage::Queue,
];

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

/// Every sentence of a verdict that the page shows.
fn sentences(verdict: &Verdict) -> impl Iterator<Item = String> + '_ {
    let known = verdict.known.iter().map(|known| &known.because);
    let next = verdict.next.iter().map(|next| &next.observe);
    let advice = verdict.advice.iter().flat_map(|advice| [&advice.action, &advice.why]);
    let reasons = verdict.faults.iter().flat_map(|named| &named.because);
    let laws = verdict.ruled_out.iter().map(|out| &out.because);
    let whole = std::iter::once(&verdict.headline).chain(&verdict.notes);
    whole.chain(known).chain(next).chain(advice).chain(reasons).chain(laws).cloned()
}

#[derive(Deserialize)]
struct Recorded {
    report: Seen,
}

#[derive(Deserialize)]
struct Written {
    world: World,
}

/// So many worlds by dice: every kind of sentence comes up in far fewer.
const WORLDS: u64 = 600;

/// Whatever a verdict says of a world, be it recorded, written down or by dice, the page says in its language: headline,
/// notes, what is known, what to do, what to look at next, why, and what is ruled out.
#[test]
fn every_sentence_of_a_verdict_is_said_in_every_language() -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut texts = BTreeSet::new();
    let recorded = std::fs::read_to_string(folder.join("recordings/verdict/worlds.jsonl"))?;
    for line in recorded.lines() {
        let Recorded { report } = serde_json::from_str(line)?;
        let report = report.judged();
        texts.extend(sentences(&report.verdict));
        texts.extend(path::stretches(&report).map(|place| place.because));
    }
    for entry in std::fs::read_dir(folder.join("verdict"))? {
        let file = entry?.path();
        let Written { world } = toml::from_str(&std::fs::read_to_string(&file)?)
            .with_context(|| format!("{}", file.display()))?;
        texts.extend(sentences(&simulate(&world).verdict()));
    }
    for seed in 0..WORLDS {
        let world = if seed % 5 == 0 { generate_beyond } else { generate }(&mut Dice::new(seed));
        texts.extend(sentences(&simulate(&world).verdict()));
    }
    let healthy = || simulate(&generate(&mut Dice::new(1)));
    for stops in [Stops::Everyone, Stops::ThisProgram, Stops::OtherProgram, Stops::Some] {
        let rule =
            FirewallRule { name: "Block SMTP".to_owned(), stops, program: Some("edge.exe".to_owned()) };
        let firewall = Firewall { always_on: true, stops_by_default: false, rules: vec![rule] };
        texts.extend(sentences(&healthy().forbidden_by(&firewall).verdict()));
    }
    let default = Firewall { stops_by_default: true, ..Firewall::default() };
    texts.extend(sentences(&healthy().forbidden_by(&default).verdict()));
    for (target, control) in [(Some(4), Some(5)), (None, Some(5)), (None, None)] {
        let silent = (0..WORLDS).map(|seed| simulate(&generate(&mut Dice::new(seed))));
        texts.extend(
            silent
                .take(40)
                .flat_map(|seen| sentences(&seen.echoing(target, control).verdict()).collect::<Vec<_>>()),
        );
    }
    ensure!(
        texts.iter().filter(|text| text.contains("ICMP echo requests")).count() > 1,
        "no echo was told of"
    );
    ensure!(
        texts.iter().filter(|text| text.contains("server's firewall")).count() > 4,
        "a rule was not told of"
    );
    // What nothing tells of a host is said of none.
    for cloud in clouds().iter().filter(|cloud| !cloud.asn.is_empty() || !cloud.dmi.is_empty()) {
        let ask = cloud.can_be_asked();
        let asked_for = if ask {
            format!(" They ask for {}; the letter to the provider is ready.", cloud.needs)
        } else {
            String::new()
        };
        texts.insert(format!("{}: {}.{asked_for}", cloud.name, cloud.how_lifted));
        texts.insert(format!("{} (as of {})", cloud.policy, cloud.as_of));
    }
    ensure!(texts.len() > 1_000, "only {} sentences", texts.len());
    let unsaid = said::unsaid(&texts)?;
    ensure!(unsaid.is_empty(), "{} of {}: {unsaid:#?}", unsaid.len(), texts.len());
    Ok(())
}

/// Every sentence that explains a failure.
fn explained(symptom: &Symptom) -> Vec<String> {
    let said = symptom::explain(symptom);
    let policy =
        said.retry.map(|retry| format!("{} wrote this. {}", retry.name, retry.tries("It tries again")));
    let fixed = [said.meaning, said.who_wrote, said.postmaster];
    let lists = said.likely.into_iter().chain(said.check).chain(fixed).map(str::to_owned);
    lists.chain([said.headline, said.again]).chain(said.deadline_words).chain(policy).collect()
}

/// Whatever the reader says of a text, the page says in its language.
#[test]
fn every_explanation_is_said_in_every_language() -> Result<()> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut texts = BTreeSet::new();
    for file in ["texts.toml", "kinds.toml", "exchange.toml"] {
        let all: toml::Table = toml::from_str(&std::fs::read_to_string(corpus.join(file))?)?;
        let all = all.values().filter_map(toml::Value::as_array).flatten();
        for text in all.filter_map(|one| one.get("text")?.as_str()) {
            texts.extend(symptom::read(text).iter().flat_map(explained));
        }
    }
    let read = symptom::read("connect to mx.example.org[192.0.2.1]:25: Connection timed out").remove(0);
    for cause in Cause::ALL {
        for port in [25, 587] {
            for address in ["192.0.2.1", "2001:db8::1"] {
                let address = Some(address.parse()?);
                let here =
                    Symptom { cause: *cause, family: cause.family(), port: Some(port), ..read.clone() };
                texts.extend(explained(&Symptom { remote_address: address, ..here }));
            }
        }
    }
    for row in Table::Retries.rows() {
        texts.extend(explained(&Symptom { mta: Some(row.cell(0).to_owned()), ..read.clone() }));
    }
    ensure!(texts.len() > 300, "only {} sentences", texts.len());
    let unsaid = said::unsaid(&texts)?;
    ensure!(unsaid.is_empty(), "{} of {}: {unsaid:#?}", unsaid.len(), texts.len());
    Ok(())
}

/// Servers render pages by the rules that the page's own code speaks by: both say the same of every sentence.
#[test]
fn a_server_says_what_the_page_says() -> Result<()> {
    let mut texts: BTreeSet<String> = BTreeSet::new();
    for seed in 0..WORLDS / 4 {
        texts.extend(sentences(&simulate(&generate(&mut Dice::new(seed))).verdict()));
    }
    for row in Table::Retries.rows() {
        let read = symptom::read("connect to mx.example.org[192.0.2.1]:25: Connection timed out").remove(0);
        texts.extend(explained(&Symptom { mta: Some(row.cell(0).to_owned()), ..read }));
    }
    texts.extend(catalogue().iter().map(|row| row[0].to_owned()).filter(|text| !text.contains('{')));
    ensure!(texts.len() > 800, "only {} sentences", texts.len());
    let mut differ = Vec::new();
    for (language, said) in said::said(&texts)? {
        let voice = Voice::of(language).context("a language beside English")?;
        for (text, said) in texts.iter().zip(said) {
            let ours = voice.say(text);
            if ours.as_deref() != Some(said.as_str()) {
                differ.push(format!("{text}\n  the page: {said}\n  a server: {ours:?}"));
            }
        }
    }
    ensure!(differ.is_empty(), "{} differ: {differ:#?}", differ.len());
    Ok(())
}

/// Whatever a page of the server says is said in every language, but for the registries' own words.
#[test]
fn every_page_is_said_in_every_language() -> Result<()> {
    let mut lacking = BTreeSet::new();
    for language in Language::ALL.into_iter().filter(|one| *one != Language::En) {
        for path in ["/", "/probe", "/codes", "/codes/4.4.1"] {
            let html = pages::page(&Site::default(), path, Voice::of(language).as_ref()).context(path)?.html;
            // A table's first cell is a name, and what the registry says begins with the code's link.
            for tag in ["p", "li", "h1", "h2", "h3", "summary", "label", "button", "dt"] {
                let open = format!("<{tag} lang=\"en\"");
                let english = html.split(&open).skip(1);
                for (_, text) in english.filter_map(|rest| rest.split_once('>')) {
                    let text: String = text.chars().take(160).collect();
                    let registry = path.starts_with("/codes") || text.starts_with("<a href=\"/codes/4");
                    if !registry {
                        lacking.insert(format!("{path} {language:?} {tag}: {text}"));
                    }
                }
            }
        }
    }
    ensure!(lacking.is_empty(), "{} are in English: {lacking:#?}", lacking.len());
    Ok(())
}
