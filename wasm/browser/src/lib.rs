//! The core in the page: a thin layer in which text goes in and JSON comes out.
//!
//! It runs in a web worker. Every function is a call of the page; what the page must not decide, it asks here.
//!
//! Two features, two files of wasm: `reader` is what every visit needs, `judge` comes when there is a report to work with.

mod answer;
#[cfg(feature = "judge")]
mod judge;
#[cfg(feature = "reader")]
mod reader;
