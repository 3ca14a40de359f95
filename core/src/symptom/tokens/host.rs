//! Host names.

use super::read::Read;
use crate::cut::Cut as _;
use crate::symptom::marks::Marks;

pub(super) fn is_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_')
}

/// A token as a host name with at least one dot; `None` for what is none.
pub(in crate::symptom) fn host(token: &str) -> Option<String> {
    let token = token.trim_matches(|c: char| c == '.' || c == '-' || c == '_');
    let labels = token.split('.').count();
    let last = token.rsplit('.').next().unwrap_or_default();
    // `Service.java:317`: a place in a program. None of these is a top-level domain.
    const FILES: &[&str] = &[
        "java", "php", "rb", "js", "ts", "cs", "cpp", "jar", "exe", "dll", "log", "conf", "cf", "lua", "vb",
    ];
    // Exchange's names of what it met: `QUEUE.Expired`, `RESOLVER.ADR.RecipNotFound`.
    const SYMBOLS: &[&str] = &[
        "queue.expired",
        "resolver.adr.",
        "resolver.rst.",
        "resolver.grp.",
        "resolver.fwd.",
        "smtpsend.",
        "storedrv.",
    ];
    let starts =
        |symbol: &&str| token.get(..symbol.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(symbol));
    let sound = labels >= 2
        && !SYMBOLS.iter().any(starts)
        && token.bytes().all(is_host)
        && token.len() <= 253
        && token.split('.').all(|label| !label.is_empty() && label.len() <= 63)
        && last.bytes().any(|byte| byte.is_ascii_alphabetic())
        && last.len() >= 2
        && !FILES.iter().any(|file| last.eq_ignore_ascii_case(file));
    sound.then(|| token.to_ascii_lowercase())
}

/// The host name that begins at `start`, quotes and brackets before it left out.
pub(in crate::symptom) fn host_at(text: &str, start: usize) -> Option<Read<String>> {
    let rest = text.after(start);
    let opened = rest.len() - rest.trim_start_matches(['"', '\'', '[', '<', '(']).len();
    let start = start + opened.min(2);
    let token = text.after(start);
    let length = token.bytes().take_while(|byte| is_host(*byte)).count();
    // `host...` of telnet: dots that follow one another end the name.
    let token = token.before(length).split("..").next().unwrap_or_default();
    let value = host(token)?;
    let end = start + token.trim_end_matches(['.', '-', '_']).len();
    Some(Read { value, start, end })
}

/// What stands before a host name where no address follows it, surest first.
pub(super) const BEFORE: &str = " h=\nrelay=\nconnect to \nconnectx to \nconnect to host \nconnecting to \nopening to \n\
     connection to '\nconnection to host \nconnection to \nconnected to host \nconnected to \n\
     connection to \"\nname resolution of \nvia smtp server \nsmtp server \nsmtp at \nresolved \n\
     connection timed out with \nconnection timed out during user open with \nreset by \n\
     lost connection with \nconversation with \ntalking to \nhost named \nwith host \nmx server \n\
     lastattemptedservername=\nlastattemptedservername = \nlast attempted server name: \n{fqdn=\n\
     mx-host\":\"\nremote_server\":\"\nremote_host\":\"\nhostname = \"\nhostname=\nhost name: \n\
     smtp host: \n host=\nexchange: '\nto the host '\ncomputername : \nserver at \nerror for \n\
     refused by \ntransferring to \nto server \nremote-mta: dns; \nremote-mta: dns;\n\
     contact destination \nresult wait with \ndialing \ntrying \n-connect \nsmtp://\nsmtps://\n\
     ssl://\ntls://\ntcp://\ntelnet://\n/dev/tcp/\nhost down (\nremote host (\ncould not reach \n\
     deferred: \ntargethost:\nenotfound \neai_again \ncould not resolve host: \ncould not resolve \n\
     getaddrinfo for host \ngetaddrinfo for \ngreeting from \nreply from \nresponse from \n\
     answer from host \nsend message to \nlocal configuration error: \nfor name=\nname server: \n\
     lookup \ntimed out (\nverbindungsaufbau zu \nverbindung zu \nverbindung mit \nconnexion à \n\
     conectándose a \nconectando a \nhost, port: \nsmtplib.smtp('\nsmtplib.smtp(\"\nhost='\nhost=\"\n\
     connect(2) for \"\nconnect(2) for \noutgoing server (smtp) \ncannot open \nhost: \nhost '\n\
     host \"\nhostname: \nserver: \nserver smtp \nserveur smtp \nservidor smtp \nsmtp-server \n\
     (smtp) \njoindre \n.connect('\n.connect(\"\n.connect(('\n.connect((\"\nserver '\nserver \"\n\
     server : '\nserveur : '\nserveur: '\nservidor: '\nервер: '\nサーバー: '\nサーバー : '\n(host \n\
     \"host\":\"";

/// The host that stands after one of these words, where no address does: `H=host`, `relay=host`, `with host.`.
pub(in crate::symptom) fn named_host(text: &str, lower: &str) -> Option<Read<String>> {
    static MARKS: Marks = Marks::new();
    if let Some(name) = lone_name(text, lower) {
        return Some(name);
    }
    // An MX is looked up by the domain's name, an address by the host's.
    let of_domain =
        |host: &Read<String>| lower.after(host.end).trim_start_matches('.').starts_with(" type=mx");
    let generating = generating(text, lower);
    let mut named = MARKS.find(BEFORE.lines(), lower).into_iter().filter_map(|mark| {
        // What a front end of Exchange calls itself.
        let before = lower.before(mark.start).trim_end();
        let own = lower.before(mark.end).ends_with("{fqdn=") && lower.contains("on frontend")
            || before.ends_with("reporting");
        // Servers of Exchange Online among themselves: no MX names one.
        let within = |host: &Read<String>| {
            host.value.ends("prod.protection.outlook.com\nprod.outlook.com\nprod.exchangelabs.com")
        };
        let generating = |host: &Read<String>| generating.as_ref() == Some(&host.value);
        if own { None } else { host_at(text, mark.end).filter(|host| !within(host) && !generating(host)) }
    });
    named.find(|host| !of_domain(host)).or_else(|| host_with_port(text)).or_else(|| called_host(text, lower))
}

