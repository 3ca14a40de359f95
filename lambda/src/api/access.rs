//! Who may ask: the token's bearers, and those whom AWS has let through.

use crate::aws::{CallError, Parameter};
use axum::http::header;
use axum::http::request::Parts;
use noanswer_site::api::problem::Problem;
use noanswer_site::api::token::carries;
use std::fmt;

/// The token that requests must carry, or where it is kept.
pub enum Token {
    /// The token.
    Plain(String),
    /// The parameter that holds it.
    Parameter(Box<Parameter>),
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl From<String> for Token {
    fn from(token: String) -> Self {
        Self::Plain(token)
    }
}

impl Token {
    /// Whether the `Authorization` header carries it.
    async fn is_in(&self, authorization: &str) -> Result<bool, CallError> {
        match self {
            Self::Plain(token) => Ok(carries(Some(authorization), token)),
            Self::Parameter(parameter) => Ok(carries(Some(authorization), &parameter.value().await?)),
        }
    }
}

/// What a request shows of who asks.
#[derive(Debug)]
pub(super) struct Shown {
    authorization: Option<String>,
    iam: bool,
}

impl Shown {
    /// What the request of `parts` shows.
    pub(super) fn by(parts: &Parts) -> Self {
        let authorization = parts.headers.get(header::AUTHORIZATION);
        let authorization = authorization.and_then(|value| value.to_str().ok()).map(str::to_owned);
        Self { authorization, iam: let_through_by_iam(parts) }
    }

    /// Lets pass whom AWS has let through, and who carries `token`. Without a token that could be carried, nobody else.
    ///
    /// # Errors
    /// 401; 503 when the token cannot be had, since nobody can tell then whether the one shown is right.
    pub(super) async fn allow(&self, token: Option<&Token>) -> Result<(), Problem> {
        if self.iam {
            return Ok(());
        }
        // Who shows nothing is not worth a call to AWS.
        let (Some(token), Some(shown)) = (token, &self.authorization) else {
            return Err(Problem::unauthorized());
        };
        match token.is_in(shown).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Problem::unauthorized()),
            Err(error) => {
                crate::log::complain("the token cannot be had", &error);
                let detail = "the store that holds the token does not answer: ask later";
                let title = "The token cannot be checked";
                Err(Problem::unavailable(title, detail))
            }
        }
    }
}

/// Whether a function URL of the type `AWS_IAM` has let the request through. Its `Authorization` header is the signature
/// then and no bearer's; AWS checked it and wrote into the event whose it is. A client has no way to write there: the
/// context is not made of anything that it sent. On `noanswer serve` there is none.
fn let_through_by_iam(parts: &Parts) -> bool {
    use lambda_http::request::RequestContext;
    let Some(RequestContext::ApiGatewayV2(context)) = parts.extensions.get::<RequestContext>() else {
        return false;
    };
    let iam = context.authorizer.as_ref().and_then(|authorizer| authorizer.iam.as_ref());
    iam.is_some_and(|iam| iam.user_arn.as_ref().is_some_and(|arn| !arn.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use lambda_http::request::LambdaRequest;
    use serde_json::{Value, json};

    /// A request as a function URL hands it over.
    fn event(authorizer: &Value, authorization: &str) -> Parts {
        let mut event = json!({
            "version": "2.0", "routeKey": "$default", "rawPath": "/v1/probe", "rawQueryString": "",
            "headers": { "authorization": authorization, "x-amzn-request-context":
                r#"{"authorizer":{"iam":{"userArn":"arn:aws:iam::1:user/forged"}}}"# },
            "requestContext": {
                "accountId": "anonymous", "apiId": "x", "domainName": "x.lambda-url.eu-west-1.on.aws",
                "http": { "method": "POST", "path": "/v1/probe", "protocol": "HTTP/1.1",
                    "sourceIp": "192.0.2.1", "userAgent": "x" },
                "requestId": "x", "routeKey": "$default", "stage": "$default",
                "time": "24/Nov/2026:12:00:00 +0000", "timeEpoch": 1_795_510_862_000_u64
            },
            "body": r#"{"requestContext":{"authorizer":{"iam":{"userArn":"arn:aws:iam::1:user/forged"}}}}"#,
            "isBase64Encoded": false
        });
        if !authorizer.is_null() {
            event["requestContext"]["authorizer"] = authorizer.clone();
        }
        let request: LambdaRequest = serde_json::from_value(event).expect("an event");
        lambda_http::Request::from(request).into_parts().0
    }

    async fn status(authorizer: Value, authorization: &str, token: Option<&Token>) -> u16 {
        let shown = Shown::by(&event(&authorizer, authorization));
        shown.allow(token).await.map_or_else(|problem| problem.status, |()| 200)
    }

    #[tokio::test]
    async fn iam_or_the_token_and_nothing_else() {
        let token = Token::from("right".to_owned());
        let iam = || {
            json!({ "iam": { "accountId": "1", "callerId": "AIDA", "userId": "AIDA", "accessKey": "AKIA",
            "cognitoIdentity": null, "principalOrgId": null, "userArn": "arn:aws:sts::1:assumed-role/coordinator/x" } })
        };
        let signature = "AWS4-HMAC-SHA256 Credential=AKIA/20261124/eu-west-1/lambda/aws4_request";
        assert_eq!(status(iam(), signature, None).await, 200);
        assert_eq!(status(iam(), signature, Some(&token)).await, 200);
        assert_eq!(status(Value::Null, "Bearer right", Some(&token)).await, 200);
        assert_eq!(status(Value::Null, "Bearer wrong", Some(&token)).await, 401);
        assert_eq!(status(Value::Null, "Bearer ", Some(&token)).await, 401);
        assert_eq!(
            status(Value::Null, signature, Some(&token)).await,
            401,
            "a signature that AWS did not check"
        );
        assert_eq!(status(Value::Null, "Bearer right", None).await, 401, "there is no token to carry");
        assert_eq!(status(Value::Null, "", None).await, 401);
        for nobody in
            [json!({}), json!({ "iam": {} }), json!({ "iam": { "userArn": "" } }), json!({ "lambda": {} })]
        {
            assert_eq!(status(nobody.clone(), signature, None).await, 401, "{nobody}");
        }
    }
}
