//! A page of ours said in another language: its texts are looked up in the catalogue, its tags stay.
//!
//! A paragraph is said whole or not at all, and one that the catalogue lacks says of itself that it is English.

use super::language::{Voice, tag};
use super::words;

/// Elements whose text is nobody's sentence: code, what others said, what is not shown.
const AS_THEY_ARE: &[&str] = &["script", "style", "pre", "textarea", "code", "kbd", "bdi", "time", "svg"];

/// Elements that hold one sentence or more, and are said whole.
const WHOLE: &[&str] =
    &["p", "li", "h1", "h2", "h3", "h4", "summary", "th", "td", "dt", "dd", "label", "button", "title"];

/// Attributes that people read.
const READ: &[&str] = &["aria-label", "placeholder", "title"];

/// Where a description stands.
const DESCRIPTION: &str = "name=\"description\"";

/// `html`, which is a page of ours, said by `voice`; as it stands where there is none.
pub(super) fn localized(html: String, voice: Option<&Voice>) -> String {
    let Some(voice) = voice else { return html };
    let language = tag(voice.language());
    let mut out = String::with_capacity(html.len() + html.len() / 8);
    let mut rest = html.as_str();
    while let Some(piece) = Piece::first(rest) {
        rest = &rest[piece.text().len()..];
        match piece {
            Piece::Text(text) => out.push_str(&said(voice, text).unwrap_or_else(|| text.to_owned())),
            Piece::Tag(tag) => match name(tag) {
                "html" => out.push_str(&tag.replacen("lang=\"en\"", &format!("lang=\"{language}\""), 1)),
                // Its paragraphs say for themselves which of them are English.
                "article" => out.push_str(&tag.replacen("lang=\"en\"", &format!("lang=\"{language}\""), 1)),
                name if AS_THEY_ARE.contains(&name) || tag.contains(" lang=\"") => {
                    out.push_str(&attributes(voice, tag));
                    let inner = inside(rest, name);
                    out.push_str(inner);
                    rest = &rest[inner.len()..];
                }
                name if WHOLE.contains(&name) => {
                    let inner = inside(rest, name);
                    let tag = attributes(voice, tag);
                    if holds_whole(inner) {
                        out.push_str(&tag);
                        continue;
                    }
                    rest = &rest[inner.len()..];
                    match whole(voice, inner) {
                        Some(inner) => out.extend([tag.as_str(), &inner]),
                        None => out.extend([&in_english(&tag), inner]),
                    }
                }
                _ => out.push_str(&attributes(voice, tag)),
            },
        }
    }
    out.push_str(rest);
    out
}

/// A tag, comment or declaration; or the text up to the next one.
enum Piece<'a> {
    Tag(&'a str),
    Text(&'a str),
}

impl<'a> Piece<'a> {
    fn first(html: &'a str) -> Option<Self> {
        if html.is_empty() {
            return None;
        }
        // No attribute of ours holds a `>`: `maud` writes it as an entity.
        let end = |close: &str| html.find(close).map_or(html.len(), |at| at + close.len());
        Some(match html.find('<') {
            Some(0) if html.starts_with("<!--") => Self::Tag(&html[..end("-->")]),
            Some(0) => Self::Tag(&html[..end(">")]),
            found => Self::Text(&html[..found.unwrap_or(html.len())]),
        })
    }

    fn text(&self) -> &'a str {
        match self {
            Self::Tag(text) | Self::Text(text) => text,
        }
    }
}

/// The name of an opening tag; empty for any other.
fn name(tag: &str) -> &str {
    let inner = tag.trim_start_matches('<');
    &inner[..inner.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(inner.len())]
}

/// What stands before the end of the element `name`, which has begun.
fn inside<'a>(html: &'a str, name: &str) -> &'a str {
    let close = format!("</{name}>");
    let (mut depth, mut at) = (1_usize, 0);
    while let Some(piece) = Piece::first(&html[at..]) {
        if let Piece::Tag(tag) = piece {
            if tag == close {
                depth -= 1;
                if depth == 0 {
                    return &html[..at];
                }
            } else if self::name(tag) == name {
                depth += 1;
            }
        }
        at += piece.text().len();
    }
    html
}

fn holds_whole(html: &str) -> bool {
    html.split('<').skip(1).any(|tag| WHOLE.contains(&name(tag)) || name(tag) == "ul")
}

/// Everything in a paragraph, said; nothing where one part of it cannot be.
fn whole(voice: &Voice, html: &str) -> Option<String> {
    let (mut out, mut rest) = (String::new(), html);
    let mut run: Vec<&str> = Vec::new();
    while let Some(piece) = Piece::first(rest) {
        let length = match piece {
            Piece::Text(text) => {
                run.push(text);
                text.len()
            }
            Piece::Tag(tag) if LINKED.iter().any(|begin| tag.starts_with(begin)) => {
                let length = tag.len() + inside(&rest[tag.len()..], "a").len() + "</a>".len();
                run.push(&rest[..length.min(rest.len())]);
                length.min(rest.len())
            }
            Piece::Tag(tag) => {
                out.push_str(&run_said(voice, &run)?);
                run.clear();
                out.push_str(&attributes(voice, tag));
                let as_it_is = AS_THEY_ARE.contains(&name(tag)) || tag.contains(" lang=\"");
                let inner = if as_it_is { inside(&rest[tag.len()..], name(tag)) } else { "" };
                out.push_str(inner);
                tag.len() + inner.len()
            }
        };
        rest = &rest[length..];
    }
    out.push_str(&run_said(voice, &run)?);
    Some(out)
}

