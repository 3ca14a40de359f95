//! Internationalised names (RFC 5891, UTS 46). Without the feature `idn` only ASCII is taken: the page's wasm leaves
//! its tables (60 kB) out and has the browser's own URL parser make the A-labels.

/// `text` in A-labels and lower case; `None` when it cannot be a name.
#[cfg(feature = "idn")]
pub(super) fn to_ascii(text: &str) -> Option<String> {
    use idna::AsciiDenyList;
    use idna::uts46::{DnsLength, Hyphens, Uts46};
    let (deny, hyphens) = (AsciiDenyList::STD3, Hyphens::CheckFirstLast);
    let ascii = Uts46::new().to_ascii(text.as_bytes(), deny, hyphens, DnsLength::Ignore);
    ascii.ok().map(std::borrow::Cow::into_owned)
}

/// `text` in lower case, when it is ASCII.
#[cfg(not(feature = "idn"))]
pub(super) fn to_ascii(text: &str) -> Option<String> {
    text.is_ascii().then(|| text.to_ascii_lowercase())
}

/// `ascii` in U-labels, when its A-labels are sound.
#[cfg(feature = "idn")]
pub(super) fn to_unicode(ascii: &str) -> Option<String> {
    use idna::AsciiDenyList;
    use idna::uts46::{Hyphens, Uts46};
    let (unicode, sound) =
        Uts46::new().to_unicode(ascii.as_bytes(), AsciiDenyList::EMPTY, Hyphens::CheckFirstLast);
    sound.is_ok().then(|| unicode.into_owned())
}

/// There are no U-labels to show.
#[cfg(not(feature = "idn"))]
pub(super) fn to_unicode(_: &str) -> Option<String> {
    None
}
