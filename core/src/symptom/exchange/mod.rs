//! The logs of mail servers on Windows, one record a row: Exchange's protocol, connectivity and message tracking logs
//! (Microsoft, "Protocol logging", "Connectivity logging" and "Message tracking" in Exchange Server), the W3C and NCSA logs of
//! the SMTP service of IIS, hMailServer's log, and events of MSExchangeTransport as XML.
//!
//! A row alone says little: what became of an attempt is told by the rows of its session together.

mod connection;
mod connectivity;
mod event;
mod fields;
mod protocol;
mod rows;
mod session;
mod sessions;
mod told;
mod tracking;
mod whole;

pub(super) use rows::{HEADER, Rows, is_row};
pub(super) use told::{Taken, Told};
pub(super) use whole::read;

#[cfg(test)]
mod tests;
