//! Domain names: what a person may ask for, and what is found in DNS.

use super::idn;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

/// Octets of a name in presentation form without the final dot (RFC 1035 s2.3.4: 255 on the wire).
const NAME_OCTETS: usize = 253;
/// Octets of a label (RFC 1035 s2.3.4).
const LABEL_OCTETS: usize = 63;

/// A domain name: lower-case ASCII (A-labels, RFC 5890), no final dot, at least one label.
///
/// [`FromStr`] takes what a person gives and wants a name that can be a mail domain; [`from_dns`](Self::from_dns) is
/// lenient and takes what is found in DNS. Deserialising reads back what was serialised and is as lenient as `from_dns`:
/// for input of a stranger, take a string and parse it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DomainName(String);

impl DomainName {
    /// The name of a host as found in DNS: letters, digits, `-` and `_`; a single label and a numeric one may stand.
    ///
    /// # Errors
    /// [`NotADomain`] when it is empty, too long or has another character.
    pub fn from_dns(text: &str) -> Result<Self, NotADomain> {
        let text = text.strip_suffix('.').unwrap_or(text);
        check_lengths(text)?;
        let host_like = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        match text.split('.').find(|label| !label.bytes().all(host_like)) {
            Some(label) => Err(NotADomain::BadLabel { label: label.to_owned() }),
            None => Ok(Self(text.to_ascii_lowercase())),
        }
    }

    /// The domain of `someone@example.com`, or `example.com` itself.
    ///
    /// # Errors
    /// [`NotADomain`] when what stands after the last `@` is not a mail domain.
    pub fn from_mail_address_or_domain(text: &str) -> Result<Self, NotADomain> {
        let text = text.trim().trim_start_matches('<').trim_end_matches('>');
        text.rsplit_once('@').map_or(text, |(_, domain)| domain).parse()
    }

    /// The name in A-labels.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name in U-labels, for people: only when it has one and reads back to the very same name (RFC 5890 s2.3.2.1).
    pub fn unicode(&self) -> Option<String> {
        idn::to_unicode(&self.0)
            .filter(|unicode| *unicode != self.0 && unicode.parse::<Self>().as_ref() == Ok(self))
    }

    /// The address that this name spells, where someone wrote an IPv4 address for a host name.
    pub fn as_ip_literal(&self) -> Option<IpAddr> {
        self.0.parse::<Ipv4Addr>().ok().map(IpAddr::V4)
    }
}

impl fmt::Display for DomainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for DomainName {
    type Err = NotADomain;

    fn from_str(text: &str) -> Result<Self, NotADomain> {
        let text = text.trim();
        let text = text.strip_suffix(['.', '。']).unwrap_or(text);
        if text.is_empty() {
            return Err(NotADomain::Empty);
        }
        if text.contains('@') {
            return Err(NotADomain::MailAddress);
        }
        if text.contains('/') {
            return Err(NotADomain::Url);
        }
        let inner = text.trim_start_matches('[').trim_end_matches(']');
        let inner = inner.strip_prefix("IPv6:").unwrap_or(inner);
        if inner.parse::<IpAddr>().is_ok() {
            return Err(NotADomain::Address);
        }
        // A bound before the work: every character of a U-label costs at least one octet of the A-label.
        if text.chars().count() > NAME_OCTETS {
            return Err(NotADomain::TooLong);
        }
        for label in text.split('.').filter(|label| label.is_ascii()) {
            check_label(label)?;
        }
        let ascii = idn::to_ascii(text).ok_or_else(|| NotADomain::BadLabel { label: bad_label(text) })?;
        check_lengths(&ascii)?;
        let Some((_, top)) = ascii.rsplit_once('.') else {
            return Err(NotADomain::SingleLabel);
        };
        if top.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NotADomain::Address);
        }
        Ok(Self(ascii))
    }
}

fn check_lengths(ascii: &str) -> Result<(), NotADomain> {
    if ascii.is_empty() {
        return Err(NotADomain::Empty);
    }
    if ascii.len() > NAME_OCTETS {
        return Err(NotADomain::TooLong);
    }
    match ascii.split('.').find(|label| label.is_empty() || label.len() > LABEL_OCTETS) {
        Some(label) => Err(NotADomain::BadLabel { label: label.to_owned() }),
        None => Ok(()),
    }
}

/// A label of a mail domain (RFC 5321 s2.3.5): letters, digits and inner hyphens, 1 to 63 of them.
fn check_label(label: &str) -> Result<(), NotADomain> {
    let sound = (1..=LABEL_OCTETS).contains(&label.len())
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-');
    if sound { Ok(()) } else { Err(NotADomain::BadLabel { label: label.to_owned() }) }
}

/// The label that UTS 46 takes offence at; the whole text when it is only the combination.
fn bad_label(text: &str) -> String {
    text.split('.').find(|label| idn::to_ascii(label).is_none()).unwrap_or(text).to_owned()
}

impl Serialize for DomainName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for DomainName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_dns(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// Why a text cannot be a mail domain. Each reason says what to give instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotADomain {
    /// There is nothing.
    #[error("no domain was given: give one such as example.com")]
    Empty,
    /// More than 253 octets in A-labels.
    #[error("the domain is longer than 253 characters, which DNS does not allow")]
    TooLong,
    /// A label is empty, longer than 63 octets or has a character that a mail domain may not have.
    #[error(
        "the part {label:?} cannot stand in a mail domain: use letters, digits and inner hyphens, 1 to 63 of them"
    )]
    BadLabel {
        /// The label, as given.
        label: String,
    },
    /// An IP address, with or without brackets.
    #[error("this is an IP address; give the mail domain, the part after the @ of the recipient")]
    Address,
    /// One label alone, such as `localhost`.
    #[error("a mail domain has at least two parts, such as example.com")]
    SingleLabel,
    /// A mail address.
    #[error("this is a mail address; give only the part after the @")]
    MailAddress,
    /// A URL or a path.
    #[error("this looks like a URL; give only the domain, such as example.com")]
    Url,
}

