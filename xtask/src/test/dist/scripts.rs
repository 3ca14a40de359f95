//! What package managers and runtimes of other languages take.

use super::files::unzip;
use super::lab;
use super::places::{artefact, scratch};
use crate::need::{self, Program};
use crate::shell;
use crate::test::step::Log;
use anyhow::{Result, ensure};
use std::path::Path;
use std::process::Command;

/// The wheel, by pip, in a fresh environment.
pub fn wheel(log: &mut Log) -> Result<()> {
    need::programs(&[Program { name: "python3", package: "python3-venv" }])?;
    let folder = scratch("wheel")?;
    log.run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    let mut pip = Command::new(folder.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index"]);
    log.run(pip.arg(artefact("noanswer-", "x86_64.whl")?))?;
    lab::judge(log, &folder.join("bin/noanswer").display().to_string(), &folder.with_extension("out"))?;
    let mut remove = Command::new(folder.join("bin/python"));
    log.run(remove.args([
        "-m",
        "pip",
        "uninstall",
        "--yes",
        "--quiet",
        "--disable-pip-version-check",
        "noanswer",
    ]))?;
    ensure!(!folder.join("bin/noanswer").exists(), "pip left the program behind");
    Ok(())
}

/// Installs packages into an empty project, from the files alone.
fn npm_install(log: &mut Log, folder: &Path, packages: &[std::path::PathBuf]) -> Result<()> {
    need::node()?;
    std::fs::write(folder.join("package.json"), "{ \"private\": true, \"type\": \"module\" }\n")?;
    let mut npm = Command::new("npm");
    npm.args(["install", "--silent", "--no-audit", "--no-fund", "--offline", "--no-package-lock"]);
    log.run(npm.args(packages).current_dir(folder))
}

/// The npm package that starts the program, with the one of this platform.
pub fn npm(log: &mut Log) -> Result<()> {
    let folder = scratch("npm")?;
    let version = env!("CARGO_PKG_VERSION");
    let packages =
        [artefact("noanswer-linux-x64-", ".tgz")?, artefact(&format!("noanswer-{version}"), ".tgz")?];
    npm_install(log, &folder, &packages)?;
    let program = folder.join("node_modules/.bin/noanswer").display().to_string();
    lab::judge(log, &program, &folder.with_extension("out"))
}

/// Holds what the reader says of the README's text, and what TypeScript says of the README's example.
const READER: &str = r#"
import { explain, read, readLog, ready, scrub } from "@noanswer/reader";
await ready();
const text: string = "451 4.4.1 connect to mx.example.org[192.0.2.1]:25: Connection timed out";
const [symptom] = read(text);
const [explained] = explain(text);
const line = "Nov 10 10:00:00 mx postfix/smtp[1]: ABC: to=<a@b.example>, dsn=4.4.1, status=deferred (connect to mx.b.example[192.0.2.1]:25: Connection timed out)\n";
const log = await readLog([line, line], { now: 1_700_000_000_000 });
const said = [symptom.cause, symptom.remote_host, symptom.enhanced_status, explained.headline.includes("mx.example.org"),
  log.failures[0].symptom.count, log.lines, scrub("a@b.example").includes("a@")].join(" ");
"#;

/// What that must be.
const SAID: &str = "connect_timed_out mx.example.org 4.4.1 true 2 2 false";

/// The reader, as a library: in Node.js, in a browser, and to TypeScript.
pub fn reader(log: &mut Log) -> Result<()> {
    let folder = scratch("reader")?;
    npm_install(log, &folder, &[artefact("noanswer-reader-", ".tgz")?])?;
    need::npm(shell::root())?;
    std::fs::write(folder.join("types.ts"), format!("{READER}\nexport default said;\n"))?;
    let tsc = shell::root().join("node_modules/typescript/bin/tsc");
    let mut types = Command::new("node");
    types.arg(tsc).args([
        "--strict",
        "--target",
        "es2022",
        "--module",
        "nodenext",
        "--skipLibCheck",
        "false",
    ]);
    types.args(["--lib", "es2022,dom,dom.iterable,dom.asynciterable", "--outDir", "out", "types.ts"]);
    log.run(types.current_dir(&folder))?;
    let output = Command::new("node")
        .args(["--input-type=module", "--eval", "console.log((await import('./out/types.js')).default)"])
        .current_dir(&folder)
        .output()?;
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    ensure!(said == SAID, "in Node.js: {said} {}", String::from_utf8_lossy(&output.stderr));
    let page = "<!doctype html><script type=importmap>{\"imports\":{\"@noanswer/reader\":\"/node_modules/@noanswer/reader/browser.js\"}}</script>\
        <script type=module>document.title = (await import('/out/types.js')).default</script>";
    std::fs::write(folder.join("index.html"), page)?;
    let title = browsed(
        log,
        &folder,
        "await page.waitForFunction(() => document.title); console.log(await page.title());",
    )?;
    ensure!(title == SAID, "in the browser: {title}");
    Ok(())
}

/// The page alone, from a plain web server: it starts, and reads.
pub fn page(log: &mut Log) -> Result<()> {
    let folder = scratch("page")?;
    unzip(log, &artefact("noanswer-", "-page.zip")?, &folder)?;
    let script = r##"
await page.fill("#text", "451 4.4.1 connect to mx.example.org[192.0.2.1]:25: Connection timed out");
await page.waitForSelector("#reading:not([hidden])");
const read = await page.textContent("#reading");
const codes = await page.goto(new URL("/codes/4.4.1/", page.url()).href);
console.log(read.includes("mx.example.org"), codes.status(), (await page.title()).includes("4.4.1"));
"##;
    let said = browsed(log, &folder, script)?;
    ensure!(said == "true 200 true", "the page said: {said}");
    Ok(())
}

/// What a script prints that drives a browser at a page of `folder`, served by a plain server on a port of the system's
/// choice.
fn browsed(log: &mut Log, folder: &Path, script: &str) -> Result<String> {
    need::programs(&[Program { name: "chromium", package: "chromium" }])?;
    let tests = shell::root().join("tests/browser");
    need::npm(&tests)?;
    let module = format!(
        r#"
import http from "node:http";
import {{ readFile, stat }} from "node:fs/promises";
import {{ chromium }} from "playwright-core";
const root = {root};
const types = {{ html: "text/html", js: "text/javascript", css: "text/css", wasm: "application/wasm", svg: "image/svg+xml" }};
const server = http.createServer(async (request, response) => {{
  let file = root + decodeURIComponent(new URL(request.url, "http://x").pathname);
  try {{
    if ((await stat(file)).isDirectory()) file += "/index.html";
    response.setHeader("content-type", types[file.split(".").pop()] ?? "application/octet-stream");
    response.end(await readFile(file));
  }} catch {{
    response.writeHead(404).end();
  }}
}});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const browser = await chromium.launch({{ executablePath: "chromium", args: ["--no-sandbox"] }});
try {{
  const page = await browser.newPage();
  page.on("pageerror", (error) => console.error(error.message));
  await page.goto(`http://127.0.0.1:${{server.address().port}}/`);
  {script}
}} finally {{
  await browser.close();
  server.close();
}}
"#,
        root = serde_json::to_string(&folder.display().to_string())?,
    );
    let output = Command::new("node")
        .args([
            "--input-type=module",
            "--eval",
            &module.replace(
                "executablePath: \"chromium\"",
                &format!("executablePath: {}", serde_json::to_string(&chromium()?)?),
            ),
        ])
        .current_dir(&tests)
        .output()?;
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.success(), "the browser's script failed: {words}");
    log.line(&words);
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn chromium() -> Result<String> {
    let output = Command::new("sh").args(["-c", "command -v chromium"]).output()?;
    ensure!(output.status.success(), "there is no chromium");
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The Worker's bundle, as wrangler takes it: checked and packed, and sent to nobody.
pub fn worker(log: &mut Log) -> Result<()> {
    need::node()?;
    need::wrangler()?;
    let folder = scratch("worker")?;
    unzip(log, &artefact("noanswer-", "-worker.zip")?, &folder)?;
    let entry = std::fs::read_dir(&folder)?.next();
    let bundle = entry.ok_or_else(|| anyhow::anyhow!("an empty zip"))??.path();
    let mut wrangler = Command::new("node");
    wrangler.arg(shell::worker().join("node_modules/wrangler/bin/wrangler.js"));
    wrangler.args(["deploy", "--dry-run", "--outdir", "out"]).current_dir(&bundle);
    log.run(wrangler.env("WRANGLER_SEND_METRICS", "false").env("CI", "true"))?;
    ensure!(bundle.join("out/entry.js").is_file(), "wrangler packed no entry.js");
    Ok(())
}
