//! The trace that a request is part of (W3C Trace Context): its `traceparent` is passed on to the vantages as it came, and
//! its trace id stands in the access log. No span is made here, so the parent stays who it was.

use http::HeaderMap;

/// The header (W3C Trace Context s3.2).
pub const HEADER: &str = "traceparent";

/// The `traceparent` of a request, where there is one, once, and sound (s3.2.2): `00-TRACE-PARENT-FLAGS`, lower-case
/// hexadecimal. A later version may have more fields behind these.
pub fn parent(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(HEADER).into_iter();
    let value = values.next()?.to_str().ok()?.trim();
    (values.next().is_none() && is_sound(value)).then_some(value)
}

/// The trace's id in a sound `traceparent`.
pub fn id(parent: &str) -> Option<&str> {
    parent.split('-').nth(1)
}

/// The longest that is passed on, in bytes: s3.2.2 has 55, a later version may have more.
const LONGEST: usize = 128;

fn is_sound(value: &str) -> bool {
    let is_hex = |word: &str, length: usize| {
        word.len() == length && word.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let is_nought = |word: &str| word.bytes().all(|byte| byte == b'0');
    let mut fields = value.split('-');
    let (Some(version), Some(trace), Some(parent), Some(flags)) =
        (fields.next(), fields.next(), fields.next(), fields.next())
    else {
        return false;
    };
    let has_more = fields.next().is_some();
    is_hex(version, 2)
        && version != "ff"
        && is_hex(trace, 32)
        && !is_nought(trace)
        && is_hex(parent, 16)
        && !is_nought(parent)
        && is_hex(flags, 2)
        && (version != "00" || !has_more)
        && value.len() <= LONGEST
        && value.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    const SOUND: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn a_sound_parent_is_taken_and_no_other() {
        for (value, sound) in [
            (SOUND, true),
            ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", true),
            ("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-later", true),
            ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more", false),
            ("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false),
            ("00-00000000000000000000000000000000-b7ad6b7169203331-01", false),
            ("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", false),
            ("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", false),
            ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", false),
            ("00-0af7651916cd43dd-b7ad6b7169203331-01", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(HEADER, HeaderValue::from_static(value));
            assert_eq!(parent(&headers).is_some(), sound, "{value}");
        }
        let mut twice = HeaderMap::new();
        twice.append(HEADER, HeaderValue::from_static(SOUND));
        twice.append(HEADER, HeaderValue::from_static(SOUND));
        assert_eq!(parent(&twice), None, "which of two is not ours to say");
        assert_eq!(id(SOUND), Some("0af7651916cd43dd8448eb211c80319c"));
    }
}
