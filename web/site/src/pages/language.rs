//! The pages in four languages: which one a visitor reads, and how a text is said in it. The table and its rules are the
//! page's own (`core/src/catalogue.tsv`, `web/app/language.js`): a test holds the two against each other.

use crate::weights::weighted;
use noanswer_core::letters::Language;
use noanswer_core::wire_name::wire_name;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::LazyLock;

/// A row for each text: English, and the other languages in the order of [`OTHERS`]. Only [`Voice::of`] reads it, so that a
/// host whose size is limited can do without.
const CATALOGUE: &str = include_str!("../../../../core/src/catalogue.tsv");

/// The languages beside English, in the order of the catalogue's columns.
const OTHERS: [Language; 3] = [Language::De, Language::Fr, Language::Es];

/// No text of ours is longer: what is, is somebody else's.
const LONGEST: usize = 4_000;

/// The language that a visitor likes best, of those that the pages speak (`Accept-Language`, RFC 9110 s12.5.4); English
/// where none is named.
pub fn preferred(accept: Option<&str>) -> Language {
    let mut best = (Language::En, 0.0_f32);
    for (name, weight) in weighted(accept) {
        let primary = name.split('-').next().unwrap_or_default();
        let known = Language::ALL.into_iter().find(|one| primary.eq_ignore_ascii_case(&tag(*one)));
        if let Some(language) = known.filter(|_| weight > best.1) {
            best = (language, weight);
        }
    }
    best.0
}

/// The language's name by BCP 47: `de`.
pub fn tag(language: Language) -> String {
    wire_name(&language)
}

/// A row with places: `{name} tries {@how}`.
#[derive(Debug)]
struct Form {
    /// What stands between the places, the first letter small.
    literals: Vec<String>,
    /// The places, with their braces.
    names: Vec<&'static str>,
    text: &'static str,
    /// The English text before its first place.
    head: &'static str,
    /// The longest of `literals`: who lacks it is no such sentence.
    needs: String,
}

/// The catalogue in one language.
#[derive(Debug)]
struct Table {
    texts: HashMap<&'static str, &'static str>,
    /// The same texts, their first letter small.
    alike: HashMap<String, &'static str>,
    forms: Vec<Form>,
}

impl Table {
    /// The table of `rows`, whose column `column` behind the English one is the language.
    fn of(rows: &'static str, column: usize) -> Self {
        let mut table = Self { texts: HashMap::new(), alike: HashMap::new(), forms: Vec::new() };
        for row in rows.lines().filter(|row| !row.starts_with('#')) {
            let mut cells = row.split('\t');
            let (Some(english), Some(other)) = (cells.next(), cells.nth(column)) else { continue };
            if english.contains('{') {
                table.forms.push(Form::of(english, other));
            } else {
                table.texts.insert(english, other);
                table.alike.insert(lower(english), other);
            }
        }
        table
    }
}

impl Form {
    fn of(english: &'static str, text: &'static str) -> Self {
        let (mut literals, mut names, mut rest) = (Vec::new(), Vec::new(), english);
        while let Some((before, after)) = rest.split_once('{') {
            let end = after.find('}').map_or(after.len(), |end| end + 1);
            literals.push(before.to_owned());
            names.push(&rest[before.len()..before.len() + 1 + end]);
            rest = &after[end..];
        }
        literals.push(rest.to_owned());
        let head = &english[..literals[0].len()];
        literals[0] = lower(&literals[0]);
        let needs = literals.iter().rev().max_by_key(|part| part.len()).cloned().unwrap_or_default();
        Self { literals, names, text, head, needs }
    }

    /// What stands in the places of `words`, as ranges.
    fn held(&self, words: &str) -> Option<Vec<(usize, usize)>> {
        let rest = words.strip_prefix(self.literals[0].as_str())?;
        let mut held = Vec::new();
        self.rest_held(words, words.len() - rest.len(), 0, &mut held).then_some(held)
    }

    /// Whether the place `index` and all behind it can begin at `from`.
    fn rest_held(&self, words: &str, from: usize, index: usize, held: &mut Vec<(usize, usize)>) -> bool {
        let Some(name) = self.names.get(index) else { return from == words.len() };
        let literal = self.literals[index + 1].as_str();
        let last = index + 1 == self.names.len();
        for (at, letter) in words[from..].char_indices() {
            let end = from + at + letter.len_utf8();
            let follows = if last { &words[end..] == literal } else { words[end..].starts_with(literal) };
            if follows && may_be(name, &words[from..end]) {
                held.push((from, end));
                if self.rest_held(words, end + literal.len(), index + 1, held) {
                    return true;
                }
                held.pop();
            }
        }
        false
    }
}

