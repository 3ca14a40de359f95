//! A pasted text in which rows of such logs stand.

use super::event;
use super::rows::{Rows, is_row};
use super::told::Told;
use crate::cut::Cut as _;
use crate::symptom::line::spans_of_lines;
use crate::symptom::model::Symptom;

/// Over how many lines at most a row is taken to be wrapped.
const WRAPPED: usize = 4;

/// What the rows of `text` state, and the rest of the text with them blank; `None` where no row stands.
pub(in crate::symptom) fn read(text: &str) -> Option<(Vec<Symptom>, String)> {
    let (mut symptoms, text) = events(text);
    let begins = |line: &str| is_row(line.trim_start_matches(['-', '*', '>', '|', ' ']));
    if symptoms.is_empty() && !spans_of_lines(&text).any(|(_, line)| begins(line)) {
        return None;
    }
    let (mut rows, mut told) = (Rows::default(), Vec::new());
    let mut rest = String::with_capacity(text.len());
    let lines: Vec<(usize, &str)> = spans_of_lines(&text).collect();
    let mut next = 0;
    while let Some((start, line)) = lines.get(next).copied() {
        rest.push_str(text.within(rest.len(), start));
        next += 1;
        // A field in quotation marks that a mail program wrapped.
        let mut end = start + line.len();
        let is_open = |end: usize| text.within(start, end).matches('"').count() % 2 == 1;
        let mut after = next;
        while is_open(end) && after < lines.len() && after - next < WRAPPED && !begins(lines[after].1) {
            end = lines[after].0 + lines[after].1.len();
            after += 1;
        }
        let whole = text.within(start, end).replace(['\r', '\n'], " ");
        if after > next && !is_open(end) && begins(line) && rows.line(&whole, start, &mut told) {
            next = after;
            blank(text.within(start, end), &mut rest);
        } else if rows.line(line, start, &mut told) {
            blank(line, &mut rest);
        } else {
            rest.push_str(line);
        }
    }
    rows.finish(&mut told);
    symptoms.extend(told.into_iter().filter_map(|told| match told {
        Told::Failed(symptom, _) => Some(symptom),
        Told::Taken(_) => None,
    }));
    Some((symptoms, rest))
}

/// Spaces for all but the ends of lines: bytes stay where they are.
fn blank(text: &str, rest: &mut String) {
    rest.extend(text.bytes().map(|byte| if matches!(byte, b'\r' | b'\n') { char::from(byte) } else { ' ' }));
}

/// The events of `text` as XML, and the text with them blank.
fn events(text: &str) -> (Vec<Symptom>, String) {
    let (mut symptoms, mut rest) = (Vec::new(), String::with_capacity(text.len()));
    let mut at = 0;
    while let Some(start) = text.after(at).find("<Event ").map(|found| at + found) {
        let Some(end) = text.after(start).find("</Event>").map(|found| start + found + 8) else { break };
        rest.push_str(text.within(at, start));
        match event::read(text.within(start, end)) {
            Some(symptom) => {
                symptoms.push(symptom);
                blank(text.within(start, end), &mut rest);
            }
            None => rest.push_str(text.within(start, end)),
        }
        at = end;
    }
    rest.push_str(text.after(at));
    (symptoms, rest)
}
