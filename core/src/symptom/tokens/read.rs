//! What was read, and the runs of bytes that it is read from.

/// Something read, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::symptom) struct Read<T> {
    pub(in crate::symptom) value: T,
    pub(in crate::symptom) start: usize,
    pub(in crate::symptom) end: usize,
}

/// Calls `each` with the start and end of every run of bytes that `is` accepts.
pub(super) fn runs(text: &str, is: impl Fn(u8) -> bool) -> impl Iterator<Item = (usize, usize)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < bytes.len() && !is(bytes[at]) {
            at += 1;
        }
        let start = at;
        while at < bytes.len() && is(bytes[at]) {
            at += 1;
        }
        (start < at).then_some((start, at))
    })
}
