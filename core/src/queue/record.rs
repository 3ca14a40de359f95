//! Objects as PowerShell prints them: a table, a list, CSV or JSON.

use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// One object: its properties by name.
pub(super) type Record<'t> = BTreeMap<Cow<'t, str>, Cow<'t, str>>;

/// Properties that queues and messages of Exchange alone have; Queue Viewer's export has them with spaces.
const MARKS: &[&str] = &[
    "NextHopDomain",
    "MessageCount",
    "MessageSourceName",
    "FromAddress",
    "Next Hop Domain",
    "Message Count",
    "Message Source Name",
    "From Address",
];

/// What is in every listing beside those.
const BESIDE: &[&str] = &["Identity", "DeliveryType", "LastError", "Delivery Type", "Last Error"];

/// Whether `text` is a listing of Exchange's queues or messages.
pub(super) fn is_exchange(text: &str) -> bool {
    let head = &text[..text.floor_char_boundary(64 * 1024)];
    let named = |name: &&&str| head.contains(**name);
    MARKS.iter().filter(named).count() > 0 && BESIDE.iter().any(|name| head.contains(name))
}

/// Calls `each` with the objects of `text`, in whichever form, one after the other.
pub(super) fn read(text: &str, each: impl FnMut(&Record<'_>)) {
    let begin = text.trim_start();
    if begin.starts_with(['{', '['])
        && let Ok(value) = serde_json::from_str::<Value>(begin)
    {
        return json(value, each);
    }
    let lines: Vec<&str> = text.lines().collect();
    // The command itself may name properties, too.
    let is_prompt = |line: &str| line.starts_with("[PS]") || line.starts_with("PS ");
    let is_marked = |line: &&str| !is_prompt(line) && MARKS.iter().any(|mark| line.contains(mark));
    let header = lines.iter().position(is_marked);
    let Some(header) = header else { return };
    let many = |mark: &u8| memchr::memchr_iter(*mark, lines[header].as_bytes()).count() > 2;
    if let Some(mark) = [b'\t', b',', b';'].into_iter().find(many) {
        let before: usize = text.split_inclusive('\n').take(header).map(str::len).sum();
        csv(&text[before..], mark, each);
    } else if lines.get(header + 1).is_some_and(|line| is_rule(line)) {
        table(&lines[header..], each);
    } else {
        list(&lines, each);
    }
}

fn json(value: Value, mut each: impl FnMut(&Record<'_>)) {
    let objects = match value {
        Value::Array(all) => all,
        Value::Object(mut one) => match one.remove("value") {
            Some(Value::Array(all)) => all,
            _ => vec![Value::Object(one)],
        },
        _ => Vec::new(),
    };
    for fields in objects.iter().filter_map(Value::as_object) {
        each(&fields.iter().map(|(name, value)| (plain(name), Cow::Owned(words(value)))).collect());
    }
}

/// A value in words; of an object that stands for a date, a name or a number, those.
fn words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Array(all) => all.iter().map(words).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => {
            let named = ["value", "DateTime", "Address", "RawIdentity", "Name"];
            named.iter().find_map(|name| fields.get(*name)).map(words).unwrap_or_default()
        }
        other => other.to_string(),
    }
}

/// A property's name as PowerShell has it: Queue Viewer writes `Next Hop Domain`.
fn plain(name: &str) -> Cow<'_, str> {
    if name.contains(char::is_whitespace) {
        Cow::Owned(name.split_whitespace().collect())
    } else {
        Cow::Borrowed(name)
    }
}

/// The line of dashes under a table's head.
fn is_rule(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && line.bytes().all(|byte| matches!(byte, b'-' | b' '))
}

