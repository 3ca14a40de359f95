//! Whether a connection that failed was one of mail: by its port, else by what the failing line names, else by what the
//! lines around it name.
//!
//! An operating system's "connection timed out" is the same for a web page, a database and a mail host. What is not about
//! mail is none of ours; what is about the sender's own services (a filter, a table, a policy) is the sender's own.

use super::cause::{Cause, SymptomFamily};
use super::line;
use super::marks::{Mark, Marks};
use super::model::{Symptom, WrittenBy};
use crate::smtp::Stage;
use std::net::IpAddr;

/// What a text is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    /// SMTP, or mail that is on its way.
    Mail,
    /// A service of the sending host: a content filter, a milter, a table, a policy.
    Own,
    /// Another protocol or program.
    Other,
    /// A link: on the failing line it is what was fetched, around it what people refer to.
    Link,
}

use Service::{Link, Mail, Other, Own};

/// Ports that mail is sent to: SMTP, submission, and what relays and test servers use beside them.
const PORTS: &[u16] =
    &[24, 25, 26, 465, 587, 588, 1025, 1465, 1587, 2500, 2525, 2526, 2587, 3525, 5025, 8025, 8465, 10587];

/// Whether mail is sent to `port`.
pub(super) fn is_mail_port(port: u16) -> bool {
    PORTS.contains(&port)
}

/// How a mark must stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stands {
    Anywhere,
    /// No letter or digit on either side.
    Alone,
    /// No letter or digit before it.
    Begins,
}

use Stands::{Alone, Anywhere, Begins};

