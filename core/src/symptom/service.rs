//! Whether a connection that failed was one of mail: by its port, else by what the failing line names, else by what the
//! lines around it name, else by what the text is about.
//!
//! An operating system's "connection timed out" is the same for a web page, a database and a mail host. What nothing shows
//! to be about mail is none of ours; what is about the sender's own services (a filter, a table, a policy) is the
//! sender's own.

use super::cause::{Cause, SymptomFamily};
use super::line;
use super::marks::{Mark, Table};
use super::model::{Symptom, WrittenBy};
use crate::cut::Cut as _;
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

/// Words that name a service, and how they must stand.
static MARKS: Table<(Service, Stands)> = Table::new(&[
    // The sender's own services (Postfix TABLE_README, MILTER_README, SMTPD_POLICY_README; Exim's spec ch. 43 and 45).
    (
        (Own, Anywhere),
        "auth-client\nauthdaemon\navp daemon\nclamav\nclamd\ncommand output:\nlookup defer\n\
         map lookup problem\npipe transport\npolicy server\npolicy service\npolicy-spf\npolicyd\n\
         problem talking to se\nproxymap\nsaslauthd\nsocketmap\nspam scanner\nspf-policy\ntable lookup\n\
         tcp map\ntlsmgr\nunix:/\n[/run/\n[/var/run/\nvirus scanner",
    ),
    (
        (Own, Begins),
        "amavis[\namavisd\ndict_\ndovecot/\ndovecot: lmtp\nmilter\nopendkim\nopendmarc\npostgrey\nprivate/\nrmilter\n\
         rspamd\nsasl \nsasl:\nspamc\nspamd\nspampd\nsqlgrey",
    ),
    ((Own, Alone), "anvil"),
    // Services that mail software uses, and others as well.
    (
        (Shared, Anywhere),
        ".sock)\n.sock:\nldap server\nldap:\nmysql server\nmysql:\npgsql server\npgsql:\n\
         unix domain socket\nunix socket",
    ),
    ((Shared, Begins), "ldap_"),
    // Mail.
    (
        (Mail, Anywhere),
        "\"command\":\"conn\nbad destination host\ncdo.message\ncommand: 'conn\ncommons.mail\n\
         could not be established with host\ncourieresmtp\ndomain of recipient\ndsn=\n\
         here is what we got instead\njavamail\nlmtp\nmail exchanger\nmailer\nmailkit\nmsmtp\n\
         nexthopdomain\nopensmtpd\noutgoing server\npostausgang\npostfix\nqueueid\nrelay=\nrelayhost\n\
         remote-mta\nrequiretls\nsend connector\nsendmail\nsent mail\nsmtp\nstarttls\nstatus=bounced\n\
         status=deferred\nstatus=expired\nswiftmailer\nsystem.net.mail\nto=<\nutl_mail\n退信",
    ),
    ((Mail, Alone), "ehlo\nhelo\nmail from\nmta\nmx\nmxs\nrcpt to"),
    (
        (Mail, Begins),
        "bounce\ndeferred\ndeliver\nexchange\nexim\ngomail\nlettre:\nncat:\nqmail\nrecipient\nstat=\n\
         undeliver",
    ),
    // Other protocols, and programs that speak them.
    (
        (Other, Anywhere),
        "active directory\nactivesync\naiohttp\napt-get\nautodiscover\nbad gateway\nbanco de dados\n\
         base de datos\nbase de donn\ncaldav\ncarddav\ncheck_ping\ncurl error\ndatenbank\ndocker pull\n\
         domain controller\nfetching emails\nfetching mail\ngateway timeout\ngitlab-runner\n\
         host notification\nimap\nincoming mail\nincoming server\nkubectl\nkubelet\nmanagesieve\nopenvpn\n\
         operationalerror\npop3\nproxy:error\npsycopg\nremote desktop\nrequests.exceptions\nresttemplate\n\
         rpc server\nsequelize\nservice notification\nservicemodel\nsql server\nsqlclient\nsqlexception\n\
         sqlserver\nsqlstate\nurlerror\nurllib\nurlopen\nvpn\nwebexception\nwebrequest\nwebsocket\n\
         wireguard\nбазой данных\nデータベース\n数据库\n데이터베이스",
    ),
    (
        (Other, Alone),
        "adb\napt\nbrowser\nchrome\ncifs\ncomposer\nconsul\ndnf\nfirefox\ngetmail\ngit\nmailjet\nnfs\nnpm\n\
         ntp\nntpd\nping\npip\nplex\npop\npypi\nradius\nrdp\nregistry\nrmi\nscp\nsip\nsmb\nsolr\nsquid\n\
         ssh\nsteam\nvnc\nwcf\nwget\nx11\nyum",
    ),
    (
        (Other, Begins),
        "ah0\namqp\nansible\napache\naxios\nbitcoin\ncassandra\ncertbot\ncloudflare\nd-bus\ndatabase\ndbus\n\
         debugger\ndiscord\nelasticsearch\nerr_\netcd\nfastcgi\nfeign\nfetchmail\nftp\nftps\ngradle\n\
         grafana\ngraphql\ngrpc\ngunicorn\nguzzle\nhaproxy\nhikari\nicinga\ninbox\ninfluxdb\niscsi\njdbc\njenkins\n\
         kafka\nkerberos\nkube-\nldap\nldaps\nmariadb\nmaven\nmemcache\nminecraft\nmongo\nmqtt\nmysql\n\
         mysqli\nnagios\nnginx\nodbc\nokhttp\nora-1\npdoexception\npgsql\nphp-fpm\npostgres\nprinter\n\
         prometheus\npsql\nrabbitmq\nredis\nrsync\nrubygems\nsamba\nsftp\nsnmp\nsoap\nsshd\nsvn\nsystemctl\n\
         telegram\nterraform\ntns:\ntomcat\nunbound\nupstream\nuptimerobot\nuwsgi\nwebhook\nwinrm\nws://\n\
         wss://\nzabbix\nzookeeper",
    ),
    ((Other, Unlinked), "http"),
    // Links.
    ((Link, Anywhere), "http://\nhttps://"),
    ((Link, Begins), "api.\nwww."),
    // Letters, as programs and people call them.
    ((Letters, Begins), "campaign\nposta\ntelnet:"),
    (
        (Letters, Anywhere),
        "correio\ncorreo\ncourriel\ne-post\nmail\nmessagerie\npoczt\npošt\nwiadomoś\nписьм\nпочт\nпошт\n\
         メール\n邮\n郵\n메일",
    ),
]);

