//! `noanswer check`: the whole flow.

use super::answer::{self, Manner};
use super::args::{Check, Output};
use super::letter;
use super::mine;
use super::nagios;
use super::paint::{self, Out};
use super::question::{Question, told};
use super::relay;
use super::render;
use super::setup::Usage;
use super::suggested::Flag;
use super::watch;

pub(crate) async fn run(args: Check) -> Result<u8, Usage> {
    if let Some(host) = &args.relay {
        return relay::run(&args, host).await;
    }
    if args.domain.is_none() {
        // Without a domain, a text leads to the relay that it names.
        let told = told(&args)?;
        let relay = relay::named(&told.symptoms).ok_or(Usage::NoDomain)?;
        return relay::run(&args, &relay).await;
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

/// How long a failure text may be to be suggested again on one line.
const SHORT_TEXT: usize = 120;

/// The flags that were given and change what is asked.
pub(crate) fn flags(args: &Check) -> Vec<Flag> {
    let mut flags: Vec<Flag> = Vec::new();
    let mut add =
        |name: &'static str, value: String| flags.push(Flag { name, value: Some(value), joined: false });
    let path = |path: &std::path::Path| path.display().to_string();
    if let Some(url) = &args.api {
        add("--api", url.clone());
    }
    if let Some(name) = &args.token_env {
        add("--token-env", name.clone());
    }
    if let Some(file) = &args.vantages {
        add("--vantages", path(file));
    }
    if let Some(file) = &args.file {
        add("-f", path(file));
    }
    let short = |text: &&String| text.len() <= SHORT_TEXT && !text.contains('\n');
    if let Some(text) = args.symptom.as_ref().filter(short) {
        add("--symptom", text.clone());
    }
    if args.lookup.doh != noanswer_site::variables::PUBLIC_RESOLVERS {
        args.lookup.doh.iter().for_each(|url| add("--doh", url.clone()));
    }
    if let Some(file) = &args.lookup.doh_ca {
        add("--doh-ca", path(file));
    }
    args.lookup.allow_net.iter().for_each(|net| add("--allow-net", net.to_string()));
    if let Some(file) = &args.probing.controls {
        add("--controls", path(file));
    }
    if let Some(name) = &args.probing.ehlo {
        add("--ehlo", name.clone());
    }
    args.probing.source.iter().for_each(|address| add("--source", address.to_string()));
    if let Some(network) = &args.probing.network {
        add("--network", network.clone());
    }
    if let Some(locations) = &args.globalping {
        let value = Some(locations.clone()).filter(|locations| !locations.is_empty());
        flags.push(Flag { name: "--globalping", value, joined: true });
    }
    flags
}
