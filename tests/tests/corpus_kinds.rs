//! Kinds of mistakes (`corpus/kinds.toml`): each text is the smallest that shows one, and none may come back.

use noanswer_core::symptom::{self, Symptom, SymptomFamily};
use noanswer_tests::fields::Fields;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    text: Vec<Text>,
}

/// A text and all that it states.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    kind: String,
    text: String,
    /// What a text states that states no failure of a delivery.
    is: Option<Silence>,
    #[serde(default)]
    symptom: Vec<Stated>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Silence {
    /// Nothing.
    None,
    /// Nothing of connectivity: nothing, a rejection, or the sender's own trouble.
    Silent,
    /// Nothing, or the sender's own trouble.
    Own,
}

/// One symptom, in the order of the text.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stated {
    cause: String,
    #[serde(default)]
    maybe: Vec<String>,
    by: Option<String>,
    expired: Option<bool>,
    until: Option<String>,
    #[serde(default)]
    no: Vec<String>,
    #[serde(default)]
    has: Fields,
}

fn name(value: impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|name| name.as_str().map(str::to_owned)).expect("a name")
}

impl Stated {
    /// What is wrong with `read`; empty where nothing is.
    fn faults(&self, read: &Symptom) -> String {
        let mut faults = String::new();
        let cause = name(read.cause);
        if cause != self.cause && !self.maybe.contains(&cause) {
            let _ = write!(faults, " cause {} read as {cause};", self.cause);
        }
        if let Some(by) = self.by.as_ref().filter(|by| **by != name(read.written_by)) {
            let _ = write!(faults, " by {by} read as {};", name(read.written_by));
        }
        if let Some(expired) = self.expired.filter(|expired| *expired != read.expired) {
            let _ = write!(faults, " expired {expired};");
        }
        let until = read.retry_until.map(|until| until.to_string());
        if self.until.is_some() && self.until != until {
            let _ = write!(faults, " until {:?} read as {until:?};", self.until);
        }
        let got: BTreeMap<_, _> = Fields::from(read).named().into_iter().collect();
        for (field, value) in self.has.named() {
            if got.get(field) != Some(&value) {
                let _ = write!(faults, " {field} {value} read as {:?};", got.get(field));
            }
        }
        for field in self.no.iter().filter_map(|field| Some((field, got.get(field.as_str())?))) {
            let _ = write!(faults, " no {} read as {};", field.0, field.1);
        }
        faults
    }
}

impl Text {
    fn faults(&self) -> String {
        let read = symptom::read(&self.text);
        if let Some(silence) = self.is {
            let allowed = |symptom: &Symptom| match silence {
                Silence::None => false,
                Silence::Own => symptom.family == SymptomFamily::Sender,
                Silence::Silent => !matches!(
                    symptom.family,
                    SymptomFamily::NoAnswer | SymptomFamily::Dns | SymptomFamily::Expired
                ),
            };
            let wrong = read.iter().filter(|symptom| !allowed(symptom));
            return wrong.map(|symptom| format!(" read as {};", name(symptom.cause))).collect();
        }
        let count = if read.len() == self.symptom.len() {
            String::new()
        } else {
            format!(" {} symptoms read as {};", self.symptom.len(), read.len())
        };
        let each = self.symptom.iter().zip(&read).map(|(stated, read)| stated.faults(read));
        [count].into_iter().chain(each).collect()
    }
}

/// Every text of `file` that is read wrongly.
fn wrong(file: &str) -> (String, usize) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus").join(file);
    let texts: File = toml::from_str(&fs::read_to_string(path).expect(file)).expect(file);
    let mut wrong = String::new();
    for text in &texts.text {
        let faults = text.faults();
        if !faults.is_empty() {
            let head: String = text.text.chars().take(160).collect();
            let _ = writeln!(wrong, "{}:{faults} {head:?}", text.kind);
        }
    }
    (wrong, texts.text.len())
}

#[test]
fn no_kind_of_mistake_comes_back() {
    let (wrong, of) = wrong("kinds.toml");
    assert!(of >= 110, "only {of} texts");
    assert!(wrong.is_empty(), "{} of {of}\n{wrong}", wrong.lines().count());
}

