//! Which software wrote a text, by the marks of its format.

use super::marks::{Mark, Marks};

/// How a mark must stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stands {
    /// Anywhere: it is the software's own form.
    Anywhere,
    /// As a word of its own: the name of a service stands in the names of its customers' hosts as well.
    Alone,
}

use Stands::{Alone, Anywhere};

/// Frames of logs, and how a sender quotes a server: surer than anything that stands within.
#[rustfmt::skip]
const FRAMES: &[(&str, &str, Stands)] = &[
    // Mail scanners on the sender's own machine, such as Avast's: they write it in the place of the server's greeting.
    ("421 cannot connect to smtp server", "mail_shield", Anywhere),
    ("x-postfix", "postfix", Anywhere), ("this is the mail system at host", "postfix", Anywhere), ("this is the postfix program at host", "postfix", Anywhere), ("transcript of session follows", "sendmail", Anywhere), ("the following addresses had permanent fatal errors", "sendmail", Anywhere), ("technical details of permanent failure", "gmail", Anywhere), ("technical details of temporary failure", "gmail", Anywhere), ("mailer-daemon@googlemail.com", "gmail", Anywhere), ("this is the mailer-daemon, please do not reply", "opensmtpd", Anywhere), ("this report relates to a message you sent with the following header fields", "oracle_messaging", Anywhere), ("this is a permanent error; i've given up", "qmail", Anywhere), ("zoho mail", "zoho", Anywhere), ("refused to talk to me", "postfix", Anywhere), ("(in reply to", "postfix", Anywhere), ("smtp error from remote mail server", "exim", Anywhere), ("smtp error from remote mailer", "exim", Anywhere),
    ("postfix/", "postfix", Anywhere), ("/smtp[", "postfix", Anywhere), ("relay: tempfail for", "opensmtpd", Anywhere), ("sendmail[", "sendmail", Anywhere), ("sm-mta[", "sendmail", Anywhere), ("zone-mta", "zone_mta", Anywhere), ("connfail domain=", "zone_mta", Anywhere), ("errconnect domain=", "zone_mta", Anywhere), ("courieresmtp", "courier", Anywhere), ("[outbound]", "haraka", Anywhere), ("mta delivery evpid", "opensmtpd", Anywhere), ("mta event=", "opensmtpd", Anywhere), ("mta error reason=", "opensmtpd", Anywhere), (": deferral: ", "qmail", Anywhere), ("hile talking to ", "sendmail", Anywhere), ("will keep trying until message is ", "sendmail", Anywhere), ("smtp-out:", "opensmtpd", Anywhere), ("mta-routing", "opensmtpd", Anywhere), ("gwia", "groupwise", Alone), ("kumomta", "kumomta", Anywhere), ("me-e00", "mailenable", Anywhere), ("me-i00", "mailenable", Anywhere), ("tcpconnection - ", "hmailserver", Anywhere), ("\"smtpc\"", "hmailserver", Anywhere), ("smtpsvc", "iis_smtp", Anywhere), ("attempting smtp connection to", "mdaemon", Anywhere), ("(delivery.", "stalwart", Anywhere), ("(queue.", "stalwart", Anywhere), ("smtp_enchcode", "maddy", Anywhere), ("secodeopt=", "mox", Anywhere), ("pkg=queue", "mox", Anywhere), ("-- : [", "postal", Anywhere), ("router: ", "domino", Anywhere), ("dcid ", "ironport", Anywhere), ("dsndiag=", "powermta", Anywhere), ("x-powermta", "powermta", Anywhere), ("sg_event_id", "sendgrid", Anywhere), ("sg_message_id", "sendgrid", Anywhere), ("\"mx-host\"", "mailgun", Anywhere), ("session-seconds", "mailgun", Anywhere), ("unable to connect to mx servers", "mailgun", Anywhere), ("querymx", "haraka", Anywhere), ("dragonfly mail agent", "dma", Anywhere), ("delivery-status\":{\"", "mailgun", Anywhere),
];

