//! Lines that hold the words of a failure and state none: program source, patterns, translations, patches, terms and
//! tables of documentation, what people explain, and what tells of changes: their lists, the messages of commits.

use super::marks::{Mark, Table};
use super::model::Symptom;
use super::{bounce, line, service, tokens};
use crate::cut::Cut as _;
use std::cell::OnceCell;

/// The longest text that is asked, in bytes: what somebody pastes of such lines is short.
const LONGEST: usize = 64 * 1024;

/// What a mark tells.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tells {
    /// Its line is source, whoever is quoted in it.
    Source,
    /// Its line is source, unless the text tells of something that ran: a trace shows lines of programs, too.
    Shown,
    /// Something ran.
    Ran,
    /// Its line explains, comments or names a change.
    Talk,
    /// The text tells of changes.
    History,
    /// The text is a unified diff.
    Patch,
    /// The text is a catalogue of gettext.
    Catalogue,
}

/// How a mark must stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stands {
    /// Anywhere in its line.
    Within,
    /// Where its line begins.
    Begins,
    /// There, in the case of its letters: `return ` is a statement, `Return ` is a word.
    Exactly,
    /// There, behind what an item of a list begins with.
    Item,
    /// There, moved in.
    Moved,
    /// Where its line ends.
    Ends,
    /// Before the words of the failure, and no number: `Socket error # 10060` is no comment.
    Comment,
    /// As a place for a value or for any words: `%d0%bf` is a letter of an address on the web, `.**` ends bold words.
    Place,
    /// Before a name of a commit.
    Names,
    /// Where the text begins.
    Heads,
}

use Stands::{Begins, Comment, Ends, Exactly, Heads, Item, Moved, Names, Place, Within};
use Tells::{Catalogue, History, Patch, Ran, Shown, Source, Talk};

static MARKS: Table<(Tells, Stands)> = Table::new(&[
    ((Patch, Exactly), "@@ -\ndiff --git "),
    ((Catalogue, Exactly), "msgid \""),
    // What only source, a catalogue or a rule of monitoring begins with.
    (
        (Source, Exactly),
        "//\n/*\n<!--\n#define \n#: \n#, \ncase \nif (\n} else if (\nelif \nelsif \nmsgid \nmsgstr \n\
         failregex\nignoreregex\n<string name=\n<trans-unit\nassert\nexpect(\nreturn \nprintf(\nfprintf(\n\
         console.log(\nre.compile(",
    ),
    // Patterns, and words that are put together.
    (
        (Source, Within),
        "](#\n.md#\n{#\n(?:\n(?i)\n(?p<\n(?<\n\\d+\n\\d{\n\\s+\n\\s*\n\\w+\n.+?\n[^ \nqr/\nlike '%\n%{\n#{\n{0}\n\" +\n\
         ' +\n + \"\n + '\n\" . $\n' . $",
    ),
    ((Source, Place), "%s\n%d\n.*"),
    // Statements of programs.
    (
        (Shown, Begins),
        "catch\nexcept \n} catch\nif (\nif(\nelif \nelse if\ncase \nthrow \nraise \nrescue \nassert\nexpect(\n\
         print\necho \nreturn \ndef \nfunction \nlogger.\n_logger.\nlog.\nconsole.\nconst \nlet \nvar \n\
         #define\nstatic \npublic \ngrep \nzgrep \nawk \nsed ",
    ),
    // A literal that a program prints ends so: `… connection.\n"); exit();`.
    ((Shown, Within), "\\n\");"),
    ((Shown, Ends), ");\n{"),
    ((Ran, Within), "traceback\nfile \"\n error: \nexception: \nstack trace"),
    ((Ran, Moved), "at "),
    // Terms that a list or a table explains.
    ((Talk, Begins), "- **\n* **\n- `\n* `\n- \"\n* \"\n- '\n|\nq:\na:\nq.\n## \"\n## `\n### \"\n### `\n•"),
    ((Talk, Ends), " |"),
    ((Talk, Comment), " # \n // \n/*"),
    // Words that explain.
    (
        (Talk, Within),
        " means \n are retried\n now retried\n raises \n is raised\n is thrown\n will throw\n occurs when\n happens when\nif there is a\n is detected\nerrors like \nerrors such as \nfehler wie \nbedeutet \nsignifie \nозначает\n意味し\n表示された場合\n意味着",
    ),
    // What a list of changes begins a change with (Conventional Commits 1.0; Keep a Changelog 1.1).
    (
        (Talk, Item),
        "fixed\nfixes\nfix \nfix:\nfix(\nadded\nchanged\nfeat\nimprove\ndo not \ndon't \nhandle \nchore:\n\
         chore(\nrefactor\nperf:\nperf(\ntest:\ntest(\ndocs:\ndocs(\nrevert \"\nbugfix\nfeature: \ncleanup: \nworkaround: ",
    ),
    ((History, Heads), "changelog\nrelease notes\nwhat's new\nwhat's changed"),
    // Trailers of commits (git-interpret-trailers), headings of lists of changes.
    (
        (History, Begins),
        "signed-off-by: \nco-authored-by: \nreviewed-by: \nchange-id: i\n(cherry picked from\n\
         this reverts commit \nmerge pull request #\n%changelog\n## [\n### fixed\n### added\n\
         ### bug fixes\n### features\n## bug fixes\nbug fixes:\nbugfixes:\n## what's changed\npattern: \nregex: \nexpr: ",
    ),
    // Debian Policy s4.4; RPM's changelog, without its Mondays, which are "my" in French.
    ((History, Within), "; urgency="),
    ((History, Begins), "* tue \n* wed \n* thu \n* fri \n* sat \n* sun "),
    ((History, Names), "commit \nfrom "),
    // What goes to a list of readers (RFC 2919, RFC 2369).
    ((History, Begins), "list-id:\nlist-post:\nprecedence: list\nsubject: [patch\nsubject: re: [patch"),
]);