/// How links begin that were made of the words of a sentence (`words::linked`).
const LINKED: &[&str] = &["<a href=\"/codes/", "<a href=\"https://www.rfc-editor.org/"];

/// Texts, and links between them that are words of the same sentence; else each text by itself.
fn run_said(voice: &Voice, run: &[&str]) -> Option<String> {
    if run.iter().any(|part| part.starts_with('<')) {
        let bare = |part: &&str| match part.strip_suffix("</a>").and_then(|link| link.split_once('>')) {
            Some((_, words)) => words.to_owned(),
            None => (*part).to_owned(),
        };
        let all: String = run.iter().map(bare).collect();
        if let Some(said) = voice.say(&plain(&all)) {
            return Some(words::linked(&said).into_string());
        }
    }
    let one = |part: &&str| if part.starts_with('<') { Some((*part).to_owned()) } else { said(voice, part) };
    run.iter().map(one).collect()
}

/// A text between tags, said; its white space, which HTML reads as one space, is.
fn said(voice: &Voice, text: &str) -> Option<String> {
    let plain = plain(text);
    if !plain.contains(char::is_alphabetic) {
        return Some(text.to_owned());
    }
    if let Some(said) = voice.say(&plain) {
        return Some(escaped(&said));
    }
    // What only joins it to its neighbours is no part of a sentence.
    let words = plain.trim_start_matches(JOINTS).trim_end_matches(JOINTS_AFTER);
    let start = plain.len() - plain.trim_start_matches(JOINTS).len();
    let said = voice.say(words).filter(|_| words.len() < plain.len())?;
    Some(escaped(&format!("{}{said}{}", &plain[..start], &plain[start + words.len()..])))
}

/// What stands between a text and the element before it, and behind it.
const JOINTS: [char; 5] = [' ', '.', ',', ':', ')'];
const JOINTS_AFTER: [char; 3] = [' ', ':', '('];

/// A text as it is read: its entities resolved, its white space one space each.
fn plain(text: &str) -> String {
    let plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
    let words: Vec<&str> = plain.split_whitespace().collect();
    let edge = |at_edge: bool| if at_edge { " " } else { "" };
    format!(
        "{}{}{}",
        edge(plain.starts_with(char::is_whitespace)),
        words.join(" "),
        edge(plain.ends_with(char::is_whitespace) && !words.is_empty())
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The tag with what people read of its attributes said, where that can be.
fn attributes(voice: &Voice, tag: &str) -> String {
    let mut out = tag.to_owned();
    let content = tag.contains(DESCRIPTION).then_some("content");
    for attribute in READ.iter().copied().chain(content) {
        let open = format!(" {attribute}=\"");
        let Some((before, rest)) = out.split_once(&open) else { continue };
        let Some((value, after)) = rest.split_once('"') else { continue };
        if let Some(said) = said(voice, value) {
            out = format!("{before}{open}{said}\"{after}");
        }
    }
    out
}

/// The tag, which says of itself that it is English.
fn in_english(tag: &str) -> String {
    let name = name(tag);
    format!("<{name} lang=\"en\"{}", &tag[1 + name.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use noanswer_core::letters::Language;

    fn german(html: &str) -> String {
        localized(html.to_owned(), Voice::of(Language::De).as_ref())
    }

    #[test]
    fn texts_are_said_and_what_others_said_is_not() {
        for (html, expected) in [
            ("<html lang=\"en\" data-keeps>", "<html lang=\"de\" data-keeps>"),
            ("<h2>Verdict</h2>", "<h2>Befund</h2>"),
            ("<h2 id=\"v\">\n  Verdict\n</h2>", "<h2 id=\"v\"> Befund </h2>"),
            ("<pre>Verdict</pre><code>Verdict</code>", "<pre>Verdict</pre><code>Verdict</code>"),
            ("<div lang=\"en\"><p>Verdict</p></div>", "<div lang=\"en\"><p>Verdict</p></div>"),
            (
                "<!-- Verdict --><i aria-label=\"Verdict\"></i>",
                "<!-- Verdict --><i aria-label=\"Befund\"></i>",
            ),
            // Whole, or not at all.
            (
                "<p class=\"a\">Verdict <b>of nobody</b></p>",
                "<p lang=\"en\" class=\"a\">Verdict <b>of nobody</b></p>",
            ),
            ("<p>Verdict <code>x</code></p>", "<p>Befund <code>x</code></p>"),
            (
                "<p>Its codes: <a href=\"/codes/4.4.1\">4.4.1</a>.</p>",
                "<p>Seine Codes: <a href=\"/codes/4.4.1\">4.4.1</a>.</p>",
            ),
            ("<li><p>Verdict</p></li>", "<li><p>Befund</p></li>"),
        ] {
            assert_eq!(german(html), expected);
            assert_eq!(localized(html.to_owned(), Voice::of(Language::En).as_ref()), html);
        }
    }
}
