//! The core's [`Fetch`] by the browser's `fetch`: time, size and abort are kept on the JavaScript side, where they live.

use crate::response::Response;
use js_sys::Function;
use noanswer_core::ports::{Fetch, FetchError, HttpRequest, HttpResponse};
use wasm_bindgen::JsValue;

/// `fetch(url, accept)` of the worker.
pub struct BrowserFetch(pub Function);

impl Fetch for BrowserFetch {
    async fn fetch(&self, request: &HttpRequest) -> Result<HttpResponse, FetchError> {
        let called = self.0.call2(&JsValue::NULL, &request.url.as_str().into(), &request.accept.into());
        let answer = Response::of(called).await?;
        let content_type = answer.field("content_type").as_string();
        Ok(HttpResponse { status: answer.status, content_type, body: answer.body })
    }
}
