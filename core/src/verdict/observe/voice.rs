//! Who a greeting says that it is, and of whom a refusal speaks.

use std::net::IpAddr;

/// The domain in a greeting: the first word after the code that is a name (RFC 5321 s4.2), lower case.
///
/// Whole lines are no voice: many greetings hold the time, or the number of the session.
pub(in crate::verdict) fn voice(greeting: &str) -> Option<String> {
    let words = greeting.split_whitespace().skip(1).take(3);
    words
        .map(|word| word.trim_matches(|c: char| ".:;,<>[]()".contains(c)).to_ascii_lowercase())
        .find(|word| word.contains('*') || is_name(word))
}

/// Whether a word is a name with a dot, and neither a number nor an enhanced status (RFC 3463).
fn is_name(word: &str) -> bool {
    word.contains('.') && word.bytes().any(|byte| !byte.is_ascii_digit() && byte != b'.')
}

/// Whether a server's words turn somebody away for what they are: their address, their name in DNS, their reputation, a list
/// that they are on. `target` is the server's own address, which it may say as well.
pub(super) fn is_about_the_client(words: &str, target: IpAddr) -> bool {
    const OF_THE_CLIENT: &[&str] = &[
        "client host",
        "your host",
        "your ip",
        "your server",
        "your network",
        "sending ip",
        "sender ip",
        "blocked using",
        "block list",
        "blocklist",
        "blacklist",
        "black list",
        "blocked by",
        "listed",
        "dnsbl",
        "rbl",
        "spamhaus",
        "reputation",
        "complaint",
        "reverse dns",
        "reverse hostname",
        "rdns",
        "ptr record",
        "no ptr",
        "banned",
    ];
    let lower = words.to_ascii_lowercase();
    let part_of_address = |c: char| c.is_ascii_hexdigit() || c == '.' || c == ':';
    let mut addresses = lower
        .split(|c| !part_of_address(c))
        .filter_map(|word| word.trim_end_matches(['.', ':']).parse::<IpAddr>().ok());
    OF_THE_CLIENT.iter().any(|sign| lower.contains(sign)) || addresses.any(|address| address != target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_about_the_client_are_told_from_words_for_all() {
        let target = "192.0.2.25".parse().unwrap();
        for about in [
            "554 5.7.1 Client host [198.51.100.7] blocked using zen.example",
            "421 4.7.0 [TSS04] Messages from 198.51.100.7 temporarily deferred",
            "550 5.7.25 cannot find your reverse hostname",
            "554 Your access is blocked: poor reputation",
        ] {
            assert!(is_about_the_client(about, target), "{about}");
        }
        for for_all in [
            "554 No SMTP service here",
            "421 4.3.2 Too busy, try again",
            "521 192.0.2.25 takes no mail",
            "554 5.3.4: 1:2",
        ] {
            assert!(!is_about_the_client(for_all, target), "{for_all}");
        }
    }

    #[test]
    fn the_voice_is_the_domain_and_not_the_time_or_the_session() {
        let said = "220 smtp-out.isp.example ESMTP Exim 4.96 (1a2b) Thu, 26 Nov 2026 15:00:01 +0000";
        assert_eq!(voice(said).as_deref(), Some("smtp-out.isp.example"));
        assert_eq!(voice("554 5.7.1 Proxy.isp.example: blocked").as_deref(), Some("proxy.isp.example"));
        assert_eq!(voice("220 ***********").as_deref(), Some("***********"));
        assert_eq!(voice("220 ready"), None);
    }
}
