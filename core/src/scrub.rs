//! Remote text made fit to be shown: nothing invisible, nothing endless; and without mail addresses, where it is passed on.

use std::borrow::Cow;
use std::fmt::Write;

/// The text with every invisible or direction-changing character as an escape `\u{..}`; a tab is one of them.
///
/// Escaped are C0, DEL and C1 (terminal sequences begin there), bidirectional controls (UAX #9), zero-width and other
/// format characters, line and paragraph separators, tags, and the replacement's neighbours that no font draws. A
/// backslash stays as it is: the result is for eyes, not for reading back.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_hidden(character) {
            // Writing to a String cannot fail.
            let _ = write!(shown, "\\u{{{:x}}}", u32::from(character));
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// The text, line feeds kept as they are and every line [`visible`].
pub fn visible_lines(text: &str) -> String {
    let lines: Vec<Cow<'_, str>> =
        text.split('\n').map(|line| visible(line.trim_end_matches('\r'))).collect();
    lines.join("\n")
}

/// The text of a JSON document with every hidden character as an escape (RFC 8259 s7): it means the same, and a terminal
/// takes nothing in it for an order. Line breaks between values stay.
pub fn json(text: String) -> String {
    let is_plain = |character: char| character == '\n' || !is_hidden(character);
    if text.chars().all(is_plain) {
        return text;
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_plain(character) {
            escaped.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            // Writing to a String cannot fail.
            let _ = write!(escaped, "\\u{unit:04x}");
        }
    }
    escaped
}

fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// The text cut to at most `max` bytes at a character, with a note of how much was left out.
pub fn bounded(text: &str, max: usize) -> Cow<'_, str> {
    if text.len() <= max {
        return Cow::Borrowed(text);
    }
    let end = (0..=max).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    Cow::Owned(format!("{}… ({} bytes more)", &text[..end], text.len() - end))
}

/// The text with the local part of every mail address replaced: `someone@example.com` becomes `***@example.com`.
///
/// Reads the addresses that texts contain (RFC 5322 s3.4.1 with UTF-8, RFC 6531), quoted local parts too.
pub fn mail_addresses(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('@') {
        let (before, after) = (&rest[..at], &rest[at + 1..]);
        let start = local_part_start(before);
        if start < before.len() && begins_domain(after) {
            clean.push_str(&before[..start]);
            clean.push_str("***");
        } else {
            clean.push_str(before);
        }
        clean.push('@');
        rest = after;
    }
    clean.push_str(rest);
    clean
}

/// Where the local part at the end of `before` begins; its length when there is none.
fn local_part_start(before: &str) -> usize {
    if let Some(inner) = before.strip_suffix('"') {
        // The opening quote is the last one that is not escaped.
        let quotes = inner.rmatch_indices('"').map(|(at, _)| at);
        let opening = quotes.into_iter().find(|&at| !inner[..at].ends_with('\\'));
        return opening.unwrap_or(before.len());
    }
    before
        .char_indices()
        .rev()
        .take_while(|&(_, character)| is_atom_text(character))
        .last()
        .map_or(before.len(), |(at, _)| at)
}

/// `atext` and the dot (RFC 5322 s3.2.3), with letters of any script (RFC 6531 s3.3).
fn is_atom_text(character: char) -> bool {
    character.is_alphanumeric()
        || ".!#$%&'*+-/=?^_`{|}~".contains(character)
        || (!character.is_ascii() && !character.is_whitespace() && !is_hidden(character))
}

fn begins_domain(after: &str) -> bool {
    after.chars().next().is_some_and(|first| first.is_alphanumeric() || first == '[')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn terminal_and_direction_tricks_show() {
        assert_eq!(visible("220 mx.example ESMTP"), "220 mx.example ESMTP");
        assert_eq!(visible("\u{1b}]0;pwned\u{7}"), "\\u{1b}]0;pwned\\u{7}");
        assert_eq!(visible("a\u{9b}31mb\u{7f}\0"), "a\\u{9b}31mb\\u{7f}\\u{0}");
        assert_eq!(visible("moc.\u{202e}elpmaxe\u{2066}"), "moc.\\u{202e}elpmaxe\\u{2066}");
        assert_eq!(visible("a\u{200b}b\u{2028}c\r\n"), "a\\u{200b}b\\u{2028}c\\u{d}\\u{a}");
        assert_eq!(visible("übergrößé 日本"), "übergrößé 日本");
        assert_eq!(visible_lines("a\r\nb\u{1b}\nc"), "a\nb\\u{1b}\nc");
    }

    #[test]
    fn json_keeps_its_meaning_and_shows_nothing_hidden() {
        let said = "220 mx\u{9b}31m \u{202e}moc \u{7f} \u{e0041} \n\t ü";
        let text = serde_json::to_string_pretty(&serde_json::json!({ "said": said })).unwrap();
        let escaped = json(text);
        assert!(escaped.chars().all(|one| one == '\n' || !is_hidden(one)), "{escaped}");
        let back: serde_json::Value = serde_json::from_str(&escaped).unwrap();
        assert_eq!(back["said"], said);
    }

    #[test]
    fn local_parts_go_and_domains_stay() {
        for (text, clean) in [
            ("to <jo.doe+tag@example.com>: 441", "to <***@example.com>: 441"),
            ("bounces+jo=example.com@list.example", "***@list.example"),
            ("\"jo \\\" doe\"@example.com x", "***@example.com x"),
            ("jürgen@bücher.example, 用户@例え.テスト", "***@bücher.example, ***@例え.テスト"),
            ("a@b@c.example", "***@***@c.example"),
            ("root@[192.0.2.1]", "***@[192.0.2.1]"),
            ("12:00 @ noon, @handle, user@", "12:00 @ noon, @handle, user@"),
        ] {
            assert_eq!(mail_addresses(text), clean);
        }
    }

    #[test]
    fn long_text_is_cut_at_a_character() {
        assert_eq!(bounded("short", 5), "short");
        assert_eq!(bounded("größe", 3), "gr… (5 bytes more)");
    }

    proptest! {
        #[test]
        fn nothing_hidden_survives(text in any::<String>()) {
            prop_assert!(!visible(&text).chars().any(is_hidden));
        }

        #[test]
        fn no_known_mailbox_survives(text in "[a-z@.\" <>=+ä]{0,40}", domain in "[a-z]{1,5}\\.example") {
            let clean = mail_addresses(&format!("{text} secretmailbox@{domain}"));
            prop_assert!(!clean.contains("secretmailbox"), "{clean}");
            let expected = format!("***@{domain}");
            prop_assert!(clean.ends_with(&expected), "{clean}");
        }
    }
}
