//! Rules of Windows Firewall, as the registry has them (Microsoft, MS-GPFAS 2.2.2.19 "Firewall Rule and the Firewall Rule
//! Grammar Rule"): `v2.30|Action=Block|Active=TRUE|Dir=Out|Protocol=6|RPort=25|App=…|Name=…|`. A rule that blocks goes
//! before all that allow (Microsoft, "Windows Firewall rules", precedence), so nothing but its own conditions spares anybody.

use noanswer_core::evidence::{FirewallRule, Stops};
use noanswer_core::smtp;

/// TCP, by its protocol number.
const TCP: &str = "6";

/// Keys that narrow a rule to none of what it names: which store it is of, what it is called, and what counts for what comes
/// in alone.
const WITHOUT_CONDITION: &[&str] = &["Name", "Desc", "EmbedCtxt", "Edge", "Defer", "LSM", "Active"];

/// The rule in `text`, if it is active and stops connections to port 25. `own` is the path of the program that looks; `expand`
/// gives the value of a variable of the system (`ProgramFiles`).
pub(super) fn rule(text: &str, own: &str, expand: &dyn Fn(&str) -> Option<String>) -> Option<FirewallRule> {
    let mut fields = text.split('|');
    fields.next().filter(|version| version.starts_with('v'))?;
    let (mut blocks, mut out, mut ports, mut name) = (false, false, None, String::new());
    let (mut app, mut service, mut conditions) = (None, None, false);
    for (key, value) in fields.filter_map(|field| field.split_once('=')) {
        match key {
            "Active" if !value.eq_ignore_ascii_case("TRUE") => return None,
            "Action" => blocks = value.eq_ignore_ascii_case("Block"),
            "Dir" => out = value.eq_ignore_ascii_case("Out"),
            "Protocol" if value != TCP => return None,
            "Protocol" => {}
            "RPort" | "RPort2_10" => *ports.get_or_insert(false) |= has_port(value),
            "App" => app = Some(value),
            "Svc" if value == "*" => conditions = true,
            "Svc" => service = Some(value),
            "Name" => name = value.to_owned(),
            _ if WITHOUT_CONDITION.contains(&key) => {}
            // Networks, addresses, interfaces, users, packages, keys to come: it may not hold.
            _ => conditions = true,
        }
    }
    if !blocks || !out || ports == Some(false) {
        return None;
    }
    let path = app.map(|app| expanded(app, expand));
    let is_own = path.as_ref().is_some_and(|path| path.eq_ignore_ascii_case(own));
    let stops = match (&path, service) {
        // It is a program, and no service, that looks.
        (Some(_), _) if !is_own => Stops::OtherProgram,
        (None, Some(_)) => Stops::OtherProgram,
        _ if conditions => Stops::Some,
        (Some(_), Some(_)) => Stops::Some,
        (Some(_), None) => Stops::ThisProgram,
        (None, None) => Stops::Everyone,
    };
    let program = path.map(|path| file_name(&path).to_owned()).or(service.map(str::to_owned));
    Some(FirewallRule { name, stops, program })
}

/// Whether port 25 is among `ports`: a number, a range, or several of them.
fn has_port(ports: &str) -> bool {
    let number = |text: &str| text.trim().parse::<u16>().ok();
    ports.split(',').any(|one| match one.split_once('-') {
        Some((first, last)) => {
            number(first).zip(number(last)).is_some_and(|(first, last)| (first..=last).contains(&smtp::PORT))
        }
        None => number(one) == Some(smtp::PORT),
    })
}

/// `%ProgramFiles%\a.exe` with the variable's value.
fn expanded(path: &str, expand: &dyn Fn(&str) -> Option<String>) -> String {
    let variable = path.strip_prefix('%').and_then(|rest| rest.split_once('%'));
    let whole = variable.and_then(|(name, rest)| Some(expand(name)? + rest));
    whole.unwrap_or_else(|| path.to_owned())
}

fn file_name(path: &str) -> &str {
    path.rsplit('\\').next().unwrap_or(path)
}