/// What may stand in a place is narrow, so that no sentence is taken for part of another.
fn may_be(name: &str, words: &str) -> bool {
    let without = |letters: &[char]| !words.contains(letters);
    match &name[1..name.len() - 1] {
        "n" | "m" => is_figure(words),
        "who" => without(&[',', ';', ':']),
        "host" => {
            words == "the recipient's server" || {
                let (host, address) = words.split_once(" (").unwrap_or((words, "x)"));
                let bare =
                    !host.is_empty() && !host.contains([',', ';']) && !host.contains(char::is_whitespace);
                bare && address.ends_with(')') && address.matches(')').count() == 1
            }
        }
        "domain" => without(&[',', ';', ':']) && !words.contains(char::is_whitespace),
        "where" => without(&['(', ')']),
        "when" => without(&[';']) && words.contains(|c: char| c.is_ascii_digit()),
        "family" => matches!(words, "IPv4" | "IPv6"),
        "cloud" => {
            let mut parts = words.split(' ');
            let named = |part: &str| part.trim_start_matches('(').starts_with(char::is_uppercase);
            without(&[':']) && parts.next().is_some_and(|first| !first.is_empty()) && parts.all(named)
        }
        "words" | "said" => true,
        name if name.starts_with('@') => true,
        _ => !words.as_bytes().windows(2).any(|two| b".:;?!".contains(&two[0]) && two[1] == b' '),
    }
}

/// A figure, with its unit where it has one: `12 ms`, `2 days 4 hours`.
fn is_figure(words: &str) -> bool {
    let digits = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_digit())
            && word.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '\u{a0}' | '\u{202f}'))
    };
    let letters = |word: &str| !word.is_empty() && word.chars().all(char::is_alphabetic);
    let parts: Vec<&str> = words.split(' ').collect();
    match parts.as_slice() {
        [figure] => digits(figure),
        [figure, unit] => digits(figure) && letters(unit),
        [figure, unit, more, other] => {
            digits(figure)
                && letters(unit)
                && more.bytes().all(|byte| byte.is_ascii_digit())
                && letters(other)
        }
        _ => false,
    }
}

/// The first letter changed where a sentence may begin with it: names such as IPv6 keep theirs.
fn begin(text: &str, change: impl Fn(char) -> String) -> String {
    let mut letters = text.chars();
    let (first, second) = (letters.next(), letters.clone().next());
    match first {
        Some(first)
            if first.is_lowercase()
                || first.is_alphabetic() && second.is_none_or(|second| !second.is_uppercase()) =>
        {
            change(first) + letters.as_str()
        }
        _ => text.to_owned(),
    }
}

fn lower(text: &str) -> String {
    begin(text, |letter| letter.to_lowercase().collect())
}

fn upper(text: &str) -> String {
    begin(text, |letter| letter.to_uppercase().collect())
}

/// The catalogue in one language, read from a file: two columns, English and the other one.
#[derive(Debug)]
pub struct Texts(Table);

impl Texts {
    /// The texts of `rows`; lines that begin with `#` and rows of one column are none.
    pub fn of(rows: &'static str) -> Self {
        Self(Table::of(rows, 0))
    }
}

/// One language's voice; what it has said once it need not look for again.
#[derive(Debug)]
pub struct Voice {
    language: Language,
    table: &'static Table,
    said: RefCell<HashMap<String, Option<String>>>,
}

impl Voice {
    /// The voice of `language`; nothing for English, which is how texts stand in the code.
    pub fn of(language: Language) -> Option<Self> {
        static TABLES: LazyLock<[Table; 3]> =
            LazyLock::new(|| [0, 1, 2].map(|column| Table::of(CATALOGUE, column)));
        let column = OTHERS.iter().position(|one| *one == language)?;
        Some(Self { language, table: &TABLES[column], said: RefCell::default() })
    }

    /// The voice of `language` by `texts`, which a host keeps beside itself.
    pub fn by(language: Language, texts: &'static Texts) -> Self {
        Self { language, table: &texts.0, said: RefCell::default() }
    }

    /// The language.
    pub fn language(&self) -> Language {
        self.language
    }

    /// `text` in the language, its white space kept; nothing where the catalogue cannot say it. What has no letter is the
    /// same in every language.
    pub fn say(&self, text: &str) -> Option<String> {
        let words = text.trim();
        if !words.contains(char::is_alphabetic) {
            return Some(text.to_owned());
        }
        if text.len() > LONGEST {
            return None;
        }
        let start = text.len() - text.trim_start().len();
        let said = self.words(words)?;
        Some(format!("{}{said}{}", &text[..start], &text[start + words.len()..]))
    }

    fn words(&self, words: &str) -> Option<String> {
        if let Some(said) = self.said.borrow().get(words) {
            return said.clone();
        }
        // What is being looked for is no part of itself.
        self.said.borrow_mut().insert(words.to_owned(), None);
        let said = self.look(words);
        self.said.borrow_mut().insert(words.to_owned(), said.clone());
        said
    }

