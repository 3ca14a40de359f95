//! What an operator says by variables, wherever it is that they are read: a function's environment, a Worker's secrets.

use ipnet::{AddrParseError, IpNet};
use noanswer_core::address::AddressPolicy;

/// Two public DoH servers of different operators: the second stands in for the first and gives a second opinion. Neither
/// is an operator of a control; both validate (DNSSEC) and do not filter. Where that was read: the core's table of controls.
pub const PUBLIC_RESOLVERS: [&str; 2] =
    ["https://cloudflare-dns.com/dns-query", "https://doh.dns.sb/dns-query"];

/// `NOANSWER_DOH`: DoH servers, separated by spaces; the public ones where it is not set.
pub fn resolvers(value: Option<String>) -> Vec<String> {
    match value {
        Some(urls) => urls.split_whitespace().map(str::to_owned).collect(),
        None => PUBLIC_RESOLVERS.map(str::to_owned).to_vec(),
    }
}

/// `NOANSWER_ALLOW_NET`: networks that may be probed although they are not globally reachable, separated by spaces. For
/// test networks.
///
/// # Errors
/// When one of them is no network.
pub fn policy(value: Option<&str>) -> Result<AddressPolicy, AddrParseError> {
    let nets: Result<Vec<IpNet>, _> = value.unwrap_or_default().split_whitespace().map(str::parse).collect();
    Ok(AddressPolicy::allowing(nets?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use noanswer_core::facts::controls;

    #[test]
    fn the_resolvers_are_those_of_the_table() {
        assert!(controls::resolvers().eq(PUBLIC_RESOLVERS));
        let page = include_str!("../../app/site.js");
        for resolver in controls::page_resolvers() {
            assert!(page.contains(&format!("\"{resolver}\"")), "the page does not ask {resolver}");
        }
        assert_eq!(page.matches("/dns-query").count(), controls::page_resolvers().count());
    }
}