#[test]
fn what_was_read_blind_stays_read() {
    let (wrong, of) = wrong("fresh.toml");
    assert!(of >= 105, "only {of} texts");
    assert!(wrong.is_empty(), "{} of {of}\n{wrong}", wrong.lines().count());
}

#[test]
fn what_servers_on_windows_write_is_read() {
    let (wrong, of) = wrong("exchange.toml");
    assert!(of >= 35, "only {of} texts");
    assert!(wrong.is_empty(), "{} of {of}\n{wrong}", wrong.lines().count());
}

/// The rows of a table of the corpus.
fn rows(file: &str) -> Vec<Vec<String>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus").join(file);
    let text = fs::read_to_string(path).expect(file);
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split('\t').map(str::to_owned).collect())
        .collect()
}

#[test]
fn what_the_trade_prints_is_read() {
    let (mut wrong, rows) = (String::new(), rows("trade.tsv"));
    for row in &rows {
        let [product, _, _, cause, by, text] = row.as_slice() else { panic!("{row:?}") };
        let read = symptom::read(text);
        let got = read.first().map(|read| (name(read.cause), name(read.written_by)));
        if got != Some((cause.clone(), by.clone())) {
            let _ = writeln!(wrong, "{product}: {cause} by {by} read as {got:?}: {text}");
        }
    }
    assert!(rows.len() >= 100 && wrong.is_empty(), "{} of {}\n{wrong}", wrong.lines().count(), rows.len());
}

/// What an error of an operating system means.
fn meaning(error: &str) -> &'static [&'static str] {
    match error {
        "ETIMEDOUT" | "10060" => &["connect_timed_out"],
        "ECONNREFUSED" | "10061" => &["connect_refused"],
        "EHOSTUNREACH" | "EHOSTDOWN" | "10065" => &["host_unreachable"],
        "ENETUNREACH" | "ENETDOWN" | "10051" => &["network_unreachable"],
        "ECONNRESET" | "ECONNABORTED" | "10054" => &["session_dropped", "dropped_at_greeting"],
        "EADDRNOTAVAIL" | "EACCES" | "EPERM" => &["sender_local"],
        "EAI_NONAME" | "11001" => &["no_such_domain"],
        "EAI_NODATA" => &["no_mail_host"],
        "EAI_AGAIN" | "EAI_FAIL" => &["dns_failed"],
        other => panic!("unknown error {other}"),
    }
}

/// The number of an error on Linux, of those that the reader knows in brackets.
fn number(error: &str) -> Option<&'static str> {
    Some(match error {
        "EADDRNOTAVAIL" => "99",
        "ENETUNREACH" => "101",
        "ECONNRESET" => "104",
        "ETIMEDOUT" => "110",
        "ECONNREFUSED" => "111",
        "EHOSTUNREACH" => "113",
        _ => return None,
    })
}

#[test]
fn every_systems_words_are_read_and_only_of_mail() {
    let (mut wrong, rows) = (String::new(), rows("os.tsv"));
    for row in &rows {
        let [system, language, error, _, words] = row.as_slice() else { panic!("{row:?}") };
        let mut mail = vec![
            format!("connect to mx.example[192.0.2.1]:25: {words}"),
            format!(
                "Nov  3 04:05:06 mail postfix/smtp[12]: 4ABC: to=<u@example.org>, relay=none, delay=5, \
                 delays=1/0/4/0, status=deferred (connect to mx.example[192.0.2.1]:25: {words})"
            ),
        ];
        // `SMTP: … Permission denied` may be of any file.
        if !matches!(error.as_str(), "EACCES" | "EPERM") {
            mail.push(format!("SMTP: mx.example.org, port 587: {words}"));
        }
        if let Some(number) = number(error).filter(|_| system == "glibc") {
            mail.push(format!("SMTP: mx.example.org, port 587: {words} ({number})"));
        }
        // The error's name stands for it in every language.
        if (system.as_str(), language.as_str()) == ("glibc", "en") {
            mail.push(format!("nodemailer: Error: connect {error} mx.example.org:25"));
        }
        for text in mail {
            let read = symptom::read(&text);
            let got = read.first().map_or("nothing".to_owned(), |read| name(read.cause));
            if !meaning(error).contains(&got.as_str()) {
                let _ = writeln!(wrong, "{system} {language} {error} read as {got}: {text}");
            }
            let told = read.first().and_then(|read| read.system_error.as_deref());
            if number(error)
                .is_some_and(|number| text.ends_with(&format!("({number})")) && told != Some(number))
            {
                let _ = writeln!(wrong, "{system} {language} {error} has the number {told:?}: {text}");
            }
        }
        for other in [
            "imap.example.org:993: ",
            "SQLSTATE[HY000] [2002] ",
            "https://api.example.org/v1: ",
            "redis: ",
            "ssh: web.example.org, port 22: ",
            "mount.nfs: ",
        ] {
            for read in symptom::read(&format!("{other}{words}")) {
                let _ = writeln!(wrong, "{other}is no mail, and read as {}: {words}", name(read.cause));
            }
        }
    }
    assert!(rows.len() >= 440 && wrong.is_empty(), "{}\n{wrong}", wrong.lines().count());
}

