//! Which software wrote a text, by the marks of its format.

/// Marks, sharpest first: a service's own words before those of the software that it may run.
#[rustfmt::skip]
const MARKS: &[(&str, &str)] = &[
    ("winsock", "exchange"), ("led=", "exchange"), ("queue.expired", "exchange"), ("smtpsend.", "exchange"), ("primary target ip address", "exchange"), ("socket error code", "exchange_online"), ("lastattemptedservername", "exchange_online"), (".protection.outlook.com", "exchange_online"), ("attempted failover to alternate host", "exchange"), ("remote server at ", "exchange"), ("4.4.31", "exchange_online"), ("5.4.31", "exchange_online"), ("441 4.4.1", "exchange"),
    ("support.google.com/mail", "gmail"), ("gmail will retry", "gmail"), ("googlemail.com", "gmail"), ("amazonses", "amazon_ses"), ("unable to deliver in 840 minutes", "amazon_ses"), ("sendgrid", "sendgrid"), ("mailgun", "mailgun"), ("sparkpost", "sparkpost"), ("[internal]", "momentum"), ("dsndiag=", "powermta"), ("kumomta", "kumomta"), ("[outbound]", "haraka"), ("network error when connecting to mx server", "zone_mta"), ("deferred[", "zone_mta"), ("no smtp servers were available", "postal"), ("x-postfix", "postfix"), ("postfix/", "postfix"), ("refused to talk to me", "postfix"), ("delivery temporarily suspended", "postfix"), ("while receiving the initial server greeting", "postfix"), ("while performing the ", "postfix"), ("name service error for name=", "postfix"), ("status=deferred", "postfix"), ("status=bounced", "postfix"), ("status=expired", "postfix"), ("(in reply to", "postfix"),
    ("t=remote_smtp", "exim"), (" r=dnslookup", "exim"), ("smtp error from remote mail server", "exim"), ("retry time not reached", "exim"), ("retry timeout exceeded", "exim"), ("remote host closed connection in response to", "exim"), ("in response to initial connection", "exim"), ("smtp timeout after", "exim"), ("host lookup did not complete", "exim"), ("all relevant mx records", "exim"), ("unrouteable address", "exim"), ("this message was created automatically by mail delivery software", "exim"),
    ("pool entry", "haraka"), ("querymx", "haraka"), ("smtp-out:", "opensmtpd"), ("network error on destination mxs", "opensmtpd"), ("envelope expired", "opensmtpd"), ("stat=deferred", "sendmail"), ("deferred: ", "sendmail"), ("name server: ", "sendmail"), ("(#4.4.1)", "qmail"), ("(#4.4.2)", "qmail"), ("(#5.1.2)", "qmail"), ("(#5.4.4)", "qmail"), ("(#4.4.3)", "qmail"), ("remote_host_said", "qmail"), ("wasn't able to establish an smtp connection", "qmail"), ("couldn't find any host named", "qmail"),
    ("dragonfly mail agent", "dma"), ("error transferring to", "domino"), ("zoho", "zoho"), ("tcptestsucceeded", "powershell"), ("curl: (", "curl"), ("=== trying ", "swaks"), ("nc: connect", "netcat"), ("ncat: ", "netcat"), ("telnet", "telnet"),
];

/// The software that wrote `lower`, a text in lower case; `None` where nothing marks it.
pub(super) fn of(lower: &str) -> Option<&'static str> {
    if let Some((_, name)) = MARKS.iter().find(|(mark, _)| lower.contains(mark)) {
        return Some(name);
    }
    // `connect to host[address]:25:` is Postfix's own form.
    let form = lower
        .find("connect to ")
        .is_some_and(|at| lower[at..].contains("]:25:") || lower[at..].contains("(port 25)"));
    form.then_some("postfix")
}
