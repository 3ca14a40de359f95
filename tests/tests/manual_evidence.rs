//! The commands that look from the sending server: a real bash takes them, and all they ask runs side by side.

use noanswer_core::address::AddressPolicy;
use noanswer_core::manual_evidence::commands;
use noanswer_core::mx::{Limits, MxPlanner};
use std::io::Write as _;
use std::process::{Command, Stdio};

fn of_bash() -> [String; 2] {
    let domain = "example.org".parse().expect("a domain");
    let plan = MxPlanner::new(domain, Limits::default(), AddressPolicy::default()).plan();
    let commands = commands(&plan);
    [commands.linux, commands.macos]
}

#[test]
fn bash_can_parse_them() {
    for command in of_bash() {
        // What stands between the two marks is the script; `-n` reads it and runs nothing.
        let script = command.lines().skip(1).take_while(|line| *line != "END").collect::<Vec<_>>().join("\n");
        let mut bash = Command::new("bash").arg("-n").stdin(Stdio::piped()).spawn().expect("bash starts");
        bash.stdin.take().expect("piped").write_all(script.as_bytes()).expect("written");
        assert!(bash.wait().expect("ends").success(), "{script}");
    }
}

#[test]
fn everything_is_asked_side_by_side_and_both_ports_of_the_controls() {
    for command in of_bash() {
        let asked: Vec<_> = command.lines().filter(|line| line.starts_with("t ")).collect();
        assert!(asked.iter().all(|line| line.ends_with(" &")), "{command}");
        for port in ["control 25 ", "control443 443 ", "closed 25 "] {
            assert!(asked.iter().any(|line| line[2..].starts_with(port)), "{port}: {command}");
        }
        assert!(command.ends_with("\nwait\nEND"));
    }
}
