//! Times, counts and lines as people read them.

use noanswer_core::scrub;
use noanswer_core::symptom::Cause;
use noanswer_core::timestamp::Timestamp;
use std::time::Duration;

/// A moment to the minute: `26 Nov 15:24 UTC`.
pub(crate) fn moment(at: Timestamp) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let text = at.to_string();
    let part = |from, to| text.get(from..to).unwrap_or_default();
    let month = part(5, 7).parse::<usize>().ok().and_then(|month| MONTHS.get(month.wrapping_sub(1)));
    format!("{} {} {} UTC", part(8, 10).trim_start_matches('0'), month.unwrap_or(&""), part(11, 16))
}

/// A span of time, rounded to its two largest units: `2 d 4 h`, `12 min`, `0.2 s`.
pub(crate) fn span(time: Duration) -> String {
    let seconds = time.as_secs();
    let two = |large: u64, unit: &str, small: u64, of: &str| match small {
        0 => format!("{large} {unit}"),
        _ => format!("{large} {unit} {small} {of}"),
    };
    match seconds {
        0..10 => format!("{:.1} s", time.as_secs_f64()),
        10..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => two(seconds / 3_600, "h", seconds % 3_600 / 60, "min"),
        _ => two(seconds / 86_400, "d", seconds % 86_400 / 3_600, "h"),
    }
}

/// Milliseconds, rounded: `4.2 ms`, `71 ms`, `10 s`.
pub(crate) fn ms(ms: f64) -> String {
    match ms {
        ..10.0 => format!("{ms:.1} ms"),
        ..1_000.0 => format!("{ms:.0} ms"),
        _ => format!("{:.0} s", ms / 1e3),
    }
}

/// A cause in a few words.
pub(crate) const fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::ConnectTimedOut => "no answer when connecting",
        Cause::ConnectRefused => "connection refused",
        Cause::HostUnreachable => "no route to the host",
        Cause::NetworkUnreachable => "no route to the network",
        Cause::ConnectFailed => "no connection, reason not stated",
        Cause::GreetingTimedOut => "connected, no greeting",
        Cause::DroppedAtGreeting => "closed before greeting",
        Cause::SessionTimedOut => "session fell silent",
        Cause::SessionDropped => "session was dropped",
        Cause::TlsFailed => "TLS failed",
        Cause::NoSuchDomain => "no such domain",
        Cause::NoMailHost => "no mail server",
        Cause::NullMx => "takes no mail (null MX)",
        Cause::DnsFailed => "DNS lookup failed",
        Cause::MailLoop => "mail loops back",
        Cause::TooBusy => "too busy (421)",
        Cause::Greylisted => "greylisted",
        Cause::RateLimited => "slowed down",
        Cause::DeferredByQueue => "held by the own queue",
        Cause::Expired => "given up",
        Cause::SenderLocal => "trouble on this server",
        Cause::RefusedAtGreeting => "refused in the greeting",
        Cause::Mailbox => "mailbox refused",
        Cause::Policy => "refused by policy",
        Cause::Authentication => "not authenticated",
        Cause::Content => "content refused",
        Cause::Size => "too large",
        Cause::Relaying => "relaying denied",
        Cause::Syntax => "protocol error",
        Cause::RejectedOther => "rejected",
        Cause::Unknown => "not read",
    }
}

/// How long ago.
pub(crate) fn ago(time: Duration) -> String {
    if time < Duration::from_secs(60) { "just now".to_owned() } else { format!("{} ago", span(time)) }
}

/// `1 message`, `3 messages`.
pub(crate) fn count(number: u64, of: &str) -> String {
    if number == 1 { format!("1 {of}") } else { format!("{number} {of}s") }
}

/// `no address`, `1 address`, `2 addresses`.
pub(crate) fn addresses(number: usize) -> String {
    match number {
        0 => "no address to try".to_owned(),
        1 => "1 address to try".to_owned(),
        _ => format!("{number} addresses to try"),
    }
}

/// `text` on one line of at most `width` characters, made visible.
pub(crate) fn cut(text: &str, width: usize) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = scrub::visible(&text);
    if text.chars().count() <= width {
        return text.into_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// `text` in lines of at most `width` characters, broken between words; a longer word stands alone.
pub(crate) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let text = scrub::visible(text);
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let full = line.chars().count() + 1 + word.chars().count() > width;
        if full && !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// Cuts `lines` to `most` of at most `width` characters, between words, and marks that something is left out.
pub(crate) fn shorten(lines: &mut Vec<String>, most: usize, width: usize) {
    if lines.len() <= most {
        return;
    }
    lines.truncate(most);
    let Some(last) = lines.last_mut() else { return };
    while last.chars().count() + 2 > width
        && let Some(at) = last.rfind(' ')
    {
        last.truncate(at);
    }
    last.push_str(" …");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rounded() {
        let of = |seconds| span(Duration::from_secs(seconds));
        assert_eq!(span(Duration::from_millis(230)), "0.2 s");
        assert_eq!([of(50), of(150), of(7_260), of(266_400)], ["50 s", "2 min", "2 h 1 min", "3 d 2 h"]);
        assert_eq!(moment(Timestamp::from_unix(1_795_708_800)), "26 Nov 16:00 UTC");
    }

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrapped("it is me or it is them", 10), ["it is me", "or it is", "them"]);
        assert_eq!(cut("a  very long reason", 7), "a very…");
        let mut lines = wrapped("it is me or it is them", 10);
        shorten(&mut lines, 1, 10);
        assert_eq!(lines, ["it is me …"]);
    }
}