/// `symptoms` without those whose words only stand in a text.
pub(super) fn left_out(text: &str, mut symptoms: Vec<Symptom>) -> Vec<Symptom> {
    if symptoms.is_empty() || text.len() > LONGEST {
        return symptoms;
    }
    let whole = Whole::of(text);
    symptoms.retain(|symptom| {
        let span = symptom.spans.iter().find(|span| span.field == "cause").or(symptom.spans.first());
        !span.is_some_and(|span| whole.mentions(symptom, span.start))
    });
    symptoms
}

/// `symptoms` of `text`, a mail, without those that its words only speak of: where its own head says that it goes to a list
/// of readers, what names no host and no code is talk.
pub(super) fn of_mail(text: &str, mut symptoms: Vec<Symptom>) -> Vec<Symptom> {
    let begins = text.len() - text.trim_start().len();
    let mut lines = line::spans_of_lines(text.after(begins));
    let end = lines.find(|(_, line)| line.trim().is_empty()).map_or(text.len(), |(at, _)| begins + at);
    let head = text.before(end.min(LONGEST));
    if Whole::of(head).tells.contains(&History) && !bounce::is_report(head) {
        symptoms.retain(|symptom| {
            let named = symptom.remote_address.is_some() || symptom.remote_host.is_some();
            named || symptom.enhanced_status.is_some() || !service::is_stated(symptom)
        });
    }
    symptoms
}

/// A text, and the marks in it.
struct Whole<'t> {
    text: &'t str,
    lower: String,
    marks: Vec<Mark>,
    /// What the text tells as a whole.
    tells: Vec<Tells>,
    /// Whether it is a program, once that was asked.
    program: OnceCell<bool>,
}

impl<'t> Whole<'t> {
    fn of(text: &'t str) -> Self {
        let lower = text.to_ascii_lowercase();
        let mut whole =
            Self { text, marks: MARKS.find(&lower), lower, tells: Vec::new(), program: OnceCell::new() };
        let standing = whole.marks.iter().filter(|mark| whole.stands(mark, 0));
        whole.tells = standing.map(|mark| MARKS.tells(mark).0).collect();
        whole
    }

