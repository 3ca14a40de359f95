//! What the shells and PowerShell's grammar say of the commands, without running them.

use noanswer_core::facts::{Command as Told, commands};
use noanswer_core::manual_evidence;
use noanswer_core::mx::MxPlan;
use std::path::Path;
use std::process::Command;

/// A command as it is told for one address of each family.
fn filled(told: &Told) -> [String; 2] {
    ["192.0.2.7", "2001:db8::7"].map(|address| told.filled("example.org", address.parse().ok()))
}

/// What `shell` says against `text`, without running it.
fn refuses(shell: &str, text: &str) -> Option<String> {
    let output = Command::new(shell).args(["-n", "-c", text]).output().expect(shell);
    (!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn both_shells_parse_every_command() {
    for told in commands().filter(|told| told.package != "powershell" && told.key != "exim.prefer_ipv4") {
        for line in filled(&told) {
            for shell in ["sh", "bash"] {
                assert_eq!(refuses(shell, &line), None, "{shell}: {line}");
            }
        }
    }
    assert!(refuses("sh", "for h in a; do echo").is_some(), "a shell that takes anything");
}

/// Whether PowerShell's grammar refuses `text`: the one that editors use (tree-sitter), as PowerShell itself is in no Debian.
fn powershell_refuses(text: &str) -> bool {
    let mut parser = tree_sitter::Parser::new();
    parser.set_language(&tree_sitter_powershell::LANGUAGE.into()).expect("the grammar");
    parser.parse(text, None).is_none_or(|tree| tree.root_node().has_error())
}

/// Whether Windows PowerShell 5.1, the shell of Exchange servers, hands `line` to a program otherwise than it stands there:
/// it does not escape quotes inside of an argument (PowerShell issue 1995). Cmdlets are handed it whole.
fn loses_quotes(line: &str) -> bool {
    let program = line.split_whitespace().next().unwrap_or_default();
    let quoted = line.split('\'').skip(1).step_by(2);
    program.to_ascii_lowercase().ends_with(".exe")
        && quoted.into_iter().any(|text| text.replace("\\\"", "").contains('"'))
}

/// Whether `text` needs PowerShell 7: what Windows PowerShell 5.1 does not parse, and the grammar takes.
fn needs_seven(text: &str) -> bool {
    [" && ", " || ", " ?? ", "??=", "?."].iter().any(|newer| text.contains(newer))
}

/// The blocks of `language` in each paper of the repository.
fn blocks(language: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let listed = Command::new("git").args(["ls-files", "*.md"]).current_dir(&root).output().expect("git");
    let mut found = Vec::new();
    for paper in String::from_utf8(listed.stdout).expect("names").lines() {
        let text = std::fs::read_to_string(root.join(paper)).expect("a paper");
        let mut rest = text.as_str();
        while let Some((_, from)) = rest.split_once(&format!("```{language}\n")) {
            let (block, after) = from.split_once("\n```").expect("a block that ends");
            found.push((paper.to_owned(), block.to_owned()));
            rest = after;
        }
    }
    found
}

#[test]
fn what_the_papers_tell_people_to_type_is_parsed() {
    let scripts = blocks("sh");
    for (paper, block) in &scripts {
        for shell in ["sh", "bash"] {
            assert_eq!(refuses(shell, block), None, "{paper}, {shell}: {block}");
        }
    }
    let scripts_of_windows = blocks("powershell");
    for (paper, block) in &scripts_of_windows {
        assert!(!powershell_refuses(block), "{paper}: {block}");
        assert!(!block.lines().any(loses_quotes) && !needs_seven(block), "{paper}: {block}");
    }
    assert!(scripts.len() > 20 && !scripts_of_windows.is_empty());
    assert!(
        loses_quotes(r#"sc.exe create x binPath= '"C:\Program Files\x.exe" serve'"#),
        "a rule that takes anything"
    );
    assert!(!loses_quotes(r#"New-Service x -BinaryPathName '"C:\Program Files\x.exe" serve'"#));
}

#[test]
fn powershells_grammar_takes_its_commands() {
    let refuses = powershell_refuses;
    let mut seen = 0;
    for told in commands().filter(|told| told.package == "powershell") {
        for line in filled(&told) {
            assert!(!refuses(&line) && !loses_quotes(&line) && !needs_seven(&line), "{line}");
            seen += 1;
        }
    }
    let plan = r#"{"domain":"example.org","status":"no_such_domain","source":"none","authentic_data":false,"exchanges":[],"findings":[]}"#;
    let plan: MxPlan = serde_json::from_str(plan).expect("a plan that leads nowhere");
    let script = manual_evidence::commands(&plan).powershell;
    assert!(!refuses(&script) && !needs_seven(&script), "{script}");
    // What `noanswer queue` runs on an Exchange server.
    let queue = include_str!("../../../lambda/src/cli/queue/get_queue.ps1");
    assert!(!refuses(queue) && !needs_seven(queue), "{queue}");
    assert!(seen > 0 && refuses("Retry-Queue -Filter \"open"), "a grammar that takes anything");
}
