//! Which file of a crate imports from which: `use` and paths, by tokens, tests and comments left out.
//!
//! A re-export (`pub use`) is a door and no import: who goes through it imports from the file that holds the thing.

use crate::graph::Graph;
use anyhow::Result;
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

type Name = Vec<String>;

/// A file of a crate, as far as its imports go.
#[derive(Default)]
struct File {
    shown: String,
    /// What it defines at its top.
    defines: BTreeSet<String>,
    /// The names that `use` brings in, and what each stands for.
    names: BTreeMap<String, Name>,
    /// Every path that it uses, as written.
    paths: Vec<Name>,
    /// What it re-exports, as written.
    doors: BTreeSet<Name>,
}

/// The imports between the files below `src`.
pub fn imports(src: &Path) -> Result<Graph> {
    let mut sources = Vec::new();
    for path in super::files_below(src, "rs")? {
        let shown = path.strip_prefix(src)?.with_extension("").to_string_lossy().into_owned();
        if !shown.ends_with("_tests") && !shown.ends_with("/tests") && shown != "tests" {
            sources.push((shown, std::fs::read_to_string(&path)?));
        }
    }
    graph(&sources)
}

/// The imports between files of these names and contents.
fn graph(sources: &[(String, String)]) -> Result<Graph> {
    let mut files = BTreeMap::new();
    for (shown, source) in sources {
        let tokens: TokenStream = source.parse().map_err(|error| anyhow::anyhow!("{shown}: {error}"))?;
        let mut module: Name = shown.split('/').map(str::to_owned).collect();
        if matches!(module.last().map(String::as_str), Some("mod" | "lib" | "main")) {
            module.pop();
        }
        let mut file = File { shown: shown.clone(), ..File::default() };
        read(tokens, 0, &mut file);
        files.insert(module, file);
    }
    let crate_of = Crate(files);
    let mut graph = Graph::default();
    for (module, file) in &crate_of.0 {
        graph.add_room(&file.shown);
        for path in file.paths.iter().filter(|path| !file.doors.contains(*path)) {
            let absolute = crate_of.absolute(module, file, path);
            if let Some(found) = absolute.and_then(|absolute| crate_of.home_of(&absolute, 0)) {
                graph.add(&file.shown, &crate_of.0[found].shown);
            }
        }
    }
    Ok(graph)
}

struct Crate(BTreeMap<Name, File>);

impl Crate {
    /// `path`, written in `module`, from the crate's root; none where it leads out of the crate.
    fn absolute(&self, module: &Name, file: &File, path: &Name) -> Option<Name> {
        let (first, rest) = path.split_first()?;
        let mut base = match first.as_str() {
            "crate" => Vec::new(),
            "self" => module.clone(),
            "super" => {
                let climbed = path.iter().take_while(|name| *name == "super").count();
                let base = module.len().checked_sub(climbed)?;
                return Some([&module[..base], &path[climbed..]].concat());
            }
            name => {
                let child = [&module[..], &[name.to_owned()]].concat();
                if self.0.contains_key(&child) {
                    child
                } else {
                    let stands_for = file.names.get(name)?;
                    // What `use` itself names is looked up by its own path.
                    if stands_for.first().is_some_and(|head| head == name) {
                        return None;
                    }
                    self.absolute(module, file, stands_for)?
                }
            }
        };
        base.extend(rest.iter().cloned());
        Some(base)
    }

    /// The module of the file in which `path` is defined, through re-exports.
    fn home_of(&self, path: &Name, depth: usize) -> Option<&Name> {
        let length = (0..=path.len()).rev().find(|&length| self.0.contains_key(&path[..length]))?;
        let (module, file) = self.0.get_key_value(&path[..length])?;
        let Some(name) = path.get(length) else { return Some(module) };
        if file.defines.contains(name) || depth > 8 {
            return Some(module);
        }
        let through = file.names.get(name).and_then(|target| self.absolute(module, file, target));
        match through {
            Some(target) if target != *path => {
                self.home_of(&[&target[..], &path[length + 1..]].concat(), depth + 1)
            }
            _ => Some(module),
        }
    }
}

