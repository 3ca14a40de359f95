//! Responses, with the security headers of every server.

use noanswer_core::web::SECURITY_HEADERS;
use noanswer_site::pages::Page;
use noanswer_site::problem::Problem;
use serde::Serialize;
use worker::{Headers, Response, Result};

/// A JSON document.
pub(crate) fn json<T: Serialize>(value: &T) -> Result<Response> {
    Response::from_json(value)
}

/// A text of `content_type`.
pub(crate) fn text(content_type: &str, text: &str) -> Result<Response> {
    let response = Response::from_bytes(text.as_bytes().to_vec())?;
    response.headers().set("content-type", content_type)?;
    Ok(response)
}

/// A rendered page.
pub(crate) fn page(page: &Page) -> Result<Response> {
    let response = text("text/html; charset=utf-8", &page.html)?.with_status(page.status);
    response.headers().set("cache-control", "no-cache")?;
    Ok(response)
}

/// A problem.
pub(crate) fn problem(problem: &Problem) -> Result<Response> {
    let response = Response::from_bytes(problem.body().to_string().into_bytes())?.with_status(problem.status);
    for (name, value) in problem.headers() {
        response.headers().set(name, &value)?;
    }
    Ok(response)
}

/// A method that the path does not take, and those that it does.
pub(crate) fn method_not_allowed(allow: &str) -> Result<Response> {
    let response = problem(&Problem::method_not_allowed())?;
    response.headers().set("allow", allow)?;
    Ok(response)
}

/// The response with the security headers and the content security `policy`. What comes out of the assets may not be changed: its headers are copied.
pub(crate) fn secured(response: Response, policy: &str) -> Result<Response> {
    let headers = Headers::new();
    for (name, value) in response.headers() {
        headers.append(&name, &value)?;
    }
    for (name, value) in SECURITY_HEADERS {
        headers.set(name, value)?;
    }
    headers.set("content-security-policy", policy)?;
    Ok(response.with_headers(headers))
}
