//! What is another each time in a reason that is the same: dates, times and the names of sessions.

/// Where the date or time ends that begins at `start`: `2026-11-26T08:00:00.000Z`, `11/26/2026`, `26.11.2026`, `9:00:00`.
pub(super) fn moment(line: &[u8], start: usize) -> Option<usize> {
    let is_part =
        |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'/' | b'.' | b'-' | b':' | b'T' | b'Z');
    if start.checked_sub(1).and_then(|before| line.get(before)).is_some_and(is_part) {
        return None;
    }
    let length = line[start..].iter().take(32).take_while(|byte| is_part(byte)).count();
    let text = std::str::from_utf8(&line[start..start + length]).ok()?.trim_end_matches(['.', ':', '-']);
    let is_clock = |text: &str| {
        let mut parts = text.trim_end_matches('Z').splitn(3, ':');
        let mut two = || parts.next().is_some_and(|part| matches!(part.len(), 1 | 2) && is_number(part));
        let hours = two() && two();
        let seconds = parts.next().map(|part| part.split_once('.').map_or(part, |(seconds, _)| seconds));
        hours && seconds.is_some_and(|part| part.len() == 2 && is_number(part))
    };
    let is_date = |text: &str| {
        let mut parts = text.split(['/', '.', '-']);
        let lengths = [parts.next(), parts.next(), parts.next()]
            .map(|part| part.filter(|part| is_number(part)).map_or(0, str::len));
        parts.next().is_none() && matches!(lengths, [4, 1 | 2, 1 | 2] | [1 | 2, 1 | 2, 4])
    };
    let both = text.split_once('T').is_some_and(|(date, time)| is_date(date) && is_clock(time));
    (both || is_date(text) || is_clock(text)).then_some(start + text.len())
}

/// Where the name of a session ends that begins at `start`: `d9443c01a7336-2a0f00d4c4bsi1234567.12`. The token ends with
/// `line`.
pub(super) fn session(line: &[u8], start: usize) -> Option<usize> {
    let token = &line[start..];
    let first = token.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let digits = token[..first].iter().filter(|byte| byte.is_ascii_digit()).count();
    // Numbers of errors are digits alone, or hexadecimal.
    let is_one = first >= 10 && digits >= 3 && digits + 2 <= first && !token.starts_with(b"0x");
    let is_code =
        token.len() > 3 && token[..3].iter().all(u8::is_ascii_digit) && !token[3].is_ascii_alphanumeric();
    (is_one && !is_code).then_some(line.len())
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_times_and_sessions_are_told_from_numbers_that_tell_something() {
        for (text, is_moment, is_session) in [
            ("2026-11-26T08:00:00.000Z", true, false),
            ("11/26/2026", true, false),
            ("26.11.2026", true, false),
            ("9:00:00", true, false),
            ("192.0.2.1", false, false),
            ("4.4.2026", true, false),
            ("4.4.1", false, false),
            ("25:", false, false),
            ("10060", false, false),
            ("0x800CCC0E", false, false),
            ("421-4.7.28", false, false),
            ("550-5.7.1-a2b3c4d5e6f7", false, false),
            ("d9443c01a7336-2a0f00d4c4bsi123.12", false, true),
            ("08DC0A1B2C3D4E5F", false, true),
            ("ETIMEDOUT", false, false),
        ] {
            assert_eq!(moment(text.as_bytes(), 0).is_some(), is_moment, "{text}");
            assert_eq!(session(text.as_bytes(), 0).is_some(), is_session, "{text}");
        }
    }
}
