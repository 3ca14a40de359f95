//! The command that a terminal shows: `$ nc -zv host 25`, `# telnet host 25`, `$ curl host:25`.

use super::host::host;
use super::read::Read;
use std::net::IpAddr;

/// Where a command tried to connect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::symptom) struct Command {
    pub(in crate::symptom) host: Option<Read<String>>,
    pub(in crate::symptom) address: Option<Read<IpAddr>>,
    pub(in crate::symptom) port: Option<Read<u16>>,
}

/// Programs that take a host and a port.
const PROGRAMS: &[&str] = &["nc", "ncat", "netcat", "telnet", "tcping", "tcptraceroute", "curl"];

/// How many words after a program are looked at.
const WORDS: usize = 12;

/// The first command in `text`: at its beginning, or after a prompt.
pub(in crate::symptom) fn command(text: &str) -> Option<Command> {
    let words = || {
        let mut at = 0;
        text.split([' ', '\n', '\r', '\t']).map(move |word| {
            let start = at;
            at += word.len() + 1;
            (start, word)
        })
    };
    let mut before = "$";
    let mut place = None;
    for (index, (_, word)) in words().filter(|(_, word)| !word.is_empty()).enumerate() {
        let prompted = before.ends_with(['$', '#', '>', '%', '~']);
        if prompted && PROGRAMS.contains(&word) {
            place = Some(index);
            break;
        }
        before = word;
    }
    let after = words().filter(|(_, word)| !word.is_empty()).skip(place? + 1).take(WORDS);
    let mut command = Command::default();
    for (start, word) in after {
        let end = start + word.len();
        if command.host.is_none() && command.address.is_none() {
            let (name, port) = word.rsplit_once(':').unwrap_or((word, ""));
            let (name, port) = if port.parse::<u16>().is_ok() { (name, port) } else { (word, "") };
            let stop = start + name.len();
            command.host = host(name).map(|value| Read { value, start, end: stop });
            command.address = name.parse().ok().map(|value| Read { value, start, end: stop });
            command.port = port.parse().ok().map(|value| Read { value, start: stop + 1, end });
            if command.port.is_some() {
                break;
            }
        } else {
            command.port = word.parse().ok().map(|value| Read { value, start, end });
            break;
        }
    }
    (command.host.is_some() || command.address.is_some()).then_some(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_passed_over() {
        let read = command("$ nc -zv -w 10 mx.example.org 25 nc: connect").expect("a command");
        assert_eq!(read.host.map(|host| host.value).as_deref(), Some("mx.example.org"));
        assert_eq!(read.port.map(|port| (port.value, port.start)), Some((25, 30)));
        let read = command("[root@web ~]# telnet 192.0.2.1 587").expect("a command");
        assert_eq!(read.address.map(|address| address.value), "192.0.2.1".parse().ok());
        assert_eq!(read.port.map(|port| port.value), Some(587));
        assert_eq!(command("we tried nc on mx.example.org 25"), None);
    }
}