/// Every mark of a service that tells something of a line by itself.
pub(super) fn words() -> impl Iterator<Item = &'static str> {
    MARKS.all().filter(|(_, (service, _))| *service != Letters).map(|(mark, _)| mark)
}

/// What `lower` names, its lines taken together: mail before the rest, the sender's own services before others.
fn named(lower: &str) -> Option<Service> {
    let found = MARKS.find(lower);
    let services: Vec<Service> =
        found.iter().filter(|mark| stands(lower, mark)).map(|mark| MARKS.tells(mark).0).collect();
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
    let last = lower.before(mark.start).bytes().next_back();
    // `ssh_exchange_identification` is no Exchange.
    let before = part(last) || last == Some(b'_') && MARKS.tells(mark).0 == Mail;
    let after = part(lower.after(mark.end).bytes().next());
    match MARKS.tells(mark).1 {
        Anywhere => true,
        Alone => !before && !after,
        Begins => !before,
        Unlinked => !lower.after(mark.end).trim_start_matches('s').starts_with("://"),
    }
}

/// The ports that stand in `lower`: `host:993`, `host,993`, `port 993`, `tcp:3690`, `192.0.2.1:25`.
fn ports(lower: &str) -> impl Iterator<Item = u16> {
    const MOST: usize = 40;
    lower
        .match_indices([':', ',', '/', ' '])
        .filter_map(|(at, sign)| {
            let rest = lower.after(at + 1);
            let length = rest.bytes().take_while(u8::is_ascii_digit).count();
            if !(2..=5).contains(&length)
                || rest.after(length).starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-')
            {
                return None;
            }
            // A date, a time, a fraction, a decimal.
            let next = rest.after(length);
            if next.starts_with([':', '.', ',']) && next.after(1).starts_with(|c: char| c.is_ascii_digit()) {
                return None;
            }
            let before = lower.before(at);
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
                            && !before
                                .before(before.len() - word.len())
                                .ends_with(|c: char| c.is_ascii_alphabetic())
                    },
                ),
            };
            if named { rest.before(length).parse().ok() } else { None }
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
    let token = before.after(before.len() - length);
    // `Mail.java:421`, `main.go:12`: a place in a program.
    const FILES: &str =
        "java\npy\ngo\nphp\njs\nts\nmjs\nrb\npl\npm\ncs\nc\ncpp\nh\nrs\nkt\nscala\nex\nerl\nvb\njar";
    let last = token.rsplit('.').next().unwrap_or_default();
    token.contains('.')
        && !token.starts_with('.')
        && !last.is_one_of(FILES)
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

