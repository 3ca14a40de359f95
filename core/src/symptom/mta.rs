//! Which software wrote a text, by the marks of its format.

use super::marks::{Mark, Table};

/// How a mark must stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stands {
    /// Anywhere: it is the software's own form.
    Anywhere,
    /// Before words: with a number it is what anybody says. `SMTP timeout after 30 seconds`.
    Worded,
    /// As a word of its own: the name of a service stands in the names of its customers' hosts as well.
    Alone,
}

use crate::cut::Cut as _;
use Stands::{Alone, Anywhere, Worded};

/// Frames of logs, and how a sender quotes a server: surer than anything that stands within.
static FRAMES: Table<(&str, Stands)> = Table::new(&[
    // Mail scanners on the sender's own machine, such as Avast's: they write it in the place of the server's greeting.
    (("mail_shield", Anywhere), "421 cannot connect to smtp server"),
    (
        ("postfix", Anywhere),
        "x-postfix\nthis is the mail system at host\nthis is the postfix program at host",
    ),
    (
        ("sendmail", Anywhere),
        "transcript of session follows\nthe following addresses had permanent fatal errors",
    ),
    (
        ("gmail", Anywhere),
        "technical details of permanent failure\ntechnical details of temporary failure\n\
         mailer-daemon@googlemail.com",
    ),
    (("opensmtpd", Anywhere), "this is the mailer-daemon, please do not reply"),
    (
        ("oracle_messaging", Anywhere),
        "this report relates to a message you sent with the following header fields",
    ),
    (("qmail", Anywhere), "this is a permanent error; i've given up"),
    (("zoho", Anywhere), "zoho mail"),
    (("postfix", Anywhere), "refused to talk to me\n(in reply to"),
    (("exim", Anywhere), "smtp error from remote mail server\nsmtp error from remote mailer"),
    (("postfix", Anywhere), "postfix/\n/smtp["),
    (("opensmtpd", Anywhere), "relay: tempfail for"),
    (("sendmail", Anywhere), "sendmail[\nsm-mta["),
    (("zone_mta", Anywhere), "zone-mta\nconnfail domain=\nerrconnect domain="),
    (("courier", Anywhere), "courieresmtp"),
    (("haraka", Anywhere), "[outbound]"),
    (("opensmtpd", Anywhere), "mta delivery evpid\nmta event=\nmta error reason="),
    (("qmail", Anywhere), ": deferral: "),
    (("sendmail", Anywhere), "hile talking to \nwill keep trying until message is "),
    (("opensmtpd", Anywhere), "smtp-out:\nmta-routing"),
    (("groupwise", Alone), "gwia"),
    (("kumomta", Anywhere), "kumomta"),
    (("mailenable", Anywhere), "me-e00\nme-i00"),
    (("hmailserver", Anywhere), "tcpconnection - \n\"smtpc\""),
    (("iis_smtp", Anywhere), "smtpsvc"),
    (("mdaemon", Anywhere), "attempting smtp connection to"),
    (("stalwart", Anywhere), "(delivery.\n(queue."),
    (("maddy", Anywhere), "smtp_enchcode"),
    (("mox", Anywhere), "secodeopt=\npkg=queue"),
    (("postal", Anywhere), "-- : ["),
    (("domino", Anywhere), "router: "),
    (("ironport", Anywhere), "dcid "),
    (("powermta", Anywhere), "dsndiag=\nx-powermta"),
    (("sendgrid", Anywhere), "sg_event_id\nsg_message_id"),
    (("mailgun", Anywhere), "\"mx-host\"\nsession-seconds\nunable to connect to mx servers"),
    (("haraka", Anywhere), "querymx"),
    (("dma", Anywhere), "dragonfly mail agent"),
    (("mailgun", Anywhere), "delivery-status\":{\""),
]);

