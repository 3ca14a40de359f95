//! blackbox_exporter: our reading of its pages, held to recordings of the real programs, 0.23.0 and 0.26.0.

use anyhow::{Context, Result, ensure};
use noanswer_core::evidence::{Attempt, Outcome};
use noanswer_core::smtp::Stage;
use noanswer_core::vantages::blackbox;
use std::path::Path;

/// The page that was recorded under `title`.
fn recorded(version: &str, title: &str) -> Result<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("recordings/blackbox/{version}.txt"));
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let pages = text.split("##### ");
    let page = pages.filter_map(|page| page.split_once('\n')).find(|(said, _)| *said == title);
    Ok(page.with_context(|| format!("no page {title:?} in {version}"))?.1.to_owned())
}

fn read(version: &str, title: &str) -> Result<Attempt> {
    let mut attempt = Attempt::untried("mx", "127.0.0.1".parse()?, 25, 1);
    blackbox::probe(&mut attempt, &recorded(version, title)?);
    Ok(attempt)
}

#[test]
fn pages_are_read_as_what_the_server_did() -> Result<()> {
    use Outcome::{Closed, Completed, Refused, Replied, Reset, TimedOut};
    use Stage::{Connect, Greeting};
    let worlds = [
        ("2500", Refused, Connect, None),
        ("2501", Completed, Greeting, Some("220 mx.lab.test ESMTP Postfix")),
        ("2502", TimedOut, Greeting, None),
        ("2503", Replied, Greeting, Some("421 4.7.0 too many connections")),
        ("2504", Replied, Greeting, Some("554 5.7.1 no service for you")),
        ("2505", Closed, Greeting, None),
        ("2506", Reset, Greeting, None),
        ("2507", Completed, Greeting, Some("220 mx.lab.test ESMTP Postfix")),
    ];
    for (port, outcome, stage, greeting) in worlds {
        for module in ["smtp_banner", "smtp_starttls"] {
            let seen = read("0.23.0", &format!("{module} {port}"))?;
            let right =
                seen.outcome == outcome && seen.stage == stage && seen.greeting.as_deref() == greeting;
            ensure!(right, "0.23.0 {module} {port}: {seen:?}");
        }
    }
    for (port, outcome, stage, greeting) in worlds {
        if !["2500", "2501", "2502", "2503", "2505"].contains(&port) {
            continue;
        }
        let seen = read("0.26.0", &format!("noanswer_smtp {port} debug=d"))?;
        let right = seen.outcome == outcome && seen.stage == stage && seen.greeting.as_deref() == greeting;
        ensure!(right, "0.26.0 {port}: {seen:?}");
    }
    Ok(())
}

#[test]
fn labels_alone_tell_the_greeting_and_metrics_alone_no_failure() -> Result<()> {
    for (port, outcome, greeting) in [
        ("2501", Outcome::Completed, Some("220 mx.lab.test ESMTP Postfix")),
        // To the exporter a success.
        ("2503", Outcome::Replied, Some("421 4.7.0 too many connections")),
        ("2504", Outcome::Replied, Some("554 5.7.1 no service for you")),
        ("2509", Outcome::Completed, Some("220 one.lab.test ESMTP")),
        // Refused, silent, mute: without the log one cannot be told from another.
        ("2500", Outcome::NotTried, None),
        ("2502", Outcome::NotTried, None),
        ("2510", Outcome::NotTried, None),
    ] {
        let seen = read("0.26.0", &format!("noanswer_smtp {port} debug="))?;
        ensure!(seen.outcome == outcome && seen.greeting.as_deref() == greeting, "{port}: {seen:?}");
    }
    Ok(())
}

#[test]
fn an_exporter_that_crashed_or_does_not_know_the_module_has_seen_nothing() -> Result<()> {
    for title in ["dup 2501 debug=", "any 2508 debug=", "nomodule 2501 debug="] {
        let seen = read("0.26.0", title)?;
        ensure!(seen.outcome == Outcome::NotTried && !seen.connected(), "{title}: {seen:?}");
    }
    Ok(())
}

#[test]
fn from_0_28_on_an_error_alone_tells_silence_from_muteness() {
    // These versions log "Read line" and "Successfully dialed" for those alone who ask for it.
    let page = |line: &str| {
        format!(
            "Logs for the probe:\ntime=2026-11-26T15:14:46.871Z level=ERROR source=tcp.go:127 {line}\n\n\
             Metrics that would have been returned:\nprobe_duration_seconds 10.0\nprobe_success 0\n\nModule configuration:\nsecret: x\n"
        )
    };
    for (line, outcome, stage) in [
        (
            r#"msg="Error dialing TCP" err="dial tcp4 192.0.2.1:25: i/o timeout""#,
            Outcome::TimedOut,
            Stage::Connect,
        ),
        (
            r#"msg="Error reading from connection" err="read tcp4 192.0.2.9:4->192.0.2.1:25: i/o timeout""#,
            Outcome::TimedOut,
            Stage::Greeting,
        ),
        (
            r#"msg="Error dialing TCP" err="dial tcp4 192.0.2.1:25: connect: no route to host""#,
            Outcome::HostUnreachable,
            Stage::Connect,
        ),
        (
            r#"msg="Error dialing TCP" err="dial tcp4 192.0.2.1:25: connect: permission denied""#,
            Outcome::PermissionDenied,
            Stage::Connect,
        ),
        (
            r#"msg="Error dialing TCP" err="dial tcp4 192.0.2.1:25: something new""#,
            Outcome::NotTried,
            Stage::Connect,
        ),
    ] {
        let mut attempt = Attempt::untried("mx", [192, 0, 2, 1].into(), 25, 1);
        blackbox::probe(&mut attempt, &page(line));
        assert_eq!((attempt.outcome, attempt.stage), (outcome, stage), "{line}");
        assert!(!format!("{attempt:?}").contains("secret"));
    }
}
