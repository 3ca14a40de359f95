//! The platform's requests and responses, as the API's.

use crate::fleet::Shared;
use crate::host::{Edge, not_set_up};
use crate::kept::Kept;
use crate::settings::Settings;
use futures_util::StreamExt;
use noanswer_site::api::{
    Body, Config, content_security_policy, content_security_policy_with_turnstile, respond as answer,
};
use std::sync::Arc;
use worker::{Env, Headers, Request, Response, Result};

/// Answers one request. Whatever happens, the answer carries the security headers.
pub(crate) async fn respond(request: Request, env: Env) -> Result<Response> {
    let settings = match Settings::of(&env) {
        Ok(settings) => settings,
        Err(error) => {
            return sent(not_set_up(&error).response(), |bytes| Response::from_bytes(bytes.to_vec()));
        }
    };
    let (demo, turnstile) = (settings.lab.is_some(), settings.turnstile.is_some());
    let config = Config {
        resolvers: settings.resolvers.clone(),
        policy: settings.policy.clone(),
        clients: settings.clients.clone(),
        content_security_policy: if turnstile {
            content_security_policy_with_turnstile()
        } else {
            content_security_policy(demo).to_owned()
        },
    };
    let fleet = settings.fleet(&env).map(|fleet| Shared { env: env.clone(), fleet, limited: !demo });
    let kept = Kept::of(&env);
    let edge = Edge { env, settings, config, fleet, kept };
    let answer = answer(Arc::new(edge), asked(request)?).await;
    sent(answer.response, |body| match body {
        Body::Whole(bytes) => Response::from_bytes(bytes.to_vec()),
        Body::Events(events) => {
            Response::from_stream(events.map(|event| Ok::<_, worker::Error>(event.to_vec())))
        }
        Body::File(file) => Ok(file),
    })
}

/// The request, its body not yet read.
fn asked(request: Request) -> Result<http::Request<Request>> {
    let mut asked = http::Request::builder().method(request.method().as_ref()).uri(request.url()?.as_str());
    for (name, value) in request.headers() {
        asked = asked.header(name, value);
    }
    asked.body(request).map_err(|error| worker::Error::RustError(error.to_string()))
}

/// The response. Headers that the platform's own response brings are replaced: they may not be changed.
fn sent<B>(response: http::Response<B>, body: impl FnOnce(B) -> Result<Response>) -> Result<Response> {
    let (head, content) = response.into_parts();
    let headers = Headers::new();
    for (name, value) in &head.headers {
        headers.append(name.as_str(), value.to_str().unwrap_or_default())?;
    }
    Ok(body(content)?.with_status(head.status.as_u16()).with_headers(headers))
}
