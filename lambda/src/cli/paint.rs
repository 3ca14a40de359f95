//! Printing: text to standard output, styled where that is wanted, and a closed pipe is no failure.

use anstyle::{AnsiColor, Style};
use clap::ColorChoice;
use noanswer_core::scrub;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::io::{self, IsTerminal, Write};
use std::sync::LazyLock;
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

/// The end of a tone.
const END: char = '.';

/// What begins and ends a tone within a line that is not printed yet: a word that no remote text can know.
static MARK: LazyLock<String> =
    LazyLock::new(|| format!("\u{fdd0}{:016x}\u{fdd0}", RandomState::new().build_hasher().finish()));

impl Tone {
    const ALL: [Self; 5] = [Self::Bold, Self::Good, Self::Bad, Self::Doubtful, Self::Quiet];

    const fn letter(self) -> char {
        match self {
            Self::Bold => 'b',
            Self::Good => 'g',
            Self::Bad => 'r',
            Self::Doubtful => 'd',
            Self::Quiet => 'q',
        }
    }

    fn of(letter: char) -> Option<Self> {
        Self::ALL.into_iter().find(|tone| tone.letter() == letter)
    }

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
        let mark = &*MARK;
        format!("{mark}{}{}{mark}{END}", tone.letter(), scrub::visible(text))
    }

    /// The line as it is printed: what is not of [`tone`](Self::tone) is remote text, and made visible.
    fn printed(line: &str) -> String {
        let mut pieces = line.split(MARK.as_str());
        let mut printed = scrub::visible_lines(pieces.next().unwrap_or_default());
        for piece in pieces {
            let mut rest = piece.chars();
            match rest.next().and_then(Tone::of) {
                Some(tone) => printed.push_str(&tone.style().to_string()),
                None => printed.push_str(&anstyle::Reset.to_string()),
            }
            printed.push_str(&scrub::visible_lines(rest.as_str()));
        }
        printed
    }

    /// Prints a line; at the very beginning, no empty one. A reader that has gone away ends the program quietly, as it does for other commands.
    pub(crate) fn line(&self, line: &str) {
        if !BEGUN.swap(true, Relaxed) && line.is_empty() {
            BEGUN.store(false, Relaxed);
            return;
        }
        if writeln!(anstream::stdout().lock(), "{}", Self::printed(line)).is_err() {
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
    if writeln!(io::stdout().lock(), "{}", scrub::json(text)).is_err() {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_caller_can_forget_to_make_remote_text_visible() {
        let remote = "lab \u{1b}]0;pwned\u{7}\u{1b}[2J \u{9b}31m \u{202e}moc";
        let out = Out::new();
        let line = format!("{}  {remote}", out.tone(Tone::Good, remote));
        let printed = Out::printed(&line);
        let style = Tone::Good.style();
        let visible = scrub::visible(remote);
        assert_eq!(printed, format!("{style}{visible}{style:#}  {visible}"));
        assert!(!Out::printed(remote).chars().any(char::is_control));
    }
}