/// What stands in DNS where a host name should: `.`, a name, or something that no host can have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HostName {
    /// The root, `.`: as an exchange, the null MX (RFC 7505).
    Root,
    /// A name that can be asked for.
    Name(DomainName),
    /// Anything else, in presentation form (RFC 1035 s5.1).
    Unusable(String),
}

impl HostName {
    /// Reads the presentation form.
    pub fn from_dns(text: &str) -> Self {
        if text.is_empty() || text == "." {
            return Self::Root;
        }
        match DomainName::from_dns(text) {
            Ok(name) => Self::Name(name),
            Err(_) => Self::Unusable(text.strip_suffix('.').unwrap_or(text).to_owned()),
        }
    }

    /// The name, when it can be asked for.
    pub fn name(&self) -> Option<&DomainName> {
        match self {
            Self::Name(name) => Some(name),
            Self::Root | Self::Unusable(_) => None,
        }
    }

    /// The presentation form without a final dot; the root is `.`.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Root => ".",
            Self::Name(name) => name.as_str(),
            Self::Unusable(text) => text,
        }
    }

    /// The address that stands here instead of a name: `192.0.2.1`, `[192.0.2.1]`, `2001:db8::1`.
    pub fn as_ip_literal(&self) -> Option<IpAddr> {
        let text = self.as_str().trim_start_matches('[').trim_end_matches(']');
        text.strip_prefix("IPv6:").or_else(|| text.strip_prefix("ipv6:")).unwrap_or(text).parse().ok()
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for HostName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for HostName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::from_dns(&text))
    }
}

text_schema!(DomainName, "DomainName", "a domain name in A-labels, lower case");

text_schema!(HostName, "HostName", "a host name as it stands in DNS");

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> NotADomain {
        text.parse::<DomainName>().expect_err(text)
    }

    #[test]
    fn takes_what_people_write() {
        for (given, name) in [
            ("Example.COM.", "example.com"),
            (" bücher.example ", "xn--bcher-kva.example"),
            ("faß.example", "xn--fa-hia.example"),
            ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
            ("r3---sn-4g5e.example.com", "r3---sn-4g5e.example.com"),
            ("4.example.com", "4.example.com"),
        ] {
            assert_eq!(given.parse::<DomainName>().expect(given).as_str(), name);
        }
    }

    #[test]
    fn refuses_with_a_reason() {
        assert_eq!(refused(" "), NotADomain::Empty);
        assert_eq!(refused("."), NotADomain::Empty);
        assert_eq!(refused("localhost"), NotADomain::SingleLabel);
        assert_eq!(refused("a@example.com"), NotADomain::MailAddress);
        assert_eq!(refused("https://example.com/"), NotADomain::Url);
        for address in ["192.0.2.1", "[192.0.2.1]", "2001:db8::1", "[IPv6:2001:db8::1]", "123.456.789.123"] {
            assert_eq!(refused(address), NotADomain::Address, "{address}");
        }
        for (text, label) in [
            ("a..example", ""),
            ("-a.example", "-a"),
            ("a_b.example", "a_b"),
            ("exa mple.com", "exa mple"),
            ("xn--a.example", "xn--a"),
            ("--doh.example", "--doh"),
            ("a\u{202e}b.example", "a\u{202e}b"),
        ] {
            assert_eq!(refused(text), NotADomain::BadLabel { label: label.to_owned() }, "{text}");
        }
        assert_eq!(
            refused(&format!("{}.example", "a".repeat(64))),
            NotADomain::BadLabel { label: "a".repeat(64) }
        );
        assert_eq!(refused(&format!("{}example", "abcdefgh.".repeat(28))), NotADomain::TooLong);
    }

    #[test]
    fn a_mail_address_gives_its_domain() {
        let name = DomainName::from_mail_address_or_domain("<\"a@b\"@Example.com>").expect("a domain");
        assert_eq!(name.as_str(), "example.com");
        assert_eq!(DomainName::from_mail_address_or_domain("a@"), Err(NotADomain::Empty));
    }

    #[test]
    fn unicode_only_when_it_reads_back() {
        let name = DomainName::from_dns("XN--BCHER-KVA.example").expect("a name");
        assert_eq!(name.unicode().as_deref(), Some("bücher.example"));
        for plain in ["example.com", "xn--a.example", "_x.example"] {
            assert_eq!(DomainName::from_dns(plain).expect(plain).unicode(), None, "{plain}");
        }
    }

    #[test]
    fn names_found_in_dns_are_taken_leniently() {
        assert_eq!(HostName::from_dns("."), HostName::Root);
        assert_eq!(HostName::from_dns("_mx1.Example.").name().map(DomainName::as_str), Some("_mx1.example"));
        assert_eq!(HostName::from_dns("localhost.").name().map(DomainName::as_str), Some("localhost"));
        assert_eq!(HostName::from_dns("192.0.2.1.").as_ip_literal(), "192.0.2.1".parse().ok());
        assert_eq!(HostName::from_dns("2001:db8::1.").as_ip_literal(), "2001:db8::1".parse().ok());
        assert_eq!(HostName::from_dns("mail\\032host.example.").name(), None);
    }
}
