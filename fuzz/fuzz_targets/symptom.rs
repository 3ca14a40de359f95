//! The symptom reader on any bytes. What must hold is shared with the smoke among the tests.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/src/reads.rs"]
mod reads;

fuzz_target!(|bytes: &[u8]| {
    reads::check(bytes);
});
