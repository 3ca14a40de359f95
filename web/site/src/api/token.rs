//! The bearer token (RFC 6750 s2.1).

/// Whether the `Authorization` header carries `token`. Compared in constant time, so that it cannot be guessed byte by
/// byte.
pub fn carries(authorization: Option<&str>, token: &str) -> bool {
    let (scheme, given) = authorization.and_then(|value| value.split_once(' ')).unwrap_or_default();
    if !scheme.eq_ignore_ascii_case("Bearer") {
        return false; // the scheme's name is case-insensitive (RFC 9110 s11.1)
    }
    subtle::ConstantTimeEq::ct_eq(given.as_bytes(), token.as_bytes()).into()
}