/// Forms and words of the software, then its name.
static WORDS: Table<(&str, Stands)> = Table::new(&[
    // Exchange, on premises and online.
    (
        ("exchange_online", Anywhere),
        "lastattemptedservername\n[smtpsecurity=\n.prod.exchangelabs.com\n4.4.31\n5.4.31",
    ),
    (
        ("exchange", Anywhere),
        "winsock error code\nled=4\nqueue.expired\nsmtpsend.\nprimary target ip address",
    ),
    (("exchange_online", Anywhere), "socket error code"),
    (
        ("exchange", Anywhere),
        "attempted failover to alternate host\nremote server at \n returned '4\n returned '5\n4.4.397\n\
         5.4.300\nmarkedunhealthy\ndiagnostic information for administrators\n\
         diagnoseinformationen für administratoren\ndiagnostic pour les administrateurs\n\
         diagnóstico para los administradores\ndiagnostica per gli amministratori\n\
         diagnostische gegevens voor beheerders\ndiagnóstico para administradores\n\
         diagnostyczne dla administratorów\nсведения для администраторов\n管理者向けの診断情報\n\
         管理员使用的诊断信息\n管理员的诊断信息",
    ),
    // Words of services.
    (("gmail", Anywhere), "support.google.com/mail\ndns error: dns type '\ngmail will retry"),
    (("amazon_ses", Anywhere), "unable to deliver in 840 minutes"),
    (("momentum", Anywhere), "[internal]"),
    (("sendgrid", Anywhere), "unable to get mx info"),
    (("zone_mta", Anywhere), "network error when connecting to mx server\ndeferred["),
    (("postal", Anywhere), "no smtp servers were available"),
    (("sparkpost", Anywhere), "\"raw_reason\""),
    // Words of software.
    (
        ("postfix", Anywhere),
        "delivery temporarily suspended\nwhile receiving the initial server greeting\n\
         while performing the \n timed out while sending \n] while sending \nname service error for name=\n\
         status=deferred\nstatus=bounced\nstatus=expired",
    ),
    (
        ("exim", Anywhere),
        "t=remote_smtp\n r=dnslookup\nretry time not reached\n: retry timeout exceeded\n\
         remote host closed connection in response to\nin response to initial connection\n\
         host lookup did not complete\nall relevant mx records\nunrouteable address\n\
         this message was created automatically by mail delivery software\ntls error on connection to \n\
         (timeout=5m)",
    ),
    (("exim", Worded), "smtp timeout after "),
    (("haraka", Anywhere), "pool entry\ntried all mxs\ntrying next mx\ntemp failing "),
    (
        ("opensmtpd", Anywhere),
        "network error on destination mxs\nenvelope expired\nfailed to resolve mx for [relay\n\
         result=\"tempfail\"",
    ),
    (("sendmail", Anywhere), "stat=deferred\n(deferred: \n... deferred: \nname server: "),
    (
        ("qmail", Anywhere),
        "(#4.4.1)\n(#4.4.2)\n(#5.1.2)\n(#5.4.4)\n(#4.4.3)\nremote_host_said\nremote host said:\nqmail-send\n\
         wasn't able to establish an smtp connection\ncouldn't find any host named",
    ),
    (("domino", Anywhere), "error transferring to"),
    (("hmailserver", Anywhere), "connection to recipients server failed"),
    (("oracle_messaging", Anywhere), "tcp active open: failed connect"),
    (("coremail", Anywhere), "[can not connect to recipient's server because"),
    (("barracuda", Anywhere), "no response to helo/ehlo"),
    (("mailmarshal", Anywhere), "no available ipv4 route for "),
    // Programs.
    (("powershell", Anywhere), "tcptestsucceeded\ntcp connect to ("),
    (("curl", Anywhere), "curl: ("),
    (("swaks", Anywhere), "=== trying \n=== connected to \n*** error connecting to "),
    (("netcat", Anywhere), "nc: connect\nncat: \n (smtp) :\n(unknown) ["),
    (("telnet", Anywhere), "escape character is"),
    (("phpmailer", Anywhere), "phpmailer\nsmtp error: failed to connect to server"),
    (("openssl", Anywhere), "bio_connect\nconnect:errno="),
    // Names.
    (("exim", Alone), "exim"),
    (("hmailserver", Alone), "hmailserver"),
    (("mailenable", Alone), "mailenable"),
    (("mdaemon", Alone), "mdaemon"),
    (("groupwise", Alone), "groupwise"),
    (("domino", Alone), "domino"),
    (("haraka", Alone), "haraka"),
    (("maddy", Alone), "maddy"),
    (("stalwart", Alone), "stalwart"),
    (("courier", Alone), "courier"),
    (("powermta", Alone), "powermta"),
    (("opensmtpd", Alone), "opensmtpd"),
    (("amazon_ses", Alone), "amazonses"),
    (("amazon_ses", Anywhere), "amazonses.com"),
    (("gmail", Alone), "googlemail.com"),
    (("gmail", Anywhere), "mailer-daemon@google.com"),
    (("sendgrid", Alone), "sendgrid"),
    (("mailgun", Alone), "mailgun"),
    (("sparkpost", Alone), "sparkpost"),
    (("mimecast", Alone), "mimecast"),
    (("proofpoint", Alone), "proofpoint"),
    (("barracuda", Alone), "barracuda"),
    (("ironport", Alone), "ironport"),
    (("zoho", Alone), "zoho"),
    (("telnet", Alone), "telnet"),
    (("netcat", Alone), "netcat"),
    (("swaks", Alone), "swaks"),
    (("mailmarshal", Alone), "mailmarshal"),
    (("icewarp", Alone), "icewarp"),
    (("halon", Alone), "halon"),
    (("postmark", Alone), "postmark"),
    (("messagelabs", Alone), "messagelabs"),
    (("sendmail", Anywhere), "deferred: "),
]);