/// Formats of time stamps, as loggers print them; `{}` is where three digits stand that are no reply code.
const STAMPS: &[&str] = &[
    "2026-03-04 20:41:44,{} INFO mail.queue message taken",
    "2026-03-04 20:41:44.{} INFO mail.queue message taken",
    "2026-03-04T20:41:44.{}Z mailer: message taken",
    "2026-03-04T20:41:44,{}+0100 [main] message taken",
    "20:41:44,{} |-INFO message taken for delivery to mx.example.org",
    "20:41:44:{} smtp session opened",
    "20:41:44.{} [smtp-out] session opened",
    "[2026-03-04 20:41:44,{}] [INFO] smtp session opened",
    "[20:41:44.{}] smtp session opened",
    "(2026-03-04 20:41:44,{}) smtp session opened",
    "04/03/2026 20:41:44.{} smtp session opened",
    "04-Mar-2026 20:41:44.{} INFO smtp session opened",
    "Mar 04, 2026 8:41:44.{} PM org.example.Mail send",
    "2026-03-04 20:41:44,{} - root - INFO - mail sent in 12 s",
    "DEBUG 2026-03-04 20:41:44,{} smtp 140 mail sent",
    "1772656904.{} mail sent",
    "{}ms to send the mail",
    "mail sent in {} ms",
    "mail sent after {} seconds",
    "mail sent, {} bytes",
    "mail sent, size={}, nrcpt=1 (queue active)",
    "S={} id=x@mx.example.org mail sent",
    "Mail.java:{} mail sent",
    "Mail.java:{}",
    "at org.example.Mail.send(Mail.java:{}) ~[mail.jar:1.2]",
    "File \"/srv/mail.py\", line {}, in send",
    "mail.go:{}: mail sent",
    "mail.php on line {}",
    "smtp[{}]: mail sent",
    "smtp({}) mail sent",
    "\"GET /mail/status HTTP/1.1\" {} 1234 \"-\" \"curl/8\"",
    "\"POST /mail HTTP/2\" {} 17",
    "method=POST path=/mail status={} duration=1.5",
    "{\"method\":\"POST\",\"path\":\"/mail\",\"status\":{},\"bytes\":12}",
    "http_code={} mail page",
    "port {} is open",
    "queue holds {} messages",
    "queue holds {} mails for example.org",
    "[{}/1000] mails sent",
    "mail {} of 1000 sent",
    "id: {} mail sent",
    "uid={} gid=12 mail sent",
    "pid={} mail sent",
    "thread-{} mail sent",
    "worker#{} mail sent",
    "version 4.{} of the mail server",
];

#[test]
fn no_three_digits_of_a_log_line_are_a_reply() {
    let mut wrong = String::new();
    for stamp in STAMPS {
        for digits in (400..=559).map(|digits| digits.to_string()) {
            let line = stamp.replacen("{}", &digits, 1);
            for symptom in symptom::read(&line) {
                let _ = writeln!(wrong, "{}: {line}", name(symptom.cause));
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n{wrong}", wrong.lines().count());
}
