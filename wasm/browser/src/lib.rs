//! The core in the page: a thin layer in which text goes in and JSON comes out.
//!
//! It runs in a web worker. Every function is a call of the page; what the page must not decide, it asks here.
//!
//! Two features, two files of wasm: `reader` is what every visit needs, `checker` comes when something is looked up.

mod answer;
#[cfg(feature = "checker")]
mod checker;
#[cfg(feature = "reader")]
mod reader;