    /// Whether a mark stands as it must, before the words of a failure that stand at `words`.
    fn stands(&self, mark: &Mark, words: usize) -> bool {
        const SPACE: [char; 3] = [' ', '\t', '\r'];
        let (before, after) = (self.lower.before(mark.start), self.lower.after(mark.end));
        let next = after.chars().next().unwrap_or(' ');
        let begins = |before: &str| before.is_empty() || before.ends_with('\n');
        let first = begins(before.trim_end_matches(SPACE));
        match MARKS.tells(mark).1 {
            Within => true,
            Begins => first,
            Exactly => first && self.text.after(mark.start).starts_with(MARKS.mark(mark)),
            Item => begins(before.trim_end_matches([' ', '\t', '-', '*', '•', '>', '#', '[', ']'])),
            Moved => first && !begins(before),
            Ends => matches!(after.trim_start_matches(SPACE).bytes().next(), None | Some(b'\n')),
            Comment => mark.end <= words && !next.is_ascii_digit(),
            Place => {
                next != '*'
                    && !(next.is_ascii_alphanumeric() && self.lower.after(mark.start).starts_with('%'))
            }
            Names => {
                const SHORTEST: usize = 7;
                let name = self.text.after(mark.end);
                let digits =
                    name.bytes().take(64).take_while(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
                let length = digits.count();
                first && length >= SHORTEST && !name.after(length).starts_with('@')
            }
            Heads => before.trim().is_empty(),
        }
    }

    /// Whether the words of `symptom`, which stand at `words`, are none of a failure.
    fn mentions(&self, symptom: &Symptom, words: usize) -> bool {
        let from = self.text.before(words).rfind('\n').map_or(0, |end| end + 1);
        let rest = self.text.after(from);
        let whole = rest.split('\n').next().unwrap_or_default();
        let (to, line) = (from + whole.len(), whole.trim());
        let beside =
            || self.marks.iter().filter(|mark| (from..to).contains(&mark.start) && self.stands(mark, words));
        let tells = |tells: Tells| beside().any(|mark| MARKS.tells(mark).0 == tells);
        let is = |tells: Tells| self.tells.contains(&tells);
        let silent = service::is_stated(symptom);
        if is(Patch) || is(Catalogue) && line.starts_with(['"', '#']) || silent && self.is_commented() {
            return true;
        }
        // A row of cases that a program is tried with: `{"dial tcp 192.0.2.1:25: i/o timeout", true}, // later`.
        let row = line.split(" //").next().unwrap_or_default().trim_end().trim_end_matches(',');
        if line.begins("{\"\n(\"\n('") && row.ends("}\n)") && row != line && !line.contains("\":") {
            return true;
        }
        // What a test expects.
        if line.has("expect(\nassert_\nassert(\nassertE\nassertT\n.toThrow(")
            && line.has("\"\n'\n`")
            && !is(Ran)
        {
            return true;
        }
        // What names the address that was tried, or when, was printed by something that ran. Whoever changed something, and
        // when, stands beside its change.
        let history = is(History);
        if symptom.remote_address.is_some() || symptom.at.is_some() && !history {
            return false;
        }
        // A record of a structured log may hold the template beside the words that were made of it.
        let is_record = line.starts_with("{\"") || line.starts_with("[{\"") || is_record(line);
        // A literal that goes on in the next line.
        let next = rest.split('\n').nth(1).unwrap_or_default().trim_start();
        let goes_on = line.ends_with('"') && next.starts_with('"');
        let key = || is_key(line, words.saturating_sub(from + (whole.len() - whole.trim_start().len())));
        let in_list = || is_string(line) && self.is_list() || key() && self.is_dictionary();
        if !is_record && (goes_on || tells(Source) || is_source(line) || in_list()) {
            return true;
        }
        if !silent || tokens::time(line).is_some() || history && is_record {
            return false;
        }
        // Nothing tells where or whom it befell.
        let nobody = symptom.remote_host.is_none() && symptom.recipient_domain.is_none();
        if is_commit(line)
            || (nobody || line.starts_with("##")) && self.is_explained(from, to)
            || self.is_catalogue()
            || is_enumerated(line)
            || !is(Ran) && *self.program.get_or_init(|| self.is_program())
        {
            return true;
        }
        // What somebody explains of an error that came.
        let explained =
            symptom.reply_code.is_some() && self.lower.within(from, to).has("error means\nmessage means");
        history && !explained
            || symptom.recipient_domain.is_none() && !explained && tells(Talk)
            || tells(Shown) && !is(Ran)
    }

    /// Whether the line at `from..to` is or stands below a numbered heading, as guides have them, or below a version's.
    fn is_explained(&self, from: usize, to: usize) -> bool {
        let number = |word: Option<&str>| {
            let word = word.unwrap_or_default().trim_start_matches(|c: char| c == '[' || c.is_alphabetic());
            let word = word.trim_end_matches(['.', ':', ')', ']', '：']);
            let digits = word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
            (digits && !word.is_empty()).then(|| word.contains('.'))
        };
        let heading = self.text.before(to).lines().rev().find(|line| line.begins("# \n##"));
        if let Some(heading) = heading {
            let mut words = heading.trim_start_matches(['#', ' ']).split([' ', '：']);
            return number(words.next()).is_some() || number(words.next()) == Some(false);
        }
        let mut words = self.text.before(from).trim_start().lines().next().unwrap_or_default().split(' ');
        number(words.next()) == Some(true) && words.nth(1).is_none()
    }

    /// Whether every line of several gives a key a text, all keys begin alike, and nothing has a number: translations.
    fn is_catalogue(&self) -> bool {
        let mut keys = self.text.lines().map(str::trim).filter(|line| !line.is_empty());
        let begins = keys.next().unwrap_or_default();
        let begins = begins.before(5);
        keys.clone().next().is_some()
            && begins.contains(['_', '.', '"'])
            && keys.all(|line| line.starts_with(begins) && line.contains(['=', ':']))
            && !self.text.contains(|c: char| c.is_ascii_digit())
    }

    /// Whether most lines of several are a program's, by their form.
    fn is_program(&self) -> bool {
        let (mut lines, mut statements) = (0, 0);
        for line in self.text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            lines += 1;
            statements += usize::from(is_statement(line));
        }
        statements > 1 && statements * 2 >= lines
    }

