//! The operating system's numbers and names of errors: the same in every language.

use super::code::is_bounded;
use super::read::{Read, runs};
use crate::cut::Cut as _;
use crate::symptom::cause::Cause;
use crate::symptom::marks::Marks;

/// A system error number or name, and the cause it stands for, in any language.
pub(in crate::symptom) fn system_error(lower: &str) -> Option<(Read<String>, Cause)> {
    // Most lines hold none of them, which one pass tells.
    static MACHINE: Marks = Marks::new();
    if MACHINE.find(system_errors(), lower).is_empty() {
        return None;
    }
    winsock(lower).or_else(|| errno_name(lower)).or_else(|| errno_number(lower))
}

/// Winsock numbers (winerror.h): five digits that mean nothing else where mail software prints them.
const WINSOCK: &[(&str, Cause)] = &[
    ("10013", Cause::SenderLocal),
    ("10048", Cause::SenderLocal),
    ("10049", Cause::SenderLocal),
    ("10050", Cause::NetworkUnreachable),
    ("10051", Cause::NetworkUnreachable),
    ("10052", Cause::SessionDropped),
    ("10053", Cause::SessionDropped),
    ("10054", Cause::SessionDropped),
    ("10055", Cause::SenderLocal),
    ("10060", Cause::ConnectTimedOut),
    ("10061", Cause::ConnectRefused),
    ("10064", Cause::HostUnreachable),
    ("10065", Cause::HostUnreachable),
    ("11001", Cause::NoSuchDomain),
    ("11002", Cause::DnsFailed),
    ("11003", Cause::DnsFailed),
    ("11004", Cause::NoMailHost),
];

/// Windows' own numbers as HRESULT, and those of its mail programs (imnerror.h: `IXP_E_…`).
const HRESULTS: &[(&str, Cause)] = &[
    ("0x800ccc0d", Cause::NoSuchDomain),
    ("0x800ccc0e", Cause::ConnectFailed),
    ("0x800ccc0f", Cause::SessionDropped),
    ("0x800ccc12", Cause::SessionDropped),
    ("0x800ccc13", Cause::SessionDropped),
    ("0x800ccc15", Cause::ConnectFailed),
    ("0x800ccc18", Cause::Authentication),
    ("0x800ccc19", Cause::SessionTimedOut),
    ("0x800ccc1a", Cause::TlsFailed),
    ("0x800ccc79", Cause::Relaying),
    // CDO's own (cdosys.h: `CDO_E_FAILED_TO_CONNECT`, `CDO_E_LOGON_FAILURE`), bare as ASP prints them and as a number.
    ("80040213", Cause::ConnectFailed),
    ("0x80040213", Cause::ConnectFailed),
    ("2147220973", Cause::ConnectFailed),
    ("80040217", Cause::Authentication),
    ("0x80040217", Cause::Authentication),
    ("2147220969", Cause::Authentication),
    ("0x80072743", Cause::NetworkUnreachable),
    ("0x80072745", Cause::SessionDropped),
    ("0x80072746", Cause::SessionDropped),
    ("0x8007274c", Cause::ConnectTimedOut),
    ("0x8007274d", Cause::ConnectRefused),
    ("0x80072751", Cause::HostUnreachable),
    ("0x80072af9", Cause::NoSuchDomain),
];

/// Everything that a text must hold, some of it, for a system error to be read from it.
pub(in crate::symptom) fn system_errors() -> impl Iterator<Item = &'static str> {
    let tables = [WINSOCK, HRESULTS, NAMES, NUMBERS].into_iter().flatten().map(|(literal, _)| *literal);
    tables.chain(WORDS).chain(SIGNS.lines())
}

fn winsock(lower: &str) -> Option<(Read<String>, Cause)> {
    const NEAR: &str =
        "winsock\nsocket\nerror\nerrno\nwin32\ncode\nwsa\nfehler\nerreur\nエラー\n错误\n#\n(\n0x";
    runs(lower, |byte| byte.is_ascii_digit()).filter(|(start, end)| end - start == 5).find_map(
        |(start, end)| {
            let token = lower.within(start, end);
            let cause = WINSOCK.iter().find(|(number, _)| *number == token)?.1;
            let mut from = start.saturating_sub(48);
            while !lower.is_char_boundary(from) {
                from += 1;
            }
            let near = lower.within(from, start);
            let named = near.has(NEAR)
                && !near.ends_with([':', '['])
                // `id: 10060` of dig and of queues.
                && !near.trim_end().ends_with("id:");
            named.then(|| (Read { value: token.to_owned(), start, end }, cause))
        },
    )
}

/// Names of errno(3).
const NAMES: &[(&str, Cause)] = &[
    ("etimedout", Cause::ConnectTimedOut),
    ("econnrefused", Cause::ConnectRefused),
    ("ehostunreach", Cause::HostUnreachable),
    ("ehostdown", Cause::HostUnreachable),
    ("enetunreach", Cause::NetworkUnreachable),
    ("enetdown", Cause::NetworkUnreachable),
    ("eaddrnotavail", Cause::SenderLocal),
    ("econnreset", Cause::SessionDropped),
    ("econnaborted", Cause::SessionDropped),
    ("epipe", Cause::SessionDropped),
    ("eacces", Cause::SenderLocal),
    ("eperm", Cause::SenderLocal),
    ("enotfound", Cause::NoSuchDomain),
    ("eservfail", Cause::DnsFailed),
    ("eai_again", Cause::DnsFailed),
    ("eai_fail", Cause::DnsFailed),
    ("eai_noname", Cause::NoSuchDomain),
    ("eai_nodata", Cause::NoMailHost),
    // Nodemailer's own.
    ("edns", Cause::DnsFailed),
];

