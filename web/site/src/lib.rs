//! What every server of noanswer shares, whatever it runs on: the HTTP API ([`api`]), the vantages and how they are
//! asked ([`fleet`]), and the pages that stand without JavaScript ([`pages`]). A host brings sockets, time and storage
//! ([`api::Host`]).

pub mod api;
pub mod fleet;
pub mod lenient;
mod nonce;
pub mod pages;
pub mod sigv4;
pub mod text_input;
pub mod toml_error;
pub mod trace;
pub mod variables;
mod weights;

#[cfg(feature = "schema")]
pub use api::openapi;
pub use api::view;
