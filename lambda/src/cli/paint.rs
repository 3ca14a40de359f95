//! Printing: text to standard output, styled where that is wanted, and a closed pipe is no failure.

use anstyle::{AnsiColor, Style};
use clap::ColorChoice;
use noanswer_core::scrub;
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

/// Whether anything was printed yet.
static BEGUN: AtomicBool = AtomicBool::new(false);

/// Where text goes.
pub(crate) struct Out;

/// The weight of a piece of text.
#[derive(Clone, Copy)]
pub(crate) enum Tone {
    Bold,
    Good,
    Bad,
    Doubtful,
    Quiet,
}

impl Tone {
    const fn style(self) -> Style {
        match self {
            Self::Bold => Style::new().bold(),
            Self::Good => AnsiColor::Green.on_default(),
            Self::Bad => AnsiColor::Red.on_default(),
            Self::Doubtful => AnsiColor::Yellow.on_default(),
            Self::Quiet => Style::new().dimmed(),
        }
    }
}

/// Takes `--color`. Without it the terminal decides, and `NO_COLOR`, `CLICOLOR` and `TERM`.
pub(crate) fn choose(color: ColorChoice) {
    match color {
        ColorChoice::Auto => anstream::ColorChoice::Auto,
        ColorChoice::Always => anstream::ColorChoice::Always,
        ColorChoice::Never => anstream::ColorChoice::Never,
    }
    .write_global();
}

impl Out {
    /// Standard output.
    pub(crate) fn new() -> Self {
        Self
    }

    /// `text` in a tone. Remote text is made visible: no control character passes.
    pub(crate) fn tone(&self, tone: Tone, text: &str) -> String {
        let style = tone.style();
        format!("{style}{}{style:#}", scrub::visible(text))
    }

    /// Prints a line; at the very beginning, no empty one. A reader that has gone away ends the program quietly, as it does for other commands.
    pub(crate) fn line(&self, line: &str) {
        if !BEGUN.swap(true, Relaxed) && line.is_empty() {
            BEGUN.store(false, Relaxed);
            return;
        }
        if writeln!(anstream::stdout().lock(), "{line}").is_err() {
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
    // Not through a filter of styles: what is escaped in JSON stays.
    if writeln!(io::stdout().lock(), "{text}").is_err() {
        std::process::exit(0);
    }
}

/// Tells on standard error how things go, on a terminal alone.
pub(crate) fn progress(line: &str) {
    if io::stderr().is_terminal() {
        eprintln!("{}", scrub::visible(line));
    }
}

/// Says what went wrong beside what was asked, in one line on standard error.
pub(crate) fn complain(line: &str) {
    eprintln!("noanswer: {}", scrub::visible(line));
}
