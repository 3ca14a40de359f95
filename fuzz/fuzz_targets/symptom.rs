//! The symptom reader on any bytes: what it reads lies in the text, and survives JSON; a log cut anywhere reads the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use noanswer_core::symptom::{self, Log, Symptom};

fuzz_target!(|bytes: &[u8]| {
    let text = symptom::decode(bytes);
    for symptom in symptom::read(&text) {
        assert_eq!(symptom.family, symptom.cause.family());
        for span in &symptom.spans {
            assert!(text.get(span.start..span.end).is_some(), "{span:?}");
        }
        let json = serde_json::to_string(&symptom).expect("JSON");
        assert_eq!(serde_json::from_str::<Symptom>(&json).expect("the same"), symptom);
    }
    let (mut whole, mut cut) = (Log::new(), Log::new());
    whole.push(bytes);
    bytes.chunks(7).for_each(|piece| cut.push(piece));
    assert_eq!(whole.finish().symptoms, cut.finish().symptoms);
});