/// Forms and words of the software, then its name.
#[rustfmt::skip]
const WORDS: &[(&str, &str, Stands)] = &[
    // Exchange, on premises and online.
    ("lastattemptedservername", "exchange_online", Anywhere), ("[smtpsecurity=", "exchange_online", Anywhere), (".prod.exchangelabs.com", "exchange_online", Anywhere), ("4.4.31", "exchange_online", Anywhere), ("5.4.31", "exchange_online", Anywhere),
    ("winsock error code", "exchange", Anywhere), ("led=4", "exchange", Anywhere), ("queue.expired", "exchange", Anywhere), ("smtpsend.", "exchange", Anywhere), ("primary target ip address", "exchange", Anywhere), ("socket error code", "exchange_online", Anywhere),  ("attempted failover to alternate host", "exchange", Anywhere), ("remote server at ", "exchange", Anywhere), (" returned '4", "exchange", Anywhere), (" returned '5", "exchange", Anywhere), ("4.4.397", "exchange", Anywhere), ("5.4.300", "exchange", Anywhere), ("markedunhealthy", "exchange", Anywhere), ("diagnostic information for administrators", "exchange", Anywhere), ("diagnoseinformationen für administratoren", "exchange", Anywhere),
    // Words of services.
    ("support.google.com/mail", "gmail", Anywhere), ("dns error: dns type '", "gmail", Anywhere), ("gmail will retry", "gmail", Anywhere), ("unable to deliver in 840 minutes", "amazon_ses", Anywhere), ("[internal]", "momentum", Anywhere), ("unable to get mx info", "sendgrid", Anywhere), ("network error when connecting to mx server", "zone_mta", Anywhere), ("deferred[", "zone_mta", Anywhere), ("no smtp servers were available", "postal", Anywhere), ("\"raw_reason\"", "sparkpost", Anywhere),
    // Words of software.
    ("delivery temporarily suspended", "postfix", Anywhere), ("while receiving the initial server greeting", "postfix", Anywhere), ("while performing the ", "postfix", Anywhere), (" timed out while sending ", "postfix", Anywhere), ("] while sending ", "postfix", Anywhere), ("name service error for name=", "postfix", Anywhere), ("status=deferred", "postfix", Anywhere), ("status=bounced", "postfix", Anywhere), ("status=expired", "postfix", Anywhere), 
    ("t=remote_smtp", "exim", Anywhere), (" r=dnslookup", "exim", Anywhere), ("retry time not reached", "exim", Anywhere), ("retry timeout exceeded", "exim", Anywhere), ("remote host closed connection in response to", "exim", Anywhere), ("in response to initial connection", "exim", Anywhere), ("smtp timeout after", "exim", Anywhere), ("host lookup did not complete", "exim", Anywhere), ("all relevant mx records", "exim", Anywhere), ("unrouteable address", "exim", Anywhere), ("this message was created automatically by mail delivery software", "exim", Anywhere), ("tls error on connection to ", "exim", Anywhere), ("(timeout=5m)", "exim", Anywhere),
    ("pool entry", "haraka", Anywhere), ("tried all mxs", "haraka", Anywhere), ("trying next mx", "haraka", Anywhere), ("temp failing ", "haraka", Anywhere), ("network error on destination mxs", "opensmtpd", Anywhere), ("envelope expired", "opensmtpd", Anywhere), ("failed to resolve mx for [relay", "opensmtpd", Anywhere), ("result=\"tempfail\"", "opensmtpd", Anywhere),
    ("stat=deferred", "sendmail", Anywhere),   ("(deferred: ", "sendmail", Anywhere), ("... deferred: ", "sendmail", Anywhere), ("name server: ", "sendmail", Anywhere),
    ("(#4.4.1)", "qmail", Anywhere), ("(#4.4.2)", "qmail", Anywhere), ("(#5.1.2)", "qmail", Anywhere), ("(#5.4.4)", "qmail", Anywhere), ("(#4.4.3)", "qmail", Anywhere), ("remote_host_said", "qmail", Anywhere), ("remote host said:", "qmail", Anywhere), ("qmail-send", "qmail", Anywhere), ("wasn't able to establish an smtp connection", "qmail", Anywhere), ("couldn't find any host named", "qmail", Anywhere),
    ("error transferring to", "domino", Anywhere), ("connection to recipients server failed", "hmailserver", Anywhere), ("tcp active open: failed connect", "oracle_messaging", Anywhere), ("[can not connect to recipient's server because", "coremail", Anywhere), ("no response to helo/ehlo", "barracuda", Anywhere), ("no available ipv4 route for ", "mailmarshal", Anywhere),
    // Programs.
    ("tcptestsucceeded", "powershell", Anywhere), ("tcp connect to (", "powershell", Anywhere), ("curl: (", "curl", Anywhere), ("=== trying ", "swaks", Anywhere), ("=== connected to ", "swaks", Anywhere), ("*** error connecting to ", "swaks", Anywhere), ("nc: connect", "netcat", Anywhere), ("ncat: ", "netcat", Anywhere), (" (smtp) :", "netcat", Anywhere), ("(unknown) [", "netcat", Anywhere), ("escape character is", "telnet", Anywhere), ("phpmailer", "phpmailer", Anywhere), ("smtp error: failed to connect to server", "phpmailer", Anywhere), ("bio_connect", "openssl", Anywhere), ("connect:errno=", "openssl", Anywhere),
    // Names.
    ("exim", "exim", Alone), ("hmailserver", "hmailserver", Alone), ("mailenable", "mailenable", Alone), ("mdaemon", "mdaemon", Alone), ("groupwise", "groupwise", Alone), ("domino", "domino", Alone), ("haraka", "haraka", Alone), ("maddy", "maddy", Alone), ("stalwart", "stalwart", Alone), ("courier", "courier", Alone), ("powermta", "powermta", Alone), ("opensmtpd", "opensmtpd", Alone), ("amazonses", "amazon_ses", Alone), ("amazonses.com", "amazon_ses", Anywhere), ("googlemail.com", "gmail", Alone), ("mailer-daemon@google.com", "gmail", Anywhere), ("sendgrid", "sendgrid", Alone), ("mailgun", "mailgun", Alone), ("sparkpost", "sparkpost", Alone), ("mimecast", "mimecast", Alone), ("proofpoint", "proofpoint", Alone), ("barracuda", "barracuda", Alone), ("ironport", "ironport", Alone), ("zoho", "zoho", Alone), ("telnet", "telnet", Alone), ("netcat", "netcat", Alone), ("swaks", "swaks", Alone), ("mailmarshal", "mailmarshal", Alone), ("icewarp", "icewarp", Alone), ("halon", "halon", Alone), ("postmark", "postmark", Alone), ("messagelabs", "messagelabs", Alone), ("deferred: ", "sendmail", Anywhere),
];

