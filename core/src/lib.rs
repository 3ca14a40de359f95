//! The knowledge: what a failure text means, where a domain's mail goes, what a vantage saw, and who is at fault.
//!
//! Pure: no sockets, no clock, no environment, no async runtime (`clippy.toml` holds it to that). The edges (`lambda`,
//! `wasm/browser`, `wasm/worker`) bring the world through two ports, [`Fetch`](ports::Fetch) and [`Probe`](ports::Probe),
//! and import this front door only.
//!
//! The modules stand in floors. A module uses only floors below its own; `tests/tests/architecture` reads this list
//! and fails when one names a module of its own floor or above.
//!
//! ```text floors
//! 7  vantages
//! 6  check letters manual_evidence markdown path
//! 5  report words
//! 4  ports queue verdict
//! 3  evidence symptom
//! 2  mx smtp
//! 1  address dns facts scrub timestamp
//! 0  cut keyed language operator order sorted wire_name
//! ```

/// A type that is a string on the wire, and says so in its schema.
macro_rules! text_schema {
    ($type:ty, $name:literal, $description:literal) => {
        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "description": $description })
            }
        }
    };
}

pub mod address;
pub mod check;
mod cut;
pub mod dns;
pub mod evidence;
pub mod facts;
pub mod keyed;
mod language;
pub mod letters;
pub mod manual_evidence;
pub mod markdown;
pub mod mx;
pub mod operator;
pub mod order;
pub mod path;
pub mod ports;
pub mod queue;
pub mod report;
pub mod scrub;
pub mod smtp;
mod sorted;
pub mod symptom;
pub mod timestamp;
pub mod vantages;
pub mod verdict;
pub mod wire_name;
pub mod words;

/// The README's example, run as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
