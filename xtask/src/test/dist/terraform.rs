//! The Terraform module. Its provider comes from a registry of Terraform's own, which is not needed here: Terraform runs the
//! module with its built-in resource `terraform_data` in the place of each of the provider's. So grammar, types, references and
//! what is passed on are Terraform's own judgement, and the names are held against the template and the provider's papers.

use super::files::unzip;
use super::places::{artefact, scratch};
use crate::test::step::Log;
use crate::{need, shell};
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// What the provider's documentation calls the arguments that the module may set, and the attributes that it reads.
const RESOURCES: &[(&str, &[&str])] = &[
    ("aws_s3_object", &["bucket", "key", "source", "source_hash", "etag", "tags"]),
    (
        "aws_cloudformation_stack",
        &["name", "template_body", "template_url", "capabilities", "parameters", "tags", "outputs"],
    ),
];

/// A parser of Terraform's language, as a wheel, for machines without Terraform.
const HCL: &str = "python-hcl2==8.1.4";

/// Reads the module, and fails where it is no HCL or names a variable that it does not declare.
const READ: &str = r#"
import re, sys, hcl2
text = open(sys.argv[1]).read()
declared = {name.strip('"') for block in hcl2.loads(text)["variable"] for name in block}
used = set(re.findall(r"\bvar\.(\w+)", text))
if declared != used:
    sys.exit(f"declared {sorted(declared)}, used {sorted(used)}")
try:
    hcl2.loads("resource {")
except Exception:
    sys.exit(0)
sys.exit("nothing is read")
"#;

/// The module of the release.
pub fn module(log: &mut Log) -> Result<()> {
    let folder = scratch("terraform")?;
    unzip(log, &artefact("noanswer-", "-terraform.zip")?, &folder)?;
    let template = std::fs::read_to_string(folder.join("template.yaml"))?;
    ensure!(
        template == std::fs::read_to_string(shell::root().join("lambda/deploy/template.yaml"))?,
        "the module has another template"
    );
    let path = folder.join("main.tf");
    let python = need::python("hcl2", HCL)?.join("bin/python");
    log.run(Command::new(python).args(["-c", READ]).arg(&path))?;
    let text = std::fs::read_to_string(&path)?;
    let outputs = names(&template, "Outputs");
    for asked in text.split("outputs[\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        ensure!(outputs.iter().any(|one| one == asked), "the template has no output {asked}");
    }
    let stand_in = stand_in(&text, &outputs)?;
    if !shell::has("terraform") {
        log.line("there is no terraform: the module was parsed, and not run");
        return Ok(());
    }
    log.run(terraform(&folder).args(["fmt", "-check", "-diff"]))?;
    std::fs::write(&path, stand_in)?;
    applied(log, &folder, &names(&template, "Parameters"), &outputs)
}

/// The names of a section of the template.
fn names(template: &str, section: &str) -> Vec<String> {
    let (_, rest) = template.split_once(&format!("\n{section}:\n")).unwrap_or_default();
    let lines = rest.lines().take_while(|line| line.is_empty() || line.starts_with(' '));
    let name = |line: &str| {
        let name = line.strip_prefix("  ")?.strip_suffix(':')?;
        name.chars().all(char::is_alphanumeric).then(|| name.to_owned())
    };
    lines.filter_map(name).collect()
}

