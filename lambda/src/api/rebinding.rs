//! DNS rebinding: a page of somebody's, whose name leads to 127.0.0.1 by the time that it asks, is the same origin as a
//! server there. A browser says the name in `Host`; a server on loopback answers to names of its own host alone.

use axum::http::HeaderValue;
use std::net::IpAddr;

/// Whether a server on loopback is meant by what `Host` says. A name without a dot is one of this host or network: nobody
/// elsewhere can have it.
pub(super) fn is_own_name(host: &HeaderValue, allowed: &[String]) -> bool {
    let Ok(host) = host.to_str() else { return false };
    let name = name(host).trim_end_matches('.').to_ascii_lowercase();
    if let Ok(address) = name.parse::<IpAddr>() {
        return address.to_canonical().is_loopback();
    }
    !name.contains(['.', ':'])
        || name.ends_with(".localhost")
        || allowed.iter().any(|one| one.eq_ignore_ascii_case(&name))
}

/// `host` without its port and brackets.
fn name(host: &str) -> &str {
    if let Some(literal) = host.strip_prefix('[') {
        return literal.split(']').next().unwrap_or_default();
    }
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_others_can_have_are_not_this_servers() {
        let allowed = ["noanswer.example".to_owned()];
        for (host, own) in [
            ("127.0.0.1:4410", true),
            ("127.1.2.3", true),
            ("[::1]:4410", true),
            ("localhost:4410", true),
            ("LOCALHOST.", true),
            ("app.localhost", true),
            ("mailhost", true),
            ("Noanswer.example:443", true),
            ("evil.example", false),
            ("evil.example:4410", false),
            ("localhost.evil.example", false),
            ("127.0.0.1.evil.example", false),
            ("192.0.2.1:4410", false),
            ("[2001:db8::1]", false),
            ("[::ffff:127.0.0.1]:4410", true),
        ] {
            assert_eq!(is_own_name(&HeaderValue::from_str(host).expect(host), &allowed), own, "{host}");
        }
    }
}
