//! Printing: text to standard output, colour only on a terminal, and a closed pipe is no failure.

use noanswer_core::scrub;
use std::io::{self, IsTerminal, Write};

/// Where text goes.
pub(crate) struct Out {
    colour: bool,
}

/// The weight of a piece of text.
#[derive(Clone, Copy)]
pub(crate) enum Tone {
    Bold,
    Good,
    Bad,
    Doubtful,
    Quiet,
}

impl Out {
    /// Standard output; in colour on a terminal, unless `NO_COLOR` is set (no-color.org).
    pub(crate) fn new() -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self { colour: wanted && io::stdout().is_terminal() }
    }

    /// `text` in a tone. Remote text is made visible: no control character passes.
    pub(crate) fn tone(&self, tone: Tone, text: &str) -> String {
        let text = scrub::visible(text);
        if !self.colour {
            return text.into_owned();
        }
        let code = match tone {
            Tone::Bold => "1",
            Tone::Good => "32",
            Tone::Bad => "31",
            Tone::Doubtful => "33",
            Tone::Quiet => "2",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }

    /// Prints a line. A reader that has gone away ends the program quietly, as it does for other commands.
    pub(crate) fn line(&self, line: &str) {
        if writeln!(io::stdout().lock(), "{line}").is_err() {
            std::process::exit(0);
        }
    }

    /// Prints an empty line and a heading.
    pub(crate) fn heading(&self, text: &str) {
        self.line("");
        self.line(&self.tone(Tone::Bold, text));
    }
}

/// Prints a value as JSON.
pub(crate) fn json(value: &impl serde::Serialize) {
    let text =
        serde_json::to_string_pretty(value).unwrap_or_else(|error| format!("{{\"error\":\"{error}\"}}"));
    Out { colour: false }.line(&text);
}

/// Tells on standard error how things go, on a terminal alone.
pub(crate) fn progress(line: &str) {
    if io::stderr().is_terminal() {
        eprintln!("{}", scrub::visible(line));
    }
}
