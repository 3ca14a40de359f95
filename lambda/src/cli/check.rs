//! `noanswer check`: the whole flow.

use super::answer::{self, Manner};
use super::args::{Check, Output};
use super::letter;
use super::mine;
use super::nagios;
use super::paint::{self, Out};
use super::question::Question;
use super::relay;
use super::render;
use super::setup::Usage;
use super::watch;

pub(crate) async fn run(args: Check) -> Result<u8, Usage> {
    if let Some(host) = &args.relay {
        return relay::run(&args, host).await;
    }
    if args.mine && args.api.is_none() && args.vantages.is_none() && args.globalping.is_none() {
        return Err(Usage::NobodyElse);
    }
    let question = Question::of(&args)?;
    if args.watch {
        return watch::run(&args, &question).await;
    }
    if args.mine {
        return mine::run(&args, &question).await;
    }
    let (report, took) = question.ask().await?;
    let manner = Manner { flags: flags(&args), took };
    let out = Out::new();
    if let Some(to) = args.letter {
        return letter::print(&out, &report, to, args.lang);
    }
    match args.output() {
        Output::Json => paint::json(&report),
        Output::Nagios => out.line(&nagios::line(&report)),
        Output::Text => {
            answer::print(&out, &report, &manner);
            render::more(&out, &report, args.verbose);
        }
    }
    Ok(report.exit_code())
}

/// The flags that were given and change what is asked, as they stand in a command line.
pub(crate) fn flags(args: &Check) -> String {
    let mut flags: Vec<String> = Vec::new();
    let mut add = |name: &str, value: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:@%+,=[]".contains(&byte);
        // What a shell would read otherwise stands in quotes (POSIX 2.2.2).
        let value = if value.bytes().all(plain) {
            value.to_owned()
        } else {
            format!("'{}'", value.replace('\'', "'\\''"))
        };
        flags.push(format!("{name} {value}"));
    };
    let path = |path: &std::path::Path| path.display().to_string();
    if let Some(url) = &args.api {
        add("--api", url);
    }
    if let Some(name) = &args.token_env {
        add("--token-env", name);
    }
    if let Some(file) = &args.vantages {
        add("--vantages", &path(file));
    }
    if let Some(file) = &args.file {
        add("-f", &path(file));
    }
    if args.lookup.doh != noanswer_site::variables::PUBLIC_RESOLVERS {
        args.lookup.doh.iter().for_each(|url| add("--doh", url));
    }
    if let Some(file) = &args.lookup.doh_ca {
        add("--doh-ca", &path(file));
    }
    args.lookup.allow_net.iter().for_each(|net| add("--allow-net", &net.to_string()));
    if let Some(file) = &args.probing.controls {
        add("--controls", &path(file));
    }
    flags.join(" ")
}