    /// Whether several lines are a string, and nothing else.
    fn is_list(&self) -> bool {
        self.text.lines().filter(|line| is_string(line.trim())).nth(1).is_some()
    }

    /// Whether most lines of several give a string for a string.
    fn is_dictionary(&self) -> bool {
        let lines = || self.text.lines().map(str::trim).filter(|line| !line.is_empty());
        let pairs = lines().filter(|line| pair(line).is_some()).count();
        pairs > 1 && pairs * 2 > lines().count()
    }

    /// Whether all of several lines are comments.
    fn is_commented(&self) -> bool {
        let mut lines = self.text.lines().map(str::trim);
        lines.clone().nth(2).is_some()
            && lines.all(|line| line.is_empty() || line.starts_with('#'))
            && !self.lower.contains("status=deferred")
    }
}

/// Whether `line`, trimmed, is source by its form: a row of a table that shows a message as code, a pattern between slashes, a
/// text with places for values, a statement of a C-like language that calls with a string or assigns one.
fn is_source(line: &str) -> bool {
    line.starts_with('|') && line.ends_with('|') && line.matches('|').count() > 2 && line.contains('`')
        || line.starts_with('/') && line.ends_with(['/', ',']) && line.contains("/,")
        // A setting that was never filled in stands in real failures, outside of quotes: `host, port: ${MAIL_HOST}, 25`.
        || line.contains("${") && line.has("\"\n`")
        || line.ends_with(");") && line.has("(\"\n('")
        || line.ends_with(';') && line.has(" = \"\n = '")
}

/// Whether `line`, trimmed, is a statement of a program, or begins or ends a block of one: `if err != nil {`, `} else {`,
/// `fclose(socket);`.
fn is_statement(line: &str) -> bool {
    line.ends("{\n};\n});\n)\n(\n=>") && !line.contains(' ')
        || line.ends(") {\n({\n=> {\nelse {\nnil {\n):\n as e:\nelse:\ntry:\n\";\n';\n);\n);  #\n\")")
        || line.begins("} \nconst \nreturn \nfunc \ndef \nself.")
}

/// Whether a line lists what is said: `"this", "that" and "more"`.
fn is_enumerated(line: &str) -> bool {
    line.contains("\", \"")
        && line.has("\" and \"\n\" or \"\n\" und \"")
        && !line.contains("\":")
        && !line.starts_with(['{', '[', '(', '"'])
}

/// Whether a line begins with the name of a commit, as `git log --oneline` and its graph have it.
fn is_commit(line: &str) -> bool {
    let line = line.trim_start_matches(['*', '|', '/', '\\', ' ']);
    let name = line.split(' ').next().unwrap_or_default();
    matches!(name.len(), 7..=12 | 40)
        && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        && name.bytes().any(|byte| byte.is_ascii_alphabetic())
        && name.len() < line.len()
}

/// A record of a log: the time of day stands at its beginning.
fn is_record(line: &str) -> bool {
    const WHERE: usize = 40;
    let time = |window: &[u8]| {
        window.iter().enumerate().all(|(at, byte)| match at {
            2 | 5 => *byte == b':',
            _ => byte.is_ascii_digit(),
        })
    };
    line.as_bytes().windows("12:34:56".len()).take(WHERE).any(time)
}

