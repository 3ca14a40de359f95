//! Commands that people are told to type. Each is run, or parsed, by `tests/tests/commands.rs`.

use super::{Row, Table, controls};
use std::net::IpAddr;

/// A command: a shell's unless its software is PowerShell's, or a line of a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Command {
    /// Its key: `mtu.4`.
    pub key: &'static str,
    /// Whose command it is, for people.
    pub software: &'static str,
    /// The Debian package that has it; `powershell` for a cmdlet.
    pub package: &'static str,
    /// The command with its gaps: `{domain}`, `{address}`, `{endpoint}`, `{queue_id}`, `{controls}`.
    pub template: &'static str,
    /// What it does, and what it stops where it stops something.
    pub does: &'static str,
    /// Whether it is for IPv6 alone.
    ipv6: bool,
}

impl Command {
    fn of(row: Row) -> Self {
        Self {
            key: row.cell(0),
            software: row.cell(1),
            package: row.cell(2),
            template: row.cell(4),
            does: row.cell(5),
            ipv6: row.cell(3) == "6",
        }
    }

    /// The command for `domain` and `address`, its gaps filled; a gap of which nothing is known stays, in capitals.
    pub fn filled(&self, domain: &str, address: Option<IpAddr>) -> String {
        let whole = address.map_or_else(|| "ADDRESS".to_owned(), |address| address.to_string());
        let endpoint = match address {
            Some(IpAddr::V6(address)) => format!("[{address}]:25"),
            _ => format!("{whole}:25"),
        };
        self.template
            .replace("{domain}", domain)
            .replace("{address}", &whole)
            .replace("{endpoint}", &endpoint)
            .replace("{queue_id}", "QUEUE_ID")
            .replace("{controls}", &controls::three(self.ipv6).join(" "))
    }
}

/// Every command.
pub fn commands() -> impl Iterator<Item = Command> {
    Table::Commands.rows().map(Command::of)
}

/// The command of that key. Of a pair (`mtu.4`, `mtu.6`), `key` is what both begin with, and the address decides.
pub fn command(key: &str, address: Option<IpAddr>) -> Option<Command> {
    let family = if address.is_some_and(|address| address.is_ipv6()) { "6" } else { "4" };
    let paired = format!("{key}.{family}");
    commands().find(|command| command.key == key || command.key == paired)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_written_as_its_command_wants_it() {
        let v6 = Some("2001:db8::7".parse().unwrap());
        let v4 = Some("192.0.2.7".parse().unwrap());
        let filled = |key, address| command(key, address).unwrap().filled("example.org", address);
        assert!(filled("tls", v6).contains("-connect [2001:db8::7]:25 "), "{}", filled("tls", v6));
        assert!(filled("tls", v4).contains("-connect 192.0.2.7:25 "));
        // 1400 bytes on the wire: 40 and 8 of headers for IPv6, 20 and 8 for IPv4.
        assert!(filled("mtu", v6).contains("-s 1352 ") && filled("mtu", v4).contains("-s 1372 "));
        assert_eq!(command("no such command", None), None);
    }

    /// A host without an address of that family would be called silent.
    #[test]
    fn the_controls_have_an_address_of_the_family() {
        for ipv6 in [false, true] {
            let address = if ipv6 { "2001:db8::7" } else { "192.0.2.7" }.parse().ok();
            let told = command("controls", address).unwrap().filled("example.org", address);
            for host in controls::three(ipv6) {
                assert!(told.contains(host), "{told}");
            }
        }
        assert_ne!(controls::three(false), controls::three(true));
    }

    #[test]
    fn no_gap_is_left_open() {
        for command in commands() {
            for address in ["192.0.2.7", "2001:db8::7"] {
                let text = command.filled("example.org", address.parse().ok());
                let gap = ["{domain}", "{address}", "{endpoint}", "{queue_id}", "{controls}"]
                    .iter()
                    .any(|gap| text.contains(gap));
                assert!(!gap, "{text}");
            }
        }
    }

    /// A command that stops something says so.
    #[test]
    fn what_stops_something_says_so() {
        for command in commands().filter(|command| command.template.contains("inet_protocols")) {
            assert!(command.does.contains("Incoming mail keeps IPv6"), "{}", command.key);
        }
    }
}
