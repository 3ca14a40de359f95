//! DNS as the core knows it: names, questions, answers, and DNS over HTTPS (RFC 8484) as bytes in and out.

mod answer;
mod convert;
pub mod doh;
#[cfg(test)]
mod doh_tests;
mod failure;
mod idn;
mod name;
mod wire;

pub use answer::{
    Answer, CNAME_HOPS, ExtendedError, Outcome, Question, Record, RecordData, RecordKind, Resolution,
};
pub use failure::DnsFailure;
pub use name::{DomainName, HostName, NotADomain};
