//! Whether a connection that failed was one of mail: by its port, else by what the failing line names, else by what the
//! lines around it name, else by what the text is about.
//!
//! An operating system's "connection timed out" is the same for a web page, a database and a mail host. What nothing shows
//! to be about mail is none of ours; what is about the sender's own services (a filter, a table, a policy) is the
//! sender's own.

use super::cause::{Cause, SymptomFamily};
use super::line;
use super::marks::{Mark, Marks};
use super::model::{Symptom, WrittenBy};
use super::talk;
use std::cell::OnceCell;
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
    /// A service that mail software uses, and others as well: its own beside mail, else another.
    Shared,
    /// A link: on the failing line it is what was fetched, around it what people refer to.
    Link,
    /// Letters in general: mail where nothing names another service.
    Letters,
}

use Service::{Letters, Link, Mail, Other, Own, Shared};

/// Ports that mail is sent to: SMTP, submission, and what relays and test servers use beside them.
const PORTS: &[u16] =
    &[24, 25, 26, 465, 587, 588, 1025, 1465, 1587, 2500, 2525, 2526, 2587, 3525, 5025, 8025, 8465, 10587];

/// Where the ports begin that systems give to a client's end (Linux: `ip_local_port_range`).
const EPHEMERAL: u16 = 32_768;

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
    /// Not as the beginning of a link.
    Unlinked,
}

use Stands::{Alone, Anywhere, Begins, Unlinked};