/// A string of a list: quotes, a comma, and no digit that tells of a reply or an address.
fn is_string(line: &str) -> bool {
    let Some(quote) = line.chars().next().filter(|first| matches!(first, '"' | '\'' | '`')) else {
        return false;
    };
    let inner = line.after(1).trim_end_matches([',', ';']);
    inner.len() < line.len() - 1
        && inner.ends_with(quote)
        && !inner.trim_end_matches(quote).contains(quote)
        && !inner.contains(|letter: char| letter.is_ascii_digit() || letter == '@')
}

/// Where the first string of `'this': 'that',` ends, in bytes of the line.
fn pair(line: &str) -> Option<usize> {
    let quote = line.chars().next().filter(|first| matches!(first, '"' | '\''))?;
    let inner = line.after(1);
    let end = inner.find(quote)?;
    let rest = inner.after(end + 1).trim_start();
    let other = rest.strip_prefix("=>").or_else(|| rest.strip_prefix([':', '=']))?.trim();
    (other.starts_with(quote) && other.len() > 1).then_some(end + 1)
}

/// Whether the words at `words` of a line are what a string is given for: `'Connection timed out': 'Délai dépassé',`. What is
/// given is no translation: `"reason": "Connection timed out",`.
fn is_key(line: &str, words: usize) -> bool {
    pair(line).is_some_and(|end| words < end)
}

#[cfg(test)]
mod tests {
    use super::super::read;

    #[test]
    fn words_in_source_are_no_failure() {
        for source in [
            "'hostunknown' => [\n    qr/all relevant MX records point to non-existent hosts/,\n    qr/Unrouteable address/,\n],",
            "throw new MessagingException(\n    \"Could not connect to SMTP host: \" + host +\n    \", port: \" + port);",
            "failregex = postfix/smtp.*: connect to \\S+\\[<HOST>\\]:25: Connection timed out",
            "msgid \"SMTP: Connection refused\"\nmsgstr \"SMTP: Verbindung verweigert\"",
            "@@ -1,2 +1,2 @@\n-  \"SMTP connect: Connection refused\"\n+  \"SMTP connect: Connection timed out\"",
            "case ECONNREFUSED: return \"smtp: Connection refused\";",
            "// Connection timed out while talking to the SMTP server on port 25",
            "$lang['smtp'] = 'SMTP: Connection refused by mail server';",
            "log.error(\"smtp: Connection refused\");",
            "| `status=deferred (connect to X[IP]:25: Connection refused)` | nothing listens | `ss -lnt` |",
            "[\n  'smtp connect: Connection timed out',\n  'smtp connect: Connection refused',\n]",
        ] {
            assert_eq!(read(source), [], "{source}");
        }
    }

    #[test]
    fn what_tells_of_changes_is_no_failure() {
        for text in [
            "commit 1234abcd1234abcd1234abcd1234abcd1234abcd\nAuthor: A <a@example.com>\nDate:   Tue Nov 24 08:00:00 2026 +0100\n\n    smtp: connection timed out is temporary",
            "Try the next MX\n\nAn SMTP connection timed out and the queue gave up.\n\nSigned-off-by: A <a@example.com>",
            "mta (2.1-1) unstable; urgency=low\n\n  * SMTP: log each connection refused.\n\n -- A <a@example.com>  Tue, 24 Nov 2026 08:00:00 +0000",
            "## [2.1.0]\n\n- a slow SMTP server is no longer told as \"connection timed out\"",
            "From: a@example.com\nSubject: Re: [users] timeouts\nList-Id: <users.example.org>\n\nThe SMTP client says connection timed out when nothing answers.",
            "{\"dial tcp 192.0.2.1:25: i/o timeout\", true}, // is tried again",
            "\tlog(why, \"smtp: Host or domain name not found. \"\n\t\t\"Asked for %s\", name);",
        ] {
            assert_eq!(read(text), [], "{text}");
        }
        for text in [
            "From: a@example.com\nSubject: stuck\nList-Id: <users.example.org>\n\nconnect to mx.example.org[192.0.2.1]:25: Connection timed out",
            "Since this commit every mail fails with SMTP connect() failed: Connection timed out",
        ] {
            assert_eq!(read(text).len(), 1, "{text}");
        }
    }

