//! The page that blackbox_exporter answers with `debug=true`, in two of its three parts: the probe's log and the metrics. The
//! third is the operator's configuration, which may hold secrets, and is never looked at.

use std::borrow::Cow;

/// What is read of a page.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Page {
    /// `probe_success`.
    pub(super) success: Option<bool>,
    /// `probe_duration_seconds`, in milliseconds.
    pub(super) took_ms: Option<f64>,
    /// The labels `code` and `text` of `probe_expect_info` (from 0.26 on, with the module of the documentation).
    pub(super) labels: Option<(String, String)>,
    /// The first line that was read, where the log tells it (up to 0.27, and later with `--log.prober=debug`).
    pub(super) first_line: Option<String>,
    /// The error that ended it.
    pub(super) error: Option<Error>,
}

/// The error of a probe, in the exporter's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Error {
    /// `Error dialing TCP`.
    Dial(String),
    /// `Error reading from connection`.
    Read(String),
    /// `Regexp did not match`: the other side ended the connection, or no line was as expected.
    NoMatch,
}

impl Page {
    /// Reads a page; `None` where it is none.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut page = Self::default();
        let (text, _configuration) = text.split_once("\nModule configuration:").unwrap_or((text, ""));
        let (log, metrics) =
            text.split_once("Metrics that would have been returned:\n").unwrap_or(("", text));
        for line in log.lines() {
            page.logged(line);
        }
        for line in metrics.lines().filter(|line| !line.starts_with('#')) {
            page.measured(line);
        }
        page.success.is_some().then_some(page)
    }

    fn logged(&mut self, line: &str) {
        let field = |name| logfmt(line).find(|(key, _)| *key == name).map(|(_, value)| value.into_owned());
        match field("msg").as_deref() {
            Some("Read line" | "Regexp matched") if self.first_line.is_none() => {
                self.first_line = field("line")
            }
            Some("Error dialing TCP") => self.error = Some(Error::Dial(field("err").unwrap_or_default())),
            Some("Error reading from connection") => {
                self.error = Some(Error::Read(field("err").unwrap_or_default()));
            }
            Some("Regexp did not match") => self.error = Some(Error::NoMatch),
            _ => {}
        }
    }

    fn measured(&mut self, line: &str) {
        let Some((name, value)) = line.rsplit_once(' ') else { return };
        match name {
            "probe_success" => self.success = Some(value == "1"),
            "probe_duration_seconds" => self.took_ms = value.parse().ok().map(|seconds: f64| seconds * 1e3),
            _ => {
                let labels = name.strip_prefix("probe_expect_info{").and_then(|rest| rest.strip_suffix('}'));
                if let Some(labels) = labels {
                    let label = |name| {
                        pairs(labels, ',').find(|(key, _)| *key == name).map(|(_, value)| value.into_owned())
                    };
                    self.labels = label("code").map(|code| (code, label("text").unwrap_or_default()));
                }
            }
        }
    }
}

/// The pairs of a line of logfmt.
fn logfmt(line: &str) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
    pairs(line, ' ')
}

/// Pairs `name=value` or `name="value"`, between them `separator`.
fn pairs(mut rest: &str, separator: char) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(separator);
        let (name, after) = rest.split_once('=')?;
        let (value, left) = match after.strip_prefix('"') {
            Some(quoted) => quoted_value(quoted),
            None => {
                let end = after.find(separator).unwrap_or(after.len());
                (Cow::Borrowed(&after[..end]), &after[end..])
            }
        };
        rest = left;
        Some((name, value))
    })
}

/// A value up to its closing quote, its escapes undone, and what follows.
fn quoted_value(text: &str) -> (Cow<'_, str>, &str) {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (Cow::Owned(value), &text[at + 1..]),
            '\\' => match characters.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, 'r')) => value.push('\r'),
                Some((_, 't')) => value.push('\t'),
                Some((_, other)) => value.push(other),
                None => {}
            },
            other => value.push(other),
        }
    }
    (Cow::Owned(value), "")
}