fn errno_name(lower: &str) -> Option<(Read<String>, Cause)> {
    NAMES.iter().chain(HRESULTS).find_map(|(name, cause)| {
        let start = lower.find(name)?;
        let end = start + name.len();
        let value = name.to_ascii_uppercase().replacen("0X", "0x", 1);
        is_bounded(lower, start, end).then_some((Read { value, start, end }, *cause))
    })
}

/// Numbers of errno(3) on Linux, where they stand in brackets before or after their words.
const NUMBERS: &[(&str, Cause)] = &[
    ("(99)", Cause::SenderLocal),
    ("(101)", Cause::NetworkUnreachable),
    ("(104)", Cause::SessionDropped),
    ("(110)", Cause::ConnectTimedOut),
    ("(111)", Cause::ConnectRefused),
    ("(113)", Cause::HostUnreachable),
];

/// Numbers where they stand after `errno`: Linux, BSD and macOS, libuv; for these they do not overlap.
const ERRNO: &[(&str, Cause)] = &[
    ("13", Cause::SenderLocal),
    ("99", Cause::SenderLocal),
    ("101", Cause::NetworkUnreachable),
    ("104", Cause::SessionDropped),
    ("110", Cause::ConnectTimedOut),
    ("111", Cause::ConnectRefused),
    ("113", Cause::HostUnreachable),
    ("49", Cause::SenderLocal),
    ("51", Cause::NetworkUnreachable),
    ("54", Cause::SessionDropped),
    ("60", Cause::ConnectTimedOut),
    ("61", Cause::ConnectRefused),
    ("65", Cause::HostUnreachable),
    // libuv's own of getaddrinfo(3).
    ("3001", Cause::DnsFailed),
    ("3008", Cause::NoSuchDomain),
    // libuv's own on Windows (uv/errno.h).
    ("4039", Cause::ConnectTimedOut),
    ("4062", Cause::NetworkUnreachable),
    ("4073", Cause::HostUnreachable),
    ("4077", Cause::SessionDropped),
    ("4078", Cause::ConnectRefused),
];

/// What stands before or at a number of [`NUMBERS`] that is in no brackets.
const SIGNS: &str = "#110\n#111\n#113\n#101\n#104\n#99\nerror: 1\nerror=1\nerror 1\n(110:\n(111:\n(113:\n\
     (101:\n[110:\n[111:";

/// What stands before a number of [`ERRNO`].
const WORDS: [&str; 2] = ["errno", "os error"];

/// `connect:errno=111` of OpenSSL, `[Errno 111]` of Python, `errno: -111` of Node, `(os error 111)` of Rust.
fn errno_named(lower: &str) -> Option<(Read<String>, Cause)> {
    let at = WORDS.iter().find_map(|word| Some(lower.find(word)? + word.len()))?;
    let rest = lower.after(at).trim_start_matches(['"', '\'']);
    let digits = rest.strip_prefix(['=', ' ', ':'])?.trim_start().trim_start_matches('-');
    let length = digits.bytes().take_while(u8::is_ascii_digit).count();
    let start = lower.len() - digits.len();
    let cause = ERRNO.iter().find(|(number, _)| *number == digits.before(length))?.1;
    Some((Read { value: digits.before(length).to_owned(), start, end: start + length }, cause))
}

fn errno_number(lower: &str) -> Option<(Read<String>, Cause)> {
    if let Some(named) = errno_named(lower) {
        return Some(named);
    }
    let bracketed = NUMBERS.iter().find_map(|(number, cause)| {
        let start = lower.find(number)?;
        // `port (110)` is no error, `Transport.php(113)` is a place in a program.
        let port = lower.before(start).trim_end().ends_with("port")
            || lower.before(start).ends_with(|c: char| c.is_ascii_alphanumeric());
        let value = number.trim_matches(['(', ')']).to_owned();
        (!port).then(|| (Read { value, start: start + 1, end: start + number.len() - 1 }, *cause))
    });
    bracketed.or_else(|| marked(lower))
}

/// `[Connection timed out #110]`, `error: 111`, `error=110`, `(111: Connection refused)`.
fn marked(lower: &str) -> Option<(Read<String>, Cause)> {
    NUMBERS.iter().find_map(|(number, cause)| {
        let number = number.trim_matches(['(', ')']);
        lower.match_indices(number).take(8).find_map(|(start, _)| {
            let end = start + number.len();
            let (before, after) = (lower.before(start), lower.after(end));
            let ends = !after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-');
            let begins = before.ends_with('#')
                || before.ends_with("error: ")
                || before.ends_with("error=")
                || before.ends_with("error ")
                || (before.ends_with(['(', '[']) && after.starts_with(": "));
            (begins && ends).then(|| (Read { value: number.to_owned(), start, end }, *cause))
        })
    })
}