/// Words that name a service.
#[rustfmt::skip]
const MARKS: &[(&str, Service, Stands)] = &[
    // The sender's own services (Postfix TABLE_README, MILTER_README, SMTPD_POLICY_README; Exim's spec ch. 43 and 45).
    ("command output:", Own, Anywhere), ("tcp map", Own, Anywhere), ("milter", Own, Begins), ("policy service", Own, Anywhere),
    ("policy server", Own, Anywhere), ("policyd", Own, Anywhere), ("policy-spf", Own, Anywhere), ("socketmap", Own, Anywhere),
    ("proxymap", Own, Anywhere), ("table lookup", Own, Anywhere), ("map lookup problem", Own, Anywhere), ("unix:/", Own, Anywhere),
    ("problem talking to se", Own, Anywhere), ("private/", Own, Begins), ("sasl:", Own, Begins), ("unix socket", Own, Anywhere), ("unix domain socket", Own, Anywhere), (".sock:", Own, Anywhere), (".sock)", Own, Anywhere), ("spampd", Own, Begins), ("amavis[", Own, Begins), ("rmilter", Own, Begins),
    ("clamd", Own, Anywhere), ("clamav", Own, Anywhere), ("avp daemon", Own, Anywhere), ("amavisd", Own, Begins), ("rspamd", Own, Begins),
    ("spamd", Own, Begins), ("spamc", Own, Begins), ("saslauthd", Own, Anywhere), ("sasl ", Own, Begins), ("opendkim", Own, Begins),
    ("opendmarc", Own, Begins), ("postgrey", Own, Begins), ("dict_", Own, Begins), ("pgsql:", Own, Anywhere), ("mysql:", Own, Anywhere), ("ldap:", Own, Anywhere),
    ("pgsql server", Own, Anywhere), ("mysql server", Own, Anywhere), ("ldap server", Own, Anywhere), ("ldap_", Own, Begins), ("tlsmgr", Own, Anywhere), ("anvil", Own, Alone),
    ("dovecot/", Own, Begins), ("pipe transport", Own, Anywhere), ("lookup defer", Own, Anywhere), ("virus scanner", Own, Anywhere), ("spam scanner", Own, Anywhere),
    ("auth-client", Own, Anywhere), ("authdaemon", Own, Anywhere), ("spf-policy", Own, Anywhere), ("sqlgrey", Own, Begins),
    // Mail.
    ("smtp", Mail, Anywhere), ("lmtp", Mail, Anywhere), ("mail from", Mail, Alone), ("rcpt to", Mail, Alone), ("relay=", Mail, Anywhere), ("relayhost", Mail, Anywhere),
    ("status=deferred", Mail, Anywhere), ("status=bounced", Mail, Anywhere), ("status=expired", Mail, Anywhere), ("stat=", Mail, Begins), ("dsn=", Mail, Anywhere), ("sendmail", Mail, Anywhere),
    ("postfix", Mail, Anywhere), ("exim", Mail, Begins), ("qmail", Mail, Begins), ("opensmtpd", Mail, Anywhere), ("mx", Mail, Alone), ("mxs", Mail, Alone),
    ("recipient", Mail, Begins), ("to=<", Mail, Anywhere), ("mailer", Mail, Anywhere), ("swiftmailer", Mail, Anywhere), ("mail server", Mail, Anywhere),
    ("mailserver", Mail, Anywhere), ("mail host", Mail, Anywhere), ("mail exchanger", Mail, Anywhere), ("starttls", Mail, Anywhere), ("ehlo", Mail, Alone), ("helo", Mail, Alone), ("bounce", Mail, Begins),
    ("undeliver", Mail, Begins), ("deferred", Mail, Begins), ("deliver", Mail, Begins), ("outgoing server", Mail, Anywhere), ("mta", Mail, Alone), ("exchange", Mail, Begins),
    ("queueid", Mail, Anywhere), ("msmtp", Mail, Anywhere), ("mailkit", Mail, Anywhere), ("javamail", Mail, Anywhere), ("remote-mta", Mail, Anywhere),
    ("nexthopdomain", Mail, Anywhere), ("send connector", Mail, Anywhere), ("courieresmtp", Mail, Anywhere), ("serveur de messagerie", Mail, Anywhere), ("servidor de correo", Mail, Anywhere),
    ("postausgang", Mail, Anywhere), ("sent mail", Mail, Anywhere), ("ncat:", Mail, Begins), ("telnet:", Mail, Begins), ("bad destination host", Mail, Anywhere), ("domain of recipient", Mail, Anywhere),
    // Other protocols, and programs that speak them.
    ("imap", Other, Begins), ("imaps", Other, Begins), ("pop3", Other, Begins), ("pop server", Other, Begins), ("fetchmail", Other, Begins), ("getmail", Other, Alone), ("fetching emails", Other, Anywhere), ("fetching mail", Other, Anywhere),
    ("incoming mail", Other, Anywhere), ("incoming server", Other, Anywhere), ("managesieve", Other, Anywhere), ("activesync", Other, Anywhere), ("autodiscover", Other, Anywhere), ("caldav", Other, Anywhere), ("carddav", Other, Anywhere),
    ("ftp", Other, Begins), ("ftps", Other, Begins), ("sftp", Other, Begins), ("svn", Other, Begins), ("git", Other, Alone), ("rsync", Other, Begins), ("ssh", Other, Alone), ("sshd", Other, Begins), ("scp", Other, Alone),
    ("ldap", Other, Begins), ("ldaps", Other, Begins), ("kerberos", Other, Begins), ("radius", Other, Alone), ("active directory", Other, Anywhere), ("domain controller", Other, Anywhere),
    ("sqlstate", Other, Anywhere), ("mysql", Other, Begins), ("mysqli", Other, Begins), ("mariadb", Other, Begins), ("postgres", Other, Begins), ("pgsql", Other, Begins), ("psql", Other, Begins), ("sql server", Other, Anywhere), ("sqlserver", Other, Anywhere),
    ("ora-1", Other, Begins), ("tns:", Other, Begins), ("jdbc", Other, Begins), ("odbc", Other, Begins), ("pdoexception", Other, Begins), ("sqlexception", Other, Anywhere), ("sqlclient", Other, Anywhere), ("sequelize", Other, Anywhere), ("psycopg", Other, Anywhere), ("operationalerror", Other, Anywhere), ("database", Other, Begins), ("mongo", Other, Begins),
    ("redis", Other, Begins), ("memcache", Other, Begins), ("rabbitmq", Other, Begins), ("amqp", Other, Begins), ("kafka", Other, Begins), ("mqtt", Other, Begins), ("elasticsearch", Other, Begins), ("zookeeper", Other, Begins), ("cassandra", Other, Begins), ("etcd", Other, Begins), ("consul", Other, Alone), ("influxdb", Other, Begins), ("solr", Other, Alone),
    ("http://", Link, Anywhere), ("https://", Link, Anywhere), ("ws://", Other, Begins), ("wss://", Other, Begins), ("http/1", Other, Begins), ("http/2", Other, Begins), ("system.net.http", Other, Anywhere), ("httpclient", Other, Anywhere), ("httprequest", Other, Anywhere), ("http request", Other, Anywhere), ("httpconnection", Other, Anywhere), ("httpsconnection", Other, Anywhere), ("webexception", Other, Anywhere), ("webrequest", Other, Anywhere),
    ("urlopen", Other, Anywhere), ("urlerror", Other, Anywhere), ("urllib", Other, Anywhere), ("requests.exceptions", Other, Anywhere), ("aiohttp", Other, Anywhere), ("axios", Other, Begins), ("guzzle", Other, Begins), ("wget", Other, Alone), ("curl error", Other, Anywhere), ("okhttp", Other, Begins), ("resttemplate", Other, Anywhere), ("feign", Other, Begins), ("soap", Other, Begins), ("websocket", Other, Anywhere), ("grpc", Other, Begins), ("graphql", Other, Begins),
    ("nginx", Other, Begins), ("apache", Other, Begins), ("upstream", Other, Begins), ("fastcgi", Other, Begins), ("php-fpm", Other, Begins), ("gunicorn", Other, Begins), ("uwsgi", Other, Begins), ("haproxy", Other, Begins), ("squid", Other, Alone), ("tomcat", Other, Begins), ("proxy:error", Other, Anywhere), ("ah0", Other, Begins), ("gateway timeout", Other, Anywhere), ("bad gateway", Other, Anywhere), ("browser", Other, Alone), ("err_", Other, Begins), ("chrome", Other, Alone), ("firefox", Other, Alone),
    ("docker pull", Other, Anywhere), ("registry", Other, Alone), ("kubelet", Other, Anywhere), ("kubectl", Other, Anywhere), ("kube-", Other, Begins), ("npm", Other, Alone), ("pip", Other, Alone), ("apt", Other, Alone), ("apt-get", Other, Anywhere), ("yum", Other, Alone), ("dnf", Other, Alone), ("maven", Other, Begins), ("gradle", Other, Begins), ("rubygems", Other, Begins), ("composer", Other, Alone), ("pypi", Other, Alone), ("ansible", Other, Begins), ("terraform", Other, Begins), ("jenkins", Other, Begins), ("gitlab-runner", Other, Anywhere),
    ("minecraft", Other, Begins), ("plex", Other, Alone), ("steam", Other, Alone), ("vpn", Other, Anywhere), ("openvpn", Other, Anywhere), ("wireguard", Other, Anywhere), ("rdp", Other, Alone), ("remote desktop", Other, Anywhere), ("vnc", Other, Alone), ("smb", Other, Alone), ("cifs", Other, Alone), ("nfs", Other, Alone), ("samba", Other, Begins), ("snmp", Other, Begins), ("sip", Other, Alone), ("ntp", Other, Alone), ("ntpd", Other, Alone), ("printer", Other, Begins), ("bitcoin", Other, Begins), ("telegram", Other, Begins), ("discord", Other, Begins), ("webhook", Other, Begins), ("x11", Other, Alone), ("zabbix", Other, Begins), ("prometheus", Other, Begins), ("grafana", Other, Begins), ("iscsi", Other, Begins), ("rpc server", Other, Anywhere), ("winrm", Other, Begins), ("wcf", Other, Alone), ("servicemodel", Other, Anywhere), ("rmi", Other, Alone), ("debugger", Other, Begins), ("adb", Other, Alone),
    ("check_ping", Other, Anywhere), ("nagios", Other, Begins), ("icinga", Other, Begins), ("host notification", Other, Anywhere), ("service notification", Other, Anywhere), ("d-bus", Other, Begins), ("dbus", Other, Begins), ("systemctl", Other, Begins),
    ("mailjet", Other, Alone), ("api.", Link, Begins), ("www.", Link, Begins),
];