/// The module with `terraform_data` in the place of each resource: what was set becomes its input, and is read from its output.
fn stand_in(module: &str, outputs: &[String]) -> Result<String> {
    let mut text = module.to_owned();
    if let Some((before, rest)) = module.split_once("  required_providers {") {
        let (_, after) = rest.split_once("\n  }\n").context("the providers end")?;
        text = format!("{before}{}", after.trim_start_matches('\n'));
    }
    let mut resources = Vec::new();
    for block in module.split("\nresource \"").skip(1) {
        let (kind, rest) = block.split_once("\" \"").context("a kind and a name")?;
        let (name, rest) = rest.split_once("\" {\n").context("a name and a body")?;
        let (body, _) = rest.split_once("\n}\n").context("the body ends")?;
        let Some((_, known)) = RESOURCES.iter().find(|(known, _)| *known == kind) else {
            bail!("the provider's resource {kind} is not known here");
        };
        let indented = body.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
        let set = indented.filter_map(|line| Some(line.split_once(" = ")?.0.trim()));
        for argument in set {
            ensure!(known.contains(&argument), "{kind} has no argument {argument}");
        }
        let told: String = outputs.iter().map(|output| format!("{output} = \"{output}\"\n")).collect();
        let told =
            if known.contains(&"outputs") { format!("\noutputs = {{\n{told}}}") } else { String::new() };
        let data =
            format!("resource \"terraform_data\" \"{kind}_{name}\" {{\ninput = {{\n{body}{told}\n}}\n}}\n");
        text = text.replace(&format!("resource \"{kind}\" \"{name}\" {{\n{body}\n}}\n"), &data);
        resources.push((kind, name));
    }
    // Only now: what is looked for above stands as the module has it.
    for (kind, name) in resources {
        text = text.replace(&format!("{kind}.{name}."), &format!("terraform_data.{kind}_{name}.output."));
    }
    Ok(text)
}

/// Terraform runs the stand-in; what the stack would be given is what the template takes.
fn applied(log: &mut Log, folder: &Path, parameters: &[String], outputs: &[String]) -> Result<()> {
    std::fs::write(folder.join("function.zip"), "zip")?;
    log.run(terraform(folder).args(["init", "-input=false"]))?;
    log.run(terraform(folder).arg("validate"))?;
    let mut apply = terraform(folder);
    apply.args(["apply", "-input=false", "-auto-approve", "-var=zip=function.zip", "-var=bucket=code"]);
    log.run(apply.arg("-var=parameters={Shape=\"vpc\"}"))?;
    let shown = terraform(folder).args(["show", "-json"]).output()?;
    let shown: Value = serde_json::from_slice(&shown.stdout).context("terraform show")?;
    let resources = shown["values"]["root_module"]["resources"].as_array().cloned().unwrap_or_default();
    let given = |kind: &str| {
        let mut made =
            resources.iter().filter(|one| one["name"].as_str().is_some_and(|name| name.starts_with(kind)));
        made.next().map_or(Value::Null, |one| one["values"]["output"].clone())
    };
    let (object, stack) = (given("aws_s3_object"), given("aws_cloudformation_stack"));
    let set = stack["parameters"].as_object().context("the stack is given no parameters")?;
    for name in set.keys() {
        ensure!(parameters.contains(name), "the template has no parameter {name}");
    }
    ensure!(
        set["CodeBucket"] == "code" && set["CodeKey"] == object["key"] && set["Shape"] == "vpc",
        "the stack is given {set:?}"
    );
    ensure!(stack["template_body"].as_str().is_some_and(|body| body.contains("CodeKey")), "no template");
    let told = &shown["values"]["outputs"];
    let arn = &told["function_arn"]["value"];
    ensure!(outputs.iter().any(|one| arn == one.as_str()), "the module tells {told}");
    Ok(())
}

fn terraform(folder: &Path) -> Command {
    let mut terraform = Command::new("terraform");
    terraform.current_dir(folder).env("CHECKPOINT_DISABLE", "1").env_remove("TF_CLI_CONFIG_FILE");
    terraform
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_that_the_provider_does_not_know_is_found() {
        let module =
            |argument: &str| format!("\nresource \"aws_s3_object\" \"code\" {{\n  {argument} = 1\n}}\n");
        assert!(stand_in(&module("bucket"), &[]).is_ok_and(|text| text.contains("\"aws_s3_object_code\"")));
        assert!(stand_in(&module("buket"), &[]).is_err());
        assert!(stand_in("\nresource \"aws_s3\" \"code\" {\n  key = 1\n}\n", &[]).is_err());
    }

    #[test]
    fn a_section_ends_where_the_next_begins() {
        let template = "A: 1\nParameters:\n  One:\n    Type: String\n\n  Two:\n    X: y\nOutputs:\n  Three:\n    Value: 1\n";
        assert_eq!(names(template, "Parameters"), ["One", "Two"]);
        assert_eq!(names(template, "Outputs"), ["Three"]);
    }
}
