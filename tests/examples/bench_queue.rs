//! How long a queue of 100,000 messages takes to read, in each form that mail servers list it in: 2 s at most. A
//! message tracking log is a log: `bench_symptom`.

use noanswer_core::queue::{self, Setting};
use noanswer_core::timestamp::Timestamp;
use std::process::ExitCode;
use std::time::Instant;

const MESSAGES: u64 = 100_000;

/// Destinations, each with a reason of its own: a busy server's queue has some hundreds.
const DESTINATIONS: u64 = 1_000;

/// The most seconds.
const BUDGET: f64 = 2.0;

/// A form: its name, what stands before, between and after the messages, and a message.
type Form = (&'static str, &'static str, &'static str, &'static str, fn(u64) -> String);

const FORMS: &[Form] = &[
    ("postqueue -j", "", "", "", |number| postfix_json(number, &reason(number))),
    ("  … each reason another", "", "", "", |number| postfix_json(number, &said(number))),
    (
        "postqueue -p",
        "-Queue ID-  --Size-- ----Arrival Time---- -Sender/Recipient-------\n",
        "",
        "",
        |number| {
            let (reason, to) = (reason(number), to(number));
            format!(
                "{number:011X}      293 Thu Nov 26 17:22:54  s@corp.example\n({reason})\n                                         {to}\n\n"
            )
        },
    ),
    ("exim -bp", "", "", "", |number| {
        format!(
            " 25m  2.9K 1tFabc-{:06}-6W <s@corp.example>\n          {}\n\n",
            number % 1_000_000,
            to(number)
        )
    }),
    (
        "mailq of Sendmail",
        "-----Q-ID----- --Size-- -----Q-Time----- ------------Sender/Recipient-----------\n",
        "",
        "",
        |number| {
            let host = host(number);
            format!(
                "5AQ{number:011}     2048 Thu Nov 26 10:01 <s@corp.example>\n                 (Deferred: Connection timed out with {host}.)\n\t\t\t\t\t <{}>\n",
                to(number)
            )
        },
    ),
    ("smtpctl show queue", "", "", "", |number| {
        let to = to(number);
        format!(
            "{number:08x}158af85f|inet4|mta||s@corp.example|{to}|{to}|1795713816|1796059416|1795713816|1|pending|380|Network error on destination MXs\n"
        )
    }),
    ("qmail-qread", "", "", "", |number| {
        format!("26 Nov 2026 10:00:00 GMT  #{number}  333  <s@corp.example> \n\tremote\t{}\n", to(number))
    }),
    (
        "Get-Message, CSV",
        "\"Identity\",\"FromAddress\",\"Status\",\"Queue\",\"DateReceived\",\"ExpirationTime\",\"Recipients\",\"LastError\"\n",
        "",
        "",
        |number| {
            let (to, error) = (to(number), exchange_error(number).replace('"', "\"\""));
            format!(
                "\"EX1\\3\\{number}\",\"s@corp.example\",\"Retry\",\"EX1\\3\",\"26.11.2026 08:00:00\",\"28.11.2026 08:00:00\",\"{to};2;2;;0;CN=Internet\",\"{error}\"\n"
            )
        },
    ),
    ("Get-Message, list", "", "", "", |number| {
        let (to, error) = (to(number), exchange_error(number));
        format!(
            "Identity          : EX1\\3\\{number}\nFromAddress       : s@corp.example\nStatus            : Retry\nMessageSourceName : SMTP:Default EX1\nDateReceived      : 11/26/2026 8:00:00 AM\nExpirationTime    : 11/28/2026 8:00:00 AM\nLastError         : {error}\nQueue             : EX1\\3\nRecipients        : {{{to};2;2;;0;CN=Outbound;}}\n\n"
        )
    }),
    (
        "Get-Message, table",
        "Identity             FromAddress         Status Queue LastError\n--------             -----------         ------ ----- ---------\n",
        "",
        "",
        |number| {
            format!(
                "{:<20} s@corp.example      Retry  EX1\\3 {}\n",
                format!("EX1\\3\\{number}"),
                exchange_error(number)
            )
        },
    ),
    ("Get-Message, JSON", "[", ",\n", "]", |number| {
        let (to, error) = (to(number), exchange_error(number).replace('"', "\\\""));
        format!(
            "{{\"Identity\": \"EX1\\\\3\\\\{number}\", \"FromAddress\": \"s@corp.example\", \"Status\": 2, \"Queue\": \"EX1\\\\3\", \"DateReceived\": \"\\/Date(1795680000000)\\/\", \"ExpirationTime\": \"\\/Date(1795852800000)\\/\", \"Recipients\": \"{to};2;2;;0;\", \"LastError\": \"{error}\"}}"
        )
    }),
    ("haraka --qlist", "", "", "", |number| {
        format!(
            "Q: 1795713774000_1795714374000_2_4711_{number:08}_12_mx rcpt:1 from:<s@corp.example> domain:d{}.example\n",
            number % DESTINATIONS
        )
    }),
    (
        "stalwart-cli queue list",
        "| ID  | Delivery Due                    | Sender         | Recipients                   | Size  |\n",
        "",
        "",
        |number| {
            format!(
                "| {number:X} | Thu, 26 Nov 2026 18:10:00 +0000 | s@corp.example | {} (tempfail)  | 293 B |\n",
                to(number)
            )
        },
    ),
    ("Stalwart's API", "{\"data\":{\"items\":[", ",\n", "]}}", |number| {
        let (to, host) = (to(number), host(number));
        format!(
            "{{\"id\":{number},\"return_path\":\"s@corp.example\",\"created\":\"2026-11-26T17:30:00Z\",\"size\":293,\"recipients\":[{{\"address\":\"{to}\",\"status\":{{\"temp_fail\":\"Connection to {host} (192.0.2.30) failed: Connection timed out\"}},\"expires\":\"2026-11-29T17:30:00Z\"}}]}}"
        )
    }),
];

