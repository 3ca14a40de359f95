//! The command line, as clap reads it.

use clap::{Args, Parser, Subcommand};
use ipnet::IpNet;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Is it me, is it them, or the road between us? Evidence for mail that meets no answer (441 4.4.1).
#[derive(Debug, Parser)]
#[command(
    name = "noanswer",
    version,
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
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Say what a failure text means: a line, a bounce, a whole mail log, or a code such as 441 or 4.4.1
    #[command(
        after_help = "Examples:\n  noanswer explain 4.4.1\n  noanswer explain -f mail.log\n  tail -n 500 /var/log/mail.log | noanswer explain -"
    )]
    Explain(Explain),
    /// Say where mail for a domain goes, by DNS-over-HTTPS
    Mx(Mx),
    /// Look from this machine alone: its controls, and every address of the domain's plan
    Probe(Probe),
    /// Judge: this machine, other vantages, and the verdict
    #[command(
        after_help = "Run it on the sending server: that is the one place that no web page can look from."
    )]
    Check(Check),
    /// Read the mail server's queue, and say because of whom its mail waits
    #[command(after_help = "\
Reads Postfix, Exim, Sendmail, OpenSMTPD and qmail queues, and Exchange's Get-Queue and Get-Message in any form.
Never changes the queue. One connection to an address, one pass of controls for all destinations.

Examples:
  noanswer queue                                     this server's own queue
  noanswer queue --vantages vantages.toml            … with other networks' view of the destinations
  postqueue -j | noanswer queue -
  Get-Queue | Format-List | noanswer queue -         on an Exchange server

Exit codes: 0 nothing waits, 1 what waits can go, 2 a fault holds some of it, 3 not told, 64 usage error.")]
    Queue(Queue),
    /// Say which vantages see port 25 now, and which are blind
    Vantages(Vantages),
    /// Serve the page and the API
    Serve(Serve),
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The text, a code, or - for standard input
    #[arg(required_unless_present = "file", conflicts_with = "file")]
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
    /// The domain, or a mail address in it
    pub(crate) domain: String,
    /// The failure text
    #[arg(long, value_name = "TEXT", conflicts_with = "file")]
    pub(crate) symptom: Option<String>,
    /// Read the failure text, or the mail log, from a file
    #[arg(short, long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
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
    #[command(flatten)]
    pub(crate) waiting: Waiting,
    /// Print one Report as JSON
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
    /// Ask the vantages of this file; without it, this machine alone
    #[arg(long, value_name = "FILE", conflicts_with_all = ["lab", "vantage"])]
    pub(crate) vantages: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) lookup: Lookup,
    #[command(flatten)]
    pub(crate) probing: Probing,
    #[command(flatten)]
    pub(crate) waiting: Waiting,
}
