//! Whether a message is still tried or was given up: one notion, from whatever says it.

use super::cause::{Cause, SymptomFamily};
use super::marks::{Mark, Table};
use super::model::{Finality, Symptom};

use crate::cut::Cut as _;
use Finality::{Delayed, Failed};

/// What tells: what a log or a report states in a field of its own, which outweighs every word beside it, then the words of
/// notices. Those of a delay first: such a notice says "could not be delivered" too.
static MARKS: Table<Finality> = Table::new(&[
    // Exim: `**` bounces, `==` defers (specification, chapter Log files). qmail-send: a failure, a deferral.
    (
        Failed,
        "status=bounced\nstatus=expired\nstatus=undeliverable\n ** \naction: failed\n\"action\":\"failed\"\n\
         \"bouncetype\":\"permanent\"\nresult=\"permfail\"\nresult=permfail\n: failure: ",
    ),
    (
        Delayed,
        "status=deferred\nstat=deferred\n == \naction: delayed\n defer (\n\"action\":\"delayed\"\n\
         result=\"tempfail\"\nresult=tempfail\n: deferral: ",
    ),
    (
        Delayed,
        "will be retried\nstill being retried\nwill keep trying\nwill retry for\nwill continue to try\n\
         will continue trying\ndo not need to resend\nhas not yet been delivered\nhasn't been delivered yet\n\
         no action is required on your part\nnotification (delay)\ntransient non-fatal errors\n\
         delivery is delayed to\nhas been delayed\nmessage delayed\ntemporarily deferred\n\
         details of temporary failure\ndelivery temporarily suspended\n\
         noch nicht zugestellt\nnoch nicht übermittelt\nverzögert\npas encore été remis\n\
         est retardée\nété différée\nno se ha entregado\nse ha retrasado\n\
         ancora stato recapitato\nnog niet bezorgd\nainda não foi entregue\n\
         está atrasada\njeszcze dostarczon\nеще не доставлен\nадерживается\n\
         配信されていません\n配信が遅れ\n尚未传递\n已延迟",
    ),
    (
        Failed,
        "could not be delivered\ncannot be delivered\ncould not deliver message\nno se pudo entregar\n\
         n'a pas pu être remis\nkonnte nicht zugestellt werden\nnicht noch einmal versuchen\nmessage timed out\n\
         couldn't be delivered\nwasn't delivered\nwas not delivered\nreturned to sender\nreturning message to sender\n\
         undeliverable:\nnotification (failure)\ndelivery has failed\ndelivery failed permanently\n\
         failed permanently\nfehler bei der nachrichtenzustellung\nhat einige oder alle empfänger nicht erreicht\n\
         chec de la remise\nrecapito non riuscito\nkan niet worden bezorgd\nfalha na entrega\n\
         adresatów lub grup nie powiodło\nе удалось выполнить доставку\nグループへの配信に失敗\n传递给以下收件人\n\
         did not reach some or all\ndid not reach the following\npermanent fatal errors\nthis is a permanent error\n\
         i've given up\ngiving up on it\nmessage expired\nretry timeout exceeded\nafter a long failure period",
    ),
]);

/// Every mark of the table.
pub(super) fn words() -> impl Iterator<Item = &'static str> {
    MARKS.all().map(|(mark, _)| mark)
}

/// What `lower`, a text in lower case, states.
pub(super) fn said(lower: &str) -> Option<Finality> {
    // Exim's two marks stand between a message and an address; banners are ruled with stars, too.
    let exims = |mark: &Mark| {
        let rest = lower.after(mark.end);
        let word = &rest[..rest.find([' ', '\n']).unwrap_or(rest.len())];
        let before = lower.before(mark.start).trim_end_matches(' ');
        word.contains('@')
            && (before.is_empty() || before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '\n'))
    };
    let stands = |mark: &Mark| !matches!(MARKS.mark(mark), " ** " | " == ") || exims(mark);
    MARKS.find(lower).iter().find(|mark| stands(mark)).map(|mark| MARKS.tells(mark))
}

