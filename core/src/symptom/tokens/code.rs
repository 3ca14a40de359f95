//! Reply codes, enhanced status codes, and the commands that a reply was to.

use super::read::{Read, runs};
use crate::cut::Cut as _;
use crate::smtp::{EnhancedStatus, ReplyCode, Stage};

/// Every enhanced status code, and every reply code that stands before one or where a reply begins.
pub(in crate::symptom) fn codes(text: &str) -> (Vec<Read<ReplyCode>>, Vec<Read<EnhancedStatus>>) {
    let (mut replies, mut statuses) = (Vec::new(), Vec::new());
    for (start, end) in runs(text, |byte| byte.is_ascii_digit() || byte == b'.') {
        let (token, bounded) = (text.within(start, end), is_bounded(text, start, end));
        let trimmed = token.trim_end_matches('.');
        if !bounded {
            continue;
        }
        if let Ok(status) = trimmed.parse::<EnhancedStatus>() {
            // RFC 3463 s3 has subjects up to 7; a version looks alike.
            if status.subject > 7 || is_version(text.before(start)) {
                continue;
            }
            statuses.push(Read { value: status, start, end: start + trimmed.len() });
        } else if is_reply_code(trimmed) && begins_reply(text, start, start + 3) {
            let value = ReplyCode(trimmed.parse().unwrap_or_default());
            replies.push(Read { value, start, end: start + 3 });
        }
    }
    (replies, statuses)
}

/// Whether three digits can be a reply code (RFC 5321 s4.2.1), or one of the codes that services made up: 498, 499, 612.
fn is_reply_code(token: &str) -> bool {
    match token.as_bytes() {
        [b'2' | b'4' | b'5', b'0'..=b'5', b'0'..=b'9'] => true,
        _ => matches!(token, "498" | "499" | "571" | "612"),
    }
}

/// Whether no letter, digit or separator of a longer token stands on either side.
pub(super) fn is_bounded(text: &str, start: usize, end: usize) -> bool {
    let before = text.before(start).bytes().next_back();
    let after = text.after(end).bytes().next();
    let part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'@' | b'/');
    !before.is_some_and(|byte| part(byte) || byte == b'-' && is_range(text.before(start - 1)))
        && !after.is_some_and(|byte| {
            part(byte)
                || byte == b':'
                    && text.after(end + 1).bytes().next().is_some_and(|byte| byte.is_ascii_digit())
        })
}

/// Whether what stands before a hyphen makes a range or a name of it (`2-4.4.1`); a reply of several lines is none
/// (`421-4.7.28`).
fn is_range(before: &str) -> bool {
    let digits = before.bytes().rev().take_while(u8::is_ascii_digit).count();
    digits > 0 && !is_reply_code(before.after(before.len() - digits))
}

/// Whether a code is one of HTTP (RFC 9110 s15) as well.
fn is_of_the_web(code: &str) -> bool {
    matches!(code.parse(), Ok(400..=418 | 421..=429 | 451 | 500..=511))
}

/// Names of what a number measures or counts: it is no reply code after one of them.
const MEASURES: &str = "port\nsize\ndelay\nbytes\npid\ns\nline\ncount\ntotal\nlength\nelapsed\ntook\ntime\nms\n\
     id\nuid\ngid\ntid\nexit\nscore\nnumber\nhttp\nstatuscode\nhttp_code\nattempt\nattempts\n\
     thread\npuerto\nzeile\nligne\nafter\nwithin\nof\nerror_count\nx\nduration\nlatency\nuser";

/// Names of fields and words before a reply.
const REPLIES: &str = "code\nreply\nreplied\nresponse\nresponded\nsmtp\nesmtp\nlmtp\ndiag\ndiagnostic\ndsndiag\n\
     error\nerr\nmsg\nmessage\nreason\nstat\nstatus\ntext\nresult\nsaid\nsays\nanswer\n\
     answered\ndesc\ndescription\nreturned\nreturns\ngot\nerror_code\nsmtp_code\nresponsecode\n\
     smtp_response\nled\ndiagnosticcode\ncode_str\nresponsemsg\nlasterror\ndetail\ndetails\n\
     info\nantwort\nantwortcode\nrisposta\nответ\nréponse\nrespuesta\nrespondió\nerreur\n\
     fehler\nfehlercode\nrejected\nrefused\nfailure\nfailed\nrcpt\ndata";

/// What HTTP calls its codes (RFC 9110 s15), as far as SMTP has the same numbers.
const OF_THE_WEB: &str = "bad request\nunauthorized\nforbidden\nnot found\nmethod not allowed\nrequest time\ngone\n\
     misdirected\nunprocessable\ntoo many requests\ninternal server\nnot implemented\n\
     bad gateway\nservice unavailable\ngateway time\ngatewaytime\nbackenderror\nhttp version";

