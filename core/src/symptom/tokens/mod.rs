//! What can be read from a statement by its form: codes, hosts, addresses, numbers of errors, times, recipients.

mod code;
mod command;
mod host;
mod port;
mod recipient;
mod remote;
mod system_error;
mod when;

pub(super) use code::{codes, stage_of_command};
pub(super) use command::command;
pub(super) use host::{host, host_at, named_host};
pub(super) use port::{named_port, port_of_host};
pub(super) use recipient::recipient_domain;
pub(super) use remote::{Remote, remote};
pub(super) use system_error::{system_error, system_errors};
pub(super) use when::{header_date, retry_until, time};

/// Something read, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Read<T> {
    pub(super) value: T,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Calls `each` with the start and end of every run of bytes that `is` accepts.
fn runs(text: &str, is: impl Fn(u8) -> bool) -> impl Iterator<Item = (usize, usize)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < bytes.len() && !is(bytes[at]) {
            at += 1;
        }
        let start = at;
        while at < bytes.len() && is(bytes[at]) {
            at += 1;
        }
        (start < at).then_some((start, at))
    })
}