/// How long the message had been in the queue when the line was written, in seconds: Postfix's `delay=309063` and
/// sendmail's `delay=2+03:00:00`.
pub(super) fn queued(lower: &str) -> Option<u64> {
    const FIELD: &str = "delay=";
    let at = lower.match_indices(FIELD).map(|(at, _)| at).find(|at| {
        let before = lower.before(*at).bytes().next_back();
        !before.is_some_and(|byte| byte.is_ascii_alphanumeric())
    })?;
    let value = lower.after(at + FIELD.len());
    let value = &value[..value.find([',', ' ', ';']).unwrap_or(value.len())];
    match value.split_once(':') {
        None => value.split('.').next()?.parse().ok(),
        Some((hours, rest)) => {
            let (days, hours) = hours.split_once('+').unwrap_or(("0", hours));
            let (minutes, seconds) = rest.split_once(':')?;
            let number = |text: &str| text.parse::<u64>().ok().filter(|number| *number < 100_000);
            Some(((number(days)? * 24 + number(hours)?) * 60 + number(minutes)?) * 60 + number(seconds)?)
        }
    }
}

/// What became of the message: what the text states; else what its code's class and its cause leave.
pub fn finality(symptom: &Symptom) -> Option<Finality> {
    let by_class = || {
        // Postfix tries the next server after a refusal in the greeting, and keeps the message (smtp_skip_5xx_greeting).
        if symptom.cause == Cause::RefusedAtGreeting && symptom.mta.as_deref() == Some("postfix") {
            return None;
        }
        let enhanced = symptom.enhanced_status.map(|status| u16::from(status.class));
        let reply = symptom.reply_code.map(|code| code.0 / 100);
        // `451 5.7.3`: what contradicts itself proves neither.
        if enhanced.zip(reply).is_some_and(|(enhanced, reply)| enhanced != reply) {
            return None;
        }
        let for_good = match enhanced.or(reply) {
            Some(class) => class == 5,
            None => {
                matches!(symptom.family, SymptomFamily::Rejected | SymptomFamily::Expired)
                    || matches!(symptom.cause, Cause::NoSuchDomain | Cause::NullMx | Cause::MailLoop)
            }
        };
        for_good.then_some(Failed)
    };
    match symptom.finality {
        // A notice of a delay that quotes an older failure is still a notice of a delay.
        Some(stated) => Some(stated),
        None if symptom.expired => Some(Failed),
        None => by_class(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{explain, read};
    use super::*;

    fn of(text: &str) -> Option<Finality> {
        finality(&read(text)[0])
    }

    #[test]
    fn a_final_bounce_is_not_tried_again_whatever_its_class() {
        let bounce = "From: MAILER-DAEMON@mx.example.net\nSubject: Undelivered Mail Returned to Sender\n\n\
            <a@example.org>: connect to mx.example.org[192.0.2.1]:25: Connection timed out\n\n\
            Final-Recipient: rfc822; a@example.org\nAction: failed\nStatus: 4.4.1\n\
            Diagnostic-Code: X-Postfix; connect to mx.example.org[192.0.2.1]:25: Connection timed out\n";
        assert_eq!(of(bounce), Some(Failed));
        assert_eq!(of(&bounce.replace("Action: failed", "Action: delayed")), Some(Delayed));
    }

    #[test]
    fn a_delay_notice_that_says_could_not_be_delivered_is_a_delay() {
        let words = "Your message could not be delivered for more than 4 hour(s).\nIt will be retried until it is 5 day(s) old.\n\
            connect to mx.example.org[192.0.2.1]:25: Connection timed out";
        assert_eq!(said(&words.to_ascii_lowercase()), Some(Delayed));
    }

    #[test]
    fn a_notice_of_a_delay_is_one_in_every_language() {
        for notice in [
            "Diese Nachricht wurde noch nicht zugestellt. #4.4.7 <u@example.org>",
            "Ce message n'a pas encore été remis. #4.4.7 <u@example.org>",
            "Este mensaje aún no se ha entregado. #4.4.7 <u@example.org>",
            "Il messaggio non è ancora stato recapitato. #4.4.7 <u@example.org>",
            "Dit bericht is nog niet bezorgd. #4.4.7 <u@example.org>",
            "Esta mensagem ainda não foi entregue. #4.4.7 <u@example.org>",
            "Ta wiadomość nie została jeszcze dostarczona. #4.4.7 <u@example.org>",
            "Это сообщение еще не доставлено. #4.4.7 <u@example.org>",
            "このメッセージはまだ配信されていません。 #4.4.7 <u@example.org>",
            "此邮件尚未传递。 #4.4.7 <u@example.org>",
            "This message hasn't been delivered yet. #4.4.7 <u@example.org>",
        ] {
            let read = &read(notice)[0];
            assert_eq!((finality(read), read.expired), (Some(Delayed), false), "{notice}");
            assert!(explain(read).headline.contains("still waits"), "{notice}");
        }
    }

    #[test]
    fn exims_two_marks_and_postfixs_states() {
        let exim = "2026-11-24 09:00:00 1tFabc-0004gI-6W == a@example.org R=dnslookup T=remote_smtp defer (110): Connection timed out H=mx.example.org [192.0.2.1]";
        assert_eq!(of(exim), Some(Delayed));
        assert_eq!(of(&exim.replace(" == ", " ** ").replace("defer (110): ", "")), Some(Failed));
        let deferred = "status=deferred (host mx.example.org[192.0.2.1] refused to talk to me: 554 no)";
        assert_eq!(of(deferred), Some(Delayed), "a soft bounce stays in the queue");
    }

    #[test]
    fn a_text_that_does_not_say_leaves_it_open() {
        assert_eq!(of("connect to mx.example.org[192.0.2.1]:25: Connection timed out"), None);
        assert_eq!(of("550 5.1.1 User unknown"), Some(Failed));
        assert_eq!(of("host mx.example.org[192.0.2.1] refused to talk to me: 554 5.7.1 No"), None);
    }

    /// Exchange's queues are full of the first; the second is its failure report ten minutes later.
    #[test]
    fn codes_of_two_classes_prove_nothing() {
        for text in [
            "450 4.4.317 Cannot connect to remote server [Message=451 5.7.3 STARTTLS is required to send mail]",
            "451 5.7.3 STARTTLS is required to send mail",
            "451 4.4.0 Primary target IP address responded with: \"451 5.7.3 STARTTLS is required to send mail.\"",
            "450 5.1.1 User unknown",
            "550 4.2.2 The mailbox is over quota",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
        let expired = "550 5.4.317 Message expired, cannot connect to remote server(451 5.7.3 STARTTLS is required to send mail)";
        assert_eq!(of(expired), Some(Failed));
    }

    #[test]
    fn the_age_in_the_queue_is_read() {
        assert_eq!(queued("to=<a@b>, relay=none, delay=309063, delays=1/2/3/4"), Some(309_063));
        assert_eq!(queued("delay=0.5, dsn=2.0.0"), Some(0));
        assert_eq!(queued("delay=2+03:00:10, xdelay=00:00:01"), Some(183_610));
        for none in ["delays=1/2/3/4", "xdelay=00:00:01", "delay=soon", "no delay here"] {
            assert_eq!(queued(none), None, "{none}");
        }
    }

    #[test]
    fn a_temporary_failure_is_no_failure_for_good() {
        assert_eq!(said("technical details of temporary failure: nobody answers"), Some(Delayed));
        assert_eq!(said("result=tempfail stat=error (temporary failure: \"550 no\")"), Some(Delayed));
        assert_eq!(said("delivery 8: failure: remote host said: 550"), Some(Failed));
    }
}
