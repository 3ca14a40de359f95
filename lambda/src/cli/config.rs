//! The settings of `noanswer serve`: by flag, else by variable, else by file, else as they are by default. One option, one
//! name: `--trusted-proxy` is `NOANSWER_SERVE_TRUSTED_PROXY` and `trusted-proxy` in the file.

use super::args::Cli;
use super::setup::{self, Usage};
use clap::{ArgAction, CommandFactory};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// How variables begin.
const PREFIX: &str = "NOANSWER_SERVE_";

/// Where a setting stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A variable of the environment.
    Variable(String),
    /// The file.
    File(PathBuf),
}

/// A setting that stands in no flag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) name: String,
    pub(crate) values: Vec<String>,
    pub(crate) source: Source,
}

/// The arguments of `noanswer serve` with what variables and the file add to them; other arguments as they are.
///
/// # Errors
/// When the file cannot be read, is not TOML, or holds a key or value that is none.
pub(crate) fn completed(arguments: Vec<OsString>) -> Result<Vec<OsString>, Usage> {
    let command = arguments.iter().skip(1).find(|one| !one.to_string_lossy().starts_with('-'));
    if command.is_none_or(|command| command != "serve") {
        return Ok(arguments);
    }
    let settings = settings(&arguments, &|name| std::env::var(name).ok())?;
    Ok(with(arguments, &settings))
}

/// The arguments with `settings`.
pub(crate) fn with(mut arguments: Vec<OsString>, settings: &[Setting]) -> Vec<OsString> {
    for setting in settings {
        if setting.values.is_empty() {
            arguments.push(format!("--{}", setting.name).into());
        }
        arguments.extend(setting.values.iter().map(|value| format!("--{}={value}", setting.name).into()));
    }
    arguments
}

/// What variables and the file say of the options that no flag sets.
pub(crate) fn settings(
    arguments: &[OsString],
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Vec<Setting>, Usage> {
    let given = |name: &str| {
        arguments.iter().position(|one| {
            let one = one.to_string_lossy();
            one.strip_prefix("--").is_some_and(|one| one == name || one.starts_with(&format!("{name}=")))
        })
    };
    let file = match given("config") {
        Some(at) => match arguments[at].to_string_lossy().split_once('=') {
            Some((_, path)) => Some(PathBuf::from(path)),
            None => arguments.get(at + 1).map(PathBuf::from),
        },
        None => variable(&format!("{PREFIX}CONFIG")).map(PathBuf::from),
    };
    let table = file.as_deref().map(read).transpose()?.unwrap_or_default();
    let mut unknown: BTreeSet<&str> = table.keys().map(String::as_str).collect();
    let mut settings = Vec::new();
    let command = Cli::command();
    let serve = command.find_subcommand("serve").into_iter().flat_map(clap::Command::get_arguments);
    for argument in serve {
        let Some(name) = argument.get_long().filter(|name| *name != "config") else { continue };
        unknown.remove(name);
        if given(name).is_some() {
            continue;
        }
        let key = format!("{PREFIX}{}", name.to_uppercase().replace('-', "_"));
        let is_list = matches!(argument.get_action(), ArgAction::Append);
        let (values, source) = match (variable(&key).filter(|value| !value.is_empty()), table.get(name)) {
            (Some(value), _) if is_list => {
                (value.split_whitespace().map(str::to_owned).collect(), Source::Variable(key))
            }
            (Some(value), _) => (vec![value], Source::Variable(key)),
            (None, Some(value)) => {
                let path = file.clone().unwrap_or_default();
                (words(value, is_list).ok_or_else(|| wrong(&path, name))?, Source::File(path))
            }
            (None, None) => continue,
        };
        let values = match argument.get_action() {
            ArgAction::SetTrue => match values.first().map(String::as_str) {
                Some("true" | "1") => Vec::new(),
                Some("false" | "0") => continue,
                _ => return Err(Usage::Setting(format!("{name} is true or false"))),
            },
            _ => values,
        };
        settings.push(Setting { name: name.to_owned(), values, source });
    }
    match (unknown.first(), &file) {
        (Some(key), Some(path)) => Err(Usage::Setting(format!(
            "{}: there is no setting {key:?}: see noanswer serve --help",
            path.display()
        ))),
        _ => Ok(settings),
    }
}

fn wrong(path: &Path, name: &str) -> Usage {
    Usage::Setting(format!(
        "{}: {name} must be a word, a number, true or false, or a list of words",
        path.display()
    ))
}

fn read(path: &Path) -> Result<toml::Table, Usage> {
    let text = String::from_utf8_lossy(&setup::read(path)?).into_owned();
    toml::from_str(&text).map_err(|error| {
        let words = noanswer_site::toml_error::one_line(&error, &text);
        Usage::Setting(format!("{}: {words}", path.display()))
    })
}

/// A value as words; nothing where it is no such thing.
fn words(value: &toml::Value, is_list: bool) -> Option<Vec<String>> {
    let word = |value: &toml::Value| match value {
        toml::Value::String(word) => Some(word.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(truth) => Some(truth.to_string()),
        _ => None,
    };
    match value {
        toml::Value::Array(values) if is_list => values.iter().map(word).collect(),
        other => word(other).map(|word| vec![word]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_stands_before_a_variable_and_that_before_the_file() {
        let file = std::env::temp_dir().join(format!("noanswer-config-{}.toml", std::process::id()));
        let text = "listen = '127.0.0.1:1'\naccess-log = 'json'\ntrusted-proxy = ['10.0.0.0/8', '127.0.0.1/32']\n\
                    lab = true\nkeep-reports = 'none'\n";
        std::fs::write(&file, text).expect("a file");
        let arguments: Vec<OsString> =
            ["noanswer", "serve", "--listen=127.0.0.1:3", "--config", file.to_str().expect("a path")]
                .map(OsString::from)
                .to_vec();
        let variable = |name: &str| match name {
            "NOANSWER_SERVE_LISTEN" => Some("127.0.0.1:2".to_owned()),
            "NOANSWER_SERVE_ACCESS_LOG" => Some("logfmt".to_owned()),
            _ => None,
        };
        let found = settings(&arguments, &variable).expect("settings");
        let said = |name: &str| found.iter().find(|one| one.name == name).map(|one| one.values.join(" "));
        assert_eq!(said("listen"), None, "the flag stands");
        assert_eq!(said("access-log").as_deref(), Some("logfmt"), "the variable stands");
        assert_eq!(said("trusted-proxy").as_deref(), Some("10.0.0.0/8 127.0.0.1/32"));
        assert_eq!(said("lab").as_deref(), Some(""), "a flag without a value");
        assert_eq!(said("keep-reports").as_deref(), Some("none"));
        let all = with(arguments.clone(), &found);
        assert!(
            all.contains(&OsString::from("--lab")) && all.contains(&OsString::from("--access-log=logfmt"))
        );
        for (text, words) in
            [("lisen = 'x'", "lisen"), ("lab = 'perhaps'", "true or false"), ("lab = [", "line 1")]
        {
            std::fs::write(&file, text).expect("a file");
            let error = settings(&arguments, &|_| None).expect_err("refused").to_string();
            assert!(error.contains(words), "{error}");
        }
        std::fs::remove_file(file).expect("it was there");
    }
}
