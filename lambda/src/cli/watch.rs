//! `noanswer check --watch`: looks again and again, and tells of changes alone.

use super::args::Check;
use super::change::Change;
use super::paint::{self, Out, Tone};
use super::push::Push;
use super::question::Question;
use super::setup::Usage;
use super::words;
use noanswer_core::report::Report;
use noanswer_core::verdict::{Fault, Party, Status};
use noanswer_core::wire_name::wire_name;
use std::process::Stdio;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// What must differ for a change: the status, and what stands.
type State = (Status, Vec<(Fault, Party)>);

pub(super) async fn run(args: &Check, question: &Question) -> Result<u8, Usage> {
    let push = args.push.as_deref().map(|url| Push::to(url, args.push_token_env.as_deref())).transpose()?;
    let mut before: Option<State> = None;
    let mut last = 3;
    let mut left = args.times.unwrap_or(u64::MAX);
    while left > 0 {
        left -= 1;
        match question.ask().await {
            Ok((report, took)) => {
                let state = state(&report);
                let changed = before.as_ref() != Some(&state);
                let change =
                    Change { report: &report, before: before.as_ref().map(|one| one.0), took, changed };
                if changed {
                    tell(&change);
                    if let Some(command) = &args.exec {
                        execute(command, &change).await;
                    }
                }
                if let Some(push) = &push {
                    push.send(question.client(), &change).await;
                }
                last = report.exit_code();
                before = Some(state);
            }
            // What could not be asked changes nothing; it is said, and asked again.
            Err(failure) => eprintln!("noanswer: {}", noanswer_core::scrub::visible(&failure.to_string())),
        }
        if left > 0 {
            tokio::time::sleep(args.every).await;
        }
    }
    Ok(last)
}

fn state(report: &Report) -> State {
    let mut faults: Vec<(Fault, Party)> =
        report.verdict.faults.iter().map(|named| (named.fault, named.party)).collect();
    faults.sort_unstable();
    faults.dedup();
    (report.verdict.status, faults)
}

fn tell(change: &Change<'_>) {
    let out = Out::new();
    let tone = match change.report.exit_code() {
        0 => Tone::Good,
        2 => Tone::Bad,
        _ => Tone::Doubtful,
    };
    let at = words::moment(change.report.asked.at);
    out.line(&format!("{at}  {}", out.tone(tone, &change.report.verdict.headline)));
}

/// Runs the user's command with the change in its environment and the report on its standard input.
async fn execute(command: &str, change: &Change<'_>) {
    let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let spawned = Command::new(shell)
        .args([flag, command])
        .env("NOANSWER_DOMAIN", &change.report.asked.domain)
        .env("NOANSWER_STATUS", wire_name(&change.report.verdict.status))
        .env("NOANSWER_BEFORE", change.before.map_or(String::new(), |before| wire_name(&before)))
        .env("NOANSWER_EXIT", change.report.exit_code().to_string())
        .env("NOANSWER_HEADLINE", noanswer_core::scrub::visible(&change.report.verdict.headline).as_ref())
        .stdin(Stdio::piped())
        .spawn();
    let ended = match spawned {
        Ok(mut child) => {
            if let (Some(mut stdin), Ok(json)) = (child.stdin.take(), serde_json::to_vec(change.report)) {
                // A command that does not read its input is no failure.
                let _ = stdin.write_all(&json).await;
            }
            child.wait().await
        }
        Err(error) => Err(error),
    };
    match ended {
        Ok(status) if status.success() => {}
        Ok(status) => paint::complain(&format!("--exec ended with {status}")),
        Err(error) => paint::complain(&format!("--exec cannot be started: {error}")),
    }
}
