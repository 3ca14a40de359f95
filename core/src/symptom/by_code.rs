//! What a reply code and an enhanced status code say together better than the cause does that they are counted with.

use super::cause::{Cause, SymptomFamily};
use super::model::Symptom;

/// What is said of a failure, where its codes say more than its cause.
pub(super) struct ByCode {
    pub(super) happened: &'static str,
    pub(super) meaning: &'static str,
    pub(super) likely: &'static [&'static str],
    pub(super) check: &'static [&'static str],
    pub(super) postmaster: Option<&'static str>,
}

/// The recipient's postmaster knows nothing of it.
pub(super) const DO_NOT_WRITE: &str = "Not yet: look at your own side first.";

/// Nor of a login.
const LOGIN: &str = "A login is asked for by your own relay: whoever runs that knows.";

/// Nothing is wrong at the sender's, and the queue does what is to be done.
const BY_ITSELF: &[&str] = &["nothing at first: what waits in a queue is tried again"];

/// What the codes of `symptom` say, where a server said no or not now.
pub(super) fn by_code(symptom: &Symptom) -> Option<&'static ByCode> {
    if !matches!(symptom.family, SymptomFamily::Busy | SymptomFamily::Rejected) {
        return None;
    }
    let code = symptom.reply_code.map_or(0, |code| code.0);
    let status = symptom.enhanced_status.map(|status| (status.class, status.subject, status.detail));
    Some(match (code, status) {
        (523 | 530 | 538, _) | (_, Some((_, 7, 10 | 11))) => &ByCode {
            happened: "{host} asks for TLS or a login before it takes mail.",
            meaning: "A rejection: the server was reached and said what it wants first (RFC 3207 s4, RFC 4954 s6).",
            likely: &["your mail software used no TLS there, or did not log in"],
            check: &[
                "whether your mail software may use TLS there, and the login in its settings where it is your relay",
            ],
            postmaster: Some(DO_NOT_WRITE),
        },
        (454, Some((_, 7, 0))) => &ByCode {
            happened: "{host} could not begin TLS, or check a login, for now.",
            meaning: "The server was reached and spoke: the reason is its own, and passes (RFC 3207 s4, RFC 4954 s6).",
            likely: &["the server's TLS or its login service is out of order for now"],
            check: BY_ITSELF,
            postmaster: None,
        },
        (432, _) | (_, Some((_, 7, 12))) => &ByCode {
            happened: "{host} wants the login moved to another method first.",
            meaning: "The account must be moved to this login method (RFC 4954 s6): as a rule by logging in once with the plain password over TLS.",
            likely: &["the account has not used this login method yet"],
            check: &["log in once with the method PLAIN, over TLS, then again as before"],
            postmaster: Some(LOGIN),
        },
        (525, _) | (_, Some((_, 7, 13))) => &ByCode {
            happened: "{host} says that the account is disabled.",
            meaning: "A rejection: the login was right, and its account is disabled (RFC 5248 s2.4).",
            likely: &["the account is locked, or not paid for"],
            check: &["what the account's administrator says"],
            postmaster: Some(LOGIN),
        },
        (534 | 535, _) | (504, Some((_, 7, 4))) | (500, Some((_, 5, 6))) | (_, Some((_, 7, 8 | 9))) => {
            &ByCode {
                happened: "{host} did not take the login.",
                meaning: "A rejection: a login (SMTP AUTH, RFC 4954) did not pass.",
                likely: &[
                    "the user name, the password, or the way of logging in is not what the server takes",
                ],
                check: &[
                    "the login in the mail software's settings, and what the server's operator asks for (an app password, OAuth)",
                ],
                postmaster: Some(LOGIN),
            }
        }
        (_, Some((4, 3, 1))) => &ByCode {
            happened: "{host} has no room for mail at present.",
            meaning: "The server was reached and spoke: its storage is full (RFC 3463 s3.4).",
            likely: &["the server's storage is full"],
            check: BY_ITSELF,
            postmaster: None,
        },
        (_, Some((4, 3, 2))) => &ByCode {
            happened: "{host} takes no mail at present.",
            meaning: "The server was reached and spoke: it is being shut down or maintained, or has too much load (RFC 3463 s3.4).",
            likely: &["maintenance, or too much load"],
            check: BY_ITSELF,
            postmaster: None,
        },
        (_, Some((_, 5, 3))) => &ByCode {
            happened: "{host} takes fewer recipients at a time.",
            meaning: "A server must take 100 recipients in one message, and need not take more (RFC 5321 s4.5.3.1.8).",
            likely: &["the message has more recipients than the server takes at a time"],
            check: &["how many recipients your mail software gives at a time"],
            postmaster: Some("No need: send to fewer at a time."),
        },
        (_, Some((_, 1, 7 | 8) | (_, 7, 27))) => &ByCode {
            happened: "{host} does not take the sender's address.",
            meaning: "A rejection: it is about the address that the mail comes from, not about the recipient's (RFC 3463 s3.2, RFC 7505 s4.2).",
            likely: &[
                "the sender's address is misspelt, or its domain does not exist or takes no mail itself",
            ],
            check: &["the sender's address, and the MX of its domain"],
            postmaster: Some(DO_NOT_WRITE),
        },
        (_, Some((_, 1, 9))) => &ByCode {
            happened: "{host} says that the message was passed on to a server that sends no reports.",
            meaning: "A notice, and no refusal: what became of the message there is not told (RFC 3886 s3.3.4).",
            likely: &["the next server sends no reports"],
            check: &["ask the recipient by another way whether it came"],
            postmaster: None,
        },
        (_, Some((_, 6, 1..=5 | 7..=10))) if symptom.cause == Cause::RejectedOther => &ByCode {
            happened: "{host} does not take a message of this form.",
            meaning: "A rejection: the message's form is not taken there or on the way: 8 bit, letters beyond ASCII in addresses or headers, the kind of content (RFC 3463 s3.7, RFC 6531).",
            likely: &["the mail software sent a form that the server does not announce"],
            check: &["send it as plain text, between addresses in ASCII"],
            postmaster: None,
        },
        (_, Some((_, 7, 17..=19))) => &ByCode {
            happened: "{host} cannot say that the mailbox still has the owner whom the sender knew.",
            meaning: "The message asked for the owner of a date that the sender set, and the mailbox or its domain has another since, or the server cannot tell (RFC 7293).",
            likely: &["the mailbox or the domain has changed hands"],
            check: &["ask the recipient by another way whether the address is still theirs"],
            postmaster: Some("Reach the recipient by another way."),
        },
        (_, Some((_, 7, 25))) => &ByCode {
            happened: "{host} refused your address for its reverse DNS.",
            meaning: "A rejection: the name that DNS gives for your server's address is missing, or does not lead back to it (RFC 7372).",
            likely: &["your server's address has no reverse name, or one that does not lead back to it"],
            check: &["the reverse name (PTR) of your server's address, and the addresses of that name"],
            postmaster: Some(DO_NOT_WRITE),
        },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::{explain, read};

    #[test]
    fn codes_say_what_their_cause_does_not() {
        for (text, happened) in [
            ("530 5.7.0 Must issue a STARTTLS command first", "asks for TLS or a login"),
            (
                "538 5.7.11 Encryption required for requested authentication mechanism",
                "asks for TLS or a login",
            ),
            ("454 4.7.0 TLS not available due to temporary reason", "could not begin TLS"),
            ("535 5.7.8 Authentication credentials invalid", "did not take the login"),
            ("432 4.7.12 A password transition is needed", "moved to another method"),
            ("525 5.7.13 User account disabled", "the account is disabled"),
            ("523 5.7.10 Encryption needed", "asks for TLS or a login"),
            ("534 5.7.9 Authentication mechanism is too weak", "did not take the login"),
            ("504 5.7.4 Unrecognized authentication type", "did not take the login"),
            ("500 5.5.6 Authentication Exchange line is too long", "did not take the login"),
            ("550 5.6.1 Media not supported", "of this form"),
            ("550 5.6.2 Conversion required and prohibited", "of this form"),
            ("550 5.6.7 Non-ASCII addresses not permitted for that sender/recipient", "of this form"),
            ("550 5.6.9 UTF-8 header message cannot be transferred", "of this form"),
            ("550 5.6.1 the message contains a virus", "refused the content"),
            ("550 5.7.17 Mailbox owner has changed", "the owner whom the sender knew"),
            ("550 5.7.25", "reverse DNS"),
            ("550 5.7.25 Reverse DNS validation failed", "reverse DNS"),
            ("550 5.1.9 Message relayed to non-compliant mailer", "was passed on"),
            ("550 5.7.515", "for want of authentication"),
            ("421 4.7.28", "slows you down"),
            ("550 5.7.28 Mail flood detected", "slows you down"),
            ("550 5.7.27", "the sender's address"),
            ("556 5.1.10 Recipient address has null MX", "says that it takes no mail"),
            ("452 4.3.1 Insufficient system storage", "has no room"),
            ("421 4.3.2 System not accepting network messages", "takes no mail at present"),
            ("452 4.5.3 Too many recipients", "fewer recipients"),
            ("550 5.1.8 Bad sender's system address", "the sender's address"),
            ("550 5.7.27 Sender address has null MX", "the sender's address"),
            ("550 5.1.1 User unknown", "for this mailbox"),
            ("421 4.7.28 Our system has detected an unusual rate", "slows you down"),
        ] {
            let headline = explain(&read(text)[0]).headline;
            assert!(headline.contains(happened), "{text}: {headline}");
        }
    }
}
