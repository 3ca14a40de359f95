//! The core in the page: a thin layer in which text goes in and JSON comes out.
//!
//! It runs in a web worker. Every function is a call of the page; what the page must not decide, it asks here.
//!
//! Four features, four files of wasm: `reader` is what every visit needs, `log` is the same and what a log needs, `checker` comes when something is looked up, and
//! `judge` when the page itself judges: what a link carries, what was pasted, what Globalping saw.

mod answer;
#[cfg(feature = "checker")]
mod checker;
#[cfg(any(feature = "checker", feature = "judge"))]
mod fetch;
#[cfg(feature = "judge")]
mod judge;
#[cfg(feature = "log")]
mod log;
#[cfg(feature = "reader")]
mod reader;
#[cfg(any(feature = "checker", feature = "judge"))]
mod response;