/// Reads `tokens`, `depth` blocks deep, into `file`.
fn read(tokens: TokenStream, depth: usize, file: &mut File) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while at < tokens.len() {
        if is_test(&tokens[at..]) {
            at = end_of_item(&tokens, at + 2);
            continue;
        }
        match &tokens[at] {
            TokenTree::Ident(word) if word == "pub" && is_visibility(&tokens[at + 1..]) => at += 1,
            TokenTree::Ident(word) if word == "use" && !is_capture(&tokens, at) => {
                let end = position(&tokens, at, ';');
                let public = is_public(&tokens[..at]);
                let mut found = Vec::new();
                tree(&tokens[at + 1..end], &mut Vec::new(), &mut found);
                for (path, name) in found {
                    if public {
                        file.doors.insert(path.clone());
                    }
                    file.names.entry(name).or_insert_with(|| path.clone());
                    file.paths.push(path);
                }
                at = end;
            }
            TokenTree::Ident(word) => {
                if depth == 0
                    && is_definition(&word.to_string())
                    && let Some(TokenTree::Ident(name)) = tokens.get(at + 1)
                {
                    file.defines.insert(name.to_string());
                }
                let (path, next) = path_at(&tokens, at);
                if path.len() > 1 {
                    file.paths.push(path);
                }
                at = next;
                continue;
            }
            TokenTree::Group(group) => read(group.stream(), depth + 1, file),
            _ => {}
        }
        at += 1;
    }
}

/// Whether `#[cfg(test)]` begins here, or `#[cfg(all(test, …))]`.
fn is_test(tokens: &[TokenTree]) -> bool {
    let [TokenTree::Punct(hash), TokenTree::Group(attribute), ..] = tokens else { return false };
    let condition = attribute.stream().to_string().replace(' ', "");
    hash.as_char() == '#' && (condition == "cfg(test)" || condition.starts_with("cfg(all(test,"))
}

/// The place behind the item that begins at `at`: behind its body, or its semicolon.
fn end_of_item(tokens: &[TokenTree], at: usize) -> usize {
    let ends = |token: &TokenTree| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(punct) => punct.as_char() == ';',
        _ => false,
    };
    tokens.iter().skip(at).position(ends).map_or(tokens.len(), |length| at + length + 1)
}

fn position(tokens: &[TokenTree], at: usize, end: char) -> usize {
    let is_end = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == end);
    tokens.iter().skip(at).position(is_end).map_or(tokens.len(), |length| at + length)
}

/// Whether `(in path)` begins here: it says who may see, and imports nothing.
fn is_visibility(tokens: &[TokenTree]) -> bool {
    let names_path = |group: &proc_macro2::Group| matches!(group.stream().into_iter().next(), Some(TokenTree::Ident(word)) if word == "in");
    matches!(tokens, [TokenTree::Group(group), ..] if group.delimiter() == Delimiter::Parenthesis && names_path(group))
}

fn is_public(before: &[TokenTree]) -> bool {
    let is_pub = |token: &TokenTree| matches!(token, TokenTree::Ident(word) if word == "pub");
    match before {
        [.., token] if is_pub(token) => true,
        [.., token, TokenTree::Group(group)] => is_pub(token) && group.delimiter() == Delimiter::Parenthesis,
        _ => false,
    }
}

fn is_definition(word: &str) -> bool {
    ["const", "enum", "fn", "static", "struct", "trait", "type", "union"].contains(&word)
}

/// Whether `use` at `at` is one of lifetimes: `impl Iterator + use<'a>`.
fn is_capture(tokens: &[TokenTree], at: usize) -> bool {
    matches!(tokens.get(at + 1), Some(TokenTree::Punct(punct)) if punct.as_char() == '<')
}

