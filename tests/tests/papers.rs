//! What the papers claim holds: every path that they name exists, every command that they show is one.

use anyhow::{Context, Result, ensure};
use noanswer_tests::lab::run::command_under_test;
use noanswer_tests::need;
use noanswer_tests::process::sibling;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every document of the repository, as a path from its root, and its text.
fn papers() -> Result<Vec<(PathBuf, String)>> {
    let mut git = Command::new("git");
    git.args(["ls-files", "--cached", "--others", "--exclude-standard", "*.md"]).current_dir(root());
    let output = git.output().context("`git` could not be started")?;
    ensure!(output.status.success(), "git: {}", String::from_utf8_lossy(&output.stderr));
    let names = String::from_utf8(output.stdout)?;
    let papers: Vec<PathBuf> = names.lines().map(PathBuf::from).collect();
    for paper in ["README.md", "CONTRIBUTING.md", "docs/DESIGN.md", "docs/GLOSSARY.md"] {
        ensure!(papers.iter().any(|path| path == Path::new(paper)), "there is no {paper}");
    }
    papers.into_iter().map(|path| Ok((path.clone(), std::fs::read_to_string(root().join(path))?))).collect()
}

/// The code in `text`: spans between backticks and lines of blocks of `sh`.
fn code(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut block: Option<bool> = None;
    for line in text.lines() {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            block = if block.is_some() { None } else { Some(matches!(language, "sh" | "shell" | "console")) };
            continue;
        }
        match block {
            Some(true) => found.push(line.trim().to_owned()),
            Some(false) => {}
            None => found.extend(line.split('`').skip(1).step_by(2).map(str::to_owned)),
        }
    }
    found
}

/// The targets of Markdown's links in `text` that lead to files.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| {
        let target = rest.split(')').next()?.split('#').next()?;
        (!target.is_empty() && !target.contains(':')).then_some(target)
    })
}

/// The path that `span` is, where it is one of this repository: it begins with a folder or file at its root. A line number
/// behind it is left out.
fn path_of<'a>(span: &'a str, roots: &BTreeSet<String>) -> Option<&'a str> {
    let path = span.split(':').next()?;
    let (first, rest) = path.split_once('/')?;
    let is_plain = |text: &str| !text.contains([' ', '<', '{', '$', '"', '(', '=', '…']);
    (roots.contains(first) && is_plain(rest)).then_some(path)
}

/// Whether `path` is there; `*` in its last part stands for anything, and uppercase words for a name of one's own.
fn exists(path: &str) -> bool {
    let path = path.trim_end_matches('/');
    let Some((folder, last)) = path.rsplit_once('/') else { return root().join(path).exists() };
    let Some((before, after)) = last.split_once('*') else { return root().join(path).exists() };
    let entries = std::fs::read_dir(root().join(folder)).into_iter().flatten().flatten();
    let mut names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.any(|name| name.starts_with(before) && name.ends_with(after))
}

#[test]
fn every_path_in_the_papers_exists() -> Result<()> {
    let roots: BTreeSet<String> = std::fs::read_dir(root())?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        // What a build makes is there after a build.
        .filter(|name| !["target", "node_modules", ".git"].contains(&name.as_str()))
        .collect();
    let mut wrong = Vec::new();
    let mut count = 0;
    for (paper, text) in papers()? {
        let code = code(&text);
        let paths: BTreeSet<&str> = code.iter().filter_map(|span| path_of(span, &roots)).collect();
        for path in paths.into_iter().filter(|path| !is_made(path)) {
            count += 1;
            // From the root, or from the paper's own folder.
            let folder = paper.parent().unwrap_or(Path::new(""));
            if !exists(path) && !exists(&folder.join(path).to_string_lossy()) {
                wrong.push(format!("{}: `{path}`", paper.display()));
            }
        }
        for link in links(&text) {
            count += 1;
            let beside = root().join(&paper).parent().context("a file has a folder")?.join(link);
            if !beside.exists() {
                wrong.push(format!("{}: the link to {link}", paper.display()));
            }
        }
    }
    ensure!(count > 40, "only {count} paths were found");
    ensure!(wrong.is_empty(), "the papers name what is not there:\n{}", wrong.join("\n"));
    Ok(())
}

