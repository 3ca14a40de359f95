//! The bearer token (RFC 6750 s2.1).

/// Whether the `Authorization` header carries `token`. Compared in constant time, so that it cannot be guessed byte by
/// byte.
pub fn carries(authorization: Option<&str>, token: &str) -> bool {
    let given = authorization.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    subtle::ConstantTimeEq::ct_eq(given.as_bytes(), token.as_bytes()).into()
}
