//! `cargo xtask deploy aws` and `destroy aws`, with the real AWS command line, against an AWS of our own: regions at
//! once, one that fails, the same again, a change, and nothing left.

use anyhow::{Context, Result, ensure};
use noanswer_tests::cloud::{Cloud, Said, root};
use noanswer_tests::lab::run::command_under_test;
use noanswer_tests::need;
use noanswer_tests::serve::Serve;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::process::Command;

const HOME: &str = "eu-central-1";
const OTHERS: [&str; 2] = ["us-east-1", "ap-southeast-1"];
const PROBER: &str = "noanswer-prober";
const COORDINATOR: &str = "noanswer-coordinator";

/// What Lambda needs on the whole of EC2 to attach a function to a VPC.
const INTERFACES: [&str; 6] = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
];

#[test]
fn the_template_is_clean() {
    let lint = need::aws().expect("cfn-lint").join("bin/cfn-lint");
    let template = root().join("lambda/deploy/template.yaml");
    let output = Command::new(lint).arg(template).output().expect("cfn-lint starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn the_operators_rights_are_narrow() {
    let text = std::fs::read_to_string(root().join("lambda/deploy/deployer-policy.json")).expect("a policy");
    let policy: Value = serde_json::from_str(&text).expect("JSON");
    for statement in policy["Statement"].as_array().expect("statements") {
        let all = |value: &Value| match value {
            Value::Array(all) => all.iter().filter_map(|one| Some(one.as_str()?.to_owned())).collect(),
            one => vec![one.as_str().expect("text").to_owned()],
        };
        let actions: Vec<String> = all(&statement["Action"]);
        // EC2's things have no names before they are made, and lists of everything are of everything.
        let wide = |action: &str| {
            action.starts_with("ec2:") || action.contains(":Describe") || action == "s3:ListAllMyBuckets"
        };
        for resource in all(&statement["Resource"]) {
            let ours = resource.contains("noanswer-") || resource.contains("/noanswer/");
            let public = resource.contains("parameter/aws/service/");
            assert!(ours || public || actions.iter().all(|action| wide(action)), "{statement}");
        }
        for action in actions {
            let broad = action.ends_with('*') && action != "ec2:Describe*";
            assert!(!broad, "{action}");
            assert!(action != "iam:PassRole" || statement["Condition"].is_object(), "{statement}");
            // Whoever gives rights to roles is administrator, unless a boundary holds for these roles.
            let grants = matches!(
                action.as_str(),
                "iam:CreateRole"
                    | "iam:PutRolePolicy"
                    | "iam:DeleteRolePolicy"
                    | "iam:PutRolePermissionsBoundary"
            );
            let bounded = &statement["Condition"]["StringLike"]["iam:PermissionsBoundary"];
            assert!(!grants || *bounded == "arn:aws:iam::*:policy/noanswer-boundary", "{statement}");
            let unbound =
                ["iam:AttachRolePolicy", "iam:DeleteRolePermissionsBoundary", "iam:CreatePolicyVersion"];
            assert!(!unbound.contains(&action.as_str()), "{action}");
            let ends = action.starts_with("ec2:Terminate")
                || action == "ec2:DeleteVpc"
                || action == "ec2:ReleaseAddress";
            let tag = &statement["Condition"]["StringLike"]["aws:ResourceTag/aws:cloudformation:stack-name"];
            assert!(!ends || *tag == "noanswer-*", "{action} on whatever is there");
        }
    }
}

#[test]
fn three_regions_up_one_late_all_changed_and_down() {
    let blind = serve(&["--vantage", "--token-env", "TOKEN"]).expect("a vantage");
    let api = api(&blind).expect("an API");
    let cloud = Cloud::new("vpc", &api.url).expect("an AWS of our own");
    let first = zip("one");
    let changed = zip("another");

    // A region in which something stands in the way.
    let in_the_way = format!("/aws/lambda/{PROBER}");
    cloud.look(&["occupy", OTHERS[1], &in_the_way]).expect("a log group");
    let token = a_region_fails(&cloud, &first).expect("a region fails, the others do not");
    cloud.look(&["release", OTHERS[1], &in_the_way]).expect("the log group again");

    let hash = the_same_again_completes(&cloud, &first, &token).expect("the same again completes it");
    what_stands(&cloud).expect("what stands");
    no_more_rights_than_needed(&cloud).expect("rights");
    a_change_reaches_every_region(&cloud, &changed, &hash).expect("a change");
    nothing_is_left(&cloud).expect("nothing is left");
}

#[test]
fn a_plain_public_deployment_costs_nothing_and_needs_no_token() {
    let cloud = Cloud::new("plain", "").expect("an AWS of our own");
    let file = cloud.file("function.zip", &zip("one")).expect("a zip");
    let file = file.to_string_lossy();
    let arguments = ["deploy", "aws", "--home", HOME, "--zip", &file, "--public", "--no-self-test"];
    let boundary = "aws iam create-policy --policy-name noanswer-boundary --policy-document";
    let document = root().join("lambda/deploy/boundary-policy.json");
    let made = cloud.shell(&format!("{boundary} file://{}", document.display())).expect("a shell");
    made.well().expect("the boundary is a policy");
    let more = ["--concurrency", "0", "--boundary", "noanswer-boundary", "--no-page"];
    let said = cloud.xtask(&[&arguments[..], &more].concat()).expect("xtask");
    let out = said.well().expect("it comes up");
    assert!(!out.contains("token"), "{out}");

    let prober = cloud.look(&["function", HOME, PROBER]).expect("a prober");
    assert_eq!(prober["subnets"], json!([]));
    assert_eq!(prober["concurrency"], Value::Null);
    let coordinator = cloud.look(&["function", HOME, COORDINATOR]).expect("a coordinator");
    assert_eq!(coordinator["environment"]["NOANSWER_PUBLIC"], "1");
    assert_eq!(coordinator["environment"]["NOANSWER_PAGE"], "elsewhere");
    for function in [&prober, &coordinator] {
        let boundary = "arn:aws:iam::123456789012:policy/noanswer-boundary";
        assert_eq!(function["boundary"], boundary, "{function}");
    }
    assert_eq!(coordinator["environment"]["NOANSWER_TOKEN_PARAMETER"], Value::Null);
    let left = cloud.look(&["left", HOME]).expect("what stands");
    for costly in ["addresses", "gateways", "instances", "vpcs"] {
        assert_eq!(left[HOME][costly], Value::Null, "{left}");
    }

    // An address would be asked for now; what stood in one shape goes as well as in the other.
    cloud.xtask(&["destroy", "aws"]).expect("xtask").well().expect("it goes");
    // The boundary is the administrator's, and stays.
    let boundary = "arn:aws:iam::123456789012:policy/noanswer-boundary";
    let removed = cloud.shell(&format!("aws iam delete-policy --policy-arn {boundary}")).expect("a shell");
    removed.well().expect("it was there");
    assert_eq!(cloud.look(&["left", HOME]).expect("what is left"), json!({}));
    let again = cloud.xtask(&["destroy", "aws"]).expect("xtask").well().expect("nothing is no failure");
    assert!(again.contains("there was nothing of noanswer"), "{again}");
}

#[test]
fn a_nat_instance_is_the_cheap_way_out() {
    let cloud = Cloud::new("instance", "").expect("an AWS of our own");
    let file = cloud.file("function.zip", &zip("one")).expect("a zip");
    let arguments = ["deploy", "aws", "--home", HOME, "--zip", &file.to_string_lossy(), "--no-self-test"];
    let said = cloud.xtask(&[&arguments[..], &["--shape", "vpc", "--nat", "instance"]].concat());
    said.expect("xtask").well().expect("it comes up");
    let left = cloud.look(&["left", HOME]).expect("what stands");
    let count = |kind: &str| left[HOME][kind].as_array().map_or(0, Vec::len);
    assert_eq!((count("instances"), count("gateways"), count("addresses")), (1, 0, 1), "{left}");
    cloud.xtask(&["destroy", "aws", "--regions", HOME]).expect("xtask").well().expect("it goes");
    assert_eq!(cloud.look(&["left", HOME]).expect("what is left"), json!({}));
}

#[test]
fn what_cannot_work_is_said_before_anything_is_made() {
    let cloud = Cloud::new("refused", "").expect("an AWS of our own");
    let vantages =
        "[[vantage]]\nid = \"vps\"\nurl = \"https://vps.example\"\nauth = { bearer-env = \"OTHER\" }\n";
    let vantages = cloud.file("vantages.toml", vantages.as_bytes()).expect("a file");
    let zip = cloud.file("function.zip", &zip("one")).expect("a zip");
    let no_zip = cloud.file("text.zip", b"text").expect("a file");
    let [vantages, zip, no_zip] = [vantages, zip, no_zip].map(|path| path.to_string_lossy().into_owned());
    for (arguments, words) in [
        (vec!["--home", "frankfurt", "--zip", &zip], "is not the name of a region"),
        (vec!["--home", HOME, "--zip", &no_zip], "is not a zip"),
        (vec!["--home", HOME, "--zip", &zip, "--vantages", &vantages], "NOANSWER_VANTAGE_TOKEN"),
    ] {
        let said = cloud.xtask(&[&["deploy", "aws"], &arguments[..]].concat()).expect("xtask");
        assert!(!said.well && said.err.contains(words), "{words}: {said:?}");
    }
    assert_eq!(cloud.look(&["left", HOME]).expect("what is left"), json!({}));
}

/// Deploys to three regions.
fn deploy(cloud: &Cloud, zip: &[u8]) -> Result<Said> {
    let file = cloud.file("function.zip", zip)?;
    let regions = OTHERS.join(",");
    let arguments = ["deploy", "aws", "--home", HOME, "--regions", &regions, "--shape", "vpc", "--zip"];
    cloud.xtask(&[&arguments[..], &[&file.to_string_lossy()]].concat())
}

/// The token.
fn a_region_fails(cloud: &Cloud, zip: &[u8]) -> Result<String> {
    let said = deploy(cloud, zip)?;
    ensure!(!said.well, "a failure is no success: {said:?}");
    let line = said.out.lines().find(|line| line.starts_with(OTHERS[1])).context("no word of the region")?;
    ensure!(line.contains("FAILED") && line.contains("log group already exists"), "{line}");
    for region in [HOME, OTHERS[0]] {
        let up =
            |line: &str| line.starts_with(region) && line.contains(" up ") && line.contains("lambda-url");
        ensure!(said.out.lines().any(up), "{region} is not up: {}", said.out);
    }
    ensure!(said.err.contains(&format!("not up to date: {}.", OTHERS[1])), "{}", said.err);
    ensure!(said.err.contains("Run the same command again"), "{}", said.err);
    ensure!(vantages(cloud)? == ids(&[HOME, OTHERS[0]]), "a region that is not there is asked");
    let is_token = |line: &&str| line.len() == 64 && line.bytes().all(|byte| byte.is_ascii_hexdigit());
    Ok(said.out.lines().map(str::trim).find(is_token).context("no token")?.to_owned())
}

/// The hash of the code.
fn the_same_again_completes(cloud: &Cloud, zip: &[u8], token: &str) -> Result<Value> {
    let out = deploy(cloud, zip)?.well()?;
    ensure!(!out.contains(token), "the token is shown once: {out}");
    ensure!(vantages(cloud)? == ids(&[HOME, OTHERS[0], OTHERS[1]]), "a region is not asked");
    // Nobody here reaches port 25, and the deployment says so in words, and what to do.
    for region in [HOME, OTHERS[0], OTHERS[1]] {
        let blind = |line: &str| line.trim_start().starts_with(region) && line.contains("BLIND");
        ensure!(out.lines().any(blind), "{region} is not called blind: {out}");
        let addresses = &cloud.look(&["left", region])?[region]["addresses"];
        let address = addresses[0].as_str().context("no address")?;
        ensure!(out.contains(&format!("{address} ")), "the request does not name {address}: {out}");
        let name = &cloud.look(&["function", region, PROBER])?["environment"]["NOANSWER_EHLO"];
        ensure!(name == address, "the prober says EHLO with {name}, and {address} is seen");
        ensure!(
            out.contains(&format!("--region {region} --allocation-id eipalloc-")),
            "no reverse DNS: {out}"
        );
    }
    Ok(cloud.look(&["function", HOME, PROBER])?["hash"].clone())
}

fn what_stands(cloud: &Cloud) -> Result<()> {
    let coordinator = cloud.look(&["function", HOME, COORDINATOR])?;
    ensure!(coordinator["url"]["AuthType"] == "NONE", "{coordinator}");
    ensure!(coordinator["url"]["InvokeMode"] == "RESPONSE_STREAM", "{coordinator}");
    ensure!(coordinator["concurrency"] == 10 && coordinator["subnets"] == json!([]), "{coordinator}");
    let environment = &coordinator["environment"];
    ensure!(environment["NOANSWER_ROLE"] == "coordinator", "{environment}");
    ensure!(environment["NOANSWER_TOKEN_PARAMETER"] == "/noanswer/token", "{environment}");
    ensure!(
        environment["NOANSWER_PUBLIC"].is_null() && environment["NOANSWER_TOKEN"].is_null(),
        "{environment}"
    );

    let table = cloud.look(&["table", HOME])?;
    ensure!(environment["NOANSWER_TABLE"] == table["name"], "{environment} {table}");
    ensure!(table["keys"] == json!([{ "AttributeName": "pk", "KeyType": "HASH" }]), "{table}");
    ensure!(table["billing"] == "PAY_PER_REQUEST", "{table}");
    ensure!(
        table["ttl"] == json!({ "TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at" }),
        "{table}"
    );

    for region in [HOME, OTHERS[0], OTHERS[1]] {
        let prober = cloud.look(&["function", region, PROBER])?;
        ensure!(prober["url"]["AuthType"] == "AWS_IAM", "anybody could call it: {prober}");
        ensure!(prober["subnets"].as_array().is_some_and(|subnets| subnets.len() == 2), "{prober}");
        ensure!(prober["environment"]["NOANSWER_ROLE"] == "prober", "{prober}");
        ensure!(!prober["environment"]["NOANSWER_PLACE"].is_null(), "{prober}");
        let days = cloud.look(&["log-group", region, &format!("/aws/lambda/{PROBER}")])?;
        ensure!(days == json!([14]), "logs of {region} are kept for {days} days");
    }
    Ok(())
}

/// A role's rights, as `effect action resource`; an action on all of EC2 only where that cannot be narrowed.
fn rights(cloud: &Cloud, region: &str, function: &str) -> Result<BTreeSet<String>> {
    let list = |value: &Value| match value {
        Value::Array(all) => all.iter().filter_map(|one| Some(one.as_str()?.to_owned())).collect(),
        one => vec![one.as_str().unwrap_or_default().to_owned()],
    };
    let found = cloud.look(&["function", region, function])?;
    let mut rights = BTreeSet::new();
    for statement in found["statements"].as_array().context("no statements")? {
        let effect = statement["Effect"].as_str().context("no effect")?;
        for action in list(&statement["Action"]) {
            for resource in list(&statement["Resource"]) {
                ensure!(!action.contains('*'), "{function} of {region}: {action}");
                ensure!(
                    resource != "*" || INTERFACES.contains(&action.as_str()),
                    "{function}: {action} on all"
                );
                rights.insert(format!("{effect} {action} {resource}"));
            }
        }
        if effect == "Deny" {
            ensure!(
                statement["Condition"]["ArnEquals"]["lambda:SourceFunctionArn"].is_string(),
                "{statement}"
            );
        }
    }
    Ok(rights)
}

fn no_more_rights_than_needed(cloud: &Cloud) -> Result<()> {
    const ACCOUNT: &str = "123456789012";
    let logs = |region: &str, function: &str| {
        let group = format!("arn:aws:logs:{region}:{ACCOUNT}:log-group:/aws/lambda/{function}:*");
        ["CreateLogStream", "PutLogEvents"].map(|action| format!("Allow logs:{action} {group}"))
    };
    for region in [HOME, OTHERS[0], OTHERS[1]] {
        let mut expected: BTreeSet<String> = logs(region, PROBER).into();
        for effect in ["Allow", "Deny"] {
            expected.extend(INTERFACES.map(|action| format!("{effect} {action} *")));
        }
        let rights = rights(cloud, region, PROBER)?;
        ensure!(rights == expected, "{region}: {rights:#?}");
    }
    let mut expected: BTreeSet<String> = logs(HOME, COORDINATOR).into();
    for region in [HOME, OTHERS[0], OTHERS[1]] {
        let prober = format!("arn:aws:lambda:{region}:{ACCOUNT}:function:{PROBER}");
        expected
            .extend(["InvokeFunction", "InvokeFunctionUrl"].map(|a| format!("Allow lambda:{a} {prober}")));
    }
    let table = cloud.look(&["table", HOME])?["name"].as_str().context("no table")?.to_owned();
    let table = format!("arn:aws:dynamodb:{HOME}:{ACCOUNT}:table/{table}");
    expected.extend(
        ["DeleteItem", "GetItem", "PutItem", "UpdateItem"].map(|a| format!("Allow dynamodb:{a} {table}")),
    );
    expected.insert(format!("Allow ssm:GetParameter arn:aws:ssm:{HOME}:{ACCOUNT}:parameter/noanswer/token"));
    let rights = rights(cloud, HOME, COORDINATOR)?;
    ensure!(rights == expected, "{rights:#?}");
    within_the_boundary(&rights)?;
    within_the_boundary(&self::rights(cloud, HOME, PROBER)?)
}

/// What the roles are given, their boundary lets through.
fn within_the_boundary(rights: &BTreeSet<String>) -> Result<()> {
    let text = std::fs::read_to_string(root().join("lambda/deploy/boundary-policy.json"))?;
    let policy: Value = serde_json::from_str(&text)?;
    let lets = |action: &str, resource: &str| {
        policy["Statement"].as_array().into_iter().flatten().any(|statement| {
            let actions = match &statement["Action"] {
                Value::Array(all) => all.iter().any(|one| one == action),
                one => one == action,
            };
            let pattern = statement["Resource"].as_str().unwrap_or_default();
            actions && matches_pattern(pattern, resource)
        })
    };
    for right in rights {
        if let Some((action, resource)) = right.strip_prefix("Allow ").and_then(|rest| rest.split_once(' ')) {
            ensure!(lets(action, resource), "the boundary does not let {action} on {resource} through");
        }
    }
    ensure!(!lets("iam:CreateUser", "*") && !lets("s3:GetObject", "*"), "the boundary is none");
    Ok(())
}

/// Whether `text` is as `pattern` says, in which `*` stands for anything.
fn matches_pattern(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut last = None;
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
        last = Some(part);
    }
    match last {
        None => rest.is_empty(),
        Some(part) => part.is_empty() || text.ends_with(part),
    }
}

