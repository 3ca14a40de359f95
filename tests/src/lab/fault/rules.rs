//! Filters, as nftables writes them.

use super::model::{Families, Refusal};
use crate::namespace::Namespace;
use anyhow::Result;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Adds one chain of `rules` at `hook` of `host`, in a table of its own, and gives the table's name.
pub(super) fn filter(host: &Namespace, hook: &str, rules: &str) -> Result<String> {
    chain(host, &format!("type filter hook {hook} priority 0"), rules)
}

/// The same for address translation.
pub(super) fn nat(host: &Namespace, hook: &str, rules: &str) -> Result<String> {
    chain(host, &format!("type nat hook {hook} priority -100"), rules)
}

fn chain(host: &Namespace, kind: &str, rules: &str) -> Result<String> {
    static NEXT: AtomicUsize = AtomicUsize::new(1);
    let table = format!("fault_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    host.nft(&format!("table inet {table} {{\n chain rules {{\n {kind};\n {rules}\n }}\n}}\n"))?;
    Ok(table)
}

/// The rules by which what `matches` meets `how`, in `families`.
pub(super) fn refuse(families: Families, matches: &str, how: Refusal) -> String {
    let mut rules = String::new();
    let (v4, v6) = match how {
        Refusal::Drop => return format!("{}{matches} drop\n", families.rule()),
        Refusal::Reset => {
            return format!("{}meta l4proto tcp {matches} reject with tcp reset\n", families.rule());
        }
        Refusal::Port => ("port-unreachable", Some("port-unreachable")),
        Refusal::Host => ("host-unreachable", Some("addr-unreachable")),
        Refusal::Net => ("net-unreachable", Some("no-route")),
        Refusal::Admin => ("admin-prohibited", Some("admin-prohibited")),
        Refusal::HostProhibited => ("host-prohibited", None),
    };
    if families.ipv4() {
        rules += &format!("meta nfproto ipv4 {matches} reject with icmp {v4}\n");
    }
    if let (true, Some(v6)) = (families.ipv6(), v6) {
        rules += &format!("meta nfproto ipv6 {matches} reject with icmpv6 {v6}\n");
    }
    rules
}
