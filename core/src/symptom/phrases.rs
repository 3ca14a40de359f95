//! The phrase table: what mail software and operating systems say, in lower case, and what it means.
//!
//! Rules for what software says, by its format strings; never for one text. Longer phrases win where they overlap. The
//! table is `phrases.tsv`, one row a phrase: what it tells, who writes it, and the place (product, version and file, number of a
//! message, RFC, address) where it was read. Only ASCII is put into lower case: a phrase leaves out a first letter that has two.

use super::cause::Cause;
use super::marks::{Mark, Table};
use crate::cut::Cut as _;
use crate::order;
use crate::smtp::Stage;

/// What a phrase tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tells {
    /// What ended the attempt, in the sender's own words.
    Fact(Cause, Option<Stage>),
    /// What the sender did about it: counts only where no fact stands beside it.
    Consequence(Cause),
    /// The stage, without a cause of its own.
    At(Stage),
    /// The message was given up.
    GivenUp,
    /// The words after this are a remote server's.
    RemoteSpeaks(Option<Stage>),
    /// What a server means by a refusal: counts only in a reply.
    Refusal(Cause),
}

/// The table, as the build made it.
static PHRASES: Table<Tells> = Table::new(include!(concat!(env!("OUT_DIR"), "/phrases.rs")));

/// A phrase that was found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) tells: Tells,
}

/// Every phrase of the table.
pub(super) fn all() -> impl Iterator<Item = (&'static str, Tells)> {
    PHRASES.all()
}

/// The phrases in `lower`, a text in lower case, from its beginning: of those that overlap, the one that begins first, and
/// of those that begin together the longest.
pub(super) fn find(lower: &str) -> Vec<Found> {
    let Some((plain, places)) = unescaped(lower) else { return find_plain(lower) };
    let place = |at: usize| places.get(at).copied().unwrap_or(lower.len());
    let found = find_plain(&plain);
    found.into_iter().map(|one| Found { start: place(one.start), end: place(one.end), ..one }).collect()
}

/// `lower` with the letters that JSON writes as `\u0412`, and where each byte of that stood; nothing where it has none.
fn unescaped(lower: &str) -> Option<(String, Vec<usize>)> {
    let letter = |at: usize| {
        let digits = lower.get(at..)?.strip_prefix("\\u")?.get(..4)?;
        char::from_u32(u32::from_str_radix(digits, 16).ok()?).filter(|c| c.is_alphabetic())
    };
    lower.match_indices("\\u").find_map(|(at, _)| letter(at))?;
    let (mut plain, mut places, mut done) = (String::with_capacity(lower.len()), Vec::new(), 0);
    for (at, c) in lower.char_indices() {
        if at < done {
            continue;
        }
        let escaped = letter(at);
        done = if escaped.is_some() { at + 6 } else { at + c.len_utf8() };
        plain.push(escaped.unwrap_or(c));
        places.resize(plain.len(), at);
    }
    Some((plain, places))
}

fn find_plain(lower: &str) -> Vec<Found> {
    let mut marks = PHRASES.find(lower);
    order::sort_by_key(&mut marks, |mark| (mark.start, std::cmp::Reverse(mark.end)));
    let mut done = 0;
    marks.retain(|mark| {
        let apart = mark.start >= done;
        if apart {
            done = mark.end;
        }
        apart
    });
    // `Connection timeout: 5 secs` is a setting.
    const SETTINGS: &str = "timeout\nタイムアウト\n超时\n逾時";
    marks.retain(|mark| {
        let named = lower.before(mark.end).ends(SETTINGS);
        !(named && is_set(lower.after(mark.end)))
    });
    // A refusal's word within an address is a name.
    marks.retain(|mark| {
        !(matches!(PHRASES.tells(mark), Tells::Refusal(_)) && is_of_address(lower, mark.start, mark.end))
    });
    // Programs resolve more than names.
    const RESOLVED: &str = " template\n module\n class\n path\n view\n url\n depend";
    marks.retain(|mark| {
        !(PHRASES.mark(mark).ends_with("to resolve") && lower.after(mark.end).begins(RESOLVED))
    });
    // What OpenSSL's client finds wrong with a certificate ends nothing.
    marks.retain(|mark| {
        let before = lower.before(mark.start);
        !(PHRASES.mark(mark).starts_with("self")
            && (before.ends_with(':') || before.ends_with("verification error: ")))
    });
    let found = |mark: Mark| Found { start: mark.start, end: mark.end, tells: PHRASES.tells(&mark) };
    marks.into_iter().map(found).collect()
}