fn colons(tokens: &[TokenTree], at: usize) -> bool {
    let colon = |at: usize| matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
    colon(at) && colon(at + 1)
}

/// The path `a::b::c` that begins at `at`, and the place behind it.
fn path_at(tokens: &[TokenTree], mut at: usize) -> (Name, usize) {
    let mut path = Vec::new();
    while let Some(TokenTree::Ident(word)) = tokens.get(at) {
        path.push(word.to_string());
        at += 1;
        if !colons(tokens, at) {
            break;
        }
        at += 2;
    }
    (path, at)
}

/// The leaves of a `use` tree: each path, and the name that it brings in.
fn tree(tokens: &[TokenTree], prefix: &mut Name, found: &mut Vec<(Name, String)>) {
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    for item in tokens.split(is_comma).filter(|item| !item.is_empty()) {
        let (names, next) = path_at(item, 0);
        let mut path = [&prefix[..], &names[..]].concat();
        match item.get(next) {
            Some(TokenTree::Group(group)) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                tree(&inner, &mut path, found);
            }
            rest => {
                if path.last().is_some_and(|last| last == "self") && path.len() > 1 {
                    path.pop();
                }
                let glob = matches!(rest, Some(TokenTree::Punct(punct)) if punct.as_char() == '*');
                let name = match item.get(next) {
                    // `a as b`: the path ended before `as`, which begins a path of its own.
                    Some(TokenTree::Ident(word)) if word == "as" => {
                        item.get(next + 1).map(ToString::to_string)
                    }
                    _ if glob => None,
                    _ => path.last().cloned(),
                };
                found.push((path, name.unwrap_or_default()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The circles of a crate of these files.
    fn circles(files: &[(&str, &str)]) -> Vec<String> {
        let owned: Vec<_> =
            files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        graph(&owned).expect("Rust").circles().iter().map(|circle| circle.join(" ")).collect()
    }

    #[test]
    fn every_way_to_import_is_seen() {
        for text in [
            "use crate::b::B;",
            "use super::b::{self, C};",
            "use crate::{b::B as Other, c};",
            "use super::*; use crate::b::*;",
            "fn f() { crate::b::g(); }",
            "fn f() -> Vec<super::b::B> { vec![] }",
            "macro_rules! m { () => { $crate::b::B } }",
            "use crate::b; fn f() { b::g() }",
            "fn f() { println!(\"{}\", crate::b::B) }",
        ] {
            let files = [("a", text), ("b", "use crate::a::A;"), ("c", ""), ("lib", "mod a; mod b; mod c;")];
            assert_eq!(circles(&files), ["a b"], "{text}");
        }
    }

    #[test]
    fn a_door_is_no_import_and_leads_to_what_is_behind_it() {
        // `mod.rs` re-exports both; the files import each other through it.
        let door = "mod one; mod two; pub use one::One; pub use two::Two;";
        let files = [
            ("x/mod", door),
            ("x/one", "use super::Two; pub struct One;"),
            ("x/two", "use crate::x::One; pub struct Two;"),
            ("lib", "pub mod x;"),
        ];
        assert_eq!(circles(&files), ["x/one x/two"]);
        let files =
            [("x/mod", door), ("x/one", "use super::Two; pub struct One;"), ("x/two", "pub struct Two;")];
        assert!(circles(&files).is_empty());
    }

    #[test]
    fn tests_comments_and_strings_are_no_imports() {
        for text in [
            "#[cfg(test)] mod tests { use crate::b::B; }",
            "#[cfg(test)] use crate::b::B;",
            "#[cfg(all(test, unix))] mod tests { use crate::b::B; }",
            "/// See [`B`](crate::b::B).\nconst X: &str = \"crate::b::B\"; // crate::b::B",
            "use std::b::B; use other::b;",
            "pub(in crate::b) fn f() {}",
        ] {
            let files = [("a", text), ("b", "use crate::a::A;"), ("lib", "mod a; mod b;")];
            assert!(circles(&files).is_empty(), "{text}");
        }
    }
}
