//! `--letter`: a text ready to send, alone.

use super::args::{Lang, Letter};
use super::paint::Out;
use super::setup::Usage;
use noanswer_core::letters::{self, Language, Recipient};
use noanswer_core::report::Report;
use noanswer_core::scrub;

/// Prints the letter, and nothing else.
pub(crate) fn print(out: &Out, report: &Report, to: Letter, lang: Lang) -> Result<u8, Usage> {
    let recipient = match to {
        Letter::Customer => Recipient::Customer,
        Letter::Provider => Recipient::Provider,
        Letter::Postmaster => Recipient::Postmaster,
    };
    let language = match lang {
        Lang::En => Language::En,
        Lang::De => Language::De,
        Lang::Fr => Language::Fr,
        Lang::Es => Language::Es,
    };
    let letter = letters::letter(report, recipient, language).ok_or(Usage::NoLetter(recipient.name()))?;
    out.line(&scrub::visible(&letter.subject));
    out.line("");
    for line in letter.body.trim_end().lines() {
        out.line(&scrub::visible(line));
    }
    Ok(report.exit_code())
}
