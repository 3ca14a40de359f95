//! Why Globalping could not be asked. None of it says anything of a target.

use super::wire::Problem;
use crate::evidence::{VantageFailure, VantageFailureKind};
use crate::ports::HttpAnswer;
use crate::vantages::failure::failure;

/// The failure that an answer other than success is.
pub(super) fn refused(response: &HttpAnswer) -> VantageFailure {
    let said = said(&response.body);
    let (kind, words) = match response.status {
        401 => (VantageFailureKind::Unauthorized, "Globalping does not take the token".to_owned()),
        403 => (
            VantageFailureKind::Unauthorized,
            format!(
                "Globalping refuses the address that this request came from, which may be on a public blocklist: {said}"
            ),
        ),
        429 => (VantageFailureKind::Throttled, format!("{said}{}", again(response))),
        400..=499 => (VantageFailureKind::Refused, said),
        status => {
            (VantageFailureKind::Refused, format!("Globalping answered with HTTP status {status}: {said}"))
        }
    };
    failure(kind, &words)
}

/// When the limit of a 429 is lifted: seconds, by whichever header says so.
fn again(response: &HttpAnswer) -> String {
    let seconds = number(response, "retry-after").or_else(|| number(response, "x-ratelimit-reset"));
    seconds.map_or(String::new(), |seconds| format!(" (again in {} min)", seconds.div_ceil(60)))
}

/// What the header of that name (in lower case) says, as a number.
pub(super) fn number(response: &HttpAnswer, name: &str) -> Option<u64> {
    response.header(name)?.trim().parse().ok()
}

fn said(body: &[u8]) -> String {
    let Ok(Problem { error }) = serde_json::from_slice(body) else { return "no reason given".to_owned() };
    let params: Vec<&str> = error.params.values().map(String::as_str).collect();
    match (error.message.as_str(), params.as_slice()) {
        ("", []) => "no reason given".to_owned(),
        (message, []) => message.to_owned(),
        (message, params) => format!("{message} {}", params.join("; ")),
    }
}

/// The failure of an answer that cannot be read.
pub(super) fn nonsense() -> VantageFailure {
    failure(VantageFailureKind::Nonsense, "Globalping answered with something that is no measurement")
}

/// The failure of a check that the budget does not bear.
pub(super) fn spent(left: u64) -> VantageFailure {
    let words = format!("{left} tests are left in this hour, too few for the controls and one address");
    failure(VantageFailureKind::Throttled, &words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(status: u16, headers: &[(&str, &str)], body: &str) -> (VantageFailureKind, String) {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let failure = refused(&HttpAnswer { status, headers, body: body.into() });
        (failure.kind, failure.words)
    }

    #[test]
    fn the_apis_own_words_are_kept_with_what_is_wrong_with_each_parameter() {
        let body = r#"{"error":{"type":"validation_error","message":"Parameter validation failed.","params":{"limit":"\"limit\" must be less than or equal to 50"}}}"#;
        let said = "Parameter validation failed. \"limit\" must be less than or equal to 50";
        assert_eq!(words(400, &[], body), (VantageFailureKind::Refused, said.to_owned()));
        let (kind, said) = words(401, &[], "");
        assert_eq!(
            (kind, said.as_str()),
            (VantageFailureKind::Unauthorized, "Globalping does not take the token")
        );
        let limited = r#"{"error":{"type":"rate_limit_exceeded","message":"This exceeds the limit."}}"#;
        let (kind, said) = words(429, &[("x-ratelimit-reset", "3548")], limited);
        assert_eq!(
            (kind, said.as_str()),
            (VantageFailureKind::Throttled, "This exceeds the limit. (again in 60 min)")
        );
        let (kind, said) = words(403, &[], "{\"error\":{\"message\":\"\u{1b}[31mno\"}}");
        assert_eq!(kind, VantageFailureKind::Unauthorized);
        assert!(said.contains("blocklist") && !said.contains('\u{1b}'), "{said}");
        assert_eq!(words(502, &[], "<html>").0, VantageFailureKind::Refused);
    }
}