/// Whether `path` is made by a build, and not kept.
fn is_made(path: &str) -> bool {
    ["web/pkg", "wasm/worker/dist"].iter().any(|made| path.starts_with(made))
}

/// A command as a paper shows it: the words of its subcommands, and its flags.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Shown {
    words: Vec<String>,
    flags: BTreeSet<String>,
}

/// The command that begins with `program` in `line`, where there is one.
fn shown(line: &str, program: &str) -> Option<Shown> {
    let at = line.find(program)?;
    let begins = line[..at].chars().next_back().is_none_or(|before| matches!(before, ' ' | '&' | ';' | '('));
    let rest = line[at + program.len()..].strip_prefix(' ')?;
    // The name of the package in a command of cargo's.
    let is_package = line[..at].ends_with("-p ") || line[..at].ends_with("--package ");
    if !begins || is_package {
        return None;
    }
    // A comment, or another command, ends it.
    let rest = [" # ", "  #", " && ", " | ", ";"]
        .iter()
        .fold(rest, |rest, end| rest.split(end).next().unwrap_or(rest));
    let mut words = Vec::new();
    let mut flags = BTreeSet::new();
    let mut is_word = true;
    for token in rest.split_whitespace() {
        let token = token.trim_matches(['[', ']', '|', '\\', ',', '.', '…']);
        if token == "--" {
            break;
        }
        if let Some(flag) = token.strip_prefix("--") {
            let name = flag.split(['=', '[', ']']).next().unwrap_or(flag);
            flags.insert(format!("--{name}"));
            is_word = false;
        } else if is_word
            && !token.is_empty()
            && token.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-')
        {
            words.push(token.to_owned());
        } else {
            is_word = false;
        }
    }
    (!words.is_empty() || !flags.is_empty()).then_some(Shown { words, flags })
}

/// What `program` says of itself at `words`: its help, or nothing where the last word is no command.
fn help(program: &Path, words: &[String]) -> Result<Option<String>> {
    let output = Command::new(program).args(words).arg("--help").output()?;
    Ok(output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned()))
}

/// What is wrong with what the papers show of `program`, called `name` in them.
fn wrong_commands(program: &Path, name: &str, least: usize) -> Result<Vec<String>> {
    let mut shown_in: BTreeMap<Shown, PathBuf> = BTreeMap::new();
    for (paper, text) in papers()? {
        // What was once true stays in the change log.
        if paper != Path::new("CHANGELOG.md") {
            let commands = code(&text).into_iter().filter_map(|line| shown(&line, name));
            shown_in.extend(commands.map(|command| (command, paper.clone())));
        }
    }
    ensure!(shown_in.len() >= least, "only {} commands of {name} were found", shown_in.len());
    let mut wrong = Vec::new();
    for (Shown { mut words, flags }, paper) in shown_in {
        // Words behind the subcommands are arguments: a domain, the name of a step.
        let first = words.first().cloned();
        let mut text = help(program, &words)?;
        while text.is_none() && words.len() > 1 {
            words.pop();
            text = help(program, &words)?;
        }
        match text {
            None => wrong.push(format!("{}: {name} {}", paper.display(), first.unwrap_or_default())),
            Some(text) => {
                let unknown = flags.iter().filter(|flag| !text.contains(flag.as_str()) && *flag != "--help");
                wrong.extend(
                    unknown.map(|flag| format!("{}: {name} {} {flag}", paper.display(), words.join(" "))),
                );
            }
        }
    }
    Ok(wrong)
}

#[test]
fn every_command_in_the_papers_is_one() -> Result<()> {
    let noanswer = command_under_test()?;
    if !need::is_built() {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let built = Command::new(cargo)
            .args(["build", "--quiet", "--package", "xtask"])
            .current_dir(root())
            .status()?;
        ensure!(built.success(), "xtask does not build");
    }
    let mut wrong = wrong_commands(&noanswer, "noanswer", 10)?;
    wrong.extend(wrong_commands(&sibling("xtask")?, "cargo xtask", 10)?);
    ensure!(wrong.is_empty(), "the papers show commands that are none:\n{}", wrong.join("\n"));
    Ok(())
}

