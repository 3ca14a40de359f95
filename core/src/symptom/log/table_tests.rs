//! A log as a table.

use crate::symptom::{Cause, Row, explain_row, read_as_of, table};
use crate::timestamp::Timestamp;

fn now() -> Timestamp {
    Timestamp::parse("2026-11-24T12:00:00Z").expect("a moment")
}

fn rows(log: &str) -> Vec<Row> {
    table(log, &read_as_of(log, now()), now())
}

fn line(clock: &str, rest: &str) -> String {
    format!("2026-11-24T{clock}+00:00 mx postfix/smtp[7]: {rest}\n")
}

/// What Postfix writes of a message to `domain` that waits since `delay` seconds.
fn deferred(clock: &str, id: &str, domain: &str, delay: u64, why: &str) -> String {
    line(
        clock,
        &format!("{id}: to=<u@{domain}>, relay=none, delay={delay}, dsn=4.4.1, status=deferred ({why})"),
    )
}

fn sent(clock: &str, id: &str, domain: &str) -> String {
    line(
        clock,
        &format!(
            "{id}: to=<u@{domain}>, relay=mx.{domain}[192.0.2.9]:25, delay=1, dsn=2.0.0, status=sent (250 ok)"
        ),
    )
}

const SILENT: &str = "connect to mx.example.org[192.0.2.1]:25: Connection timed out";

#[test]
fn one_attempt_is_one_row() {
    let log = line("09:00:00", SILENT) + &deferred("09:00:01", "A1B2C3", "example.org", 30, SILENT);
    let rows = rows(&log);
    assert_eq!(rows.len(), 1, "{rows:?}");
    let row = &rows[0];
    assert_eq!((row.destination.as_deref(), row.cause), (Some("example.org"), Cause::ConnectTimedOut));
    assert_eq!((row.count, row.messages, row.waiting()), (2, 1, 1));
    assert_eq!(row.symptom.remote_host.as_deref(), Some("mx.example.org"));
}

#[test]
fn the_deadline_is_that_of_the_message_that_ends_next_and_never_one_that_has_passed() {
    let log = deferred("09:00:00", "A1B2C3", "example.org", 3_600, SILENT)
        + &deferred("09:00:00", "A1B2C4", "example.org", 86_400, SILENT)
        // This one was given up while nobody looked: it ended before now.
        + &deferred("09:00:00", "A1B2C5", "example.org", 5 * 86_400, SILENT);
    let row = rows(&log).remove(0);
    // It had waited for a day: four of Postfix's five are left.
    assert_eq!(row.until, Timestamp::parse("2026-11-28T09:00:00Z"));
    let explanation = explain_row(&row, now());
    assert_eq!(explanation.deadline, row.until);
    assert!(explanation.deadline_words.expect("words").contains("clock of the log"));
    let old = deferred("09:00:00", "A1B2C5", "example.org", 5 * 86_400, SILENT);
    assert_eq!(rows(&(old.clone() + &old)).remove(0).until, None);
}

#[test]
fn a_message_that_was_delivered_later_is_settled() {
    let ipv6 = line("09:00:00", "connect to mx.example.org[2001:db8::1]:25: Network is unreachable");
    let log = ipv6.clone() + &sent("09:00:01", "A1B2C3", "example.org");
    let row = rows(&log).remove(0);
    assert!(row.is_settled(), "{row:?}");
    let explanation = explain_row(&row, now());
    assert!(explanation.again.contains("delivered later"), "{}", explanation.again);
    assert_eq!(explanation.deadline, None);
    // Another message to the same place settles nothing.
    let log = deferred("09:00:00", "A1B2C3", "example.org", 30, SILENT)
        + &sent("09:00:01", "D4E5F6", "example.org");
    let row = rows(&log).remove(0);
    assert_eq!((row.is_settled(), row.waiting(), row.delivered), (false, 1, 1));
    // Nor does another recipient of the same message.
    let log = deferred("09:00:00", "A1B2C3", "example.org", 30, SILENT)
        + &sent("09:00:01", "A1B2C3", "example.net");
    assert_eq!(rows(&log).remove(0).waiting(), 1);
}

#[test]
fn exims_lines_of_one_message_belong_together() {
    let log = "2026-11-24 09:00:00 1tFabc-0004gI-6W H=mx.example.org [2001:db8::1] Network is unreachable\n\
               2026-11-24 09:00:02 1tFabc-0004gI-6W => u@example.org R=dnslookup T=remote_smtp H=mx.example.org [192.0.2.1] C=\"250 OK\"\n";
    let row = rows(log).remove(0);
    assert!(row.is_settled() && row.messages == 1, "{row:?}");
}

#[test]
fn what_others_took_in_the_same_hour_shows_that_port_25_is_open() {
    let block = |row: &Row| {
        explain_row(row, now())
            .likely
            .iter()
            .any(|one| one.contains("port 25 is blocked on the sender's side"))
    };
    let failed = deferred("09:30:00", "A1B2C3", "example.org", 30, SILENT);
    let alone = rows(&(failed.clone() + &failed)).remove(0);
    assert!(block(&alone) && alone.others == 0);
    let mut log = failed;
    for (number, domain) in ["one.example", "two.example", "three.example"].iter().enumerate() {
        log += &sent("09:40:00", &format!("F0000{number}"), domain);
    }
    let row = rows(&log).remove(0);
    assert_eq!(row.others, 3);
    assert!(!block(&row));
    assert!(explain_row(&row, now()).beside.expect("said").starts_with("3 other hosts took mail on port 25"));
    // In another hour, on another port, over another family or to the own machine, it says nothing.
    for other in [
        log.replace("09:40", "10:40"),
        log.replace("]:25,", "]:587,"),
        log.replace("192.0.2.9", "127.0.0.1"),
        log.replace("192.0.2.9", "2001:db8::9"),
    ] {
        let row = rows(&other).remove(0);
        assert!(row.others == 0 && block(&row), "{other}");
    }
}

#[test]
fn the_worst_comes_first() {
    let refused = "connect to mx.example.net[192.0.2.2]:25: Connection refused";
    let log = deferred("09:00:00", "A00001", "example.net", 30, refused)
        + &sent("09:00:01", "A00001", "example.net")
        + &line(
            "09:00:02",
            "A00002: to=<x@example.com>, relay=mx.example.com[192.0.2.3]:25, delay=1, dsn=5.1.1, status=bounced (host mx.example.com[192.0.2.3] said: 550 5.1.1 User unknown (in reply to RCPT TO command))",
        )
        + &deferred("09:00:03", "A00003", "example.org", 30, SILENT);
    let rows = rows(&log);
    let told: Vec<_> = rows.iter().filter_map(|row| row.destination.as_deref()).collect();
    assert_eq!(told, ["example.org", "example.com", "example.net"]);
    assert_eq!(rows[1].given_up, 1);
}

#[test]
fn what_is_no_log_is_a_table_of_what_was_read() {
    let queue = "A1B2C3 1200 Tue Nov 24 08:00:00  a@example.com\n(connect to mx.example.org[192.0.2.1]:25: Connection timed out)\n u@example.org\n";
    let rows = rows(queue);
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!(rows[0].destination.as_deref(), Some("example.org"));
}
