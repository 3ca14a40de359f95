//! All that a probe can say. There is no way to say `MAIL`, `RCPT`, `DATA`, `VRFY` or `AUTH`.

use crate::dns::DomainName;
use std::fmt;
use std::net::IpAddr;

/// The name with which a client introduces itself (RFC 5321 s4.1.1.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientName {
    /// The host's name.
    Domain(DomainName),
    /// An address literal (RFC 5321 s4.1.3), for a host without a name.
    Literal(IpAddr),
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