fn a_change_reaches_every_region(cloud: &Cloud, zip: &[u8], before: &Value) -> Result<()> {
    let urls = vantages(cloud)?;
    deploy(cloud, zip)?.well()?;
    ensure!(vantages(cloud)? == urls, "a change of the code moves nothing");
    for (region, function) in [(HOME, COORDINATOR), (HOME, PROBER), (OTHERS[0], PROBER), (OTHERS[1], PROBER)]
    {
        let hash = &cloud.look(&["function", region, function])?["hash"];
        ensure!(hash != before, "{function} of {region} is the old one");
    }
    Ok(())
}

fn nothing_is_left(cloud: &Cloud) -> Result<()> {
    // Everything is found again, without being told the regions.
    let out = cloud.xtask(&["destroy", "aws"])?.well()?;
    for part in [
        format!("{HOME:<15} removed stack {COORDINATOR}"),
        format!("{HOME:<15} removed parameter /noanswer/token"),
        format!("{:<15} removed stack {PROBER}", OTHERS[1]),
        "nothing of noanswer is left".to_owned(),
    ] {
        ensure!(out.contains(&part), "{part:?} is not in:\n{out}");
    }
    let left = cloud.look(&["left", HOME, OTHERS[0], OTHERS[1]])?;
    ensure!(left == json!({}), "left behind: {left:#}");
    Ok(())
}

