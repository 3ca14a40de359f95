//! The vantages file of a deployment: its probers, and what the operator adds from elsewhere.

use super::region::{Prober, place};
use crate::shell;
use anyhow::{Context, Result, ensure};
use noanswer_site::fleet::VantagesFile;
use std::path::{Path, PathBuf};

/// The variable of the coordinator that holds the token of vantages elsewhere.
pub const TOKEN: &str = "NOANSWER_VANTAGE_TOKEN";

/// A function's variables share 4 KB, as do a parameter's bytes; what is left of it for the file.
const MOST: usize = 3_500;

/// The file's text.
///
/// # Errors
/// When it would not fit into a function's environment.
pub fn text(probers: &[Prober], elsewhere: &str) -> Result<String> {
    let mut text = String::new();
    for Prober { region, url, .. } in probers {
        let url = url.trim_end_matches('/');
        text += &format!(
            "[[vantage]]\nid = \"{region}\"\nplace = \"{}\"\nurl = \"{url}\"\nauth = \"aws-iam\"\n",
            place(region)
        );
    }
    text += elsewhere;
    let bytes = text.len();
    ensure!(bytes <= MOST, "the vantages file has {bytes} bytes, and a function takes {MOST}: name fewer");
    Ok(text)
}

/// What the operator adds: the file's text, and the token that it names.
pub fn elsewhere(file: Option<&Path>) -> Result<(String, String)> {
    let Some(file) = file else { return Ok(Default::default()) };
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let entries = VantagesFile::parse(&text, &file.display().to_string())?.vantages;
    let named: Vec<&str> = entries.iter().filter_map(|entry| entry.auth.variable()).collect();
    ensure!(
        named.iter().all(|name| *name == TOKEN),
        "{}: in a deployment, all vantages elsewhere take their token from {TOKEN}",
        file.display()
    );
    let token = std::env::var(TOKEN).unwrap_or_default();
    ensure!(
        named.is_empty() || !token.is_empty(),
        "{} names the variable {TOKEN}, which is not set",
        file.display()
    );
    Ok((text, token))
}

/// Keeps the file for the operator, who can check with it from any machine: where it is.
pub fn write(text: &str) -> Result<PathBuf> {
    let folder = shell::target().join("deploy");
    std::fs::create_dir_all(&folder)?;
    let path = folder.canonicalize()?.join("vantages.toml");
    std::fs::write(&path, text).with_context(|| path.display().to_string())?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prober(region: &str) -> Prober {
        let url = format!("https://abcdefghijklmnopqrstuvwxyz012345.lambda-url.{region}.on.aws/");
        Prober { region: region.to_owned(), url, arn: String::new(), elastic_ip: None }
    }

    #[test]
    fn twenty_regions_fit_and_forty_are_refused() {
        let regions = |count: usize| (0..count).map(|_| prober("xx-somewhere-1")).collect::<Vec<_>>();
        assert!(text(&regions(20), "").is_ok());
        assert!(text(&regions(40), "").is_err());
    }

    #[test]
    fn what_is_elsewhere_follows() {
        let text = text(&[prober("eu-central-1")], "[[vantage]]\nid = \"vps\"\n").unwrap();
        assert!(text.contains("place = \"Frankfurt\"") && text.ends_with("id = \"vps\"\n"), "{text}");
    }
}
