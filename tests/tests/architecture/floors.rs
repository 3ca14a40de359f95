//! The floors of the core: a module uses only floors below its own.

use anyhow::{Context, Result, ensure};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The floor of each module, from the block ```` ```text floors ```` in `lib.rs`.
fn floors(lib: &str) -> Result<BTreeMap<String, u32>> {
    let (_, rest) =
        lib.split_once("//! ```text floors\n").context("core/src/lib.rs has no block of floors")?;
    let (block, _) = rest.split_once("//! ```\n").context("the block of floors does not end")?;
    let mut floors = BTreeMap::new();
    for line in block.lines() {
        let mut words = line.trim_start_matches("//!").split_whitespace();
        let floor =
            words.next().and_then(|word| word.parse().ok()).with_context(|| format!("no floor: {line}"))?;
        for module in words {
            ensure!(floors.insert(module.to_owned(), floor).is_none(), "{module} stands on two floors");
        }
    }
    Ok(floors)
}

/// A name right below the crate's root, and the line in which it is named.
type Named = (String, usize);

/// Collects what code of the module `path` names by `crate::` or by climbing with `super::`.
fn names(tokens: TokenStream, path: &mut Vec<String>, found: &mut Vec<Named>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while at < tokens.len() {
        if let Some((name, body)) = inline_module(&tokens[at..]) {
            path.push(name);
            names(body, path, found);
            path.pop();
            at += 3;
            continue;
        }
        let after_root = match &tokens[at] {
            TokenTree::Ident(word) if word == "crate" => after_colons(&tokens, at + 1),
            TokenTree::Ident(word) if word == "super" => climb(&tokens, at, path.len()),
            TokenTree::Group(group) => {
                names(group.stream(), path, found);
                None
            }
            _ => None,
        };
        if let Some(next) = after_root.and_then(|next| tokens.get(next)) {
            found.extend(first_names(next));
        }
        at += 1;
    }
}

fn inline_module(tokens: &[TokenTree]) -> Option<(String, TokenStream)> {
    match tokens {
        [TokenTree::Ident(word), TokenTree::Ident(name), TokenTree::Group(body), ..]
            if word == "mod" && body.delimiter() == Delimiter::Brace =>
        {
            Some((name.to_string(), body.stream()))
        }
        _ => None,
    }
}

/// The place after `::`, when that stands at `at`.
fn after_colons(tokens: &[TokenTree], at: usize) -> Option<usize> {
    let colon = |at: usize| matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
    (colon(at) && colon(at + 1)).then_some(at + 2)
}

/// The place after `super::super::…`, when that climbs out of a module `depth` deep to the crate's root.
fn climb(tokens: &[TokenTree], mut at: usize, depth: usize) -> Option<usize> {
    let is_super = |at: usize| matches!(tokens.get(at), Some(TokenTree::Ident(word)) if word == "super");
    // The second `super` of a pair was counted with the first.
    if at >= 3 && is_super(at - 3) && after_colons(tokens, at - 2) == Some(at) {
        return None;
    }
    let mut climbed = 0;
    while is_super(at) {
        climbed += 1;
        at = after_colons(tokens, at + 1)?;
    }
    (climbed == depth).then_some(at)
}

/// `a` of `a::b`; `a` and `c` of `{a::b, c}`.
fn first_names(token: &TokenTree) -> Vec<Named> {
    let named = |token: &TokenTree| match token {
        TokenTree::Ident(word) => Some((word.to_string(), word.span().start().line)),
        _ => None,
    };
    match token {
        TokenTree::Group(group) => {
            let inner: Vec<TokenTree> = group.stream().into_iter().collect();
            let is_comma =
                |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
            inner.split(is_comma).filter_map(|item| item.first().and_then(named)).collect()
        }
        token => named(token).into_iter().collect(),
    }
}

/// What `source`, the file at `file` below `core/src`, does against the floors.
fn violations(file: &Path, source: &str, floors: &BTreeMap<String, u32>) -> Result<Vec<String>> {
    let shown = file.display();
    let mut path: Vec<String> =
        file.with_extension("").iter().map(|part| part.to_string_lossy().into()).collect();
    if path.last().is_some_and(|last| last == "mod") {
        path.pop();
    }
    let own = path.first().context("a file has a name")?.clone();
    let floor = floors.get(&own).with_context(|| format!("{own} stands on no floor in core/src/lib.rs"))?;
    let tokens: TokenStream = source.parse().map_err(|error| anyhow::anyhow!("{shown}: {error}"))?;
    let mut found = Vec::new();
    names(tokens, &mut path, &mut found);
    let others = found.into_iter().filter(|(name, _)| *name != own);
    let not_below = others.filter(|(name, _)| floors.get(name).is_some_and(|other| other >= floor));
    Ok(not_below
        .map(|(name, line)| format!("core/src/{shown}:{line}: {own} (floor {floor}) names {name}"))
        .collect())
}

#[test]
fn modules_use_only_floors_below_their_own() -> Result<()> {
    let src = super::root().join("core/src");
    let floors = floors(&std::fs::read_to_string(src.join("lib.rs"))?)?;
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for path in super::files_below(&src, "rs")? {
        let file = path.strip_prefix(&src)?;
        if file != Path::new("lib.rs") {
            wrong.extend(violations(file, &std::fs::read_to_string(&path)?, &floors)?);
            let first = file.iter().next().context("a file has a name")?;
            seen.insert(first.to_string_lossy().trim_end_matches(".rs").to_owned());
        }
    }
    let missing: Vec<_> = floors.keys().filter(|module| !seen.contains(*module)).collect();
    ensure!(missing.is_empty(), "lib.rs gives floors to modules that are not there: {missing:?}");
    ensure!(wrong.is_empty(), "modules name what is not below them:\n{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn the_check_sees_every_way_to_look_up() -> Result<()> {
    let floors = floors("//! ```text floors\n//! 2  evidence symptom\n//! 1  dns scrub\n//! ```\n")?;
    let seen = |file: &str, source: &str| violations(Path::new(file), source, &floors);
    for (file, source) in [
        ("dns/name.rs", "use crate::evidence::Attempt;"),
        ("dns/name.rs", "use crate::{scrub::visible, other};"),
        ("dns/name.rs", "use super::super::evidence::Attempt;"),
        ("dns/mod.rs", "use super::evidence::Attempt;"),
        ("scrub.rs", "fn f() { let x = vec![crate::dns::Name]; }"),
        ("scrub.rs", "mod tests { use super::super::dns::Name; }"),
        ("evidence/mod.rs", "macro_rules! m { () => { $crate::symptom::Cause } }"),
    ] {
        ensure!(seen(file, source)?.len() == 1, "not seen in {file}: {source}");
    }
    for (file, source) in [
        ("dns/name.rs", "use super::evidence; // crate::evidence"),
        (
            "dns/name.rs",
            "/// See [`Attempt`](crate::evidence::Attempt).\nconst X: &str = \"crate::evidence\";",
        ),
        ("dns/name.rs", "use crate::dns::Name;"),
        ("evidence/mod.rs", "use crate::{dns::Name, scrub};"),
        ("scrub.rs", "mod tests { use super::*; }"),
    ] {
        let wrong = seen(file, source)?;
        ensure!(wrong.is_empty(), "seen in {file} though all is well: {wrong:?}");
    }
    ensure!(seen("other.rs", "").is_err(), "a module without a floor must be told");
    Ok(())
}
