//! Calls to Lambda function URLs with `AWS_IAM`, signed by SigV4.

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use std::time::SystemTime;

/// A call that cannot be signed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SignError {
    #[error("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN) to sign calls for AWS")]
    NoCredentials,
    #[error("cannot tell the region of {0:?}: set AWS_REGION")]
    NoRegion(String),
    #[error("the call cannot be signed: {0}")]
    Unsignable(String),
}

/// The headers that sign a POST of `body` to `url` for AWS Lambda, with the credentials of the environment.
pub(crate) fn headers(url: &str, body: &[u8], now: SystemTime) -> Result<Vec<(String, String)>, SignError> {
    let env = |name| std::env::var(name).ok().filter(|value: &String| !value.is_empty());
    let (Some(id), Some(secret)) = (env("AWS_ACCESS_KEY_ID"), env("AWS_SECRET_ACCESS_KEY")) else {
        return Err(SignError::NoCredentials);
    };
    let region =
        region_of(url).or_else(|| env("AWS_REGION")).ok_or_else(|| SignError::NoRegion(url.to_owned()))?;
    let identity = Credentials::new(id, secret, env("AWS_SESSION_TOKEN"), None, "environment").into();
    signed(url, body, now, &region, &identity)
}

fn signed(
    url: &str,
    body: &[u8],
    now: SystemTime,
    region: &str,
    identity: &aws_smithy_runtime_api::client::identity::Identity,
) -> Result<Vec<(String, String)>, SignError> {
    let unsignable = |error: &dyn std::fmt::Display| SignError::Unsignable(error.to_string());
    let params = v4::SigningParams::builder()
        .identity(identity)
        .region(region)
        .name("lambda")
        .time(now)
        .settings(SigningSettings::default())
        .build()
        .map_err(|error| unsignable(&error))?
        .into();
    let headers = [("content-type", "application/json")].into_iter();
    let request = SignableRequest::new("POST", url, headers, SignableBody::Bytes(body))
        .map_err(|error| unsignable(&error))?;
    let (instructions, _) = sign(request, &params).map_err(|error| unsignable(&error))?.into_parts();
    Ok(instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
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
    use std::time::Duration;

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
        let identity = Credentials::new("id", "secret", None, None, "test").into();
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_510_862);
        let sign = |body: &[u8]| {
            signed("https://abc.lambda-url.eu-west-1.on.aws/v1/probe", body, at, "eu-west-1", &identity)
                .unwrap()
        };
        let authorization = |headers: &[(String, String)]| {
            headers.iter().find(|(name, _)| name == "authorization").map(|(_, value)| value.clone()).unwrap()
        };
        let (one, other) = (authorization(&sign(b"{}")), authorization(&sign(b"{ }")));
        assert!(
            one.starts_with("AWS4-HMAC-SHA256 Credential=id/20261124/eu-west-1/lambda/aws4_request"),
            "{one}"
        );
        assert_ne!(one, other);
    }
}
