//! The API by programs that know nothing of it but its description: clients that are generated from it, in Python and in
//! TypeScript, and Schemathesis, which asks whatever the description allows, and what it does not.

use noanswer_tests::lab::run::command_under_test;
use noanswer_tests::need;
use noanswer_tests::own_network;
use noanswer_tests::serve::Serve;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What each client has to find in the lab.
const FOUND: &[&str] = &[
    "explain 441",
    "mx [mx1.one-of-two.test,mx2.one-of-two.test]",
    "check healthy.test healthy [north]",
    "refused 422",
    "later named",
    "deleted 204",
    "kept healthy.test",
    "vantages [east,north,south,west]",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the repository")
}

/// An empty folder of this test.
fn folder(name: &str) -> PathBuf {
    let folder = need::target().join(format!("tmp/clients-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("writable");
    folder
}

fn lab() -> Serve {
    Serve::lab(&command_under_test().expect("the command is built")).expect("the lab starts")
}

/// What `command` printed, once it has ended well.
fn printed(command: &mut Command) -> String {
    let output = command.output().expect("it starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (said, errors) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{command:?}: {said}{errors}");
    said
}

/// Lines without what Python and JavaScript put between the items of a list, each in its own way.
fn lines(said: &str) -> Vec<String> {
    said.lines().map(|line| line.replace(['"', '\''], "").replace(", ", ",")).collect()
}

#[test]
fn a_python_client_is_generated_and_used() {
    let python = need::python("clients", &["openapi-python-client==0.29.1"]).expect("the generator");
    let folder = folder("python");
    let mut generate = Command::new(python.join("bin/openapi-python-client"));
    generate.args(["generate", "--meta", "none", "--overwrite", "--path"]);
    generate.arg(root().join("web/site/openapi.json")).arg("--output-path").arg(folder.join("generated"));
    printed(&mut generate);
    let lab = lab();
    own_network::enter().expect("where the lab is");
    let mut client = Command::new(python.join("bin/python"));
    client.arg(root().join("tests/clients/use.py")).arg(&lab.url).env("PYTHONPATH", &folder);
    assert_eq!(lines(&printed(client.env("PYTHONDONTWRITEBYTECODE", "1"))), FOUND);
    std::fs::remove_dir_all(folder).expect("it was there");
}

#[test]
fn a_typescript_client_is_generated_compiled_and_used() {
    let root = root();
    need::npm(&root).expect("the generator, by npm");
    let folder = folder("typescript");
    for file in ["use.ts", "tsconfig.json"] {
        std::fs::copy(root.join("tests/clients").join(file), folder.join(file)).expect("copied");
    }
    std::fs::write(folder.join("package.json"), r#"{"type":"module"}"#).expect("written");
    let tool = |script: &str| {
        let mut node = Command::new("node");
        node.arg(root.join("node_modules").join(script)).current_dir(&folder);
        node
    };
    let mut generate = tool("openapi-typescript/bin/cli.js");
    printed(generate.arg(root.join("web/site/openapi.json")).args([
        "--output",
        "api.d.ts",
        "--default-non-nullable=false",
    ]));
    printed(tool("typescript/bin/tsc").args(["--project", "tsconfig.json"]));
    let lab = lab();
    own_network::enter().expect("where the lab is");
    let mut client = Command::new("node");
    assert_eq!(lines(&printed(client.arg("use.js").arg(&lab.url).current_dir(&folder))), FOUND);
    std::fs::remove_dir_all(folder).expect("it was there");
}

/// Whatever the description allows is answered as it says, and what it does not allow is refused: never with a 5xx, and
/// never in another form. It is deterministic, and has a time at which it ends.
#[test]
fn schemathesis_finds_no_answer_that_the_description_does_not_have() {
    let python = need::python("schemathesis", &["schemathesis==4.32.5"]).expect("Schemathesis");
    let folder = folder("schemathesis");
    let lab = lab();
    own_network::enter().expect("where the lab is");
    let mut run = Command::new(python.join("bin/schemathesis"));
    run.args(["run", &format!("{}/openapi.json", lab.url), "--generation-deterministic"]);
    run.args(["--max-examples", "8", "--max-time", "25", "--phases", "examples,coverage,fuzzing"]);
    run.args(["--request-timeout", "60", "--workers", "2", "--no-color", "--suppress-health-check", "all"]);
    // A string that is of the form need not be a domain that there is, nor an id that was given.
    run.args(["--exclude-checks", "positive_data_acceptance"]);
    // What only vantages serve is another server's.
    run.args(["--exclude-path", "/v1/probe", "--exclude-path", "/v1/controls"]);
    let said = printed(run.current_dir(&folder));
    assert!(said.contains("passed"), "{said}");
    println!(
        "{}",
        said.lines().rev().take(12).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("\n")
    );
    std::fs::remove_dir_all(folder).expect("it was there");
}
