//! The platform's randomness.

use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

#[wasm_bindgen]
extern "C" {
    /// W3C Web Cryptography s10.1.1.
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues, catch)]
    fn fill_with_randomness(bytes: &mut [u8]) -> Result<JsValue, JsValue>;
}

/// 16 bytes that nobody can guess, where the platform has any.
pub(crate) fn bytes() -> Option<[u8; 16]> {
    let mut bytes = [0; 16];
    fill_with_randomness(&mut bytes).ok()?;
    Some(bytes)
}