/// Units of what is counted.
const UNITS: &str = "ms\ns\nsec\nsecs\nsecond\nseconds\nmin\nminutes\nhours\ndays\nbytes\nbyte\nb\nkb\nmb\n\
     kib\nmib\nmsec\nmsecs\nmillis\nmilliseconds\nlines\nrows\ntimes\nmessages\nmails\nemails\n\
     recipients\nusers\nconnections\nfiles\nitems\nattempts\nretries\nrequests\npoints\n\
     entries\npx\nsekunden\nsecondes\nsegundos";

/// Whether a reply may begin here (RFC 5321 s4.2): at the start, after a quote, a colon, a bracket or a word that says so,
/// and with words or an enhanced status after it. Fractions of a second, sizes, codes of HTTP and numbers of lines are none.
fn begins_reply(text: &str, start: usize, end: usize) -> bool {
    let stuck = text.before(start);
    let before = stuck.trim_end_matches([' ', '\t']);
    let (code, rest) = (text.within(start, end), text.after(end));
    if is_fraction(stuck) {
        return false;
    }
    // A line of a file: `540:  /usr/lib/ruby/net/smtp.rb`.
    let place = rest.strip_prefix(':').map_or("", str::trim_start);
    if place.starts_with('/') || place.starts_with("[GEM_ROOT]") {
        return false;
    }
    // `RemotePort : 443`, `port 587`, `size=459`, `S=459`, `line 421`.
    let quoted = before.trim_end_matches(['"', '\'']).ends_with([':', '=']);
    let sign = before.trim_end_matches(|c| matches!(c, ':' | '=' | ' ') || quoted && matches!(c, '"' | '\''));
    let word = last_word(sign);
    let is = |names: &str| word.is_one_of(names);
    // `"status":500,` of a request; mail software has words or a code of RFC 3463 after it.
    if is(MEASURES) || is("status") && sign.len() < before.len() && is_alone(rest) {
        return false;
    }
    let status = rest.trim_start_matches([' ', '-', '#', ':']);
    let status = status.split(|c: char| !(c.is_ascii_digit() || c == '.')).next().unwrap_or_default();
    let has_status = status.parse::<EnhancedStatus>().is_ok();
    // A hook's or an API's: mail software says `code` or `reply`.
    let lower = sign.after(floor(sign, sign.len().saturating_sub(12))).to_ascii_lowercase();
    if lower.ends("status code\nstatus-code\nhttp code") && !has_status && !contains_smtp(text) {
        return false;
    }
    let next = first_word(rest.trim_start_matches([' ', ')', ':', '-']));
    if rest.starts_with(' ') && UNITS.lines().any(|unit| unit == next) {
        return false;
    }
    if has_status {
        return true;
    }
    // Without a status, no mail software says 400 to 419: those are HTTP's.
    if matches!(code.as_bytes(), [b'4', b'0' | b'1', _]) && !(quoted && is("response")) {
        return false;
    }
    if is_web_line(before) || is_of_the_web(code) && is_phrase_of_the_web(rest) {
        return false;
    }
    // `Error 503` of the web.
    if is("error") && is_of_the_web(code) && !contains_smtp(text) {
        return false;
    }
    let ends_with = |signs: &[char]| before.ends_with(signs);
    let opened = if before.is_empty()
        || ends_with(&['\n', '\r', ';', '\'', '`', '*', '<', '>', '(', '[', '|', '：', '»'])
    {
        true
    } else if ends_with(&['"']) {
        // `HTTP/1.1" 500`, `"status": "500"`.
        true
    } else if ends_with(&[':']) {
        // `Mail.java:421 `, `12:421`: a place in a file, a part of a time.
        before.len() < stuck.len()
            || is(REPLIES)
            || before.before(before.len() - 1).ends_with([']', '>', ')', '"', '\''])
    } else if ends_with(&['=']) {
        is(REPLIES)
    } else {
        const QUOTED: &str = "->\nresponded with\nreplied with\nanswered with\nrejected with\nfailed with\n\
             deferred with\nbounced with\nrefused with";
        is(REPLIES) || before.ends(QUOTED)
    };
    let worded = matches!(rest.bytes().next(), Some(b' ' | b'-' | b',' | b'\n' | b'\r' | b':') | None);
    // `transient error (454): 4.7.0 …`.
    let bracketed = rest.starts_with("):") && before.ends_with("error (");
    let quoted = bracketed || rest.starts_with(['"', '\'', '}', ')']) && is(REPLIES);
    opened && (worded || quoted)
}

