//! From bytes to text: UTF-16 with a byte order mark (as PowerShell's redirects write it), and UTF-8 with whatever is
//! wrong in it replaced.

use std::borrow::Cow;

/// Decodes a text of unknown encoding. Never fails: what cannot be read is replaced.
pub fn decode(bytes: &[u8]) -> Cow<'_, str> {
    match bytes {
        [0xff, 0xfe, rest @ ..] => Cow::Owned(utf16(rest, u16::from_le_bytes)),
        [0xfe, 0xff, rest @ ..] => Cow::Owned(utf16(rest, u16::from_be_bytes)),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest),
        _ => String::from_utf8_lossy(bytes),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    char::decode_utf16(units).map(|one| one.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// Decodes quoted-printable (RFC 2045 s6.7).
pub(super) fn quoted_printable(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        match rest {
            [b'=', b'\r', b'\n', ..] => at += 3,
            [b'=', b'\n', ..] => at += 2,
            [b'=', high, low, ..] => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    out.push(high << 4 | low);
                    at += 3;
                }
                _ => {
                    out.push(b'=');
                    at += 1;
                }
            },
            [byte, ..] => {
                out.push(*byte);
                at += 1;
            }
            [] => break,
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// Decodes base64 (RFC 2045 s6.8); what is none is left out, and so is what a paste cut off. A library's decoder refuses
/// such texts, and weighs 3 kB of wasm.
pub(super) fn base64(text: &str) -> String {
    let (mut out, mut bits, mut held) = (Vec::new(), 0_u32, 0);
    for byte in text.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => continue,
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
        }
    }
    decode(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_powershell_writes() {
        let utf16: Vec<u8> = [0xff, 0xfe]
            .into_iter()
            .chain("Winsock 10060 ü".encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        assert_eq!(decode(&utf16), "Winsock 10060 ü");
        assert_eq!(decode(b"\xef\xbb\xbfx\xff"), "x\u{fffd}");
    }

    #[test]
    fn reads_mail_encodings() {
        assert_eq!(quoted_printable("Zeit=C3=BCber=\r\nschreitung=3D=ZZ="), "Zeitüberschreitung==ZZ=");
        assert_eq!(base64("Q29ubmVjdGlvbiB0\r\naW1lZCBvdXQ="), "Connection timed out");
        assert_eq!(base64("Q29ubmVjdGlvbiB0aW1lZCBvdXQuI"), "Connection timed out.");
    }
}
