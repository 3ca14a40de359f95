//! AWS without Rust: the commands of `docs/INSTALL.md`, as they stand there, with the real AWS command line against an AWS of
//! our own; and the form that `lambda/deploy/README.md` has a console fill in.

use anyhow::{Context, Result, ensure};
use noanswer_tests::cloud::{Cloud, root};
use serde_json::json;
use std::path::PathBuf;

/// The variable that names the folder of a packed release; without it, the template of this tree and any zip stand in.
const RELEASE: &str = "NOANSWER_DIST";

/// The `sh` block that begins with `first`.
fn block(text: &str, first: &str) -> Result<String> {
    let (_, rest) =
        text.split_once(&format!("```sh\n{first}")).with_context(|| format!("no block {first}"))?;
    let (rest, _) = rest.split_once("\n```").context("the block ends")?;
    Ok(format!("{first}{rest}"))
}

/// The file of a release, or what stands in for it.
fn artefact(name: &str, otherwise: impl FnOnce() -> Result<Vec<u8>>) -> Result<Vec<u8>> {
    match std::env::var_os(RELEASE) {
        Some(folder) => {
            let path = PathBuf::from(folder).join(name);
            std::fs::read(&path).with_context(|| path.display().to_string())
        }
        None => otherwise(),
    }
}

fn template() -> Result<String> {
    Ok(std::fs::read_to_string(root().join("lambda/deploy/template.yaml"))?)
}

#[test]
fn the_papers_commands_bring_a_prober_up() -> Result<()> {
    let version = env!("CARGO_PKG_VERSION");
    let cloud = Cloud::new("by-hand", "")?;
    let zip = format!("noanswer-{version}-lambda-arm64.zip");
    // An empty zip: the account starts no function.
    let empty = [b"PK\x05\x06".as_slice(), &[0; 18]].concat();
    cloud.file(&zip, &artefact(&zip, || Ok(empty))?)?;
    let name = format!("noanswer-{version}-template.yaml");
    cloud.file(&name, &artefact(&name, || Ok(template()?.into_bytes()))?)?;
    let paper = std::fs::read_to_string(root().join("docs/INSTALL.md"))?;
    let lines = block(&paper, "aws s3 cp ")?.replace("VERSION", version).replace("BUCKET", "a-bucket");
    cloud.shell("aws s3 mb s3://a-bucket")?.well()?;
    cloud.shell(&lines)?.well()?;
    let function = cloud.look(&["function", "eu-central-1", "noanswer-prober"])?;
    ensure!(function["subnets"] == json!([]), "the plain shape has no network of its own: {function}");
    Ok(())
}

#[test]
fn the_console_is_given_parameters_that_there_are() -> Result<()> {
    let paper = std::fs::read_to_string(root().join("lambda/deploy/README.md"))?;
    let template = template()?;
    let (_, parameters) = template.split_once("\nParameters:\n").context("parameters")?;
    let (parameters, _) = parameters.split_once("\nConditions:\n").context("conditions")?;
    let named: Vec<&str> =
        paper.split("param_").skip(1).filter_map(|rest| rest.split(['=', '`']).next()).collect();
    ensure!(named.len() >= 8, "only {named:?} were found");
    for name in named {
        ensure!(parameters.contains(&format!("  {name}:\n")), "the template has no parameter {name}");
    }
    Ok(())
}