/// Words that name a service.
#[rustfmt::skip]
const MARKS: &[(&str, Service, Stands)] = &[
    // The sender's own services (Postfix TABLE_README, MILTER_README, SMTPD_POLICY_README; Exim's spec ch. 43 and 45).
    ("command output:", Own, Anywhere), ("tcp map", Own, Anywhere), ("milter", Own, Begins), ("policy service", Own, Anywhere),
    ("policy server", Own, Anywhere), ("policyd", Own, Anywhere), ("policy-spf", Own, Anywhere), ("socketmap", Own, Anywhere),
    ("proxymap", Own, Anywhere), ("table lookup", Own, Anywhere), ("map lookup problem", Own, Anywhere), ("unix:/", Own, Anywhere),
    ("problem talking to se", Own, Anywhere), ("private/", Own, Begins), ("sasl:", Own, Begins), ("unix socket", Shared, Anywhere), ("unix domain socket", Shared, Anywhere), (".sock:", Shared, Anywhere), (".sock)", Shared, Anywhere), ("spampd", Own, Begins), ("amavis[", Own, Begins), ("rmilter", Own, Begins),
    ("clamd", Own, Anywhere), ("clamav", Own, Anywhere), ("avp daemon", Own, Anywhere), ("amavisd", Own, Begins), ("rspamd", Own, Begins),
    ("spamd", Own, Begins), ("spamc", Own, Begins), ("saslauthd", Own, Anywhere), ("sasl ", Own, Begins), ("opendkim", Own, Begins),
    ("opendmarc", Own, Begins), ("postgrey", Own, Begins), ("dict_", Own, Begins), ("pgsql:", Shared, Anywhere), ("mysql:", Shared, Anywhere), ("ldap:", Shared, Anywhere),
    ("pgsql server", Shared, Anywhere), ("mysql server", Shared, Anywhere), ("ldap server", Shared, Anywhere), ("ldap_", Shared, Begins), ("tlsmgr", Own, Anywhere), ("anvil", Own, Alone),
    ("dovecot/", Own, Begins), ("pipe transport", Own, Anywhere), ("lookup defer", Own, Anywhere), ("virus scanner", Own, Anywhere), ("spam scanner", Own, Anywhere),
    ("auth-client", Own, Anywhere), ("authdaemon", Own, Anywhere), ("spf-policy", Own, Anywhere), ("sqlgrey", Own, Begins),
    // Mail.
    ("smtp", Mail, Anywhere), ("lmtp", Mail, Anywhere), ("mail from", Mail, Alone), ("rcpt to", Mail, Alone), ("relay=", Mail, Anywhere), ("relayhost", Mail, Anywhere),
    ("status=deferred", Mail, Anywhere), ("status=bounced", Mail, Anywhere), ("status=expired", Mail, Anywhere), ("stat=", Mail, Begins), ("dsn=", Mail, Anywhere), ("sendmail", Mail, Anywhere),
    ("postfix", Mail, Anywhere), ("exim", Mail, Begins), ("qmail", Mail, Begins), ("opensmtpd", Mail, Anywhere), ("mx", Mail, Alone), ("mxs", Mail, Alone),
    ("recipient", Mail, Begins), ("to=<", Mail, Anywhere), ("mailer", Mail, Anywhere), ("swiftmailer", Mail, Anywhere), 
    ("mail exchanger", Mail, Anywhere), ("starttls", Mail, Anywhere), ("ehlo", Mail, Alone), ("helo", Mail, Alone), ("bounce", Mail, Begins),
    ("undeliver", Mail, Begins), ("deferred", Mail, Begins), ("deliver", Mail, Begins), ("outgoing server", Mail, Anywhere), ("mta", Mail, Alone), ("exchange", Mail, Begins),
    ("退信", Mail, Anywhere), ("queueid", Mail, Anywhere), ("msmtp", Mail, Anywhere), ("mailkit", Mail, Anywhere), ("javamail", Mail, Anywhere), ("remote-mta", Mail, Anywhere),
    ("nexthopdomain", Mail, Anywhere), ("send connector", Mail, Anywhere), ("courieresmtp", Mail, Anywhere), 
    ("lettre:", Mail, Begins), ("cdo.message", Mail, Anywhere), ("here is what we got instead", Mail, Anywhere), ("commons.mail", Mail, Anywhere), ("system.net.mail", Mail, Anywhere), ("gomail", Mail, Begins), ("requiretls", Mail, Anywhere), ("postausgang", Mail, Anywhere), ("sent mail", Mail, Anywhere), ("could not be established with host", Mail, Anywhere), ("command: 'conn", Mail, Anywhere), ("\"command\":\"conn", Mail, Anywhere), ("ncat:", Mail, Begins), ("telnet:", Letters, Begins), ("bad destination host", Mail, Anywhere), ("domain of recipient", Mail, Anywhere),
    // Other protocols, and programs that speak them.
    ("imap", Other, Anywhere), ("pop3", Other, Anywhere), ("pop", Other, Alone), ("ping", Other, Alone), ("fetchmail", Other, Begins), ("getmail", Other, Alone), ("fetching emails", Other, Anywhere), ("fetching mail", Other, Anywhere),
    ("incoming mail", Other, Anywhere), ("incoming server", Other, Anywhere), ("managesieve", Other, Anywhere), ("activesync", Other, Anywhere), ("autodiscover", Other, Anywhere), ("caldav", Other, Anywhere), ("carddav", Other, Anywhere),
    ("ftp", Other, Begins), ("ftps", Other, Begins), ("sftp", Other, Begins), ("svn", Other, Begins), ("git", Other, Alone), ("rsync", Other, Begins), ("ssh", Other, Alone), ("sshd", Other, Begins), ("scp", Other, Alone),
    ("ldap", Other, Begins), ("ldaps", Other, Begins), ("kerberos", Other, Begins), ("radius", Other, Alone), ("active directory", Other, Anywhere), ("domain controller", Other, Anywhere),
    ("sqlstate", Other, Anywhere), ("mysql", Other, Begins), ("mysqli", Other, Begins), ("mariadb", Other, Begins), ("postgres", Other, Begins), ("pgsql", Other, Begins), ("psql", Other, Begins), ("sql server", Other, Anywhere), ("sqlserver", Other, Anywhere),
    ("ora-1", Other, Begins), ("tns:", Other, Begins), ("jdbc", Other, Begins), ("odbc", Other, Begins), ("pdoexception", Other, Begins), ("sqlexception", Other, Anywhere), ("sqlclient", Other, Anywhere), ("sequelize", Other, Anywhere), ("psycopg", Other, Anywhere), ("operationalerror", Other, Anywhere), ("database", Other, Begins), ("mongo", Other, Begins),
    ("redis", Other, Begins), ("memcache", Other, Begins), ("rabbitmq", Other, Begins), ("amqp", Other, Begins), ("kafka", Other, Begins), ("mqtt", Other, Begins), ("elasticsearch", Other, Begins), ("zookeeper", Other, Begins), ("cassandra", Other, Begins), ("etcd", Other, Begins), ("consul", Other, Alone), ("influxdb", Other, Begins), ("solr", Other, Alone),
    ("http://", Link, Anywhere), ("https://", Link, Anywhere), ("ws://", Other, Begins), ("wss://", Other, Begins), ("http", Other, Unlinked), ("webexception", Other, Anywhere), ("webrequest", Other, Anywhere),
    ("urlopen", Other, Anywhere), ("urlerror", Other, Anywhere), ("urllib", Other, Anywhere), ("requests.exceptions", Other, Anywhere), ("aiohttp", Other, Anywhere), ("axios", Other, Begins), ("guzzle", Other, Begins), ("wget", Other, Alone), ("curl error", Other, Anywhere), ("okhttp", Other, Begins), ("resttemplate", Other, Anywhere), ("feign", Other, Begins), ("soap", Other, Begins), ("websocket", Other, Anywhere), ("grpc", Other, Begins), ("graphql", Other, Begins),
    ("nginx", Other, Begins), ("apache", Other, Begins), ("upstream", Other, Begins), ("fastcgi", Other, Begins), ("php-fpm", Other, Begins), ("gunicorn", Other, Begins), ("uwsgi", Other, Begins), ("haproxy", Other, Begins), ("squid", Other, Alone), ("tomcat", Other, Begins), ("proxy:error", Other, Anywhere), ("ah0", Other, Begins), ("gateway timeout", Other, Anywhere), ("bad gateway", Other, Anywhere), ("browser", Other, Alone), ("err_", Other, Begins), ("chrome", Other, Alone), ("firefox", Other, Alone),
    ("docker pull", Other, Anywhere), ("registry", Other, Alone), ("kubelet", Other, Anywhere), ("kubectl", Other, Anywhere), ("kube-", Other, Begins), ("npm", Other, Alone), ("pip", Other, Alone), ("apt", Other, Alone), ("apt-get", Other, Anywhere), ("yum", Other, Alone), ("dnf", Other, Alone), ("maven", Other, Begins), ("gradle", Other, Begins), ("rubygems", Other, Begins), ("composer", Other, Alone), ("pypi", Other, Alone), ("ansible", Other, Begins), ("terraform", Other, Begins), ("jenkins", Other, Begins), ("gitlab-runner", Other, Anywhere),
    ("minecraft", Other, Begins), ("plex", Other, Alone), ("steam", Other, Alone), ("vpn", Other, Anywhere), ("openvpn", Other, Anywhere), ("wireguard", Other, Anywhere), ("rdp", Other, Alone), ("remote desktop", Other, Anywhere), ("vnc", Other, Alone), ("smb", Other, Alone), ("cifs", Other, Alone), ("nfs", Other, Alone), ("samba", Other, Begins), ("snmp", Other, Begins), ("sip", Other, Alone), ("ntp", Other, Alone), ("ntpd", Other, Alone), ("printer", Other, Begins), ("bitcoin", Other, Begins), ("telegram", Other, Begins), ("discord", Other, Begins), ("webhook", Other, Begins), ("x11", Other, Alone), ("zabbix", Other, Begins), ("prometheus", Other, Begins), ("grafana", Other, Begins), ("iscsi", Other, Begins), ("rpc server", Other, Anywhere), ("winrm", Other, Begins), ("wcf", Other, Alone), ("servicemodel", Other, Anywhere), ("rmi", Other, Alone), ("debugger", Other, Begins), ("adb", Other, Alone),
    ("check_ping", Other, Anywhere), ("nagios", Other, Begins), ("icinga", Other, Begins), ("host notification", Other, Anywhere), ("service notification", Other, Anywhere), ("d-bus", Other, Begins), ("dbus", Other, Begins), ("systemctl", Other, Begins),
    ("datenbank", Other, Anywhere), ("base de donn", Other, Anywhere), ("base de datos", Other, Anywhere), ("banco de dados", Other, Anywhere), ("базой данных", Other, Anywhere), ("数据库", Other, Anywhere), ("データベース", Other, Anywhere), ("데이터베이스", Other, Anywhere), ("unbound", Other, Begins), ("certbot", Other, Begins), ("cloudflare", Other, Begins), ("uptimerobot", Other, Begins), ("mailjet", Other, Alone), ("inbox", Other, Begins), ("api.", Link, Begins), ("www.", Link, Begins),
    // Letters, as programs and people call them.
    ("campaign", Letters, Begins), ("mail", Letters, Anywhere), ("courriel", Letters, Anywhere), ("messagerie", Letters, Anywhere), ("correo", Letters, Anywhere), ("correio", Letters, Anywhere), ("posta", Letters, Begins), ("poczt", Letters, Anywhere), ("pošt", Letters, Anywhere), ("e-post", Letters, Anywhere), ("почт", Letters, Anywhere), ("пошт", Letters, Anywhere), ("письм", Letters, Anywhere), ("邮", Letters, Anywhere), ("郵", Letters, Anywhere), ("メール", Letters, Anywhere), ("메일", Letters, Anywhere), ("wiadomoś", Letters, Anywhere),
];