/// Whether `symptom` is what a sender states of a connection or a name, or of a silence, whatever code stands around it.
pub(super) fn is_stated(symptom: &Symptom) -> bool {
    is_open(symptom)
        || symptom.written_by == WrittenBy::Sender
            && matches!(symptom.family, SymptomFamily::NoAnswer | SymptomFamily::Dns | SymptomFamily::Expired)
}

/// `symptom`, which was read in `lower`, as what it is: nothing where it is about another service, the sender's own trouble
/// where it is about one of its services.
pub(super) fn settled(symptom: Symptom, lower: &str) -> Option<Symptom> {
    if !is_open(&symptom) && symptom.family != SymptomFamily::NoAnswer {
        return Some(symptom);
    }
    let mut symptom = without_local_port(symptom, lower);
    // `mx.example.net[private/dovecot-lmtp]`: the own host's name before a socket.
    if lower.has("[private/\n[/run/\n[/var/run/") {
        symptom.remote_host = None;
        symptom.spans.retain(|span| span.field != "remote_host");
    }
    // A server for fetching mail, whatever port it was asked on.
    let fetches = |host: &str| host.begins("pop.\npop3.\nimap.");
    let fetched = symptom.remote_address.is_none() && lower.has("imap \npop3 ");
    if is_open(&symptom)
        && (fetched || symptom.remote_host.as_deref().is_some_and(fetches))
        && !lower.contains("smtp")
    {
        return None;
    }
    // Nor is a client of HTTP, whatever it was to send.
    if is_open(&symptom) && !lower.contains("smtp") && lower.has(HTTP_CLIENTS) {
        return None;
    }
    if symptom.port.is_some_and(|port| NOT_MAIL.contains(&port))
        && symptom.family == SymptomFamily::NoAnswer
        && !says_smtp(&symptom, lower)
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

/// Whether SMTP is spoken of, and not only a part of the host's name.
fn says_smtp(symptom: &Symptom, lower: &str) -> bool {
    let host = symptom.remote_host.as_deref().unwrap_or_default();
    lower.match_indices("smtp").any(|(at, word)| {
        let is_of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
        let from = lower.before(at).rfind(|c| !is_of_name(c)).map_or(0, |before| before + 1);
        let to = lower
            .after(at + word.len())
            .find(|c| !is_of_name(c))
            .map_or(lower.len(), |end| at + word.len() + end);
        host.is_empty() || !lower.get(from..to).is_some_and(|name| name.contains(host))
    })
}

/// `symptom` without the port that Dart states beside a host (`OS Error: …, address = HOST, port = 57668`): its own end's.
fn without_local_port(mut symptom: Symptom, lower: &str) -> Symptom {
    if lower.contains("os error: ") && symptom.port.is_some_and(|port| port >= EPHEMERAL) {
        symptom.port = None;
        symptom.spans.retain(|span| span.field != "port");
    }
    symptom
}

/// The sender's own trouble.
fn own(symptom: Symptom) -> Symptom {
    let cause = Cause::SenderLocal;
    Symptom { cause, family: cause.family(), written_by: WrittenBy::Sender, ..symptom }
}

/// Clients of HTTP that name themselves: a service's API, not its mail server.
const HTTP_CLIENTS: &str = "get \"http\npost \"http\nput \"http\ncurl error\nhttp_request_failed\nguzzlehttp\nrequests.exceptions\nurllib3\n\
     httpsconnectionpool";

/// Where the files and classes of libraries for fetching mail stand in a trace, and what clients of HTTP show of a request.
const FETCHERS: &str = "node_modules/imap\nnode_modules\\imap\nnode_modules/poplib\nimaplib.py\npoplib.py\n\
     imapclient\nmethod: 'post'\nmethod: 'get'\ncom.sun.mail.imap\ncom.sun.mail.pop3\nnet/imap.rb\nnet/pop.rb\nimapflow";

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
const CONNECTORS: &str = "curl\nnetcat\nopenssl\npowershell\ntelnet";

/// The longest text that may be an error and nothing beside it, in bytes and lines.
const BARE: (usize, usize) = (240, 2);

/// How much may stand before such an error's words, in bytes: `Error: `, `java.net.ConnectException: `; less where the words
/// say only that nothing connected, which everybody says.
const PREFACE: (usize, usize) = (52, 24);

/// Whether what `symptom` itself states is known of mail alone: a code of its replies, the writer, a cause of its own, a
/// host that is called after what it does.
fn tells_of_mail(symptom: &Symptom) -> bool {
    const CALLED: &str = "mx\nsmtp\nmta\nrelay";
    let host = symptom.remote_host.as_deref().unwrap_or_default();
    let called = |name: &str| {
        host.strip_prefix(name).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphabetic()))
    };
    symptom.enhanced_status.is_some()
        || symptom.recipient_domain.is_some()
        || CALLED.lines().any(called)
        || symptom.mta.as_deref().is_some_and(|mta| !mta.is_one_of(CONNECTORS))
        || matches!(
            symptom.cause,
            Cause::NoMailHost
                | Cause::NullMx
                | Cause::MailLoop
                | Cause::GreetingTimedOut
                | Cause::DroppedAtGreeting
        )
}

