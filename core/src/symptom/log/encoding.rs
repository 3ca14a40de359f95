//! How a log is encoded, by its first bytes: UTF-8, or UTF-16 as PowerShell's redirection writes it.

use std::borrow::Cow;

/// Makes UTF-8 of a log that comes in pieces, cut anywhere.
#[derive(Debug, Default)]
pub(super) enum Encoding {
    /// Nothing has come yet.
    #[default]
    Unknown,
    /// One byte has come that may begin a byte order mark.
    Begun(u8),
    /// UTF-8, or anything else that is read byte by byte.
    Bytes,
    /// UTF-16.
    Utf16 {
        little: bool,
        /// A byte whose other half has not come yet.
        half: Option<u8>,
        /// A surrogate whose other half has not come yet.
        high: Option<u16>,
    },
}

impl Encoding {
    /// The next piece, as UTF-8 where the log is UTF-16, and as it is otherwise.
    pub(super) fn decode<'a>(&mut self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        match *self {
            Self::Bytes => Cow::Borrowed(bytes),
            Self::Unknown => match bytes {
                [] => Cow::Borrowed(bytes),
                [begun @ (0xff | 0xfe)] => {
                    *self = Self::Begun(*begun);
                    Cow::Borrowed(&[])
                }
                _ => {
                    *self = Self::by(bytes);
                    self.decode(bytes)
                }
            },
            Self::Begun(_) if bytes.is_empty() => Cow::Borrowed(bytes),
            Self::Begun(begun) => {
                let whole: Vec<u8> = [begun].into_iter().chain(bytes.iter().copied()).collect();
                *self = Self::by(&whole);
                Cow::Owned(self.decode(&whole).into_owned())
            }
            Self::Utf16 { .. } => Cow::Owned(self.utf8(bytes).into_bytes()),
        }
    }

    /// What was held back, now that nothing more comes.
    pub(super) fn rest(&self) -> &[u8] {
        match self {
            Self::Begun(begun) => std::slice::from_ref(begun),
            _ => &[],
        }
    }

    fn by(bytes: &[u8]) -> Self {
        match bytes {
            [0xff, 0xfe, ..] => Self::Utf16 { little: true, half: None, high: None },
            [0xfe, 0xff, ..] => Self::Utf16 { little: false, half: None, high: None },
            _ => Self::Bytes,
        }
    }

    fn utf8(&mut self, bytes: &[u8]) -> String {
        let Self::Utf16 { little, half, high } = self else { return String::new() };
        let whole: Vec<u8> = half.take().into_iter().chain(bytes.iter().copied()).collect();
        let (pairs, odd) = whole.as_chunks::<2>();
        *half = odd.first().copied();
        let unit =
            |pair: &[u8; 2]| if *little { u16::from_le_bytes(*pair) } else { u16::from_be_bytes(*pair) };
        let mut units: Vec<u16> = high.take().into_iter().chain(pairs.iter().map(unit)).collect();
        *high = units.pop_if(|last| (0xd800..0xdc00).contains(last));
        char::decode_utf16(units).map(|one| one.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cut_anywhere_it_is_the_same() {
        let text = "status=\u{1d11e} é\n";
        let little: Vec<u8> =
            [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let big: Vec<u8> =
            [0xfe, 0xff].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect();
        for bytes in [little, big, text.as_bytes().to_vec(), vec![0xff], vec![0xfe, b'x']] {
            let mut whole = Encoding::default();
            let mut expected = whole.decode(&bytes).into_owned();
            expected.extend_from_slice(whole.rest());
            for size in 1..5 {
                let mut encoding = Encoding::default();
                let mut got: Vec<u8> =
                    bytes.chunks(size).flat_map(|piece| encoding.decode(piece).into_owned()).collect();
                got.extend_from_slice(encoding.rest());
                assert_eq!(got, expected, "in pieces of {size}");
            }
        }
    }
}
