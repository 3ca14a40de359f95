//! The trace that a request is part of (W3C Trace Context): its `traceparent` and `tracestate` are passed on to the vantages
//! as they came, and its trace id stands in the access log. No span is made here, so the parent stays who it was.

use http::HeaderMap;
use noanswer_core::ports::Trace;

/// The header that says which trace (W3C Trace Context s3.2).
pub const PARENT: &str = "traceparent";

/// The header of the tracing systems' own notes (s3.3).
pub const STATE: &str = "tracestate";

/// The trace that the headers of a request name. Without a sound parent there is no state either (s4.3); a state that
/// cannot be read costs itself.
pub fn of(headers: &HeaderMap) -> Option<Trace> {
    let parent = parent(headers)?.to_owned();
    Some(Trace { parent, state: state(headers) })
}

/// As many members a state has at most (s3.3.1.1).
const MEMBERS: usize = 32;

/// As long a state is passed on, in bytes: s3.3.1.5 asks for 512 at least.
const LONGEST_STATE: usize = 512;

/// Members longer than this go first where a state is too long (s3.3.1.5).
const LONG_MEMBER: usize = 128;

/// The `tracestate` of a request: the members of all such headers in their order (s3.3.1), where each is sound and none
/// stands twice.
fn state(headers: &HeaderMap) -> Option<String> {
    let mut members: Vec<&str> = Vec::new();
    for value in headers.get_all(STATE) {
        // Members may be empty, and have blanks around them.
        members.extend(value.to_str().ok()?.split(',').map(str::trim).filter(|member| !member.is_empty()));
    }
    if members.len() > MEMBERS {
        return None;
    }
    let keys: Vec<&str> = members.iter().copied().map(key).collect::<Option<_>>()?;
    if keys.iter().enumerate().any(|(at, key)| keys[..at].contains(key)) {
        return None;
    }
    let length = |members: &[&str]| members.iter().map(|one| one.len() + 1).sum::<usize>().saturating_sub(1);
    if length(&members) > LONGEST_STATE {
        members.retain(|member| member.len() <= LONG_MEMBER);
    }
    while length(&members) > LONGEST_STATE {
        // The oldest stands last.
        members.pop();
    }
    (!members.is_empty()).then(|| members.join(","))
}

/// The key of a sound member (s3.3.1.3): `key=value`, or `tenant@system=value`.
fn key(member: &str) -> Option<&str> {
    let (key, value) = member.split_once('=')?;
    let of_key = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'*' | b'/');
    let is_name = |name: &str, longest: usize| {
        (1..=longest).contains(&name.len())
            && name.as_bytes()[0].is_ascii_alphanumeric()
            && name.bytes().all(of_key)
    };
    let is_key = match key.split_once('@') {
        None => is_name(key, 256),
        Some((tenant, system)) => is_name(tenant, 241) && is_name(system, 14),
    };
    let of_value = |byte: u8| matches!(byte, b' '..=b'~') && byte != b',' && byte != b'=';
    let is_value = (1..=256).contains(&value.len()) && value.bytes().all(of_value);
    (is_key && is_value).then_some(key)
}

/// The `traceparent` of a request, where there is one, once, and sound (s3.2.2): `00-TRACE-PARENT-FLAGS`, lower-case
/// hexadecimal. A later version may have more fields behind these.
pub fn parent(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(PARENT).into_iter();
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
            headers.insert(PARENT, HeaderValue::from_static(value));
            assert_eq!(parent(&headers).is_some(), sound, "{value}");
        }
        let mut twice = HeaderMap::new();
        twice.append(PARENT, HeaderValue::from_static(SOUND));
        twice.append(PARENT, HeaderValue::from_static(SOUND));
        assert_eq!(parent(&twice), None, "which of two is not ours to say");
        assert_eq!(id(SOUND), Some("0af7651916cd43dd8448eb211c80319c"));
    }

    /// The state that goes on, of a request with these headers.
    fn goes_on(states: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(PARENT, HeaderValue::from_static(SOUND));
        for state in states {
            headers.append(STATE, HeaderValue::from_str(state).expect("a value"));
        }
        of(&headers).expect("a trace").state
    }

    #[test]
    fn a_state_goes_on_as_it_came_and_what_is_none_costs_itself() {
        for (given, expected) in [
            (
                &["rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"][..],
                Some("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"),
            ),
            (&["rojo=1, ,congo=2\t,"], Some("rojo=1,congo=2")),
            (&["rojo=1", "congo=2"], Some("rojo=1,congo=2")),
            (&["fw529a3039@dt=FfYxYjIwYjRi;n"], Some("fw529a3039@dt=FfYxYjIwYjRi;n")),
            (&["0a*/_-=! ~"], Some("0a*/_-=! ~")),
            (&["rojo=1,rojo=2"], None),
            (&["rojo=1", "rojo=2"], None),
            (&["Rojo=1"], None),
            (&["rojo"], None),
            (&["rojo=1=2"], None),
            (&["a@b@c=1"], None),
            (&["@b=1"], None),
            (&[""], None),
            (&[], None),
        ] {
            assert_eq!(goes_on(given).as_deref(), expected, "{given:?}");
        }
        let many = |count: usize| (0..count).map(|n| format!("k{n}=v")).collect::<Vec<_>>().join(",");
        assert_eq!(goes_on(&[&many(32)]), Some(many(32)));
        assert_eq!(goes_on(&[&many(33)]), None);
        // A long one goes first, then the oldest.
        let (long, short) = ("v".repeat(200), "v".repeat(100));
        let member = |key: &str, value: &str| format!("{key}={value}");
        let state = ["a", "b", "c", "d", "e"].map(|key| member(key, &short)).join(",");
        assert_eq!(goes_on(&[&format!("z={long},{state}")]), Some(state[..state.len() - 103].to_owned()));
        let mut alone = HeaderMap::new();
        alone.insert(STATE, HeaderValue::from_static("rojo=1"));
        assert_eq!(of(&alone), None, "a state of no trace");
    }
}