fn host(number: u64) -> String {
    format!("mx.d{}.example", number % DESTINATIONS)
}

fn to(number: u64) -> String {
    format!("u{number}@d{}.example", number % DESTINATIONS)
}

fn reason(number: u64) -> String {
    format!("connect to {}[192.0.2.{}]:25: Connection timed out", host(number), number % 250)
}

/// A reason that no other message has: it names a session, as those of large providers do.
fn said(number: u64) -> String {
    let session = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    format!(
        "host {}[192.0.2.{}] said: 421-4.7.28 Our system has detected an unusual rate of mail from your network. {session:x}si{number}qtb.12 - gsmtp (in reply to end of DATA command)",
        host(number),
        number % 250
    )
}

fn postfix_json(number: u64, reason: &str) -> String {
    format!(
        "{{\"queue_name\": \"deferred\", \"queue_id\": \"{number:011X}\", \"arrival_time\": 1795713774, \"message_size\": 293, \"sender\": \"s@corp.example\", \"recipients\": [{{\"address\": \"{}\", \"delay_reason\": \"{reason}\"}}]}}\n",
        to(number)
    )
}

/// When Exchange tried last stands in it, so that most differ.
fn exchange_error(number: u64) -> String {
    let (hour, minute, second) = (number / 3_600 % 24, number / 60 % 60, number % 60);
    format!(
        "[{{LRT=11/26/2026 {hour}:{minute:02}:{second:02}}};{{LED=441 4.4.1 Error encountered while communicating with primary target IP address: \"Failed to connect. Winsock error code: 10060, Win32 error code: 10060.\" The last endpoint attempted was 192.0.2.{}:25}};{{FQDN=d{}.example}}]",
        number % 250,
        number % DESTINATIONS
    )
}

fn main() -> ExitCode {
    let setting = Setting::utc(Timestamp::parse("2026-11-26T18:00:00Z").expect("a time"));
    let mut kept = true;
    println!("{MESSAGES} messages for {DESTINATIONS} destinations, {BUDGET} s at most");
    for (name, head, between, foot, message) in FORMS {
        let messages: Vec<String> = (0..MESSAGES).map(message).collect();
        let text = format!("{head}{}{foot}", messages.join(between));
        let began = Instant::now();
        let listing = queue::read(&text, &setting);
        let seconds = began.elapsed().as_secs_f64();
        let (read, rows) = listing.map_or((0, 0), |listing| (listing.messages, listing.rows.len()));
        kept &= seconds <= BUDGET && read == MESSAGES;
        println!(
            "{name:<26} {:>6.1} MB  {read:>7} read  {rows:>6} rows  {seconds:>6.2} s",
            text.len() as f64 / 1e6
        );
    }
    if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
