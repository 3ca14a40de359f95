//! What every server of noanswer shares, whatever it runs on: the API's requests and refusals, the vantages file and
//! how calls to vantages are signed, and the pages that stand without JavaScript. Hosts route, fetch and keep time.

pub mod ask;
pub mod body;
pub mod fleet;
#[cfg(feature = "schema")]
pub mod openapi;
pub mod pages;
pub mod problem;
pub mod sigv4;
pub mod token;
pub mod told;
pub mod toml_error;
pub mod variables;
pub mod view;

/// `GET /openapi.json`: the description of the API, made from the types by `openapi::document`.
pub const OPENAPI: &str = include_str!("../openapi.json");
