//! Who asked to be left out: a list of addresses, networks and domains, one a line.
//!
//! ```text
//! # asked by mail on 2026-11-20
//! 192.0.2.25
//! 2001:db8:25::/48
//! example.org            its exchanges and its mail, and those of its subdomains
//! ```

use ipnet::IpNet;
use noanswer_core::dns::DomainName;
use std::net::IpAddr;

/// The list of those who asked to be left out. Nobody on it is connected to, whoever asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OptOut {
    networks: Vec<IpNet>,
    domains: Vec<String>,
}

/// A line that is neither an address, nor a network, nor a domain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the opt-out list is neither an address, nor a network, nor a domain: {text:?}")]
pub struct OptOutError {
    /// The number of the line, from 1 on.
    pub line: usize,
    /// What it says.
    pub text: String,
}

impl OptOut {
    /// What is said of a target that is left out.
    pub const WORDS: &str = "whoever runs it asked to be left out";

    /// Reads a list. What follows the first word of a line is a note, and so is what follows `#`.
    ///
    /// # Errors
    /// At the first line that is none: a list of which a part is not kept would be a broken promise.
    pub fn parse(text: &str) -> Result<Self, OptOutError> {
        let mut list = Self::default();
        for (number, line) in (1..).zip(text.lines()) {
            let told = line.split('#').next().unwrap_or_default();
            let Some(word) = told.split_whitespace().next() else { continue };
            if let Ok(network) = word.parse::<IpNet>() {
                list.networks.push(network.trunc());
            } else if let Ok(address) = word.parse::<IpAddr>() {
                list.networks.push(address.to_canonical().into());
            } else {
                let domain: DomainName = word.trim_start_matches("*.").parse().map_err(|_| OptOutError {
                    line: number,
                    text: noanswer_core::scrub::bounded(word, 100).into_owned(),
                })?;
                list.domains.push(domain.as_str().to_ascii_lowercase());
            }
        }
        Ok(list)
    }

    /// Whether mail for `domain` is left alone. Subdomains go with their domain.
    pub fn has_domain(&self, domain: &str) -> bool {
        let domain = domain.trim_end_matches('.').to_ascii_lowercase();
        self.domains.iter().any(|one| {
            domain.strip_suffix(one.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        })
    }

    /// Whether `address` of the host `exchange` is left alone.
    pub fn has(&self, exchange: &str, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks.iter().any(|network| network.contains(&address)) || self.has_domain(exchange)
    }

    /// How many entries it has.
    pub fn len(&self) -> usize {
        self.networks.len() + self.domains.len()
    }

    /// Whether nobody asked.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_networks_and_domains_are_left_out_and_nobody_else() {
        let list = "# asked by mail\n192.0.2.25   since 2026-11-20\n198.51.100.0/24\n2001:db8:25::/48\n\nExample.org # all of it\n*.example.net\n";
        let list = OptOut::parse(list).expect("a list");
        assert_eq!(list.len(), 5);
        for (exchange, address, left_out) in [
            ("mx.a.example", "192.0.2.25", true),
            ("mx.a.example", "::ffff:192.0.2.25", true),
            ("mx.a.example", "192.0.2.26", false),
            ("mx.a.example", "198.51.100.200", true),
            ("mx.a.example", "2001:db8:25:1::1", true),
            ("mx.a.example", "2001:db8:26::1", false),
            ("MX.EXAMPLE.ORG.", "203.0.113.1", true),
            ("mx.notexample.org", "203.0.113.1", false),
            ("mx.example.net", "203.0.113.1", true),
        ] {
            assert_eq!(list.has(exchange, address.parse().expect(address)), left_out, "{exchange} {address}");
        }
        assert!(list.has_domain("example.org") && list.has_domain("mail.example.org"));
        assert!(!list.has_domain("ample.org"));
    }

    #[test]
    fn a_line_that_cannot_be_kept_is_refused_by_its_number() {
        let error = OptOut::parse("192.0.2.1\n192.0.2.0/33\n").expect_err("refused");
        assert_eq!(error.line, 2, "{error}");
        assert!(OptOut::parse("a..b").is_err());
    }
}