/// The ids in the coordinator's vantages file.
fn vantages(cloud: &Cloud) -> Result<BTreeSet<String>> {
    let coordinator = cloud.look(&["function", HOME, COORDINATOR])?;
    let text = coordinator["environment"]["NOANSWER_VANTAGES"].as_str().context("no vantages")?;
    let file: toml::Table = toml::from_str(text)?;
    let entries = file["vantage"].as_array().context("no list")?;
    for entry in entries {
        ensure!(entry["auth"].as_str() == Some("aws-iam"), "{entry}");
    }
    Ok(entries.iter().filter_map(|entry| Some(entry["id"].as_str()?.to_owned())).collect())
}

fn ids(regions: &[&str]) -> BTreeSet<String> {
    regions.iter().map(|region| (*region).to_owned()).collect()
}

/// A zip of one file, `bootstrap`, that holds `text`: stored, as the format's first page has it.
fn zip(text: &str) -> Vec<u8> {
    let name = b"bootstrap";
    let crc = text.bytes().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & 0u32.wrapping_sub(crc & 1)))
    });
    let size = (text.len() as u32).to_le_bytes();
    let shared =
        [&[20, 0, 0, 0, 0, 0, 0, 0, 0, 0], &(!crc).to_le_bytes()[..], &size, &size, &[9, 0, 0, 0]].concat();
    let local = [b"PK\x03\x04", &shared[..], name, text.as_bytes()].concat();
    let central = [b"PK\x01\x02\x14\x03", &shared[..], &[0; 8], &[0, 0, 0xed, 0x81], &[0; 4], name].concat();
    let [length, start] = [central.len() as u32, local.len() as u32].map(u32::to_le_bytes);
    let end = [b"PK\x05\x06\0\0\0\0\x01\0\x01\0", &length[..], &start, &[0, 0]].concat();
    [local, central, end].concat()
}

