//! Why there is no answer: no resolver, or one that does not speak DNS over HTTPS.

/// No answer could be had from the resolver: says nothing of the name that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DnsFailure {
    /// The resolver did not answer in time.
    #[error("the resolver did not answer in time: try again, or name another one with --doh")]
    TimedOut,
    /// The resolver could not be reached.
    #[error("the resolver could not be reached ({words}): check the network, or name another one with --doh")]
    Unreachable {
        /// What the system said.
        words: String,
    },
    /// The resolver answered, but not with DNS over HTTPS.
    #[error(transparent)]
    BadAnswer(#[from] DohError),
}

/// Why a body is not an answer to the question. Each line says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DohError {
    /// The HTTP status was not 200.
    #[error(
        "the DoH server answered with HTTP status {status} instead of 200: check its URL, or name another with --doh"
    )]
    NotOk {
        /// The status.
        status: u16,
    },
    /// The body is something else than a DNS message.
    #[error(
        "the DoH server sent {content_type:?} instead of application/dns-message: its URL may lack the path, such as /dns-query"
    )]
    WrongContentType {
        /// The `Content-Type`, as said and cut to 100 characters; empty when there was none.
        content_type: String,
    },
    /// The body is longer than a DNS message can be.
    #[error("the DoH server sent more than 64 KiB, which no DNS message has: name another with --doh")]
    TooLarge,
    /// The body is no DNS response.
    #[error("the DoH server sent a body that is no DNS response: name another with --doh")]
    Malformed,
    /// The answer was cut short (TC), which DoH has no reason for (RFC 8484 s6).
    #[error("the DoH server cut its answer short: name another with --doh")]
    Truncated,
    /// The answer belongs to another question.
    #[error("the DoH server answered another question than the one asked: name another with --doh")]
    WrongQuestion,
}
