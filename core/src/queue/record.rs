//! Objects as PowerShell prints them: a table, a list, CSV or JSON.

use serde_json::Value;
use std::collections::BTreeMap;

/// One object: its properties by name.
pub(super) type Record = BTreeMap<String, String>;

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

/// The objects of `text`, in whichever form.
pub(super) fn read(text: &str) -> Vec<Record> {
    let begin = text.trim_start();
    if begin.starts_with(['{', '['])
        && let Ok(value) = serde_json::from_str::<Value>(begin)
    {
        return json(value);
    }
    let lines: Vec<&str> = text.lines().collect();
    // The command itself may name properties, too.
    let is_prompt = |line: &str| line.starts_with("[PS]") || line.starts_with("PS ");
    let is_marked = |line: &&str| !is_prompt(line) && MARKS.iter().any(|mark| line.contains(mark));
    let header = lines.iter().position(is_marked);
    let Some(header) = header else { return Vec::new() };
    let many = |mark: char| lines[header].matches(mark).count() > 2;
    if let Some(mark) = ['\t', ',', ';'].into_iter().find(|mark| many(*mark)) {
        csv(&lines[header..].join("\n"), mark)
    } else if lines.get(header + 1).is_some_and(|line| is_rule(line)) {
        table(&lines[header..])
    } else {
        list(&lines)
    }
}

fn json(value: Value) -> Vec<Record> {
    let objects = match value {
        Value::Array(all) => all,
        Value::Object(mut one) => match one.remove("value") {
            Some(Value::Array(all)) => all,
            _ => vec![Value::Object(one)],
        },
        _ => Vec::new(),
    };
    let record = |object: Value| match object {
        Value::Object(fields) => {
            Some(fields.into_iter().map(|(name, value)| (plain(&name), words(&value))).collect::<Record>())
        }
        _ => None,
    };
    objects.into_iter().filter_map(record).collect()
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
fn plain(name: &str) -> String {
    name.chars().filter(|c| !c.is_whitespace()).collect()
}

/// The line of dashes under a table's head.
fn is_rule(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && line.bytes().all(|byte| matches!(byte, b'-' | b' '))
}

/// A table: a value begins where its name does, and ends before the next name.
fn table(lines: &[&str]) -> Vec<Record> {
    let head: Vec<char> = lines[0].chars().collect();
    let rule: Vec<char> = lines[1].chars().collect();
    let begins: Vec<usize> =
        (0..rule.len()).filter(|at| rule[*at] == '-' && (*at == 0 || rule[*at - 1] != '-')).collect();
    let cell = |line: &[char], column: usize| -> String {
        let end = begins.get(column + 1).copied().unwrap_or(usize::MAX).min(line.len());
        let cell: String = line.get(begins[column].min(end)..end).unwrap_or_default().iter().collect();
        cell.trim().to_owned()
    };
    let row = |line: &&str| -> Record {
        let line: Vec<char> = line.chars().collect();
        (0..begins.len()).map(|column| (plain(&cell(&head, column)), cell(&line, column))).collect()
    };
    lines[2..].iter().take_while(|line| !line.trim().is_empty()).map(row).collect()
}

/// A list: `Name : value` a line; what does not fit goes on below, moved in. An object begins where a name comes again: an
/// empty line alone ends none, for pasting puts one between all lines.
fn list(lines: &[&str]) -> Vec<Record> {
    let mut records = Vec::new();
    let mut open = Record::new();
    let mut last: Option<(String, usize)> = None;
    for line in lines {
        let named =
            line.split_once(" : ").or_else(|| line.trim_end().strip_suffix(" :").map(|name| (name, "")));
        let is_name = |name: &str| {
            let name = name.trim_end();
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        if let Some((name, value)) = named.filter(|(name, _)| is_name(name)) {
            let margin = line.len() - value.len();
            let name = name.trim_end().to_owned();
            if open.contains_key(&name) {
                records.push(std::mem::take(&mut open));
            }
            open.insert(name.clone(), value.trim().to_owned());
            last = Some((name, margin));
        } else if let Some((name, margin)) = &last
            && !line.trim().is_empty()
            && let Some(value) = open.get_mut(name)
        {
            let moved_in = line.len() - line.trim_start().len();
            // What was pasted may have lost its margin: a list in braces ends with one.
            let unended = value.starts_with(['{', '[']) && !value.ends_with(['}', ']']);
            if moved_in > 0 || unended {
                // PowerShell wraps at words, and inside them where none ends.
                if (moved_in >= *margin || unended && moved_in == 0) && !value.is_empty() {
                    value.push(' ');
                }
                value.push_str(line.trim());
            }
        }
    }
    if !open.is_empty() {
        records.push(open);
    }
    records
}

/// CSV (RFC 4180), as `Export-Csv` writes it, or parted by another `mark`: the first line names the properties.
fn csv(text: &str, mark: char) -> Vec<Record> {
    let mut rows: Vec<Vec<String>> = vec![vec![String::new()]];
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let Some(row) = rows.last_mut() else { break };
        let Some(cell) = row.last_mut() else { break };
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            _ if c == mark && !quoted => row.push(String::new()),
            '\n' if !quoted => rows.push(vec![String::new()]),
            '\r' if !quoted => {}
            _ => cell.push(c),
        }
    }
    let mut rows = rows.into_iter();
    let names: Vec<String> = rows.next().unwrap_or_default().iter().map(|name| plain(name)).collect();
    rows.filter(|row| row.len() > 1).map(|row| names.iter().cloned().zip(row).collect()).collect()
}
