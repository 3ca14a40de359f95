//! Lists of choices with weights (`Accept`, `Accept-Encoding`, `Accept-Language`: RFC 9110 s12.4.2).

/// The choices of a list, each with its weight: 1 where it has none, 0 (refused) where that cannot be read.
pub(crate) fn weighted(header: Option<&str>) -> impl Iterator<Item = (&str, f32)> {
    header.unwrap_or_default().split(',').map(|one| {
        let mut parts = one.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        (name, weight.map_or(1.0, |weight| weight.parse().unwrap_or(0.0)))
    })
}
