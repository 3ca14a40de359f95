//! Who a greeting says that it is.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_voice_is_the_domain_and_not_the_time_or_the_session() {
        let said = "220 smtp-out.isp.example ESMTP Exim 4.96 (1a2b) Thu, 26 Nov 2026 15:00:01 +0000";
        assert_eq!(voice(said).as_deref(), Some("smtp-out.isp.example"));
        assert_eq!(voice("554 5.7.1 Proxy.isp.example: blocked").as_deref(), Some("proxy.isp.example"));
        assert_eq!(voice("220 ***********").as_deref(), Some("***********"));
        assert_eq!(voice("220 ready"), None);
    }
}
