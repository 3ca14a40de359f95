//! The papers as a book: `docs/SUMMARY.md` lists its chapters, which lie all over the clone, beside what they are about.
//!
//! mdBook reads chapters below one folder alone, so they are copied, where they stand relative to each other.

use crate::{need, shell};
use anyhow::{Context, Result, ensure};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// Where the chapters are listed, from the root of the clone.
const SUMMARY: &str = "docs/SUMMARY.md";

/// Builds the book into `target/book`, and gives that folder.
///
/// # Errors
/// When mdBook cannot be had, or a chapter links to a paper that is no chapter.
pub fn book() -> Result<PathBuf> {
    let mdbook = need::mdbook()?;
    let source = shell::target().join("book-source");
    if source.exists() {
        fs::remove_dir_all(&source)?;
    }
    let summary = fs::read_to_string(shell::root().join(SUMMARY))?;
    let chapters: Vec<&str> = links(&summary).collect();
    let listed: BTreeSet<PathBuf> =
        chapters.iter().map(|link| resolved(Path::new(SUMMARY), link)).collect::<Result<_>>()?;
    for chapter in &listed {
        let text = fs::read_to_string(shell::root().join(chapter)).with_context(|| shown(chapter))?;
        put(&source, chapter, text.as_bytes())?;
        for link in links(&text) {
            let file = resolved(chapter, link)?;
            let from = shell::root().join(&file);
            let is_paper = file.extension().is_some_and(|ending| ending == "md");
            ensure!(
                !is_paper || listed.contains(&file),
                "{}: {link} is no chapter of the book",
                shown(chapter)
            );
            ensure!(from.is_file(), "{}: {link} is no file, which a book could hold", shown(chapter));
            if !is_paper {
                put(&source, &file, &fs::read(&from)?)?;
            }
        }
    }
    put(&source, Path::new("SUMMARY.md"), from_root(&summary, &chapters)?.as_bytes())?;
    let book = shell::target().join("book");
    let mut build = std::process::Command::new(mdbook);
    // `book.toml` names the folder of chapters; another target folder is said by the environment.
    build.arg("build").arg(shell::root()).arg("--dest-dir").arg(&book).env("MDBOOK_BOOK__SRC", &source);
    shell::run(&mut build)?;
    Ok(book)
}

/// The summary, with its links as they are from the root of the clone.
fn from_root(summary: &str, chapters: &[&str]) -> Result<String> {
    chapters.iter().try_fold(summary.to_owned(), |text, link| {
        let path = shown(&resolved(Path::new(SUMMARY), link)?);
        Ok(text.replace(&format!("]({link})"), &format!("]({path})")))
    })
}

/// The targets of links that lead to files, without the place in them.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| {
        let target = rest.split(')').next()?.split('#').next()?;
        (!target.is_empty() && !target.contains(':')).then_some(target)
    })
}

/// What `link` leads to in the file `from`, from the root of the clone.
fn resolved(from: &Path, link: &str) -> Result<PathBuf> {
    let mut path = from.parent().unwrap_or(Path::new("")).to_owned();
    for part in Path::new(link).components() {
        match part {
            Component::ParentDir => ensure!(path.pop(), "{}: {link} leads out of the clone", shown(from)),
            Component::CurDir => {}
            part => path.push(part),
        }
    }
    Ok(path)
}

fn put(source: &Path, name: &Path, bytes: &[u8]) -> Result<()> {
    let path = source.join(name);
    fs::create_dir_all(path.parent().unwrap_or(source))?;
    fs::write(&path, bytes).with_context(|| path.display().to_string())
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_resolved_where_they_stand() {
        let to = |link| resolved(Path::new("docs/monitoring/README.md"), link).map(|path| shown(&path));
        assert_eq!(to("../API.md").ok().as_deref(), Some("docs/API.md"));
        assert_eq!(to("alerts.yml").ok().as_deref(), Some("docs/monitoring/alerts.yml"));
        assert!(to("../../../etc").is_err());
        let summary = "- [a](../README.md)\n- [b](API.md)\n";
        let chapters: Vec<&str> = links(summary).collect();
        assert_eq!(
            from_root(summary, &chapters).ok().as_deref(),
            Some("- [a](README.md)\n- [b](docs/API.md)\n")
        );
    }
}