    #[test]
    fn words_in_programs_and_lists_are_no_failure() {
        for text in [
            "except smtplib.SMTPConnectError as e:\n    logger.error(f\"SMTP connection refused: {e}\")\n    return False",
            "it('says no', async () => {\n  await expect(send(mail)).rejects.toThrow('connect ECONNREFUSED 127.0.0.1:2525');\n});",
            "3f2a91c smtp: connection timed out is retried\n77c1d02 smtp: connection refused is not",
            "* 5c1a7e2 (HEAD -> main) smtp: a connection that timed out is retried",
            "v2.11.3 (2025-03-02)\n * smtp: connection reset by peer is retried",
            "### 3. SMTP\n```\nSMTP connection timed out\n```",
            "smtp_connect = SMTP: Verbindung abgelehnt\nsmtp_timeout = SMTP: Zeitüberschreitung",
            "Users see \"SMTP connection timed out\", \"Host not found\" and \"DNS loop\".",
            "'timed out while receiving the initial server greeting':'délai dépassé',\n'Connection refused':'refusé',",
            "- [Error: 450 4.4.315 Connection timed out](mail-flow.md#code315)\n- [Error: 450 4.4.316 Connection refused](mail-flow.md#code316)",
            "Currently, if there is an SMTP timeout, several errors are logged.",
            "Fehler wie `unable to get mx info` bedeuten oft, dass viele Adressen Tippfehler haben.",
            "### 5.6.4 Receiving mail",
            "pattern: \"connect to mx: Connection refused\"\nseverity: warning",
        ] {
            assert_eq!(read(text), [], "{text}");
        }
        for text in [
            "5df87c9ffd0e785d mta error reason=Connection timeout",
            "msmtp: network read error: the operation timed out\nmsmtp: could not send mail",
            "4.4.1 Connection timed out: smtp\nsee above",
            "Timeout::Error: execution expired\n  from net/smtp.rb:539:in `initialize'\n  from net/smtp.rb:539:in `open'",
        ] {
            assert_eq!(read(text).len(), 1, "{text}");
        }
    }

    #[test]
    fn a_failure_that_stands_quoted_is_one() {
        for failed in [
            "{\"level\":\"error\",\"template\":\"to {0}\",\"err\":\"dial tcp 192.0.2.1:25: connect: connection refused\"}",
            "Error: connect ECONNREFUSED 192.0.2.1:25\n    at TCPConnectWrap.afterConnect [as oncomplete] (net.js:1141:16)",
            "  response: '550 5.1.1 <user@example.com>: user unknown',\n  responseCode: 550,",
            "Traceback (most recent call last):\n  File \"smtplib.py\", line 391, in getreply\n    raise SMTPServerDisconnected(\"Connection unexpectedly closed\")\nsmtplib.SMTPServerDisconnected: Connection unexpectedly closed",
            "**SMTP ERROR: Failed to connect to server: Connection timed out (110) SMTP connect() failed.**",
            "Jun 19 10:47:10 mail postfix/smtp[1]: A5: to=<a+${run{x}}@example.com>, relay=mx.example.com[192.0.2.1]:25, delay=1, dsn=5.1.1, status=bounced (host mx.example.com[192.0.2.1] said: 550 5.1.1 User unknown (in reply to RCPT TO command))",
            "Couldn't connect to SMTP host, port: ${MAIL_HOST}, 25; timeout -1",
            "smtp: connection timed out, see https://example.com/%d0%bf%d0%be",
            "smtp: dial 192.0.2.1:25: connection refused (%s)",
            "[message] => SMTP connect() failed: Connection timed out (110)",
        ] {
            assert_ne!(read(failed), [], "{failed}");
        }
    }

    #[test]
    fn what_could_happen_is_no_failure() {
        for text in [
            "smtp:\n  timeout: 3000 # connection timed out after this",
            "### \"Connection refused\"\nIs port 587 of the mail server open?",
            "try { mail.send(); }\ncatch (SmtpException e) { log(\"SMTP connection timed out\"); }",
            "| ETIMEDOUT | a firewall drops the packets of SMTP |",
            "Fixed: \"connection timed out\" of slow SMTP servers",
        ] {
            assert_eq!(read(text), [], "{text}");
        }
        for text in [
            "| 2026-11-24T08:00:00Z | SMTP: connection timed out |",
            "Traceback (most recent call last):\n  File \"smtplib.py\", line 1\n    raise e\nConnectionRefusedError: refused: connection refused",
            "- **Error**: connect ETIMEDOUT 192.0.2.1:587",
        ] {
            assert_eq!(read(text).len(), 1, "{text}");
        }
    }
}
