//! A mail server's queue listing: what waits, for which destination, since when, and what the queue says of it.
//!
//! Facts alone. Whether the queue is right is for a check to say.

mod columns;
mod exchange;
mod exim;
mod group;
mod haraka;
mod kumomta;
mod opensmtpd;
mod postfix;
mod qmail;
mod record;
mod setting;
mod software;
mod stalwart;
mod time;

pub use group::{Listing, Row, Waits};
pub use setting::Setting;
pub use software::Software;

use group::Groups;

/// Reads a queue listing. `None` where `text` is none that is known; what is not a listing's own line, such as a
/// prompt, is passed over.
pub fn read(text: &str, setting: &Setting) -> Option<Listing> {
    let text = text.trim_start_matches('\u{feff}');
    let software = software_of(text)?;
    let mut groups = Groups::new(software, setting);
    match software {
        Software::Postfix if is_json_lines(text) => postfix::read(text, &mut groups),
        Software::Postfix | Software::Sendmail => columns::read(text, setting, &mut groups),
        Software::Exim => exim::read(text, setting, &mut groups),
        Software::OpenSmtpd => opensmtpd::read(text, &mut groups),
        Software::Qmail => qmail::read(text, &mut groups),
        Software::Haraka => haraka::read(text, &mut groups),
        Software::Kumomta => kumomta::read(text.trim_start(), &mut groups),
        Software::Stalwart => stalwart::read(text, &mut groups),
        Software::Exchange if exchange::is_tracking(text) => {
            exchange::of_tracking(text, setting, &mut groups)
        }
        Software::Exchange => exchange::read(text, setting, &mut groups),
    }
    Some(groups.finish())
}

/// How many lines may stand before a listing begins: a prompt, a message of the day.
const BEFORE: usize = 50;

/// Whose listing `text` is, by its first line that only one of them writes.
fn software_of(text: &str) -> Option<Software> {
    if record::is_exchange(text) || exchange::is_tracking(text) {
        return Some(Software::Exchange);
    }
    if kumomta::is_listing(text.trim_start()) {
        return Some(Software::Kumomta);
    }
    if stalwart::is_listing(text) {
        return Some(Software::Stalwart);
    }
    text.lines().filter(|line| !line.trim().is_empty()).take(BEFORE).find_map(|line| {
        if line.starts_with("-Queue ID-") || line.trim() == "Mail queue is empty" || postfix::is_entry(line) {
            Some(Software::Postfix)
        } else if line.contains("-----Q-ID-----")
            || line.trim_end().ends_with(" is empty") && line.starts_with('/')
        {
            Some(Software::Sendmail)
        } else if opensmtpd::is_entry(line) {
            Some(Software::OpenSmtpd)
        } else if qmail::is_entry(line) {
            Some(Software::Qmail)
        } else if haraka::is_entry(line) {
            Some(Software::Haraka)
        } else {
            exim::is_entry(line).then_some(Software::Exim)
        }
    })
}

fn is_json_lines(text: &str) -> bool {
    text.lines().take(BEFORE).any(postfix::is_entry)
}
