//! The native edge: prober, coordinator, API, command line.

pub mod api;
pub mod aws;
pub mod cli;
pub mod clock;
pub mod fetch;
pub mod fleet;
pub mod function;
pub mod lab;
pub mod log;
pub mod probe;
pub mod store;
pub mod tls;

/// Two public DoH servers of different operators: the second stands in for the first and gives a second opinion.
pub const PUBLIC_RESOLVERS: [&str; 2] =
    ["https://cloudflare-dns.com/dns-query", "https://dns.google/dns-query"];
