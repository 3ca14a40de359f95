//! The command line, as clap reads it.

use clap::{Args, ColorChoice, Parser, Subcommand, ValueEnum};
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// The version, and what this program was built from and for.
const VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    "\ncommit: ",
    env!("NOANSWER_COMMIT"),
    "\ntarget: ",
    env!("NOANSWER_TARGET"),
    "\nfeatures: ",
    env!("NOANSWER_FEATURES"),
);

/// Is it me, is it them, or the path between us? Evidence for mail that meets no answer (441 4.4.1).
#[derive(Debug, Parser)]
#[command(
    name = "noanswer",
    version,
    long_version = VERSION,
    propagate_version = true,
    after_help = "\
Examples:
  noanswer explain '441 4.4.1 Error encountered while communicating with primary target IP address'
  noanswer explain -f /var/log/mail.log
  noanswer check example.org --symptom 'Connection timed out' --vantages vantages.toml
  noanswer serve --lab          try all of it offline, on http://127.0.0.1:4410
  noanswer check silent.test --api http://127.0.0.1:4410        … and from the command line

Exit codes: 0 nothing wrong, 1 degraded, 2 a fault named, 3 undetermined, 64 usage error."
)]
pub(crate) struct Cli {
    /// When to use colour; auto also heeds NO_COLOR, CLICOLOR and TERM
    #[arg(long, global = true, value_name = "WHEN", default_value_t = ColorChoice::Auto)]
    pub(crate) color: ColorChoice,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Say what a failure text means: a line, a bounce, a whole mail log, or a code such as 441 or 4.4.1
    #[command(
        after_help = "Examples:\n  noanswer explain 4.4.1\n  noanswer explain -f mail.log\n  tail -n 500 /var/log/mail.log | noanswer explain"
    )]
    Explain(Explain),
    /// Say where mail for a domain goes, by DNS-over-HTTPS
    Mx(Mx),
    /// Look from this machine alone: its controls, and every address of the domain's plan
    Probe(Probe),
    /// Judge: this machine, other vantages, and the verdict
    #[command(after_help = "\
Run it on the sending server: that is the one place that no web page can look from.

Examples:
  noanswer check example.org -f mail.log --vantages vantages.toml
  noanswer check example.org --api https://noanswer.example --letter postmaster
  noanswer check example.org --output nagios
  noanswer check example.org --watch --every 5m --push https://kuma.example/api/push/TOKEN
  noanswer check my-domain.example --mine --api https://noanswer.example
  noanswer check --relay smtp.example.net:587

Exit codes: 0 nothing wrong, 1 degraded (mail passes), 2 a fault named, 3 undetermined, 64 usage error (3 for nagios).")]
    Check(Check),
    /// Say whether this machine can send mail on port 25, what stops it, and how that is lifted
    #[command(
        name = "self",
        after_help = "\
No domain is needed: known-good mail hosts of several operators are asked, and beside them port 443 of these and
of public DNS-over-HTTPS servers.

Examples:
  noanswer self
  noanswer self --source 192.0.2.7 --source 192.0.2.8
  noanswer self --lab=west      try it offline, as a server in a cloud that blocks port 25

Exit codes: 0 it can send, 1 in IPv4 or IPv6 only, 2 it cannot, 3 not told, 64 usage error."
    )]
    SelfCheck(SelfCheck),
    /// Read the mail server's queue, and say because of whom its mail waits
    #[command(after_help = "\
Reads Postfix, Exim, Sendmail, OpenSMTPD and qmail queues, Exchange's Get-Queue and Get-Message in any form, and lists of
Haraka, KumoMTA and Stalwart up to 0.15.
Never changes the queue. One connection to an address; the controls are asked once for all destinations, and again beside one that fails.

Examples:
  noanswer queue                                     this server's own queue
  noanswer queue --vantages vantages.toml            … with other networks' view of the destinations
  postqueue -j | noanswer queue -
  Get-Queue | Format-List | noanswer queue -         on an Exchange server

Exit codes: 0 nothing waits, 1 what waits can go, 2 a fault holds some of it, 3 not told, 64 usage error.")]
    Queue(Queue),
    /// Say which vantages see port 25 now, and which are blind
    Vantages(Vantages),
    /// Judge a stored report again
    #[command(
        after_help = "Examples:\n  noanswer check example.org --json > report.json\n  noanswer judge report.json --trace"
    )]
    Judge(Judge),
    /// Serve the page and the API
    #[command(after_help = "\
