//! What every server says to browsers, and how it reads what they prefer.

use crate::weights::weighted;

/// The headers that every response carries, lower-case names; the policy of [`content_security_policy`] beside them.
pub const SECURITY_HEADERS: &[(&str, &str)] = &[
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ("referrer-policy", "no-referrer"),
    ("strict-transport-security", "max-age=31536000"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
];

/// Where Turnstile's script and frame come from.
const TURNSTILE: &str = "https://challenges.cloudflare.com";

/// The content security policy of a page that asks Turnstile whether a person asks: its script and its frame besides.
pub fn content_security_policy_with_turnstile() -> String {
    let policy = content_security_policy(false);
    let policy = policy.replace("script-src 'self'", &format!("script-src 'self' {TURNSTILE}"));
    format!("{policy}; frame-src {TURNSTILE}")
}

/// The content security policy (W3C CSP3): scripts and styles of this origin alone, and `wasm-unsafe-eval` for the
/// core. The page asks DoH resolvers of the user's choice, so any HTTPS origin may be connected to; in the lab, whose
/// resolver is the server itself, none other.
pub const fn content_security_policy(lab: bool) -> &'static str {
    if lab {
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    } else {
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; connect-src 'self' https:; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    }
}

/// Whether a list of choices with weights (`Accept`, `Accept-Encoding`: RFC 9110 s12.4.2) takes `choice`, by name. One
/// with `q=0` is refused, not taken.
pub fn accepts(header: Option<&str>, choice: &str) -> bool {
    weighted(header).any(|(name, weight)| name.eq_ignore_ascii_case(choice) && weight > 0.0)
}

/// Which of `codings`, the best first, a list with weights likes best (RFC 9110 s12.5.3); nothing where it takes none of
/// them, or would rather have none (`identity`). `*` stands for those that it does not name.
pub fn preferred<'a>(header: Option<&str>, codings: &[&'a str]) -> Option<&'a str> {
    let named = |name: &str| {
        weighted(header).find(|(given, _)| given.eq_ignore_ascii_case(name)).map(|(_, weight)| weight)
    };
    let (others, mut best) = (named("*").unwrap_or(0.0), None);
    // As it is, an answer is taken always; before a coding it comes where a list says so.
    let mut most = named("identity").unwrap_or(0.0);
    for coding in codings {
        let weight = named(coding).unwrap_or(others);
        if weight > most || (best.is_none() && weight > 0.0 && weight >= most) {
            (best, most) = (Some(*coding), weight);
        }
    }
    best
}

/// Whether a list of entity tags (`If-None-Match`, RFC 9110 s13.1.2) names `tag`; weak and strong ones are one there
/// (s8.8.3.2).
pub fn names_tag(list: &str, tag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    list.trim() == "*" || list.split(',').any(|one| opaque(one) == opaque(tag))
}

#[cfg(test)]
mod tests {
    use super::{accepts, names_tag, preferred};

    #[test]
    fn the_weights_choose_among_codings_and_against_all_of_them() {
        for (header, chosen) in [
            ("gzip, deflate, br, zstd", Some("br")),
            ("gzip;q=1, zstd;q=0.5", Some("gzip")),
            ("br;q=0, *", Some("zstd")),
            ("*;q=0.5, gzip", Some("gzip")),
            ("identity, gzip;q=0.5", None),
            ("identity;q=0.5, gzip;q=0.5", Some("gzip")),
            ("identity;q=0, zstd;q=0.1", Some("zstd")),
            ("compress", None),
            ("zstd;q=0", None),
            ("zstd;q=nonsense", None),
            ("", None),
        ] {
            assert_eq!(preferred(Some(header), &["br", "zstd", "gzip"]), chosen, "{header}");
        }
        assert_eq!(preferred(None, &["br"]), None);
    }

    #[test]
    fn a_tag_is_the_whole_tag() {
        for (list, named) in [
            ("\"a\"", true),
            ("W/\"a\"", true),
            ("\"b\", W/\"a\"", true),
            ("*", true),
            ("\"a-br\"", false),
            ("\"ab\"", false),
            ("a", false),
            ("", false),
        ] {
            assert_eq!(names_tag(list, "\"a\""), named, "{list}");
        }
    }

    #[test]
    fn a_choice_with_no_weight_at_all_is_taken_and_one_of_nought_is_not() {
        for (header, choice, taken) in [
            ("gzip, br", "br", true),
            ("br;q=0", "br", false),
            ("br; q=0.000, gzip", "br", false),
            ("br;q=0.001", "br", true),
            ("brotli", "br", false),
            ("text/event-stream;q=0", "text/event-stream", false),
            ("application/json, Text/Event-Stream", "text/event-stream", true),
            ("", "br", false),
        ] {
            assert_eq!(accepts(Some(header), choice), taken, "{header}: {choice}");
        }
        assert!(!accepts(None, "br"));
    }
}
