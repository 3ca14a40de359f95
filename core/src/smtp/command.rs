//! All that a probe can say. There is no way to say `MAIL`, `RCPT`, `DATA`, `VRFY` or `AUTH`.

use crate::dns::{DomainName, NotADomain};
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// The name with which a client introduces itself (RFC 5321 s4.1.1.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientName {
    /// The host's name.
    Domain(DomainName),
    /// An address literal (RFC 5321 s4.1.3), for a host without a name.
    Literal(IpAddr),
}

impl FromStr for ClientName {
    type Err = NotADomain;

    /// A host's name, or its address.
    fn from_str(text: &str) -> Result<Self, NotADomain> {
        text.parse().map(Self::Literal).or_else(|_| text.parse().map(Self::Domain))
    }
}

impl fmt::Display for ClientName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Domain(name) => name.fmt(f),
            Self::Literal(IpAddr::V4(address)) => write!(f, "[{address}]"),
            Self::Literal(IpAddr::V6(address)) => write!(f, "[IPv6:{address}]"),
        }
    }
}

/// A command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// `EHLO` (RFC 5321 s4.1.1.1).
    Ehlo(ClientName),
    /// `HELO`, for a server that does not know `EHLO` (RFC 5321 s3.2).
    Helo(ClientName),
    /// `STARTTLS` (RFC 3207).
    Starttls,
    /// `QUIT` (RFC 5321 s4.1.1.10).
    Quit,
}

impl Command {
    /// The command line, `CRLF` included.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Ehlo(name) => format!("EHLO {name}\r\n").into_bytes(),
            Self::Helo(name) => format!("HELO {name}\r\n").into_bytes(),
            Self::Starttls => b"STARTTLS\r\n".to_vec(),
            Self::Quit => b"QUIT\r\n".to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_said_as_a_literal() {
        let said = |name: &str| name.parse::<ClientName>().map(|name| name.to_string());
        assert_eq!(said("mx.example.test").unwrap(), "mx.example.test");
        assert_eq!(said("192.0.2.1").unwrap(), "[192.0.2.1]");
        assert_eq!(said("2001:db8::1").unwrap(), "[IPv6:2001:db8::1]");
        assert!(said("no name").is_err());
    }
}
