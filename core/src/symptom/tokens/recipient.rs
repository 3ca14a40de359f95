//! The domain that mail was for.

use super::Read;
use super::host::{host, is_host};

/// The domain of the recipient: `to=<user@domain>`, `== user@domain`, `rfc822; user@domain`, or the first mail address.
pub(in crate::symptom) fn recipient_domain(text: &str, lower: &str) -> Option<Read<String>> {
    const BEFORE: &[&str] = &[
        "to=<",
        "final-recipient:",
        "original-recipient:",
        "== ",
        "** ",
        "for <",
        "=> ",
        "recipient: ",
        "delivered to ",
        "to: <",
        "=== ",
    ];
    let after = |from: usize| {
        let at = from + text[from..].find('@')?;
        if at - from > 200 {
            return None;
        }
        domain_at(text, at)
    };
    let marked = BEFORE.iter().find_map(|word| after(lower.find(word)? + word.len()));
    marked.or_else(|| dns_name(text, lower)).or_else(|| {
        let mut at = 0;
        while let Some(found) = text[at..].find('@') {
            if let Some(domain) = domain_at(text, at + found) {
                return Some(domain);
            }
            at += found + 1;
        }
        None
    })
}

fn domain_at(text: &str, at: usize) -> Option<Read<String>> {
    let start = at + 1;
    let length = text[start..].bytes().take_while(|byte| is_host(*byte)).count();
    let value = host(&text[start..start + length])?;
    Some(Read { value, start, end: start + length })
}

/// The name that a lookup was for.
fn dns_name(text: &str, lower: &str) -> Option<Read<String>> {
    const BEFORE: &[&str] = &[
        "name=",
        "lookup of ",
        "host named ",
        "because the domain ",
        "name server: ",
        "destination domain: ",
        "domain=",
        "for domain ",
        "domain name not found: ",
        "no mx for ",
        "no mx record found for domain=",
        "servers were available for ",
        "querymx eservfail ",
        "querymx enotfound ",
        "destination domain ",
        "domain ",
    ];
    BEFORE.iter().find_map(|word| {
        let at = lower.find(word)?;
        // `LastAttemptedServerName=` is no `name=`.
        if lower[..at].ends_with(|c: char| c.is_ascii_alphanumeric()) {
            return None;
        }
        let start = at + word.len();
        let length = text[start..].bytes().take_while(|byte| is_host(*byte)).count();
        let value = host(&text[start..start + length])?;
        Some(Read { value, start, end: start + length })
    })
}