/// A rule that holds in some networks alone, because the firewall is off in others.
pub(super) fn doubted(rule: FirewallRule) -> FirewallRule {
    let stops = if rule.stops == Stops::Everyone { Stops::Some } else { rule.stops };
    FirewallRule { stops, ..rule }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = r"C:\Program Files\noanswer\noanswer.exe";

    fn stops(fields: &str) -> Option<Stops> {
        let expand = |name: &str| (name == "ProgramFiles").then(|| r"C:\Program Files".to_owned());
        rule(&format!("v2.30|Action=Block|Active=TRUE|Dir=Out|{fields}"), OWN, &expand).map(|rule| rule.stops)
    }

    #[test]
    fn a_rule_is_read_with_whom_it_stops() {
        for (fields, expected) in [
            ("Protocol=6|RPort=25|Name=Block SMTP|", Some(Stops::Everyone)),
            ("Protocol=6|RPort=587|RPort=25|Name=Mail|", Some(Stops::Everyone)),
            ("Protocol=6|RPort2_10=20-30|Name=Range|", Some(Stops::Everyone)),
            ("Name=Everything|", Some(Stops::Everyone)),
            (r"App=C:\Program Files\noanswer\NoAnswer.exe|Name=Us|", Some(Stops::ThisProgram)),
            (r"App=%ProgramFiles%\noanswer\noanswer.exe|Name=Us|", Some(Stops::ThisProgram)),
            (
                r"Protocol=6|RPort=25|App=D:\Exchange\Bin\EdgeTransport.exe|Name=Edge|",
                Some(Stops::OtherProgram),
            ),
            ("Protocol=6|RPort=25|Svc=MSExchangeTransport|Name=Transport|", Some(Stops::OtherProgram)),
            ("Protocol=6|RPort=25|Profile=Public|Name=Cafe|", Some(Stops::Some)),
            ("Protocol=6|RPort=25|RA4=198.51.100.0/255.255.255.0|Name=Them|", Some(Stops::Some)),
            ("Protocol=6|RPort=25|LUAuth=D:(A;;CC;;;S-1-5-21-1)|Name=User|", Some(Stops::Some)),
            ("Protocol=6|RPort=25|Tomorrow=1|Name=New key|", Some(Stops::Some)),
            (r"Profile=Public|App=C:\Program Files\noanswer\noanswer.exe|Name=Us|", Some(Stops::Some)),
            ("Protocol=6|RPort=443|Name=Web|", None),
            ("Protocol=17|RPort=25|Name=UDP|", None),
            ("Protocol=6|RPort=26-30|RPort=2525|Name=Near|", None),
        ] {
            assert_eq!(stops(fields), expected, "{fields}");
        }
    }

    #[test]
    fn what_is_off_comes_in_or_allows_stops_nothing() {
        for text in [
            "v2.30|Action=Allow|Active=TRUE|Dir=Out|Protocol=6|RPort=25|Name=Mail|",
            "v2.30|Action=Block|Active=FALSE|Dir=Out|Protocol=6|RPort=25|Name=Mail|",
            "v2.30|Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort=25|Name=Mail|",
            // MS-GPFAS 4.2, the example.
            r"v2.10|Action=Allow|Active=TRUE|Dir=In|Protocol=6|Profile=Public|LPort=RPC|RPort=49000|LA4=192.168.1.0/255.255.255.0|RA4=LocalSubnet|RA6=LocalSubnet|App=c:\\path\\foo.exe|Name=Firewall Rule Test|Security=Authenticate|Security2_9=An-NoEncap|",
            "",
            "Action=Block|Dir=Out",
        ] {
            assert_eq!(rule(text, OWN, &|_| None), None, "{text}");
        }
    }

    #[test]
    fn a_rule_is_named_with_its_program() {
        let text = r"v2.30|Action=Block|Active=TRUE|Dir=Out|Protocol=6|RPort=25|App=D:\Bin\EdgeTransport.exe|Name=Edge|";
        let rule = rule(text, OWN, &|_| None).unwrap();
        assert_eq!((rule.name.as_str(), rule.program.as_deref()), ("Edge", Some("EdgeTransport.exe")));
        assert_eq!(doubted(rule.clone()), rule, "another program's rule is none of ours");
    }
}
