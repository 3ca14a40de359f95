//! What every server of the page says to browsers, whatever it runs on.

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