/// Whether what stands before a number makes it a version, `Version: 4.3.0`, `PHPMailer 5.2.9`, or a chapter.
fn is_version(before: &str) -> bool {
    // The number of a chapter, `### 5.6.4 Receiving`; qmail's is a status: `(#5.6.4)`.
    if before.ends_with("# ") {
        return true;
    }
    const NAMES: &str = "version\nver\nv\nrelease\nmailkit\nphpmailer\npostfix\nexim\nsendmail\nnodemailer\n\
         mailer\nswiftmailer\ndjango\npython\nphp\nopenssl\nnode\njava\njdk\nlaravel\nwordpress\n\
         haraka\ndovecot\ngitlab\nodoo\ncore\nnet\nlinux";
    let word = last_word(before.trim_end_matches([' ', ':', '/', '=', '"', '-', '@', '^', '~']));
    word.is_one_of(NAMES)
}

/// The letters, digits, `_` and other parts of words that `text` ends with.
fn last_word(text: &str) -> &str {
    let length = text
        .chars()
        .rev()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .map(char::len_utf8)
        .sum::<usize>();
    text.after(text.len() - length)
}

/// The letters that `text` begins with.
fn first_word(text: &str) -> &str {
    text.before(text.bytes().take_while(|byte| byte.is_ascii_alphabetic()).count())
}

/// Whether `before` ends as a time does whose fraction follows: `20:41:44,`, `20:41:44.`, `20:41:44:`.
fn is_fraction(before: &str) -> bool {
    let Some(time) = before.strip_suffix([',', '.', ':']) else { return false };
    let [.., a, b, b':', c, d] = time.as_bytes() else { return false };
    [a, b, c, d].iter().all(|byte| byte.is_ascii_digit())
}

/// Whether nothing of words follows a number: the end, a comma, another field `name=`.
fn is_alone(rest: &str) -> bool {
    let rest = rest.trim_start_matches([' ', ',', '}', '"', ')', ']']);
    let word = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    rest.is_empty() || rest.after(word).starts_with(['=', '\n', ':', '"']) || rest.starts_with('"')
}

fn is_phrase_of_the_web(rest: &str) -> bool {
    let rest = rest.trim_start_matches([' ', ')', ':', '-']);
    OF_THE_WEB
        .lines()
        .any(|phrase| rest.get(..phrase.len()).is_some_and(|head| head.eq_ignore_ascii_case(phrase)))
}

/// Whether the words before a number are those of a request of HTTP: `HTTP/1.1" `, `"GET / HTTP/2" `.
fn is_web_line(before: &str) -> bool {
    before.after(floor(before, before.len().saturating_sub(10))).to_ascii_lowercase().contains("http/")
}

/// The first boundary of a letter from `at`.
fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

fn contains_smtp(text: &str) -> bool {
    text.as_bytes().windows(4).any(|four| four.eq_ignore_ascii_case(b"smtp"))
}

/// The stage that a command names, in a reply to it.
pub(in crate::symptom) fn stage_of_command(lower: &str) -> Option<Stage> {
    const COMMANDS: &[(&str, Stage)] = &[
        (">>> rcpt", Stage::Rcpt),
        (">>> mail", Stage::Mail),
        (">>> data", Stage::Data),
        (">>> ehlo", Stage::Ehlo),
        (">>> helo", Stage::Ehlo),
        ("rcpt to", Stage::Rcpt),
        ("mail from", Stage::Mail),
        ("end of data", Stage::Data),
        ("processmailfrom", Stage::Mail),
        ("processrcptto", Stage::Rcpt),
        ("processdata", Stage::Data),
        // The answer that a client waited for (RFC 5321 s4.3.2).
        ("expected: 354", Stage::Data),
        ("expected 354", Stage::Data),
        ("expected response code 354", Stage::Data),
        // Exchange's store takes a message after it was sent.
        ("storedrv.", Stage::Data),
    ];
    COMMANDS.iter().find(|(word, _)| lower.contains(word)).map(|(_, stage)| *stage)
}

/// The stage of the command that a field names which ended the session: nodemailer's `command: 'DATA'`.
pub(in crate::symptom) fn stage_of_field(lower: &str) -> Option<Stage> {
    const COMMANDS: &[(&str, Stage)] = &[
        ("ehlo", Stage::Ehlo),
        ("helo", Stage::Ehlo),
        ("auth", Stage::Ehlo),
        ("starttls", Stage::Starttls),
        ("mail from", Stage::Mail),
        ("rcpt to", Stage::Rcpt),
        ("data", Stage::Data),
        // KumoMTA names the end of the data so.
        (".", Stage::Data),
    ];
    let (_, after) = lower.split_once("command")?;
    let name = after.trim_start_matches(['"', '\'', ' ']).strip_prefix([':', '='])?;
    let name = name.trim_start_matches(['"', '\'', ' ']);
    COMMANDS.iter().find(|(command, _)| name.starts_with(command)).map(|(_, stage)| *stage)
}
