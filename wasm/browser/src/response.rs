//! What the page's side of a call brings back: `{status, body, …}`, or `{error}`.

use js_sys::{Promise, Reflect, Uint8Array};
use noanswer_core::ports::FetchError;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// The answer to a call.
pub(crate) struct Response {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The body.
    pub(crate) body: Vec<u8>,
    value: JsValue,
}

impl Response {
    /// What the promise that `called` gave turns out to be.
    ///
    /// # Errors
    /// When the page says that there was no answer, or what it says is of no known form.
    pub(crate) async fn of(called: Result<JsValue, JsValue>) -> Result<Self, FetchError> {
        let promise: Promise = called.and_then(JsCast::dyn_into).map_err(unreachable)?;
        let value = JsFuture::from(promise).await.map_err(unreachable)?;
        match field(&value, "error").as_string().as_deref() {
            Some("timed_out") => return Err(FetchError::TimedOut),
            Some("too_large") => return Err(FetchError::TooLarge),
            Some(_) => return Err(unreachable(JsValue::UNDEFINED)),
            None => {}
        }
        let body: Uint8Array = field(&value, "body").dyn_into().map_err(unreachable)?;
        let status = field(&value, "status").as_f64().unwrap_or_default() as u16;
        Ok(Self { status, body: body.to_vec(), value })
    }

    /// A further field of the answer; `undefined` where it is not there.
    pub(crate) fn field(&self, name: &str) -> JsValue {
        field(&self.value, name)
    }
}

fn field(value: &JsValue, name: &str) -> JsValue {
    Reflect::get(value, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// A browser does not tell a page why a request failed: not reached, refused, or not allowed to be read (CORS).
pub(crate) fn unreachable(_: JsValue) -> FetchError {
    FetchError::Unreachable("the browser did not reach it, or may not read what it says".to_owned())
}
