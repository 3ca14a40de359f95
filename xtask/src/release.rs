//! `cargo xtask release X.Y.Z`: whether version, changelog and clone agree, everything packed and tried, and a tag. Nothing is
//! pushed: docs/RELEASE.md.

use crate::shell;
use anyhow::{Context, Result, ensure};

/// The arguments of `cargo xtask release`.
#[derive(clap::Args)]
pub struct Release {
    /// The version, as Cargo.toml has it
    version: String,
    /// Checks, and neither packs nor tags
    #[arg(long)]
    check: bool,
}

impl Release {
    /// Checks, packs, tries, tags.
    ///
    /// # Errors
    /// When something does not agree, does not build or fails its test, or when the tag is there already.
    pub fn run(self) -> Result<()> {
        let version = self.version.as_str();
        ensure!(
            version == env!("CARGO_PKG_VERSION"),
            "Cargo.toml has the version {}, which is the one place where it stands",
            env!("CARGO_PKG_VERSION")
        );
        let changelog = std::fs::read_to_string(shell::root().join("CHANGELOG.md"))?;
        section(&changelog, version)?;
        let status =
            shell::program("git", &["status", "--porcelain"]).output().context("git does not start")?;
        ensure!(
            status.status.success() && status.stdout.is_empty(),
            "the clone has changes that are not committed"
        );
        let tag = format!("v{version}");
        let known = commit(&format!("refs/tags/{tag}"))?;
        if self.check {
            // Whoever builds a tag stands on it.
            ensure!(known.is_none() || known == commit("HEAD")?, "the tag {tag} is of another commit");
            return Ok(());
        }
        ensure!(known.is_none(), "the tag {tag} is there already");
        for task in [&["dist"][..], &["test", "dist"]] {
            shell::run(
                std::process::Command::new(std::env::current_exe()?).args(task).current_dir(shell::root()),
            )?;
        }
        shell::run(&mut shell::program(
            "git",
            &["tag", "--annotate", &tag, "--message", &format!("noanswer {version}")],
        ))?;
        println!("tagged {tag}; sign target/dist/SHA256SUMS and push the tag: docs/RELEASE.md");
        Ok(())
    }
}

/// The commit that `name` stands for, where it stands for one.
fn commit(name: &str) -> Result<Option<Vec<u8>>> {
    let name = format!("{name}^{{commit}}");
    let known = shell::program("git", &["rev-parse", "--quiet", "--verify", &name]).output()?;
    Ok(known.status.success().then_some(known.stdout))
}

/// What the changelog says of `version`: something, under a heading of its own.
fn section<'a>(changelog: &'a str, version: &str) -> Result<&'a str> {
    let sections = changelog.split("\n## ").skip(1);
    let mut of_version = sections.filter(|one| {
        one.split_whitespace().next().is_some_and(|name| name.trim_matches(['[', ']']) == version)
    });
    let text = of_version.next().with_context(|| format!("CHANGELOG.md has no section ## {version}"))?;
    ensure!(text.lines().any(|line| line.starts_with("- ")), "CHANGELOG.md says nothing of {version}");
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::section;

    #[test]
    fn a_release_has_a_section_that_says_something() {
        let log = "# Changelog\n\n## Unreleased\n\n- new\n\n## 1.1.0\n\n## [1.0.0] - 2026-11-26\n\n- first\n";
        assert!(section(log, "1.0.0").is_ok_and(|text| text.contains("first")));
        assert!(section(log, "1.1.0").is_err(), "it is empty");
        assert!(section(log, "1.0").is_err(), "there is none");
    }
}