    fn look(&self, words: &str) -> Option<String> {
        if let Some(text) = self.table.texts.get(words) {
            return Some((*text).to_owned());
        }
        let sentences = [". ", "? ", "! "];
        if let Some(said) =
            self.parts(words, |rest| sentences.iter().any(|end| rest.starts_with(end)).then_some((1, 1)))
        {
            return Some(said);
        }
        // The same words at another place in a sentence, or with its full stop.
        if let Some(said) = words.strip_suffix('.').and_then(|bare| self.words(bare)) {
            return Some(format!("{said}."));
        }
        let small = lower(words);
        let cased = |text: &str| if small == words { lower(text) } else { upper(text) };
        let alike = self.table.alike.get(&small).copied();
        let alike = alike.or_else(|| {
            let text = self.table.alike.get(&format!("{small}."))?;
            Some(text.strip_suffix('.').unwrap_or(text))
        });
        if let Some(text) = alike {
            return Some(cased(text));
        }
        for form in &self.table.forms {
            if !small.contains(form.needs.as_str()) {
                continue;
            }
            let filled = form.held(&small).and_then(|held| self.filled(form, words, &small, &held));
            if let Some(filled) = filled {
                return Some(if words.starts_with(form.head) { filled } else { cased(&filled) });
            }
        }
        const BORDERS: [&str; 4] = ["; ", ", or ", ", but ", ", "];
        self.parts(words, |rest| BORDERS.iter().find(|one| rest.starts_with(**one)).map(|one| (0, one.len())))
    }

    fn filled(&self, form: &Form, words: &str, small: &str, held: &[(usize, usize)]) -> Option<String> {
        let mut filled = form.text.to_owned();
        for (index, (name, (from, end))) in form.names.iter().zip(held).enumerate() {
            // A name that comes first keeps its own large letter.
            let own = if index == 0 && form.head.is_empty() { &words[..*end] } else { &small[*from..*end] };
            let said = match self.words(own) {
                Some(said) => said,
                None if name.starts_with("{@") => return None,
                None => self.named(name, own),
            };
            filled = filled.replacen(name, &said, 1);
        }
        Some(filled)
    }

    /// Names stay as they are; in a list there may be one of ours.
    fn named(&self, name: &str, words: &str) -> String {
        if name != "{list}" {
            return words.to_owned();
        }
        let all: Vec<String> =
            words.split(", ").map(|one| self.words(one).unwrap_or_else(|| one.to_owned())).collect();
        all.join(", ")
    }

    /// Several sentences, or several parts of one: where both sides of a border can be said, they are. `border` tells of a
    /// rest how much of it belongs to the left side, and how long the border is behind that.
    fn parts(&self, words: &str, border: impl Fn(&str) -> Option<(usize, usize)>) -> Option<String> {
        let mut at = 0;
        while let Some(letter) = words[at..].chars().next() {
            let Some((left, length)) = border(&words[at..]) else {
                at += letter.len_utf8();
                continue;
            };
            let (end, rest) = (at + left, at + left + length);
            if end > 0
                && let Some(head) = self.words(&words[..end])
                && let Some(tail) = self.words(&words[rest..])
            {
                return Some(format!("{head}{}{tail}", self.between(&words[end..rest])));
            }
            at = rest;
        }
        None
    }

    fn between(&self, border: &str) -> String {
        let word = border.trim_matches(|c: char| !c.is_alphabetic());
        match Some(word).filter(|word| !word.is_empty()).and_then(|word| self.words(word)) {
            Some(said) => border.replacen(word, &said, 1),
            None => border.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_that_is_liked_best_is_spoken() {
        for (accept, expected) in [
            (None, Language::En),
            (Some("nl-NL, nl"), Language::En),
            (Some("de-AT,de;q=0.9,en;q=0.8"), Language::De),
            (Some("nl, en;q=0.3, fr-CA;q=0.7"), Language::Fr),
            (Some("en, es"), Language::En),
            (Some("es;q=0, DE"), Language::De),
            (Some("*"), Language::En),
        ] {
            assert_eq!(preferred(accept), expected, "{accept:?}");
        }
    }

    #[test]
    fn a_sentence_is_said_with_what_stands_in_its_places() {
        let german = Voice::of(Language::De).unwrap();
        assert_eq!(german.say(" Verdict\n").as_deref(), Some(" Befund\n"));
        assert_eq!(german.say("127.0.0.1").as_deref(), Some("127.0.0.1"));
        assert_eq!(
            german.say("Postfix tries every 5 to 67 minutes.").as_deref(),
            Some("Postfix, Versuche: alle 5 bis 67 Minuten.")
        );
        assert_eq!(german.say("Nobody ever wrote this down"), None);
        assert!(Voice::of(Language::En).is_none());
    }
}
