//! The core's [`Fetch`] by the browser's `fetch`: time, size and abort are kept on the JavaScript side, where they live.

use js_sys::{Function, Promise, Reflect, Uint8Array};
use noanswer_core::ports::{Fetch, FetchError, HttpRequest, HttpResponse};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// `fetch(url, accept)` of the worker.
pub struct BrowserFetch(pub Function);

impl Fetch for BrowserFetch {
    async fn fetch(&self, request: &HttpRequest) -> Result<HttpResponse, FetchError> {
        let called = self.0.call2(&JsValue::NULL, &request.url.as_str().into(), &request.accept.into());
        let promise: Promise = called.and_then(JsCast::dyn_into).map_err(unreachable)?;
        let answer = JsFuture::from(promise).await.map_err(unreachable)?;
        let field = |name: &str| Reflect::get(&answer, &name.into()).unwrap_or(JsValue::UNDEFINED);
        match field("error").as_string().as_deref() {
            Some("timed_out") => return Err(FetchError::TimedOut),
            Some("too_large") => return Err(FetchError::TooLarge),
            Some(_) => return Err(unreachable(JsValue::UNDEFINED)),
            None => {}
        }
        let body: Uint8Array = field("body").dyn_into().map_err(unreachable)?;
        Ok(HttpResponse {
            status: field("status").as_f64().unwrap_or_default() as u16,
            content_type: field("content_type").as_string(),
            body: body.to_vec(),
        })
    }
}

/// A browser does not tell a page why a request failed: not reached, refused, or not allowed to be read (CORS).
fn unreachable(_: JsValue) -> FetchError {
    FetchError::Unreachable("the browser did not reach it, or may not read what it says".to_owned())
}
