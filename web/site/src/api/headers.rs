//! What every server says to browsers, and how it reads what they prefer.

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
    header.unwrap_or_default().split(',').any(|one| {
        let mut parts = one.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(choice));
        let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        named && weight.is_none_or(|weight| weight.parse().is_ok_and(|weight: f32| weight > 0.0))
    })
}

/// Which of `choices`, the best first, a list with weights likes best (RFC 9110 s12.5.3); nothing where it takes none of
/// them. `*` stands for those that it does not name.
pub fn preferred<'a>(header: Option<&str>, choices: &[&'a str]) -> Option<&'a str> {
    let weight = |choice: &str| {
        let named = |name: &str| {
            header.unwrap_or_default().split(',').find_map(|one| {
                let mut parts = one.split(';').map(str::trim);
                parts.next().filter(|given| given.eq_ignore_ascii_case(name))?;
                let weight =
                    parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
                Some(weight.map_or(1.0, |weight| weight.parse::<f32>().unwrap_or(0.0)))
            })
        };
        named(choice).or_else(|| named("*")).unwrap_or(0.0)
    };
    let mut best: Option<(&'a str, f32)> = None;
    for choice in choices {
        let weight = weight(choice);
        if weight > best.map_or(0.0, |(_, weight)| weight) {
            best = Some((choice, weight));
        }
    }
    best.map(|(choice, _)| choice)
}

#[cfg(test)]
mod tests {
    use super::accepts;

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