/// Whether `start..end` lies within an address: `<no-spam-42@example.org>`.
fn is_of_address(lower: &str, start: usize, end: usize) -> bool {
    let ends =
        |c: char| c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | '[' | ']' | '"' | ',' | ';' | ':');
    let from = lower.before(start).rfind(ends).map_or(0, |at| at + 1);
    let to = lower.after(end).find(ends).map_or(lower.len(), |at| end + at);
    !lower.within(start, end).contains(ends)
        && lower.within(from, to).contains('@')
        && !lower.within(from, to).contains("://")
}

/// Whether a number is what the words before `rest` are set to: `: 5 secs`, ` = 5`, ` to 5 or 10`.
fn is_set(rest: &str) -> bool {
    let rest = rest.trim_start_matches([' ', '时', '间', '時', '間']);
    let value =
        [":", "：", "=", "to ", "of "].iter().find_map(|sign| rest.strip_prefix(sign)).unwrap_or_default();
    value.trim_start().starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sound() {
        let mut phrases: Vec<&str> = all().map(|(phrase, _)| phrase).collect();
        for phrase in &phrases {
            assert_eq!(**phrase, phrase.to_lowercase(), "phrases are compared in lower case");
        }
        phrases.sort_unstable();
        let twice: Vec<_> = phrases.windows(2).filter(|pair| pair[0] == pair[1]).collect();
        assert!(twice.is_empty(), "{twice:?}");
        assert!(!find("connect to x: connection timed out").is_empty());
    }

    /// A longer phrase that begins where a shorter one does hides it: only where it is meant to tell something else.
    #[test]
    fn no_phrase_hides_another_that_tells_the_same() {
        for (phrase, tells) in all() {
            let found = find(phrase);
            assert!(found.iter().any(|one| one.tells == tells), "{phrase:?} is hidden: {found:?}");
        }
    }

    /// How many phrases may be assumed wording, read in no source: only ever fewer.
    const UNREAD: usize = 181;

    /// The one label of a phrase whose words were found in no source: `docs/GLOSSARY.md` says what it means.
    const ASSUMED: &str = "assumed wording: found in no source that was searched, 2026-11";

    /// What a source has instead of a place: texts that this house wrote, and words that nobody can look up.
    const NO_PLACE: &[&str] = &[
        ".jsonl",
        "a line of its log",
        "ACKNOWLEDGMENTS",
        "blind test",
        "common wording",
        "index id",
        "LICENCE",
        "Makefile",
        "messages about",
        "must_fire",
        "public code",
        "public thread",
        "replies of servers",
        "reports of users",
        "texts of users",
        "texts.toml",
        "various",
    ];

    /// How the names of files end in which software has its words.
    const ENDINGS: &str = " C H c cc conf cpp cs csv dart default el eml erl ex ftl go h hs html in inc java js json kt lua m4 mc md \
        msg pas php pl pm po properties py rb resx rs sh src swift toml ts txt xfpt xml ";

    /// Whether a source names a place that anybody can look up: a file, the section of an RFC, an address, or the number or
    /// name under which a product lists its message.
    fn names_a_place(source: &str) -> bool {
        let words: Vec<&str> = source
            .split_whitespace()
            .map(|word| word.trim_matches(['(', ')', ',', ';', ':', '"', '\'']))
            .collect();
        let is_file = |word: &str| {
            word.rsplit_once('.').is_some_and(|(name, ending)| {
                !name.is_empty() && word != "Node.js" && ENDINGS.contains(&format!(" {ending} "))
            })
        };
        let is_address = |word: &str| {
            let named =
                |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
            let (host, page) = word.trim_start_matches("https://").split_once('/').unwrap_or_default();
            host.contains('.') && host.split('.').all(named) && !page.is_empty()
        };
        let is_numbered = |kind: &str, name: &str| match kind {
            "file" => !name.is_empty(),
            "Base" | "article" | "class" | "code" | "error" | "field" | "issue" | "message" | "question"
            | "resource" => name.contains(|c: char| c.is_ascii_digit() || c.is_ascii_uppercase() || c == '_'),
            _ => false,
        };
        let is_section = |of: &[&str]| {
            of[0] == "RFC"
                && of[1].parse::<u16>().is_ok()
                && of[2].strip_prefix('s').is_some_and(|s| s.starts_with(|c: char| c.is_ascii_digit()))
        };
        !NO_PLACE.iter().any(|words| source.contains(words))
            && (words.iter().any(|word| is_file(word) || is_address(word))
                || words.windows(2).any(|pair| is_numbered(pair[0], pair[1]))
                || words.windows(3).any(is_section))
    }

    #[test]
    fn a_place_is_told_from_words_that_name_none() {
        for place in [
            "Postfix 3.10, src/smtp/smtp_proto.c",
            "RFC 5321 s4.2.2 (421)",
            "github.com/PHPMailer/PHPMailer issue 923",
            "Windows, message 10061 (WSAECONNREFUSED) in de",
            ".NET Framework 4.8, resource net_timeout in pl",
        ] {
            assert!(names_a_place(place), "{place}");
        }
        for none in [
            "messages about SMTP of web applications and mail programs in fr",
            "texts.toml, Barracuda",
            "a blind test, C",
            "public thread, Emailimo#2",
            "Halon 6, queue log",
            "RFC 7505",
            "Exim 4.99.1, src/LICENCE",
            "c-ares 1.x, ares_strerror; Node.js dns",
            "assumed wording",
        ] {
            assert!(!names_a_place(none), "{none}");
        }
    }

    #[test]
    fn letters_that_json_escapes_are_read() {
        let found = find(
            "c:\\users \\u0441\\u043e\\u0435\\u0434\\u0438\\u043d\\u0435\\u043d\\u0438\\u0438 \\u043e\\u0442\\u043a\\u0430\\u0437\\u0430\\u043d\\u043e)",
        );
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].end, 9 + 10 * 6 + 1 + 8 * 6);
    }

    #[test]
    fn every_phrase_has_its_source_and_its_place_in_the_order() {
        let table = include_str!("phrases.tsv");
        let rows: Vec<Vec<&str>> = table.lines().skip(1).map(|line| line.split('\t').collect()).collect();
        assert_eq!(rows.len(), all().count());
        let unread = rows.iter().filter(|row| row[5] == ASSUMED).count();
        assert!(unread <= UNREAD, "{unread} phrases were read in no source");
        for row in &rows {
            assert!(row[5] == ASSUMED || names_a_place(row[5]), "a source that names no place: {row:?}");
            let remote = matches!(row[1], "remote_speaks" | "refusal");
            assert_eq!(remote, row[4] == "remote", "who writes it: {row:?}");
        }
        let order = ["remote_speaks", "fact", "consequence", "at", "given_up", "refusal"];
        let place = |row: &Vec<&str>| order.iter().position(|effect| *effect == row[1]);
        for pair in rows.windows(2) {
            let key = |row: &Vec<&'static str>| (place(row), row[2], row[3], row[0]);
            assert!(key(&pair[0]) < key(&pair[1]), "out of order: {:?} before {:?}", pair[0][0], pair[1][0]);
        }
    }

    /// Of the rows that a phrase begins with, the longest would be found in its place: it must tell something else.
    #[test]
    fn no_row_says_what_a_shorter_one_says_already() {
        let rows: Vec<_> = all().collect();
        for (long, tells) in &rows {
            let begins = rows.iter().filter(|(short, _)| long != short && long.starts_with(short));
            let shorter = begins.max_by_key(|(short, _)| short.len());
            assert!(shorter.is_none_or(|(_, same)| same != tells), "{shorter:?} says what {long:?} says");
        }
    }
}