/// Every mark of a service.
pub(super) fn words() -> impl Iterator<Item = &'static str> {
    MARKS.iter().map(|(mark, ..)| *mark)
}

/// What `lower` names, its lines taken together: mail before the rest, the sender's own services before others.
fn named(lower: &str) -> Option<Service> {
    static MACHINE: Marks = Marks::new();
    let found = MACHINE.find(MARKS.iter().map(|(mark, ..)| *mark), lower);
    let services = found.iter().filter(|mark| stands(lower, mark)).map(|mark| MARKS[mark.index].1);
    services.min_by_key(|service| match service {
        Own => 0,
        Mail => 1,
        Other => 2,
        Link => 3,
    })
}

fn stands(lower: &str, mark: &Mark) -> bool {
    let part = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    let last = lower[..mark.start].bytes().next_back();
    // `ssh_exchange_identification` is no Exchange.
    let before = part(last) || last == Some(b'_') && MARKS[mark.index].1 == Mail;
    let after = part(lower[mark.end..].bytes().next());
    match MARKS[mark.index].2 {
        Anywhere => true,
        Alone => !before && !after,
        Begins => !before,
    }
}

/// The ports that stand in `lower`: `host:993`, `host,993`, `port 993`, `tcp:3690`, `192.0.2.1:25`.
fn ports(lower: &str) -> impl Iterator<Item = u16> {
    const MOST: usize = 40;
    lower
        .match_indices([':', ',', '/', ' '])
        .filter_map(|(at, sign)| {
            let rest = &lower[at + 1..];
            let length = rest.bytes().take_while(u8::is_ascii_digit).count();
            if !(2..=5).contains(&length)
                || rest[length..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-')
            {
                return None;
            }
            // A date, a time, a fraction, a decimal.
            let next = &rest[length..];
            if next.starts_with([':', '.', ',']) && next[1..].starts_with(|c: char| c.is_ascii_digit()) {
                return None;
            }
            let before = &lower[..at];
            let named = match sign {
                ":" => {
                    before.ends_with("tcp")
                        || before.ends_with("port")
                        || before.ends_with([']', '|'])
                        || before.ends_with("localhost")
                        || is_host_or_address(before)
                }
                "," => is_host_or_address(before) && !next.starts_with(' '),
                "/" => before.ends_with("tcp"),
                _ => ["port", "port:", "port =", "port=", "puerto", "porta", "ポート", "端口"].iter().any(
                    |word| {
                        before.ends_with(word)
                            && !before[..before.len() - word.len()]
                                .ends_with(|c: char| c.is_ascii_alphabetic())
                    },
                ),
            };
            if named { rest[..length].parse().ok() } else { None }
        })
        .take(MOST)
}

/// Whether a host's name with a dot, or an address, ends `before`.
fn is_host_or_address(before: &str) -> bool {
    let length = before
        .bytes()
        .rev()
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
        .count();
    let token = &before[before.len() - length..];
    // `Mail.java:421`, `main.go:12`: a place in a program.
    const FILES: &[&str] = &[
        "java", "py", "go", "php", "js", "ts", "mjs", "rb", "pl", "pm", "cs", "c", "cpp", "h", "rs", "kt",
        "scala", "ex", "erl", "vb", "jar",
    ];
    let last = token.rsplit('.').next().unwrap_or_default();
    token.contains('.')
        && !token.starts_with('.')
        && !FILES.contains(&last)
        && (last.len() >= 2 || token.parse::<IpAddr>().is_ok())
}

/// What a failing line is about: the port decides before words do.
fn of_line(symptom: &Symptom, lower: &str) -> Option<Service> {
    if symptom.remote_address.is_some_and(|address| address.is_loopback()) {
        let port = symptom.port.or_else(|| ports(lower).next());
        match port {
            Some(port) if is_mail_port(port) => return Some(Mail),
            Some(_) => return Some(Own),
            None => {}
        }
    }
    // A host elsewhere, on a port of mail: no word makes another service of it.
    if symptom.remote_address.is_some() && symptom.port.is_some_and(is_mail_port) {
        return Some(Mail);
    }
    let words = named(lower);
    if words == Some(Own) {
        return words;
    }
    let mut any = symptom.port;
    if symptom.port.is_some_and(is_mail_port)
        || ports(lower).inspect(|port| any = any.or(Some(*port))).any(is_mail_port)
    {
        return Some(Mail);
    }
    match (any, words) {
        (_, Some(Mail)) => words,
        (Some(_), _) => Some(Other),
        (None, words) => words,
    }
}

/// Whether it must be asked what `symptom` is about: what a sender states of a connection or a name.
fn is_open(symptom: &Symptom) -> bool {
    symptom.written_by != WrittenBy::Remote
        && symptom.reply_code.is_none()
        && matches!(
            symptom.family,
            SymptomFamily::NoAnswer | SymptomFamily::Dns | SymptomFamily::Expired | SymptomFamily::Sender
        )
}

/// `symptom`, which was read in `lower`, as what it is: nothing where it is about another service, the sender's own trouble
/// where it is about one of its services.
pub(super) fn settled(symptom: Symptom, lower: &str) -> Option<Symptom> {
    if !is_open(&symptom) && symptom.family != SymptomFamily::NoAnswer {
        return Some(symptom);
    }
    // A server for fetching mail, whatever port it was asked on.
    let fetches = |host: &str| ["pop.", "pop3.", "imap."].iter().any(|name| host.starts_with(name));
    if is_open(&symptom) && symptom.remote_host.as_deref().is_some_and(fetches) && !lower.contains("smtp") {
        return None;
    }
    // Nor is a client of HTTP, whatever it was to send.
    if is_open(&symptom)
        && !lower.contains("smtp")
        && HTTP_CLIENTS.iter().any(|client| lower.contains(client))
    {
        return None;
    }
    if symptom.port.is_some_and(|port| NOT_MAIL.contains(&port))
        && symptom.family == SymptomFamily::NoAnswer
        && !lower.contains("smtp")
    {
        return None;
    }
    match of_line(&symptom, lower) {
        Some(Other | Link) if is_open(&symptom) => None,
        Some(Own) if symptom.family == SymptomFamily::NoAnswer && symptom.written_by == WrittenBy::Sender => {
            Some(own(symptom))
        }
        _ => Some(symptom),
    }
}

/// The sender's own trouble.
fn own(symptom: Symptom) -> Symptom {
    let cause = Cause::SenderLocal;
    Symptom { cause, family: cause.family(), stage: Stage::Queue, written_by: WrittenBy::Sender, ..symptom }
}

/// Clients of HTTP that name themselves: a service's API, not its mail server.
const HTTP_CLIENTS: &[&str] = &[
    "curl error",
    "http_request_failed",
    "guzzlehttp",
    "requests.exceptions",
    "urllib3",
    "httpsconnectionpool",
];

/// Ports of services that are no mail.
const NOT_MAIL: &[u16] = &[
    21, 22, 80, 88, 110, 119, 143, 389, 443, 445, 636, 873, 990, 993, 995, 1433, 1521, 3306, 3389, 3690,
    5432, 5672, 6379, 8080, 8443, 9000, 9092, 9200, 11211, 27017, 32400,
];

/// How many lines around a failing one are asked what it is about.
const AROUND: usize = 4;

/// The longest text whose lines are asked, in bytes.
const LONGEST: usize = 64 * 1024;

/// Whether `text` holds the trace of a program and no word of mail.
fn is_foreign_trace(text: &str) -> bool {
    let frame = |line: &str| {
        let line = line.trim_start();
        line.starts_with("File \"")
            || line.starts_with("at ") && line.ends_with(')')
            || line.starts_with("#0 ")
            || line.contains(".rb:")
    };
    let lower = text.to_ascii_lowercase();
    text.lines().any(frame)
        && !matches!(named(&lower), Some(Mail | Own))
        && !ports(&lower).any(is_mail_port)
        && !lower.contains("mail")
}

/// `symptoms` of `text` without those that the lines around them show to be about another service.
pub(super) fn of_mail(text: &str, symptoms: Vec<Symptom>) -> Vec<Symptom> {
    if text.len() > LONGEST || !symptoms.iter().any(is_open) {
        return symptoms;
    }
    let lines: Vec<(usize, &str)> = line::spans_of_lines(text).collect();
    let mut foreign = None;
    let mut is_other = |symptom: &Symptom| {
        let stands = symptom.spans.iter().filter(|span| span.field == "cause").map(|span| span.start).min();
        let Some(stands) = stands.filter(|_| is_open(symptom)) else { return false };
        let at = lines.partition_point(|(start, _)| *start <= stands).max(1) - 1;
        let lower = |range: std::ops::Range<usize>| {
            let part: Vec<&str> = lines[range].iter().map(|(_, line)| *line).collect();
            part.join("\n").to_ascii_lowercase()
        };
        if of_line(symptom, &lower(at..at + 1)).is_some() {
            return false;
        }
        let around = lower(at.saturating_sub(AROUND)..(at + AROUND + 1).min(lines.len()));
        match of_line(symptom, &around) {
            Some(service) => service == Other,
            // A program's trace names what it speaks, in its files or its functions.
            None => *foreign.get_or_insert_with(|| is_foreign_trace(text)),
        }
    };
    let others: Vec<bool> = symptoms.iter().map(&mut is_other).collect();
    symptoms.into_iter().zip(others).filter(|(_, other)| !other).map(|(symptom, _)| symptom).collect()
}