Each option can stand in a file (--config), by its name, and in a variable: NOANSWER_SERVE_TRUSTED_PROXY for
--trusted-proxy. A flag stands before a variable, and that before the file. SIGHUP reads the named files again.")]
    Serve(Serve),
    /// Check the settings of serve
    #[command(subcommand)]
    Config(Config),
    /// Print the completions of a shell
    #[command(after_help = "Example:\n  noanswer completions bash > /etc/bash_completion.d/noanswer")]
    Completions(Completions),
    /// Write the manual pages into a folder
    #[command(hide = true)]
    Man(Man),
}

#[derive(Debug, Args)]
pub(crate) struct Judge {
    /// The report, as --json printed it; - for standard input
    #[arg(value_name = "REPORT.json")]
    pub(crate) report: PathBuf,
    /// Print every observation, every law that spoke, and every diagnosis
    #[arg(long)]
    pub(crate) trace: bool,
    /// Print the report as JSON; with --trace, the trace
    #[arg(long)]
    pub(crate) json: bool,
    /// Print every note and every try as well; twice, what is ruled out, and the laws that decide
    #[arg(short, long, action = clap::ArgAction::Count, conflicts_with = "json")]
    pub(crate) verbose: u8,
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The text, a code, or - for standard input; a pipe is read without it
    #[arg(conflicts_with = "file")]
    pub(crate) text: Option<String>,
    /// Read the text from a file of any size
    #[arg(short, long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// How names are looked up.
#[derive(Clone, Debug, Args)]
pub(crate) struct Lookup {
    /// A DoH server; may be given twice: the second stands in for the first and gives a second opinion
    #[arg(long, value_name = "URL", default_values = noanswer_site::variables::PUBLIC_RESOLVERS)]
    pub(crate) doh: Vec<String>,
    /// Trust the certificates of this file (PEM) for DoH and vantages, instead of the built-in ones
    #[arg(long, value_name = "FILE")]
    pub(crate) doh_ca: Option<PathBuf>,
    /// Let the prober reach an address range that is otherwise refused (private, loopback, …)
    #[arg(long, value_name = "CIDR")]
    pub(crate) allow_net: Vec<IpNet>,
}

/// How this machine probes.
#[derive(Clone, Debug, Args)]
pub(crate) struct Probing {
    /// Known-good exchanges and ports known to be closed, instead of the built-in list
    #[arg(long, value_name = "FILE")]
    pub(crate) controls: Option<PathBuf>,
    /// The name to introduce this machine with (EHLO); its address where none is given
    #[arg(long, value_name = "NAME")]
    pub(crate) ehlo: Option<String>,
    /// Connect from this address of this machine; one for IPv4 and one for IPv6, or, with self, as many as there are
    #[arg(long, value_name = "ADDR")]
    pub(crate) source: Vec<IpAddr>,
    /// The network that this machine stands in, such as AS64500: vantages of one network are one independent source
    #[arg(long, value_name = "AS")]
    pub(crate) network: Option<String>,
}

/// How long to wait.
#[derive(Clone, Debug, Args)]
pub(crate) struct Waiting {
    /// How long all of it may take, in seconds
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=600))]
    pub(crate) deadline: Option<u64>,
    /// Wait out slow greetings, and look twice before anything is called down
    #[arg(long)]
    pub(crate) patient: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Mx {
    /// The domain, or a mail address in it
    pub(crate) domain: String,
    #[command(flatten)]
    pub(crate) lookup: Lookup,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Probe {
    /// The domain, or a mail address in it
    pub(crate) domain: String,
    #[command(flatten)]
    pub(crate) lookup: Lookup,
    #[command(flatten)]
    pub(crate) probing: Probing,
    #[command(flatten)]
    pub(crate) waiting: Waiting,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The domain, or a mail address in it; a failure text without one leads to the relay (port 465, 587, 2525) it names
    #[arg(required_unless_present_any = ["relay", "symptom", "file"])]
    pub(crate) domain: Option<String>,
    /// The failure text
    #[arg(long, value_name = "TEXT", conflicts_with = "file")]
    pub(crate) symptom: Option<String>,
    /// Read the failure text, or the mail log, from a file
    #[arg(short, long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Ask the vantages of this file
    #[arg(long, value_name = "FILE", conflicts_with = "api")]
    pub(crate) vantages: Option<PathBuf>,
    /// Ask probes of Globalping, a public measurement network: it learns the exchanges' addresses, and whoever has the
    /// link can read the results. LOCATIONS such as Germany,US+datacenter-network; GLOBALPING_TOKEN may hold a token
    #[arg(long, value_name = "LOCATIONS", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    #[arg(conflicts_with = "api")]
    pub(crate) globalping: Option<String>,
    /// Ask the vantages of this API
    #[arg(long, value_name = "URL")]
    pub(crate) api: Option<String>,
    /// The variable of the environment that holds the API's token
    #[arg(long, value_name = "NAME", requires = "api")]
    pub(crate) token_env: Option<String>,
    /// Is my own server reachable? Ask other vantages alone: what this machine sees of itself does not tell
    #[arg(long)]
    pub(crate) mine: bool,
    /// Judge a relay (port 465, 587, 2525 …) from this machine alone: DNS, connection, TLS, greeting; never a login
    #[arg(long, value_name = "HOST:PORT", conflicts_with_all = ["domain", "symptom", "file", "vantages", "api", "mine", "watch", "letter"])]
    pub(crate) relay: Option<String>,
    /// Try --relay on the embedded lab: smtp.relay.test:587 or :465, and odd.relay.test with the TLS modes changed about
    #[arg(long, conflicts_with_all = ["domain", "doh", "doh_ca", "allow_net", "controls", "source", "network"])]
    pub(crate) lab: bool,
    #[command(flatten)]
    pub(crate) lookup: Lookup,
    #[command(flatten)]
    pub(crate) probing: Probing,
    #[command(flatten)]
    pub(crate) waiting: Waiting,
    /// Print JSON; the same as --output json
    #[arg(long)]
    pub(crate) json: bool,
    /// What to print
    #[arg(long, value_name = "FORM", value_enum, default_value_t = Output::Text, conflicts_with = "json")]
    output: Output,
    /// Print a letter, ready to send, and nothing else
    #[arg(long, value_name = "TO", value_enum, conflicts_with_all = ["json", "output", "watch", "mine"])]
    pub(crate) letter: Option<Letter>,
    /// The letter's language
    #[arg(long, value_name = "LANGUAGE", value_enum, default_value_t = Lang::En, requires = "letter")]
    pub(crate) lang: Lang,
    /// Print every note and every try as well; twice, what is ruled out, and the laws that decide
    #[arg(short, long, action = clap::ArgAction::Count, conflicts_with = "json")]
    pub(crate) verbose: u8,
    /// Look again and again, and tell of changes alone
    #[arg(long, conflicts_with_all = ["json", "output", "mine"])]
    pub(crate) watch: bool,
    /// How long to wait between two looks: 90s, 5m, 1h
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = span, requires = "watch")]
    pub(crate) every: Duration,
    /// Run this command at each change, with NOANSWER_STATUS and others set and the report on its standard input
    #[arg(long, value_name = "COMMAND", requires = "watch")]
    pub(crate) exec: Option<String>,
    /// Tell a monitor: Uptime Kuma, Gatus, ntfy (ntfy+https://…), or JSON to any other URL
    #[arg(long, value_name = "URL", requires = "watch")]
    pub(crate) push: Option<String>,
    /// The variable of the environment that holds the monitor's token
    #[arg(long, value_name = "NAME", requires = "push")]
    pub(crate) push_token_env: Option<String>,
    /// End after so many looks
    #[arg(long, value_name = "N", requires = "watch")]
    pub(crate) times: Option<u64>,
}

