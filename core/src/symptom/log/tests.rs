//! The stream as a whole: cut anywhere, however long, across a new year.

use super::*;
use crate::symptom::Cause;

const LOG: &str = "\
2026-11-24T09:00:00Z mx postfix/smtp[1]: A1: to=<a@example.org>, relay=mx.example.org[192.0.2.1]:25, dsn=2.0.0, status=sent (250 ok)\n\
2026-11-24T09:00:01Z mx postfix/smtpd[2]: connect from unknown[198.51.100.9]\n\
2026-11-24T09:00:02Z mx postfix/smtp[3]: connect to mx.example.net[192.0.2.7]:25: Connection timed out\n\
2026-11-24T09:00:09Z mx postfix/smtp[3]: connect to mx2.example.net[192.0.2.8]:25: Connection timed out\n\
2026-11-24T09:00:10Z mx postfix/smtp[3]: connect to mx.example.net[2001:db8::7]:25: Network is unreachable";

const REFUSED: &str = "connect to mx.example.net[192.0.2.7]:25: Connection refused";

fn read(mut log: Log, bytes: &[u8], size: usize) -> LogSummary {
    bytes.chunks(size).for_each(|piece| log.push(piece));
    log.finish()
}

fn summary(size: usize) -> LogSummary {
    read(Log::new(), LOG.as_bytes(), size)
}

#[test]
fn pieces_make_no_difference() {
    let whole = summary(usize::MAX);
    assert_eq!((whole.lines, whole.failures, whole.too_long), (5, 3, 0));
    assert_eq!((whole.symptoms[0].count, whole.symptoms[0].cause), (Some(2), Cause::ConnectTimedOut));
    let times = |symptom: &Symptom| (symptom.at.unwrap().to_string(), symptom.last_at.unwrap().to_string());
    assert_eq!(
        times(&whole.symptoms[0]),
        ("2026-11-24T09:00:02Z".to_owned(), "2026-11-24T09:00:09Z".to_owned())
    );
    let spoke: Vec<_> = whole
        .controls
        .destinations
        .iter()
        .filter(|one| one.spoke > 0)
        .map(|one| one.operator.as_str())
        .collect();
    assert_eq!(spoke, ["example.org"]);
    for size in [1, 7, 100] {
        let cut = summary(size);
        assert_eq!((&cut.symptoms, &cut.controls), (&whole.symptoms, &whole.controls), "in pieces of {size}");
    }
}

#[test]
fn a_line_without_end_costs_nothing() {
    let mut log = Log::new();
    for _ in 0..100 {
        log.push(&[b'x'; 100_000]);
    }
    assert!(log.rest.len() <= LINE);
    log.push(format!("\n{REFUSED}\n").as_bytes());
    let summary = log.finish();
    assert_eq!((summary.lines, summary.too_long, summary.failures), (2, 1, 1));
}

#[test]
fn lines_too_long_are_counted_however_they_come() {
    let just = format!("{REFUSED}{}", "x".repeat(LINE - REFUSED.len()));
    let long = format!("{just}x");
    for (lines, too_long, failures) in [
        (vec![just.as_str()], 0, 1),
        (vec![long.as_str()], 1, 0),
        (vec![REFUSED, &long, REFUSED, &just, &long, &long, REFUSED], 3, 4),
        (vec![&long, &just, "", &long], 2, 1),
    ] {
        for end in ["", "\n"] {
            let text = lines.join("\n") + end;
            for size in [1000, LINE, LINE + 1, LINE + 2, 3 * LINE, usize::MAX] {
                let got = read(Log::new(), text.as_bytes(), size);
                let expected = (u64::try_from(lines.len()).unwrap(), too_long, failures);
                assert_eq!((got.lines, got.too_long, got.failures), expected, "in pieces of {size}");
            }
        }
    }
}

#[test]
fn utf16_is_read() {
    let bytes: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(LOG.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    for size in [1, 33] {
        assert_eq!(read(Log::new(), &bytes, size).failures, 3, "in pieces of {size}");
    }
}

#[test]
fn a_group_reaches_across_new_year() {
    let log = ["Dec 31 23:58:00", "Jan  1 00:01:00", "Jan  2 08:00:00"]
        .map(|at| format!("{at} mx postfix/smtp[3]: {REFUSED}"))
        .join("\n");
    let now = Timestamp::parse("2027-01-02T09:00:00Z").unwrap();
    let summary = read(Log::as_of(now), log.as_bytes(), usize::MAX);
    let group = &summary.symptoms[0];
    assert_eq!(group.count, Some(3));
    let times = [group.at, group.last_at, summary.controls.first, summary.controls.last];
    let expected =
        ["2026-12-31T23:58:00Z", "2027-01-02T08:00:00Z", "2026-12-31T23:58:00Z", "2027-01-02T08:00:00Z"];
    assert_eq!(times.map(|at| at.unwrap().to_string()), expected);
    // Without a now there is no year, and none is made up.
    let summary = read(Log::new(), log.as_bytes(), usize::MAX);
    assert_eq!(
        (summary.symptoms[0].at, summary.symptoms[0].last_at, summary.controls.first),
        (None, None, None)
    );
}

#[test]
fn groups_have_an_end_and_lose_no_failure() {
    let log: String = (0..3000)
        .map(|number| format!("connect to mx.example{number}.org[192.0.2.1]:25: Connection refused\n"))
        .collect();
    let summary = read(Log::new(), log.as_bytes(), usize::MAX);
    assert_eq!(summary.failures, 3000);
    assert_eq!(summary.symptoms.iter().filter_map(|group| group.count).sum::<u64>(), 3000);
    assert_eq!((summary.symptoms[0].count, &summary.symptoms[0].remote_host), (Some(1000), &None));
}
