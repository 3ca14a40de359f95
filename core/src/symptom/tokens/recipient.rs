//! The domain that mail was for.

use super::host::{host, host_at, is_host};
use super::read::Read;
use crate::cut::Cut as _;
use crate::symptom::marks::{Mark, Marks};

/// What stands before a recipient's address, surest first.
const RECIPIENT: &str = "to=<\nfinal-recipient:\noriginal-recipient:\nrcpt to:<\n\"recipient\":\"\n\
     \"recipient\": \"\n\"rcpt\":\"\n\"rcpt_to\":\"\n\"email\":\"\n\"emailaddress\":\"\n\
     to = [\"\naddr=<\nrcpt=\n== \n** \nfor <\n=> \nrecipient <\nrecipient: \n\
     recipient address: \nnot delivered to:\naddressed to email address\nto: <\n=== \n\
     message to <\nmessage to \nundeliverable to \nrecipients were affected\n\
     not reach the following recipient\nfollowing recipient\nfollowing address\n\
     could not be reached: \ndelivered to \nfolgende empfänger\nfolgenden empfänger\n\
     destinataires suivants\nsiguientes destinatarios";

/// What stands before the domain itself.
const DOMAIN: &str = "name=\nlookup of \nhost named \nbecause the domain \ndestination domain: \ndomain=\n\
     for domain \ndomain name not found: \nno mx for \nno mx record found for domain=\n\
     servers were available for \nquerymx eservfail \nquerymx enotfound \ndestination domain \n\
     remote domain '\nremote domain \nnexthopdomain : \nnexthopdomain: \nnext hop domain: \n\
     \"domain\":\"\n\"routing_domain\":\"\ndomain = \"\ndomain: \ndns domain \n[relay:\n\
     ] for \nfailed to resolve mx for \nlooking up \nmessages transferred to \ndomain ";

/// Every word of both tables.
pub(super) fn words() -> impl Iterator<Item = &'static str> {
    RECIPIENT.lines().chain(DOMAIN.lines())
}

/// The domain of the recipient: `to=<user@domain>`, `== user@domain`, `rfc822; user@domain`, or the first mail address
/// that is not the sender's.
pub(in crate::symptom) fn recipient_domain(text: &str, lower: &str) -> Option<Read<String>> {
    static MARKS: Marks = Marks::new();
    static DOMAINS: Marks = Marks::new();
    let after = |mark: Mark| {
        let at = mark.end + text.after(mark.end).find('@')?;
        // A line of `=====` or `*****` is none of Exim's arrows.
        let ruled = lower.before(mark.start).ends_with(['=', '*']);
        // Postfix's `orig_to=<` is what the recipient was before.
        let ruled = ruled || lower.before(mark.start).ends_with("orig_");
        if ruled || at - mark.end > 200 || is_sender(lower, at) { None } else { domain_at(text, at) }
    };
    let marked = MARKS.find(RECIPIENT.lines(), lower).into_iter().find_map(after);
    let named = |mark: Mark| {
        // `LastAttemptedServerName=` is no `name=`.
        let word = |c: char| c.is_ascii_alphanumeric();
        let whole = !lower.before(mark.start).ends_with(word) || !lower.after(mark.start).starts_with(word);
        // `MAIL FROM domain [example.org]`: the sender's.
        let sender = lower.before(mark.start).ends("from \nsender \nfrom: \nsender's ");
        if whole && !sender { host_at(text, mark.end) } else { None }
    };
    marked
        .or_else(|| DOMAINS.find(DOMAIN.lines(), lower).into_iter().find_map(named))
        .or_else(|| domain_of_route(text, lower))
        .or_else(|| first_address(text, lower))
        .or_else(|| {
            const HOST: &str = "name server: ";
            host_at(text, lower.find(HOST)? + HOST.len())
        })
}

/// Domino: `Unable to transfer message … to DOMAIN via SMTP`.
fn domain_of_route(text: &str, lower: &str) -> Option<Read<String>> {
    let end = lower.find(" via smtp")?;
    let start = end - text.before(end).bytes().rev().take_while(|byte| is_host(*byte)).count();
    host(text.within(start, end)).map(|value| Read { value, start, end })
}

/// The first mail address that is a recipient's, as far as the words before it tell.
fn first_address(text: &str, lower: &str) -> Option<Read<String>> {
    let mut at = 0;
    while let Some(found) = text.after(at).find('@') {
        let here = at + found;
        if let Some(domain) = domain_at(text, here) {
            // An accounting line of PowerMTA (sender, recipient), of Exchange (message identifier, recipient).
            let next = text.after(domain.end).trim_start_matches('>');
            let pair = next.starts_with(',')
                && next.after(1).split(',').next().is_some_and(|next| next.contains('@'));
            // `<a@example.org>: Sender address rejected`.
            let refused =
                lower.after(domain.end).trim_start_matches(['>', ':', '.', ' ']).starts_with("sender ");
            if !is_sender(lower, here) && !pair && !refused {
                return Some(domain);
            }
        }
        at = here + 1;
    }
    None
}

/// Whether the address whose `@` stands at `at` is named as the sender's.
fn is_sender(lower: &str, at: usize) -> bool {
    const SENDER: &str = "from\nsender\nctladdr\nenvelope-from\nreverse-path\ndelivery for\nfrom: <\norig\norig_to\n\
             contact\ncontact the\nreply-to\nhelp\nquestions to\nreturn-path\n -f\nto report this to";
    let local =
        lower.before(at).bytes().rev().take(64).take_while(|byte| !b" <>\"'=:,;([".contains(byte)).count();
    let before = lower.before(at - local).trim_end_matches(['<', '"', '\'', '=', ':', ' ', '[', '(']);
    before.len() < at - local && before.ends(SENDER)
}

fn domain_at(text: &str, at: usize) -> Option<Read<String>> {
    let start = at + 1;
    let length = text.after(start).bytes().take_while(|byte| is_host(*byte)).count();
    let end = start + length;
    let value = host(text.within(start, end))?;
    // The prompt of a shell: `user@host:~$`, `[user@host ~]#`.
    let prompt = text.after(end).begins(":~\n:/\n ~]");
    (!prompt).then(|| Read {
        value,
        start,
        end: start + text.within(start, end).trim_end_matches(['.', '-', '_']).len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_senders_domain_is_not_the_recipients() {
        let domain = |text: &str| recipient_domain(text, &text.to_ascii_lowercase()).map(|read| read.value);
        for text in [
            "from=<a@sender.example>, to=<u@example.org>, relay=none",
            "from = <a@sender.example>, to = [\"u@example.org\"]",
            "t,2026-11-24 08:00:00+0000,a@sender.example,u@example.org,,relayed",
            "\"sender\":\"a@sender.example\",\"recipient\":\"u@example.org\"",
            "user@box.sender.example:~$ swaks -t u@example.org",
            "~# swaks -f a@sender.example -t u@example.org",
            "Router: Unable to transfer message 1 to EXAMPLE.ORG via SMTP",
            "Connection attempt to LastAttemptedServerName=mx.example.net of domain example.org",
        ] {
            assert_eq!(domain(text).as_deref(), Some("example.org"), "{text}");
        }
    }
}