impl Check {
    /// What to print.
    pub(crate) fn output(&self) -> Output {
        if self.json { Output::Json } else { self.output }
    }
}

/// What to do with settings.
#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Say how serve would be set up, and where each setting stands, without serving
    Check(ConfigCheck),
    /// Make a token for a client, and its lines for the file of --clients
    Token(ConfigToken),
}

#[derive(Debug, Args)]
pub(crate) struct ConfigToken {
    /// The client's name: letters, digits, - _ .
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
}

#[derive(Debug, Args)]
pub(crate) struct ConfigCheck {
    /// The file of --config; the variables of the environment count, too
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
}

/// The form of an access log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AccessLog {
    /// No line
    None,
    /// Lines of JSON
    Json,
    /// key=value pairs
    Logfmt,
}

/// What a check prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// An answer for people
    Text,
    /// One Report
    Json,
    /// One line for Nagios, Icinga and Checkmk
    Nagios,
}

/// Whom a letter is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Letter {
    /// The recipient's postmaster
    Postmaster,
    /// The sender's provider
    Provider,
    /// A user who asks where the mail is
    Customer,
}

/// A language of letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lang {
    /// English
    En,
    /// German
    De,
    /// French
    Fr,
    /// Spanish
    Es,
}

/// A span of time: a number, and s, m or h.
fn span(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "s" | "" => 1,
        "m" => 60,
        "h" => 3_600,
        _ => return Err("give a number and s, m or h".to_owned()),
    };
    let number = digits.parse::<u64>().ok().filter(|number| (1..=100_000).contains(number));
    number
        .map(|number| Duration::from_secs(number * unit))
        .ok_or_else(|| "give a number and s, m or h".to_owned())
}

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(crate) struct Man {
    /// The folder
    pub(crate) folder: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct SelfCheck {
    #[command(flatten)]
    pub(crate) lookup: Lookup,
    #[command(flatten)]
    pub(crate) probing: Probing,
    /// Try it on the embedded lab, as a server beside that vantage of it: its controls and resolvers, and no other traffic
    #[arg(long, value_name = "VANTAGE", num_args = 0..=1, require_equals = true, default_missing_value = "north")]
    #[arg(value_parser = crate::demo::IDS)]
    #[arg(conflicts_with_all = ["doh", "doh_ca", "allow_net", "controls", "source", "network"])]
    pub(crate) lab: Option<String>,
    /// Print every try as well
    #[arg(short, long, action = clap::ArgAction::Count, conflicts_with = "json")]
    pub(crate) verbose: u8,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Queue {
    /// Read the queue from standard input
    #[arg(value_name = "-", value_parser = ["-"], conflicts_with = "file")]
    pub(crate) stdin: Option<String>,
    /// Read the queue from a file
    #[arg(short, long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Check the destinations that hold most messages, so many of them; 0 checks none
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) check: usize,
    /// Ask the vantages of this file
    #[arg(long, value_name = "FILE", conflicts_with = "api")]
    pub(crate) vantages: Option<PathBuf>,
    /// Ask the vantages of this API
    #[arg(long, value_name = "URL")]
    pub(crate) api: Option<String>,
    /// The variable of the environment that holds the API's token
    #[arg(long, value_name = "NAME", requires = "api")]
    pub(crate) token_env: Option<String>,
    #[command(flatten)]
    pub(crate) lookup: Lookup,
    #[command(flatten)]
    pub(crate) probing: Probing,
    /// How long the check of one destination may take, in seconds
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=600))]
    pub(crate) deadline: Option<u64>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Vantages {
    /// Ask the vantages of this file; without it, this machine alone
    #[arg(long, value_name = "FILE", conflicts_with = "api")]
    pub(crate) vantages: Option<PathBuf>,
    /// Ask this API
    #[arg(long, value_name = "URL")]
    pub(crate) api: Option<String>,
    #[command(flatten)]
    pub(crate) lookup: Lookup,
    #[command(flatten)]
    pub(crate) probing: Probing,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Read settings from this file (TOML): the options below, by their names
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Where to listen; port 0 takes any free one
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:4410")]
    pub(crate) listen: SocketAddr,
    /// Add embedded hosts under .test, healthy and failing ones: try all of it with no network
    #[arg(long)]
    pub(crate) lab: bool,
    /// Be a vantage: take probe requests that carry the token
    #[arg(long, requires = "token_env")]
    pub(crate) vantage: bool,
    /// The variable of the environment that holds the token
    #[arg(long, value_name = "NAME")]
    pub(crate) token_env: Option<String>,
    /// Know the clients of this file (TOML) by their tokens: each has limits of its own; noanswer config token makes one
    #[arg(long, value_name = "FILE", conflicts_with = "vantage")]
    pub(crate) clients: Option<PathBuf>,
    /// Ask the vantages of this file; without it, or where it names none, this machine alone
    #[arg(long, value_name = "FILE", conflicts_with_all = ["lab", "vantage"])]
    pub(crate) vantages: Option<PathBuf>,
    /// Leave alone who asked for it: a list of addresses, networks and domains, one a line
    #[arg(long, value_name = "FILE")]
    pub(crate) opt_out: Option<PathBuf>,
    /// Take the word of proxies in this range for who asks (X-Forwarded-For, Forwarded)
    #[arg(long, value_name = "CIDR")]
    pub(crate) trusted_proxy: Vec<IpNet>,
    /// Answer to this name as well, on loopback; elsewhere a server answers to any
    #[arg(long, value_name = "NAME")]
    pub(crate) allow_host: Vec<String>,
    /// Speak HTTPS with the certificates of this file (PEM), the server's first; read again on SIGHUP
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The key of the certificate (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Keep reports for 30 days and cases for 15 minutes, for short links: in memory, in this FOLDER, or not at all (none)
    #[arg(long, value_name = "WHERE", default_value = "memory")]
    pub(crate) keep_reports: String,
    /// Write a line for each request to standard error: no text, no client beyond its /24 or /48
    #[arg(long, value_name = "FORM", value_enum, default_value_t = AccessLog::None)]
    pub(crate) access_log: AccessLog,
    /// Run as a service of Windows: its service manager starts it so, and stops it
    #[cfg(windows)]
    #[arg(long)]
    pub(crate) service: bool,
    #[command(flatten)]
    pub(crate) lookup: Lookup,
    #[command(flatten)]
    pub(crate) probing: Probing,
    #[command(flatten)]
    pub(crate) waiting: Waiting,
}
