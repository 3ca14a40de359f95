//! A call to a vantage knows its own answer: the call carries a nonce, which the vantage sends back. An answer with another
//! one was made for another call, and came out of a cache on the way, whatever it says of now.

use noanswer_core::ports::{HttpAnswer, HttpCall};

/// The header, in the call and in the answer.
pub(crate) const HEADER: &str = "noanswer-nonce";

/// The longest nonce that is sent back, in bytes.
const LONGEST: usize = 64;

/// Whether `value` may be sent back: a short word.
pub(crate) fn is_word(value: &[u8]) -> bool {
    (1..=LONGEST).contains(&value.len())
        && value.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// Whether `answer` was made for another call than `call`: by its nonce, or by an age (RFC 9111 s5.1), which caches alone
/// add. An older vantage sends no nonce back; that it was not kept on the way cannot be told then.
pub(crate) fn is_of_another_call(call: &HttpCall, answer: &HttpAnswer) -> bool {
    let asked = call.headers.iter().find(|(name, _)| name == HEADER).map(|(_, value)| value.as_str());
    let is_another = |echoed: &str| asked.is_some_and(|asked| asked != echoed);
    let is_aged = |age: &str| age.trim().parse::<u64>().is_ok_and(|seconds| seconds > 0);
    answer.header(HEADER).is_some_and(is_another) || answer.header("age").is_some_and(is_aged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use noanswer_core::ports::HttpMethod;

    #[test]
    fn an_answer_to_another_call_is_known_by_its_nonce_or_its_age() {
        let headers = |headers: &[(&str, &str)]| -> Vec<(String, String)> {
            headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let call = HttpCall {
            method: HttpMethod::Post,
            url: String::new(),
            headers: headers(&[(HEADER, "one")]),
            body: Vec::new(),
            timeout_ms: 1,
            limit: 1,
        };
        for (answered, another) in [
            (headers(&[]), false),
            (headers(&[(HEADER, "one")]), false),
            (headers(&[(HEADER, "other")]), true),
            (headers(&[(HEADER, "")]), true),
            (headers(&[(HEADER, "one"), ("age", "0")]), false),
            (headers(&[("age", "17")]), true),
            (headers(&[("age", "old")]), false),
        ] {
            let answer = HttpAnswer { status: 200, headers: answered, body: Vec::new() };
            assert_eq!(is_of_another_call(&call, &answer), another, "{:?}", answer.headers);
        }
    }

    #[test]
    fn what_is_sent_back_is_a_short_word() {
        assert!(is_word(b"q0wJ0n5VRy6n4W3v4m2c1A"));
        for value in [&b""[..], b"a b", b"a\x1b", b"\xc3\xa4", &[b'a'; 65]] {
            assert!(!is_word(value), "{value:?}");
        }
    }
}