/// What the contract must name, and does not.
fn missing<'a>(all: impl Iterator<Item = String> + 'a) -> Result<Vec<String>> {
    let design = std::fs::read_to_string(root().join("docs/DESIGN.md"))?;
    let shown: BTreeSet<String> = code(&design).into_iter().collect();
    Ok(all.filter(|one| !shown.contains(one)).collect())
}

#[test]
fn the_contract_names_every_route() -> Result<()> {
    let routes = noanswer_site::api::ROUTES.iter().map(|route| format!("{} {}", route.method, route.path));
    let missing = missing(routes)?;
    ensure!(missing.is_empty(), "docs/DESIGN.md lacks routes: {missing:?}");
    Ok(())
}

#[test]
fn the_contract_names_every_command() -> Result<()> {
    let help = help(&command_under_test()?, &[])?.context("noanswer has no help")?;
    let (_, rest) = help.split_once("Commands:\n").context("its help lists commands")?;
    let listed = rest.lines().take_while(|line| !line.is_empty());
    let commands: Vec<String> = listed
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(|name| format!("noanswer {name}"))
        .collect();
    ensure!(commands.len() >= 9, "only {commands:?}");
    let missing = missing(commands.into_iter())?;
    ensure!(missing.is_empty(), "docs/DESIGN.md lacks commands: {missing:?}");
    Ok(())
}

/// The block of `sh` under the first heading of the README.
fn first_block(text: &str) -> Option<&str> {
    text.split("\n## ").nth(1)?.split("```sh\n").nth(1)?.split("```").next()
}

#[test]
fn the_readme_begins_with_how_it_is_had() -> Result<()> {
    let text = std::fs::read_to_string(root().join("README.md"))?;
    let block = first_block(&text).context("its first heading leads to no commands")?;
    // That `cargo xtask dist` makes these files is tried by `cargo xtask test dist`.
    for (command, file) in [
        ("sudo dpkg -i", ".deb"),
        ("sudo rpm -i", ".rpm"),
        ("tar -xf", "-unknown-linux-musl.tar.zst"),
        ("unzip", "-windows-gnu.zip"),
        ("docker load -i", "-image-amd64.tar"),
        ("pip install", ".whl"),
        ("npm install", ".tgz"),
        ("cargo xtask build", "--path lambda"),
    ] {
        let mut lines = block.lines().filter(|line| line.starts_with(command));
        let line = lines.next().with_context(|| format!("no line of README's begins with `{command}`"))?;
        let shown = line.split("  #").next().unwrap_or(line).trim_end();
        ensure!(shown.ends_with(file) && lines.next().is_none(), "one line, for {file}: {line}");
    }
    ensure!(first_block("# A\n\n## B\n\n```sh\nx\n```\n") == Some("x\n") && first_block("# A\n").is_none());
    Ok(())
}

#[test]
fn what_stands_in_papers_is_found() {
    let text = "See `core/src/lib.rs:3` and [b](x.md#part), [c](https://a.example).\n```sh\nnoanswer check a.example --api U  # x\n```\n```rust\nuse x;\n```\n";
    assert_eq!(code(text), ["core/src/lib.rs:3", "noanswer check a.example --api U  # x"]);
    assert_eq!(links(text).collect::<Vec<_>>(), ["x.md"]);
    let roots = BTreeSet::from(["core".to_owned()]);
    assert_eq!(path_of("core/src/lib.rs:3", &roots), Some("core/src/lib.rs"));
    assert_eq!(path_of("core/<name>", &roots), None);
    assert_eq!(path_of("text/event-stream", &roots), None);
    assert!(exists("tests/tests/*.rs") && !exists("tests/tests/*.txt") && !exists("tests/nothing.rs"));
    let command = shown("cargo xtask lab gateway --table", "cargo xtask").expect("a command");
    assert_eq!((command.words.join(" "), command.flags.len()), ("lab gateway".to_owned(), 1));
    assert_eq!(shown("my-noanswer check", "noanswer"), None);
    assert_eq!(shown("cargo test -p noanswer --test edge", "noanswer"), None);
    assert_eq!(shown("noanswer.service", "noanswer"), None);
}
