//! Where a queue's listing comes from: a file, standard input, or the mail server's own program.

use crate::cli::args::Queue;
use crate::cli::setup::{self, Usage};
use crate::clock;
use noanswer_core::queue::{self, Listing, Setting, Software};
use noanswer_core::symptom;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// The programs that list a queue, in the order in which they are tried. One mail server owns a machine's queue; `mailq`,
/// which all of them have, comes last.
const PROGRAMS: &[(&str, &[&str])] = &[
    ("postqueue", &["-j"]),
    // Before 3.1, Postfix writes no JSON.
    ("postqueue", &["-p"]),
    ("smtpctl", &["show", "queue"]),
    ("exim4", &["-bp"]),
    ("exim", &["-bp"]),
    ("qmail-qread", &[]),
    ("mailq", &[]),
    ("powershell.exe", &["-NoProfile", "-Command", EXCHANGE]),
];

/// Exchange's own shell, and its queues as JSON. `ConvertTo-Json` writes names of a list as numbers, and one object without
/// the brackets of a list.
const EXCHANGE: &str = include_str!("get_queue.ps1");

/// Where such programs are beside `PATH`.
const FOLDERS: &[&str] =
    &["/usr/sbin", "/sbin", "/usr/local/sbin", "/usr/bin", "/usr/exim/bin", "/var/qmail/bin"];

/// The queue that the arguments name.
pub(super) fn listing(args: &Queue) -> Result<Listing, Usage> {
    let (text, from) = match (&args.file, &args.stdin) {
        (Some(path), _) => (setup::read(path)?, path.display().to_string()),
        (None, Some(_)) => {
            let mut text = Vec::new();
            let failed = |source| Usage::Unreadable { path: "standard input".to_owned(), source };
            std::io::stdin().lock().read_to_end(&mut text).map_err(failed)?;
            (text, "standard input".to_owned())
        }
        (None, None) => return of_this_machine(),
    };
    let setting = Setting { utc_offset_s: clock::utc_offset_s(), ..Setting::utc(clock::now()) };
    queue::read(&symptom::decode(&text), &setting).ok_or(Usage::NotAQueue(from))
}

/// The queue of the mail server that runs here.
fn of_this_machine() -> Result<Listing, Usage> {
    let mut refused = None;
    let setting = Setting { lifetime: lifetime(), ..Setting::utc(clock::now()) };
    for (program, arguments) in PROGRAMS {
        let Some(path) = find(program) else { continue };
        // Dates without a zone are the server's local ones: this makes them UTC.
        let output = Command::new(&path).args(*arguments).env("TZ", "UTC").stdin(Stdio::null()).output();
        let Ok(output) = output else { continue };
        let text = symptom::decode(&output.stdout);
        if let Some(listing) = queue::read(&text, &setting) {
            return Ok(listing);
        }
        if output.status.success() && text.trim().is_empty() && *program != "mailq" {
            return Ok(empty(program, &setting));
        }
        let words = String::from_utf8_lossy(&output.stderr);
        let words = words.lines().chain(text.lines()).find(|line| !line.trim().is_empty()).map(str::trim);
        let words = words.unwrap_or("nothing that is a queue");
        refused.get_or_insert_with(|| format!("{program} says: {words}"));
    }
    Err(Usage::NoQueue(refused))
}

/// A queue in which nothing waits: Postfix's JSON, Exim and OpenSMTPD then write nothing at all.
fn empty(program: &str, setting: &Setting) -> Listing {
    let software = match program {
        "postqueue" => Software::Postfix,
        "smtpctl" => Software::OpenSmtpd,
        "qmail-qread" => Software::Qmail,
        "powershell.exe" => Software::Exchange,
        _ => Software::Exim,
    };
    Listing { software, as_of: setting.now, messages: 0, rows: Vec::new() }
}

fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(FOLDERS.iter().map(PathBuf::from));
    folders.map(|folder| folder.join(program)).find(|path| path.is_file())
}

/// How long Postfix keeps a message, by its own setting.
fn lifetime() -> Option<Duration> {
    let output = Command::new(find("postconf")?)
        .args(["-h", "maximal_queue_lifetime"])
        .stdin(Stdio::null())
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    span(String::from_utf8_lossy(&output.stdout).trim())
}

/// A span of time as Postfix writes it: `5d`; without a unit, days (postconf(5), maximal_queue_lifetime).
fn span(text: &str) -> Option<Duration> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" | "" => 86_400,
        "w" => 604_800,
        _ => return None,
    };
    Some(Duration::from_secs(digits.parse::<u64>().ok()?.checked_mul(unit)?))
}

/// Asks Exim why the oldest message of each of `destinations` waits: its listing does not say, the message's own log does.
pub(super) fn explain(listing: &mut Listing, destinations: &[String]) {
    let Some(exim) = find("exim4").or_else(|| find("exim")).filter(|_| listing.software == Software::Exim)
    else {
        return;
    };
    for row in listing.rows.iter_mut().filter(|row| destinations.contains(&row.destination)) {
        let Some(log) = row.oldest_id.as_deref().and_then(|id| message_log(&exim, id)) else { continue };
        let line = log.lines().rev().find(|line| {
            line.to_lowercase().contains(&format!("@{}", row.destination)) && line.contains("defer (")
        });
        let symptom = line.and_then(|line| symptom::read_as_of(line, clock::now()).into_iter().next());
        if let (Some(line), Some(symptom)) = (line, symptom) {
            let reason = line.split_once("defer (").and_then(|(_, rest)| rest.split_once("): "));
            row.explain(reason.map_or(line, |(_, words)| words), symptom);
        }
    }
}

fn message_log(exim: &Path, id: &str) -> Option<String> {
    let output = Command::new(exim).args(["-Mvl", id]).stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_postfixs_spans() {
        assert_eq!(span("5d"), Some(Duration::from_secs(432_000)));
        assert_eq!(span("36h"), Some(Duration::from_secs(129_600)));
        assert_eq!(span("2"), Some(Duration::from_secs(172_800)));
        assert_eq!(span("soon"), None);
    }
}
