//! How long a queue of 100,000 messages takes to read, in each form that mail servers list it in: 2 s at most.

use noanswer_core::queue::{self, Setting};
use noanswer_core::timestamp::Timestamp;
use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::Instant;

const MESSAGES: u64 = 100_000;

/// Destinations, each with a reason of its own: a busy server's queue has some hundreds.
const DESTINATIONS: u64 = 1_000;

/// The most seconds.
const BUDGET: f64 = 2.0;

fn reason(number: u64) -> String {
    let to = number % DESTINATIONS;
    format!("connect to mx.d{to}.example[192.0.2.{}]:25: Connection timed out", to % 250)
}

fn listing(head: &str, entry: impl Fn(u64) -> String) -> String {
    let mut text = head.to_owned();
    (0..MESSAGES).for_each(|number| text.push_str(&entry(number)));
    text
}

fn main() -> ExitCode {
    let postfix_json = |number: u64| {
        let to = number % DESTINATIONS;
        format!(
            "{{\"queue_name\": \"deferred\", \"queue_id\": \"{number:011X}\", \"arrival_time\": 1795713774, \"message_size\": 293, \"sender\": \"s@corp.example\", \"recipients\": [{{\"address\": \"u{number}@d{to}.example\", \"delay_reason\": \"{}\"}}]}}\n",
            reason(number)
        )
    };
    let columns = |number: u64| {
        let to = number % DESTINATIONS;
        format!(
            "{number:011X}      293 Thu Nov 26 17:22:54  s@corp.example\n({})\n                                         u{number}@d{to}.example\n\n",
            reason(number)
        )
    };
    let exim = |number: u64| {
        let (to, id) = (number % DESTINATIONS, number % 1_000_000);
        format!(" 25m  2.9K 1tFabc-{id:06}-6W <s@corp.example>\n          u{number}@d{to}.example\n\n")
    };
    let exchange = |number: u64| {
        let to = number % DESTINATIONS;
        format!(
            "\"EX1\\3\\{number}\",\"s@corp.example\",\"Retry\",\"EX1\\3\",\"26.11.2026 08:00:00\",\"28.11.2026 08:00:00\",\"u{number}@d{to}.example;2;2;;0;CN=Internet\",\"[{{LED=441 4.4.1 Error encountered while communicating with primary target IP address: \"\"Failed to connect. Winsock error code: 10060, Win32 error code: 10060.\"\"}};{{FQDN=d{to}.example}}]\"\n"
        )
    };
    let listings = [
        ("postqueue -j", listing("", postfix_json)),
        (
            "postqueue -p",
            listing("-Queue ID-  --Size-- ----Arrival Time---- -Sender/Recipient-------\n", columns),
        ),
        ("exim -bp", listing("", exim)),
        (
            "Get-Message | Export-Csv",
            listing(
                "\"Identity\",\"FromAddress\",\"Status\",\"Queue\",\"DateReceived\",\"ExpirationTime\",\"Recipients\",\"LastError\"\n",
                exchange,
            ),
        ),
    ];
    let setting = Setting::utc(Timestamp::parse("2026-11-26T18:00:00Z").expect("a time"));
    let mut table = format!("{MESSAGES} messages for {DESTINATIONS} destinations, {BUDGET} s at most\n");
    let mut kept = true;
    for (name, text) in listings {
        let began = Instant::now();
        let read = queue::read(&text, &setting).map_or(0, |listing| listing.messages);
        let seconds = began.elapsed().as_secs_f64();
        kept &= seconds <= BUDGET && read == MESSAGES;
        let _ = writeln!(
            table,
            "{name:<26} {:>6.1} MB  {read:>7} read  {seconds:>6.2} s",
            text.len() as f64 / 1e6
        );
    }
    print!("{table}");
    if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
