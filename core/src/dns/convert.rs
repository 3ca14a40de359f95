//! Names of DNS messages as the core's own.

use super::{DomainName, HostName};
use hickory_proto::rr::Name;

pub(super) fn host_name(name: &Name) -> HostName {
    HostName::from_dns(&presentation(name))
}

pub(super) fn domain_name(name: &Name) -> Option<DomainName> {
    DomainName::from_dns(&presentation(name)).ok()
}

/// The name as master files write it (RFC 1035 s5.1): a dot inside a label is escaped and cannot pass for a separator.
fn presentation(name: &Name) -> String {
    let mut text = String::with_capacity(name.len());
    for label in name.iter() {
        if !text.is_empty() {
            text.push('.');
        }
        for &byte in label {
            match byte {
                b'.' | b'\\' => text.extend(['\\', char::from(byte)]),
                0x21..=0x7e => text.push(char::from(byte)),
                _ => text.push_str(&format!("\\{byte:03}")),
            }
        }
    }
    text
}
