//! Calls to AWS, signed by Signature Version 4.

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use noanswer_core::ports::SigningKeys;
use noanswer_core::timestamp::Timestamp;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A call that cannot be signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// Neither the URL nor the environment names the region.
    #[error("cannot tell the region of {0:?}: set AWS_REGION")]
    NoRegion(String),
    /// The URL is none.
    #[error("the call cannot be signed: {0}")]
    Unsignable(String),
}

/// A host's environment: the process's, or a Worker's secrets.
pub type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A POST to be signed.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The service's name in the scope of the signature: `lambda`, `dynamodb`.
    pub service: &'a str,
    /// Where to send it.
    pub url: &'a str,
    /// The headers that the signature covers.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body.
    pub body: &'a [u8],
}

impl Call<'_> {
    /// The headers that sign the call at `now` with `keys`, for the region that the URL names, or else for `region`.
    ///
    /// # Errors
    /// When there is no region, or the URL is none.
    pub fn signed(
        &self,
        now: SystemTime,
        keys: &SigningKeys,
        region: Option<&str>,
    ) -> Result<Vec<(String, String)>, SignError> {
        let region = region_of(self.url)
            .or_else(|| region.map(str::to_owned))
            .ok_or_else(|| SignError::NoRegion(self.url.to_owned()))?;
        let unsignable = |error: &dyn std::fmt::Display| SignError::Unsignable(error.to_string());
        let SigningKeys { id, secret, session } = keys.clone();
        let identity = Credentials::new(id, secret, session, None, "noanswer").into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&region)
            .name(self.service)
            .time(now)
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| unsignable(&error))?
            .into();
        let headers = self.headers.iter().copied();
        let request = SignableRequest::new("POST", self.url, headers, SignableBody::Bytes(self.body))
            .map_err(|error| unsignable(&error))?;
        let (instructions, _) = sign(request, &params).map_err(|error| unsignable(&error))?.into_parts();
        Ok(instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }
}

/// How far a clock may be off before AWS takes no signature of it for sure, in seconds: it allows 5 minutes. Below, a
/// refusal has another reason.
const SKEW_S: i64 = 240;

/// How far the clock here is behind AWS's, in seconds, by the `Date` of one of its answers: where that is so much that it
/// takes no signature.
pub fn skew_s(date: Option<&str>, now: Timestamp) -> Option<i64> {
    let skew = Timestamp::parse_http(date?)?.unix() - now.unix();
    (skew.abs() > SKEW_S).then_some(skew)
}

/// `now` by AWS's clock, which is `skew_s` ahead.
pub fn at(now: Timestamp, skew_s: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(u64::try_from(now.unix() + skew_s).unwrap_or_default())
}

/// The region in a function URL's host: `ID.lambda-url.REGION.on.aws`.
fn region_of(url: &str) -> Option<String> {
    let host = url.split("://").nth(1)?.split('/').next()?;
    let mut labels = host.split('.').skip(1);
    (labels.next() == Some("lambda-url")).then(|| labels.next().map(str::to_owned)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_region_stands_in_the_url() {
        assert_eq!(
            region_of("https://abc.lambda-url.eu-west-1.on.aws/v1/probe").as_deref(),
            Some("eu-west-1")
        );
        assert_eq!(region_of("http://127.0.0.1:9000/lambda-url/x/"), None);
    }

    #[test]
    fn a_signature_covers_the_body() {
        let keys =
            SigningKeys::of_variables(|name| (name != "AWS_SESSION_TOKEN").then(|| name.to_lowercase()));
        let keys = keys.unwrap();
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_510_862);
        let sign = |body: &[u8]| {
            let url = "https://abc.lambda-url.eu-west-1.on.aws/v1/probe";
            let headers = [("content-type", "application/json")];
            Call { service: "lambda", url, headers: &headers, body }.signed(at, &keys, None).unwrap()
        };
        let authorization = |headers: &[(String, String)]| {
            headers.iter().find(|(name, _)| name == "authorization").map(|(_, value)| value.clone()).unwrap()
        };
        let (one, other) = (authorization(&sign(b"{}")), authorization(&sign(b"{ }")));
        assert!(
            one.starts_with(
                "AWS4-HMAC-SHA256 Credential=aws_access_key_id/20261124/eu-west-1/lambda/aws4_request"
            ),
            "{one}"
        );
        assert_ne!(one, other);
    }

    #[test]
    fn a_clock_that_is_so_far_off_that_no_signature_holds_is_told_by_the_date_of_the_refusal() {
        let now = Timestamp::from_unix(1_795_510_862);
        for (date, skew) in [
            (Some("Tue, 24 Nov 2026 09:01:02 GMT"), None),
            (Some("Tue, 24 Nov 2026 09:21:02 GMT"), Some(1_200)),
            (Some("Tue, 24 Nov 2026 08:41:02 GMT"), Some(-1_200)),
            (Some("Tue, 24 Nov 2026 09:05:01 GMT"), None),
            (Some("yesterday"), None),
            (None, None),
        ] {
            assert_eq!(skew_s(date, now), skew, "{date:?}");
        }
        assert_eq!(at(now, -62), UNIX_EPOCH + Duration::from_secs(1_795_510_800));
    }
}
