//! Spans for JavaScript: bytes of UTF-8 become code units of UTF-16, which is how its strings are counted.

use noanswer_core::order;
use noanswer_core::symptom::Symptom;

/// Counts every span of `symptoms` in code units of UTF-16. One walk over `text`.
pub fn in_utf16(symptoms: &mut [Symptom], text: &str) {
    let mut places: Vec<&mut usize> = symptoms
        .iter_mut()
        .flat_map(|symptom| symptom.spans.iter_mut())
        .flat_map(|span| [&mut span.start, &mut span.end])
        .collect();
    order::sort_by_key(&mut places, |place| **place);
    let mut places = places.into_iter().peekable();
    let mut units = 0;
    for (at, letter) in text.char_indices() {
        while let Some(place) = places.next_if(|place| **place <= at) {
            *place = units;
        }
        units += letter.len_utf16();
    }
    for place in places {
        *place = units;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use noanswer_core::smtp::Stage;
    use noanswer_core::symptom::{Cause, Span, WrittenBy};

    #[test]
    fn letters_of_every_width_are_counted() {
        let text = "é€𝄞x";
        let span = |start, end| Span { field: "cause".to_owned(), start, end };
        let spans = vec![span(9, 10), span(0, 2), span(5, 9)];
        let unknown = Symptom::of(Cause::Unknown, Stage::Queue, WrittenBy::Unknown);
        let mut symptoms = [Symptom { spans, ..unknown }];
        in_utf16(&mut symptoms, text);
        assert_eq!(symptoms[0].spans, [span(4, 5), span(0, 1), span(2, 4)]);
    }
}
