//! What can be read from a statement by its form: codes, hosts, addresses, numbers of errors, times, recipients.

mod code;
mod command;
mod host;
mod port;
mod read;
mod recipient;
mod remote;
mod system_error;
mod when;

pub(super) use code::{codes, stage_of_command, stage_of_field};
pub(super) use command::command;
pub(super) use host::{host, host_at, named_host};
pub(super) use port::{dialled_port, named_port, port_of_host};
pub(super) use read::Read;
pub(super) use recipient::recipient_domain;
pub(super) use remote::{Remote, remote};
pub(super) use system_error::{system_error, system_errors};
pub(super) use when::{header_date, retry_until, time};

/// Every word that stands before what is read.
pub(super) fn words() -> impl Iterator<Item = &'static str> {
    host::BEFORE.lines().chain(recipient::words())
}
