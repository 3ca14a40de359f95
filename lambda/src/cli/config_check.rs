//! `noanswer config check`: how `noanswer serve` would be set up, without serving.

use super::args::{Cli, Command, ConfigCheck};
use super::config::{self, Setting, Source};
use super::paint::{Out, Tone};
use super::serve;
use super::setup::Usage;
use clap::Parser;
use std::ffi::OsString;

pub(crate) async fn run(args: &ConfigCheck) -> Result<u8, Usage> {
    let mut arguments: Vec<OsString> = vec!["noanswer".into(), "serve".into()];
    if let Some(file) = &args.file {
        arguments.extend(["--config".into(), file.into()]);
    }
    let settings = config::settings(&arguments, &|name| std::env::var(name).ok())?;
    let cli = Cli::try_parse_from(config::with(arguments, &settings)).map_err(|error| {
        let text = error.to_string();
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let mut words = lines.next().unwrap_or_default().trim_start_matches("error: ").to_owned();
        if words.ends_with(':') {
            words = format!("{words} {}", lines.next().unwrap_or_default());
        }
        Usage::Setting(words)
    })?;
    let Command::Serve(serve) = cli.command else {
        return Err(Usage::Setting("no settings of serve".to_owned()));
    };
    // Files, certificates, tokens: all that is read at a start is read now.
    serve::tried(&serve).await?;
    let out = Out::new();
    for Setting { name, values, source } in &settings {
        let value = if values.is_empty() { "true".to_owned() } else { values.join(" ") };
        let source = match source {
            Source::Variable(name) => name.clone(),
            Source::File(path) => path.display().to_string(),
        };
        out.line(&format!("{name} = {value}  {}", out.tone(Tone::Quiet, &format!("({source})"))));
    }
    out.line("the settings can be used; what is not named is as noanswer serve --help says");
    Ok(0)
}
