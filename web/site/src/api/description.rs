//! What the API takes and gives, as it is served.

/// `GET /openapi.json`: the description of the API, made from the types by `openapi::document`.
pub const OPENAPI: &str = include_str!("../../openapi.json");