/// Every mark of a service that tells something of a line by itself.
pub(super) fn words() -> impl Iterator<Item = &'static str> {
    MARKS.iter().filter(|(_, service, _)| *service != Letters).map(|(mark, ..)| *mark)
}

/// What `lower` names, its lines taken together: mail before the rest, the sender's own services before others.
fn named(lower: &str) -> Option<Service> {
    static MACHINE: Marks = Marks::new();
    let found = MACHINE.find(MARKS.iter().map(|(mark, ..)| *mark), lower);
    let services: Vec<Service> =
        found.iter().filter(|mark| stands(lower, mark)).map(|mark| MARKS[mark.index].1).collect();
    let names = |service| services.contains(&service);
    [Own, Shared, Mail, Other, Link, Letters].into_iter().find(|service| names(*service)).map(|first| {
        match first {
            Shared if names(Mail) => Own,
            Shared => Other,
            first => first,
        }
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
        Unlinked => !lower[mark.end..].trim_start_matches('s').starts_with("://"),
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
                // `telnet ftp.example.net 21`, `open host 25`.
                " " if next.is_empty() || next.starts_with('\n') => is_host_or_address(before),
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

/// What a failing line is about, where `port` stands in it: the port decides before words do.
fn of_line(symptom: &Symptom, port: Option<u16>, lower: &str) -> Option<Service> {
    // A client's own end, which came to this server.
    if port.is_some_and(|port| port >= EPHEMERAL) {
        return Some(Other);
    }
    if symptom.remote_address.is_some_and(|address| address.is_loopback()) {
        match port.or_else(|| ports(lower).next()) {
            Some(port) if is_mail_port(port) => return Some(Mail),
            Some(_) => return Some(Own),
            None => {}
        }
    }
    // A host elsewhere, on a port of mail: no word makes another service of it.
    if symptom.remote_address.is_some() && port.is_some_and(is_mail_port) {
        return Some(Mail);
    }
    let words = named(lower);
    if words == Some(Own) {
        return words;
    }
    let mut any = port;
    if port.is_some_and(is_mail_port)
        || ports(lower).inspect(|port| any = any.or(Some(*port))).any(is_mail_port)
    {
        return Some(Mail);
    }
    match (any, words) {
        (_, Some(Mail)) => words,
        // A test server's, maybe: where letters are spoken of, only the port of another service tells.
        (Some(port), Some(Letters)) if !NOT_MAIL.contains(&port) => words,
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
    match of_line(&symptom, symptom.port, lower) {
        // Only mail speaks so of a greeting: a port that is not usual makes nothing else of it.
        Some(Other)
            if matches!(symptom.cause, Cause::GreetingTimedOut | Cause::DroppedAtGreeting)
                && named(lower) != Some(Other) =>
        {
            Some(symptom)
        }
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
    Symptom { cause, family: cause.family(), written_by: WrittenBy::Sender, ..symptom }
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

/// Programs that connect to any service.
const CONNECTORS: &[&str] = &["curl", "netcat", "openssl", "powershell", "telnet"];

/// The longest text that may be an error and nothing beside it, in bytes and lines.
const BARE: (usize, usize) = (240, 2);

/// How much may stand before such an error's words, in bytes: `Error: `, `java.net.ConnectException: `; less where the words
/// say only that nothing connected, which everybody says.
const PREFACE: (usize, usize) = (52, 24);

/// Whether what `symptom` itself states is known of mail alone: a code of its replies, the writer, a cause of its own, a
/// host that is called after what it does.
fn tells_of_mail(symptom: &Symptom) -> bool {
    const CALLED: &[&str] = &["mx", "smtp", "mta", "relay"];
    let host = symptom.remote_host.as_deref().unwrap_or_default();
    let called = |name: &&str| {
        host.strip_prefix(name).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphabetic()))
    };
    symptom.enhanced_status.is_some()
        || symptom.recipient_domain.is_some()
        || CALLED.iter().any(called)
        || symptom.mta.as_deref().is_some_and(|mta| !CONNECTORS.contains(&mta))
        || matches!(
            symptom.cause,
            Cause::NoMailHost
                | Cause::NullMx
                | Cause::MailLoop
                | Cause::GreetingTimedOut
                | Cause::DroppedAtGreeting
        )
}

fn preface(symptom: &Symptom) -> usize {
    if symptom.cause == Cause::ConnectFailed { PREFACE.1 } else { PREFACE.0 }
}

/// `symptoms` of `text` without those that nothing in it shows to be about mail.
pub(super) fn of_mail(text: &str, symptoms: Vec<Symptom>) -> Vec<Symptom> {
    // What the sender states of a silence, whatever code stands around it.
    let is_silence = |symptom: &Symptom| {
        symptom.written_by == WrittenBy::Sender
            && matches!(symptom.family, SymptomFamily::NoAnswer | SymptomFamily::Dns | SymptomFamily::Expired)
    };
    if text.len() > LONGEST || !symptoms.iter().any(|symptom| is_open(symptom) || is_silence(symptom)) {
        return symptoms;
    }
    let lines: Vec<(usize, &str)> = line::spans_of_lines(text).collect();
    let lower_text = text.to_ascii_lowercase();
    let commented = lines.len() > 2
        && lines.iter().all(|(_, line)| line.trim().is_empty() || line.trim_start().starts_with('#'));
    let begins = text.len() - text.trim_start().len();
    let is_short = text.trim().len() <= BARE.0 && text.trim().lines().count() <= BARE.1;
    let (whole, spoken) = (OnceCell::new(), symptoms.iter().any(|symptom| !is_open(symptom)));
    let is_of_mail = |symptom: &Symptom| {
        let stands = symptom.spans.iter().filter(|span| span.field == "cause").map(|span| span.start).min();
        let Some(stands) = stands.filter(|_| is_open(symptom) || is_silence(symptom)) else { return true };
        let at = lines.partition_point(|(start, _)| *start <= stands).max(1) - 1;
        let (start, line) = (lines[at].0, lines[at].1.to_ascii_lowercase());
        if commented || talk::is_talk(symptom, &line, stands - start, &lower_text) {
            return false;
        }
        if !is_open(symptom) {
            return true;
        }
        let about = |range: std::ops::Range<usize>| {
            let part: Vec<&str> = lines[range].iter().map(|(_, line)| *line).collect();
            let lower = part.join("\n").to_ascii_lowercase();
            let port = symptom.port.filter(|port| lower.contains(&port.to_string()));
            of_line(symptom, port, &lower).filter(|about| *about != Letters)
        };
        let around = at.saturating_sub(AROUND)..(at + AROUND + 1).min(lines.len());
        match about(at..at + 1).or_else(|| about(around)) {
            // A library of mail that was told a port of something else is still one of mail.
            Some(service) => matches!(service, Mail | Own) || tells_of_mail(symptom),
            None if spoken || tells_of_mail(symptom) => true,
            // A text that is an error and nothing else was pasted because it is about mail.
            None if is_short && (symptom.system_error.is_some() || stands <= begins + preface(symptom)) => {
                true
            }
            None => *whole.get_or_init(|| {
                matches!(named(&lower_text), Some(Mail | Own | Letters))
                    || ports(&lower_text).any(is_mail_port)
            }),
        }
    };
    let of_mail: Vec<bool> = symptoms.iter().map(is_of_mail).collect();
    symptoms.into_iter().zip(of_mail).filter(|(_, of_mail)| *of_mail).map(|(symptom, _)| symptom).collect()
}
