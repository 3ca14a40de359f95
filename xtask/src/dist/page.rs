//! The page alone, for any web host: it reads texts, looks up MX records over HTTPS and asks Globalping's probes, all from the
//! browser. Without a server of ours there is no API; what only that can do says so.

use super::program;
use super::release::Release;
use super::tree::{Tree, read};
use super::{archive, licences};
use crate::shell;
use anyhow::{Context, Result};
use noanswer_minify::minified;
use noanswer_site::api;
use noanswer_site::pages::{self, Site};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;

/// `noanswer-VERSION-page.zip`: a folder for the root of a site.
///
/// # Errors
/// When the wasm does not build, or a page cannot be rendered.
pub fn pack(release: &Release) -> Result<Vec<PathBuf>> {
    program::page(release)?;
    let web = shell::root().join("web");
    let tree = Tree::new("page")?;
    for path in super::tree::files(&web)? {
        let name = path.strip_prefix(&web)?.display().to_string();
        if name != "index.html" && !name.starts_with("site/") {
            tree.put(&name, minified(&path, &read(&path)?))?;
        }
    }
    let site = Site::default();
    let mut waiting = vec!["/".to_owned(), "/probe".to_owned(), "/codes".to_owned()];
    let mut seen = BTreeSet::new();
    while let Some(path) = waiting.pop() {
        if !seen.insert(path.clone()) {
            continue;
        }
        let page = pages::page(&site, &path, None).with_context(|| format!("no page at {path}"))?;
        waiting.extend(codes_in(&page.html));
        tree.put(format!("{path}/index.html").trim_start_matches('/'), page.html)?;
    }
    tree.put("_headers", hosts_headers())?;
    tree.put(licences::NAME, licences::of_reader()?)?;
    for (licence, text) in licences::ours()? {
        tree.put(licence, text)?;
    }
    let file = release.file(&format!("noanswer-{}-page.zip", release.version))?;
    archive::zip(&tree, "", &file)?;
    Ok(vec![file])
}

/// The pages of codes that a page links to.
fn codes_in(html: &str) -> Vec<String> {
    let links = html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let codes = links.filter(|link| link.starts_with("/codes/"));
    codes.map(|link| link.split('#').next().unwrap_or(link).to_owned()).collect()
}

/// The headers that our own servers send, in the form that Netlify and Cloudflare Pages read; for other hosts, a list.
fn hosts_headers() -> String {
    let mut text = "/*\n".to_owned();
    let _ = writeln!(text, "  content-security-policy: {}", api::content_security_policy(false));
    for (name, value) in api::SECURITY_HEADERS {
        let _ = writeln!(text, "  {name}: {value}");
    }
    text
}