/// Every mark of a software.
pub(super) fn words() -> impl Iterator<Item = &'static str> {
    FRAMES.all().chain(WORDS.all()).map(|(mark, _)| mark)
}

/// The software that wrote `lower`, a text in lower case; `None` where nothing marks it.
pub(super) fn of(lower: &str) -> Option<&'static str> {
    framed(lower)
        .or_else(|| has_exim_id(lower).then_some("exim"))
        .or_else(|| first(&WORDS, lower))
        .or_else(|| is_postfix_form(lower).then_some("postfix"))
}

/// The software whose own frame `lower` stands in.
pub(super) fn framed(lower: &str) -> Option<&'static str> {
    first(&FRAMES, lower)
}

/// What the first mark of `table` that stands as it must tells.
fn first(table: &Table<(&'static str, Stands)>, lower: &str) -> Option<&'static str> {
    let found = table.find(lower);
    let first = found.iter().find(|mark| match table.tells(mark).1 {
        Anywhere => true,
        Alone => is_alone(lower, mark),
        Worded => !lower.after(mark.end).starts_with(|c: char| c.is_ascii_digit()),
    });
    first.map(|mark| table.tells(mark).0)
}

/// Whether a mark is no part of a host's name, an address or a longer word.
fn is_alone(lower: &str, mark: &Mark) -> bool {
    let part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'@');
    let before = lower.before(mark.start).bytes().next_back();
    let mut after = lower.after(mark.end).bytes();
    let (next, second) = (after.next(), after.next());
    let dotted = next == Some(b'.') && second.is_some_and(|byte| byte.is_ascii_alphanumeric());
    !before.is_some_and(|byte| part(byte) || byte == b'.') && !next.is_some_and(part) && !dotted
}

/// Whether a message identifier of Exim stands there: `1tFabc-0004gI-6W`, since 4.97 `1tFabc-00000004gI0-6W1a`.
fn has_exim_id(lower: &str) -> bool {
    lower.split([' ', '\n', '\t']).any(|word| {
        let mut parts = word
            .trim_end_matches(':')
            .split('-')
            .map(|part| if part.bytes().all(|byte| byte.is_ascii_alphanumeric()) { part.len() } else { 0 });
        let parts = [parts.next(), parts.next(), parts.next(), parts.next()];
        matches!(parts, [Some(6), Some(6), Some(2), None] | [Some(6), Some(11), Some(4), None])
    })
}

/// `connect to host[address]:25:` is Postfix's own form; so is the older `connect to host[address]: … (port 25)`.
fn is_postfix_form(lower: &str) -> bool {
    let Some(at) = lower.find("connect to ") else { return false };
    let rest = lower.after(at + "connect to ".len()).trim_start();
    let Some((host, after)) = rest.split_once("]:") else { return false };
    let digits = after.bytes().take_while(u8::is_ascii_digit).count();
    let named = host.contains('[') && !host.contains(' ');
    named && (digits > 0 && after.after(digits).starts_with(':') || after.contains("(port "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_writer_is_not_the_host_that_was_tried() {
        assert_eq!(
            of("connect to example-org.mail.protection.outlook.com[192.0.2.1]:25: timed out"),
            Some("postfix")
        );
        assert_eq!(of("connect to d1.ess.barracudanetworks.com[192.0.2.1]:25: timed out"), Some("postfix"));
        assert_eq!(
            of("1tfabc-0004gi-6w h=us-smtp-inbound-1.mimecast.com [192.0.2.1] timed out"),
            Some("exim")
        );
        assert_eq!(of("mimecast message center: deferred"), Some("mimecast"));
        assert_eq!(of("lunch at noon"), None);
    }

    #[test]
    fn a_servers_reply_does_not_tell_who_met_it() {
        let mta = |text: &str| super::super::read(text).remove(0).mta;
        assert_eq!(mta("550 5.7.1 Blocked by Barracuda, see https://barracuda.example/why"), None);
        assert_eq!(
            mta(
                "host mx.example.org[192.0.2.1] said: 550 5.7.1 Blocked by Barracuda (in reply to RCPT TO command)"
            ),
            Some("postfix".to_owned())
        );
        assert_eq!(of("error: smtp timeout after 30 seconds"), None);
        assert_eq!(of("smtp timeout after end of data"), Some("exim"));
    }
}