/// What Exchange's reports call the server that wrote them, in the languages met most: never the host that was tried.
const GENERATING: &str = "generating server\ngenerierender server\ngenererende server\nserveur de génération\n\
     generando servidor\nservidor de generación\nserver di generazione\nbronserver\nservidor de origem\n\
     serwer generujący\nормирующий сервер\n生成サーバー\n生成服务器";

/// The server that wrote a report of Exchange's.
fn generating(text: &str, lower: &str) -> Option<String> {
    static MARKS: Marks = Marks::new();
    let label = MARKS.find(GENERATING.lines(), lower).into_iter().next()?;
    let rest = lower.after(label.end).trim_start_matches([':', '：', ' ', '\t']);
    host_at(text, lower.len() - rest.len()).map(|host| host.value)
}

/// The one host of a text that is called after what it does: `smtp.example.org`.
fn called_host(text: &str, lower: &str) -> Option<Read<String>> {
    const MOST: usize = 20;
    let named = ["smtp", "mx"].into_iter().flat_map(|name| lower.match_indices(name).take(MOST));
    let called = named.filter_map(|(at, name)| {
        let rest = lower.after(at + name.len()).trim_start_matches(|c: char| c.is_ascii_digit());
        let begins = !lower.before(at).ends_with(|c: char| c.is_ascii_alphanumeric() || ".-_@/=".contains(c));
        // The clock of a log line stands before the name of its own host.
        let logged = lower.before(at).trim_end().ends_with(|c: char| c.is_ascii_digit());
        let host = host_at(text, at).filter(|_| begins && !logged && rest.starts_with(['.', '-']))?;
        (host.start == at).then_some(host)
    });
    let called: Vec<Read<String>> = called.collect();
    let first = called.first()?;
    called.iter().all(|host| host.value == first.value).then(|| first.clone())
}

/// A name without a dot where one is looked up or connected to: `name=localhost type=AAAA` of Postfix, `lookup mail on
/// 127.0.0.11:53` of Go, `ENOTFOUND mailhog` of Node, `connect(2) for "localhost"` of Ruby.
fn lone_name(text: &str, lower: &str) -> Option<Read<String>> {
    const PORTS: &[&str] = &[":25", ":465", ":587", ":1025", ":2525"];
    const BEFORE: &[(&str, &[&str])] = &[
        ("connect to ", PORTS),
        ("connecting to ", PORTS),
        ("connection to ", PORTS),
        ("cannot open ", PORTS),
        ("smtp://", PORTS),
        ("ssl://", PORTS),
        ("tls://", PORTS),
        ("for name=", &[" type=a"]),
        ("dial tcp: lookup ", &[":", " on "]),
        ("getaddrinfo enotfound ", &["", ":", " "]),
        ("getaddrinfo eai_again ", &["", ":", " "]),
        ("connect(2) for \"", &["\""]),
        ("could not be resolved: '", &["'"]),
        ("host, port: ", &[", "]),
        ("smtp host: ", &[", port"]),
        ("smtp server '", &["'"]),
    ];
    BEFORE.iter().find_map(|(before, after)| {
        let start = lower.find(before)? + before.len();
        let length = lower.after(start).bytes().take_while(|byte| is_host(*byte)).count();
        let end = start + length;
        let rest = lower.after(end);
        let ends = after
            .iter()
            .any(|after| if after.is_empty() { rest.is_empty() } else { rest.starts_with(after) });
        let lone = length > 1
            && !text.within(start, end).contains('.')
            && lower.within(start, end).bytes().any(|byte| byte.is_ascii_alphabetic());
        (ends && lone).then(|| Read { value: lower.within(start, end).to_owned(), start, end })
    })
}

/// A host with a port of mail, wherever it stands: `host:25`.
fn host_with_port(text: &str) -> Option<Read<String>> {
    [":25", ":465", ":587"].iter().find_map(|port| {
        text.match_indices(port).take(20).find_map(|(end, _)| {
            let more = text.after(end + port.len()).starts_with(|c: char| c.is_ascii_alphanumeric());
            let start = end - text.before(end).bytes().rev().take_while(|byte| is_host(*byte)).count();
            let local =
                text.within(start, end).eq_ignore_ascii_case("localhost").then(|| "localhost".to_owned());
            let value = host(text.within(start, end)).or(local).filter(|_| !more)?;
            Some(Read { value, start, end })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_ends_where_its_name_does() {
        let named = |text: &str| named_host(text, &text.to_ascii_lowercase()).map(|read| read.value);
        assert_eq!(named("Connecting To mx.example.org...Could not open").as_deref(), Some("mx.example.org"));
        assert_eq!(named("ssl://mx.example.org:465").as_deref(), Some("mx.example.org"));
        assert_eq!(named("relay=none, connect to 192.0.2.1"), None);
        let read = host_at("at mx.example.org.: no", 3).expect("a host");
        assert_eq!((read.start, read.end), (3, 17));
    }
}