/// Whether the failing line is about fetching mail, and a domain in it all that speaks of a delivery.
fn is_fetched(symptom: &Symptom, line: &str) -> bool {
    let fetches = line.has("imap\npop3") && !line.contains("smtp");
    fetches && symptom.enhanced_status.is_none() && symptom.mta.is_none() && symptom.remote_host.is_none()
}

fn preface(symptom: &Symptom) -> usize {
    if symptom.cause == Cause::ConnectFailed { PREFACE.1 } else { PREFACE.0 }
}

/// Whether a line, in lower case, names mail and no other service.
pub(super) fn speaks_of_mail(lower: &str) -> bool {
    matches!(named(lower), Some(Mail)) || named(lower) == Some(Letters) && sends(lower)
}

/// Whether a text, in lower case, names another service, or one of the sender's own.
pub(super) fn names_another(lower: &str) -> bool {
    matches!(named(lower), Some(Own | Shared | Other | Link))
}

/// Whether a line, in lower case, tells of a letter that was to be sent.
fn sends(lower: &str) -> bool {
    const SENDING: &str = "send mail\nsend email\nsend e-mail\nsend the mail\nsend the email\nsending mail\nsending email\n\
         sending e-mail\n发邮件\n发送邮件\n邮件发送\nenviar el correo\nenviar correo\nenviar o e-mail\nenvoi du mail\n\
         envoyer le mail\nmail senden\nmail-versand\nотправить письмо\nотправке письма\nメール送信\nメールの送信";
    lower.has(SENDING)
}

/// `symptoms` of `text` without those that nothing in it shows to be about mail.
pub(super) fn of_mail(text: &str, symptoms: Vec<Symptom>) -> Vec<Symptom> {
    if text.len() > LONGEST || !symptoms.iter().any(is_open) {
        return symptoms;
    }
    let lines: Vec<(usize, &str)> = line::spans_of_lines(text).collect();
    let lower_text = text.to_ascii_lowercase();
    // A trace that leads through a library for fetching mail is of no delivery, whoever speaks of mail around it.
    let fetched = !lower_text.contains("smtp") && lower_text.has(FETCHERS);
    let begins = text.len() - text.trim_start().len();
    let is_short = text.trim().len() <= BARE.0 && text.trim().lines().count() <= BARE.1;
    let (whole, spoken) = (OnceCell::new(), symptoms.iter().any(|symptom| !is_open(symptom)));
    let is_of_mail = |symptom: &Symptom| {
        let stands = symptom.spans.iter().filter(|span| span.field == "cause").map(|span| span.start).min();
        let Some(stands) = stands.filter(|_| is_open(symptom)) else { return true };
        let at = lines.partition_point(|(start, _)| *start <= stands).max(1) - 1;
        let line = lines[at].1.to_ascii_lowercase();
        if fetched && !tells_of_mail(symptom) {
            return false;
        }
        let about = |range: std::ops::Range<usize>| {
            let part: Vec<&str> = lines[range].iter().map(|(_, line)| *line).collect();
            let lower = part.join("\n").to_ascii_lowercase();
            let port = symptom.port.filter(|port| lower.contains(&port.to_string()));
            of_line(symptom, port, &lower)
        };
        let around = at.saturating_sub(AROUND)..(at + AROUND + 1).min(lines.len());
        let beside = || about(around).filter(|about| *about != Letters);
        let of_line = about(at..at + 1).filter(|about| *about != Letters || sends(&line));
        match of_line.or_else(beside) {
            // A letter that was to be sent is mail, whatever stands beside it.
            Some(Letters) => true,
            // A library of mail that was told a port of something else is still one of mail.
            Some(service) => {
                matches!(service, Mail | Own) || tells_of_mail(symptom) && !is_fetched(symptom, &line)
            }
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