/// Every mark of a software.
pub(super) fn words() -> impl Iterator<Item = &'static str> {
    FRAMES.iter().chain(WORDS).map(|(mark, ..)| *mark)
}

/// The software that wrote `lower`, a text in lower case; `None` where nothing marks it.
pub(super) fn of(lower: &str) -> Option<&'static str> {
    static MACHINE: Marks = Marks::new();
    let found = MACHINE.find(FRAMES.iter().chain(WORDS).map(|(mark, ..)| *mark), lower);
    let row = |mark: &Mark| FRAMES.get(mark.index).or_else(|| WORDS.get(mark.index - FRAMES.len()));
    let stands =
        |mark: &&Mark| row(mark).is_some_and(|(.., stands)| *stands == Anywhere || is_alone(lower, mark));
    let first = found.iter().find(stands);
    let name = first.and_then(row).map(|(_, name, _)| *name);
    match first {
        Some(mark) if mark.index < FRAMES.len() => name,
        _ if has_exim_id(lower) => Some("exim"),
        _ => name.or_else(|| is_postfix_form(lower).then_some("postfix")),
    }
}

/// Whether a mark is no part of a host's name, an address or a longer word.
fn is_alone(lower: &str, mark: &Mark) -> bool {
    let part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'@');
    let before = lower[..mark.start].bytes().next_back();
    let mut after = lower[mark.end..].bytes();
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
    let rest = lower[at + "connect to ".len()..].trim_start();
    let Some((host, after)) = rest.split_once("]:") else { return false };
    let digits = after.bytes().take_while(u8::is_ascii_digit).count();
    let named = host.contains('[') && !host.contains(' ');
    named && (digits > 0 && after[digits..].starts_with(':') || after.contains("(port "))
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
}
