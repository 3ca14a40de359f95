//! What the shells and PowerShell's grammar say of the commands, without running them.

use noanswer_core::facts::{Command as Told, commands};
use noanswer_core::manual_evidence;
use noanswer_core::mx::MxPlan;
use std::process::Command;

/// A command as it is told for one address of each family.
fn filled(told: &Told) -> [String; 2] {
    ["192.0.2.7", "2001:db8::7"].map(|address| told.filled("example.org", address.parse().ok()))
}

#[test]
fn both_shells_parse_every_command() {
    let refuses = |shell: &str, line: &str| {
        let output = Command::new(shell).args(["-n", "-c", line]).output().expect(shell);
        (!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).into_owned())
    };
    for told in commands().filter(|told| told.package != "powershell" && told.key != "exim.prefer_ipv4") {
        for line in filled(&told) {
            for shell in ["sh", "bash"] {
                assert_eq!(refuses(shell, &line), None, "{shell}: {line}");
            }
        }
    }
    assert!(refuses("sh", "for h in a; do echo").is_some(), "a shell that takes anything");
}

/// By the grammar that editors use (tree-sitter): PowerShell itself is in no Debian.
#[test]
fn powershells_grammar_takes_its_commands() {
    let refuses = |text: &str| {
        let mut parser = tree_sitter::Parser::new();
        parser.set_language(&tree_sitter_powershell::LANGUAGE.into()).expect("the grammar");
        parser.parse(text, None).is_none_or(|tree| tree.root_node().has_error())
    };
    let mut seen = 0;
    for told in commands().filter(|told| told.package == "powershell") {
        for line in filled(&told) {
            assert!(!refuses(&line), "{line}");
            seen += 1;
        }
    }
    let plan = r#"{"domain":"example.org","status":"no_such_domain","source":"none","authentic_data":false,"exchanges":[],"findings":[]}"#;
    let plan: MxPlan = serde_json::from_str(plan).expect("a plan that leads nowhere");
    let script = manual_evidence::commands(&plan).powershell;
    assert!(!refuses(&script), "{script}");
    // What `noanswer queue` runs on an Exchange server.
    let queue = include_str!("../../../lambda/src/cli/queue/get_queue.ps1");
    assert!(!refuses(queue), "{queue}");
    assert!(seen > 0 && refuses("Retry-Queue -Filter \"open"), "a grammar that takes anything");
}