/// A table: a value begins where its name does, and ends before the next name.
fn table(lines: &[&str], mut each: impl FnMut(&Record<'_>)) {
    let rule = lines[1].as_bytes();
    let begins: Vec<usize> =
        (0..rule.len()).filter(|at| rule[*at] == b'-' && (*at == 0 || rule[*at - 1] != b'-')).collect();
    let names = cells(lines[0], &begins);
    for line in lines[2..].iter().take_while(|line| !line.trim().is_empty()) {
        each(
            &names
                .iter()
                .map(|name| plain(name))
                .zip(cells(line, &begins).into_iter().map(Cow::Borrowed))
                .collect(),
        );
    }
}

/// The cells of a table's line, which begin at these characters.
fn cells<'t>(line: &'t str, begins: &[usize]) -> Vec<&'t str> {
    let mut places = line.char_indices().map(|(place, _)| place);
    let mut passed = 0;
    let mut place = |character: usize| {
        let skipped = character - passed;
        passed = character + 1;
        places.nth(skipped).unwrap_or(line.len())
    };
    let starts: Vec<usize> = begins.iter().map(|begin| place(*begin)).collect();
    let ends = starts.iter().skip(1).copied().chain([line.len()]);
    starts.iter().zip(ends).map(|(start, end)| line[*start..end].trim()).collect()
}

/// A list: `Name : value` a line; what does not fit goes on below, moved in. An object begins where a name comes again: an
/// empty line alone ends none, for pasting puts one between all lines.
fn list(lines: &[&str], mut each: impl FnMut(&Record<'_>)) {
    let mut open = Record::new();
    let mut last: Option<(&str, usize)> = None;
    for line in lines {
        let named =
            line.split_once(" : ").or_else(|| line.trim_end().strip_suffix(" :").map(|name| (name, "")));
        let is_name = |name: &str| {
            let name = name.trim_end();
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        if let Some((name, value)) = named.filter(|(name, _)| is_name(name)) {
            let margin = line.len() - value.len();
            let name = name.trim_end();
            if open.contains_key(name) {
                each(&std::mem::take(&mut open));
            }
            open.insert(Cow::Borrowed(name), Cow::Borrowed(value.trim()));
            last = Some((name, margin));
        } else if let Some((name, margin)) = &last
            && !line.trim().is_empty()
            && let Some(value) = open.get_mut(*name)
        {
            let moved_in = line.len() - line.trim_start().len();
            // What was pasted may have lost its margin: a list in braces ends with one.
            let unended = value.starts_with(['{', '[']) && !value.ends_with(['}', ']']);
            if moved_in > 0 || unended {
                // PowerShell wraps at words, and inside them where none ends.
                let value = value.to_mut();
                if (moved_in >= *margin || unended && moved_in == 0) && !value.is_empty() {
                    value.push(' ');
                }
                value.push_str(line.trim());
            }
        }
    }
    if !open.is_empty() {
        each(&open);
    }
}

/// CSV (RFC 4180), as `Export-Csv` writes it, or parted by another `mark`: the first line names the properties.
fn csv(text: &str, mark: u8, mut each: impl FnMut(&Record<'_>)) {
    let mut rest = text;
    let names: Vec<String> = row(&mut rest, mark).iter().map(|name| plain(name).into_owned()).collect();
    while !rest.is_empty() {
        let row = row(&mut rest, mark);
        if row.len() > 1 {
            each(&names.iter().map(|name| Cow::Borrowed(name.as_str())).zip(row).collect());
        }
    }
}

/// Takes the next row off `rest`.
fn row<'t>(rest: &mut &'t str, mark: u8) -> Vec<Cow<'t, str>> {
    let text = *rest;
    let mut cells = Vec::new();
    let (mut start, mut from, mut quoted) = (0, 0, false);
    loop {
        let next = if quoted {
            memchr::memchr(b'"', &text.as_bytes()[from..])
        } else {
            memchr::memchr3(mark, b'\n', b'"', &text.as_bytes()[from..])
        };
        let at = next.map_or(text.len(), |next| from + next);
        from = (at + 1).min(text.len());
        match text.as_bytes().get(at) {
            Some(b'"') => quoted = !quoted,
            end => {
                cells.push(cell(&text[start..at]));
                start = from;
                if end != Some(&mark) {
                    *rest = &text[from..];
                    return cells;
                }
            }
        }
    }
}

/// A cell without its quotes, of which two within it stand for one.
fn cell(text: &str) -> Cow<'_, str> {
    let text = text.strip_suffix('\r').unwrap_or(text);
    let inner = text.strip_prefix('"').map_or(text, |text| text.strip_suffix('"').unwrap_or(text));
    if inner.contains('"') { Cow::Owned(inner.replace("\"\"", "\"")) } else { Cow::Borrowed(inner) }
}
