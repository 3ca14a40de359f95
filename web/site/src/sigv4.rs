//! Calls to AWS, signed by Signature Version 4.

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use std::time::SystemTime;

/// A call that cannot be signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// There is nothing to sign with.
    #[error("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN) to sign calls for AWS")]
    NoCredentials,
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
    /// The headers that sign the call at `now` with the credentials of the environment (`AWS_ACCESS_KEY_ID`,
    /// `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`), for the region that the URL names or else `AWS_REGION`.
    ///
    /// # Errors
    /// When there are no credentials or no region, or the URL is none.
    pub fn signed(&self, now: SystemTime, env: Env<'_>) -> Result<Vec<(String, String)>, SignError> {
        let env = |name| env(name).filter(|value: &String| !value.is_empty());
        let (Some(id), Some(secret)) = (env("AWS_ACCESS_KEY_ID"), env("AWS_SECRET_ACCESS_KEY")) else {
            return Err(SignError::NoCredentials);
        };
        let region = region_of(self.url)
            .or_else(|| env("AWS_REGION"))
            .ok_or_else(|| SignError::NoRegion(self.url.to_owned()))?;
        let unsignable = |error: &dyn std::fmt::Display| SignError::Unsignable(error.to_string());
        let identity = Credentials::new(id, secret, env("AWS_SESSION_TOKEN"), None, "environment").into();
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
        let env = |name: &str| (name != "AWS_SESSION_TOKEN").then(|| name.to_lowercase());
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_510_862);
        let sign = |body: &[u8]| {
            let url = "https://abc.lambda-url.eu-west-1.on.aws/v1/probe";
            let headers = [("content-type", "application/json")];
            Call { service: "lambda", url, headers: &headers, body }.signed(at, &env).unwrap()
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
}