/// `noanswer serve` with controls at which nobody answers.
fn serve(arguments: &[&str]) -> Result<Serve> {
    let controls = file("controls.toml", CONTROLS)?;
    let shared = ["--allow-net", "127.0.0.0/8", "--controls", &controls];
    let environment = [("TOKEN", "a-token-of-this-test")];
    Serve::start_with(&command_under_test()?, &[arguments, &shared].concat(), &environment)
}

/// An API whose vantages have the regions' names, and are blind as `vantage` is.
fn api(vantage: &Serve) -> Result<Serve> {
    let entry = |region: &str| {
        let url = &vantage.url;
        format!("[[vantage]]\nid = \"{region}\"\nurl = \"{url}\"\nauth = {{ bearer-env = \"TOKEN\" }}\n")
    };
    let text: String = [HOME, OTHERS[0], OTHERS[1]].map(entry).concat();
    serve(&["--vantages", &file("vantages.toml", &text)?])
}

/// Controls at which nobody answers.
const CONTROLS: &str = r#"
[[control]]
operator = "alpha"
host = "alpha.test"
address = ["127.25.0.1"]
[[control]]
operator = "beta"
host = "beta.test"
address = ["127.25.0.2"]
"#;

fn file(name: &str, text: &str) -> Result<String> {
    let folder = need::target().join("cloud");
    std::fs::create_dir_all(&folder)?;
    let path = folder.join(name);
    std::fs::write(&path, text)?;
    Ok(path.to_string_lossy().into_owned())
}
