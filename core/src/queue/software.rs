//! The mail software that has a queue: its name, and the command that has it try again.

use crate::facts;
use crate::symptom::retry;
use serde::Serialize;

/// The mail software whose queue was listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Software {
    /// `postqueue -j`, `postqueue -p`, `mailq`.
    Postfix,
    /// `exim -bp`, `exim -bpr`, `mailq`.
    Exim,
    /// `mailq`, `sendmail -bp`.
    Sendmail,
    /// `smtpctl show queue`, `mailq`.
    #[serde(rename = "opensmtpd")]
    OpenSmtpd,
    /// `qmail-qread`.
    Qmail,
    /// `Get-Queue`, `Get-Message`.
    Exchange,
    /// `haraka --qlist`.
    Haraka,
    /// `/metrics.json`.
    Kumomta,
    /// `stalwart-cli queue list`, `/api/queue/messages`: up to 0.15, of 0.16 neither is left.
    Stalwart,
}

impl Software {
    /// Its name, as [`Symptom::mta`](crate::symptom::Symptom::mta) writes it.
    pub const fn mta(self) -> &'static str {
        match self {
            Self::Postfix => "postfix",
            Self::Exim => "exim",
            Self::Sendmail => "sendmail",
            Self::OpenSmtpd => "opensmtpd",
            Self::Qmail => "qmail",
            Self::Exchange => "exchange",
            Self::Haraka => "haraka",
            Self::Kumomta => "kumomta",
            Self::Stalwart => "stalwart",
        }
    }

    /// Its name for people.
    pub fn name(self) -> &'static str {
        retry::policy_of(self.mta()).map_or(self.mta(), |policy| policy.name)
    }

    /// The command that has it try what waits for `destination` again, now. Where the software cannot choose, all that
    /// waits is tried.
    ///
    /// `None` where `destination` cannot stand in a command line as it is, or the software has no such command.
    pub fn flush(self, destination: &str) -> Option<String> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        if destination.is_empty() || destination.starts_with('-') || !destination.bytes().all(plain) {
            return None;
        }
        let key = match self {
            Self::Postfix => "postfix.retry_domain",
            Self::Exim => "exim.retry_domain",
            Self::Sendmail => "sendmail.retry_domain",
            Self::OpenSmtpd => "opensmtpd.retry_all",
            Self::Qmail => "qmail.retry_all",
            Self::Exchange => "exchange.retry",
            // By their own help; Debian has neither, so that nothing here runs them. CONFIG is Haraka's folder. Stalwart's
            // is that of 0.15 and before, as are the lists that are read.
            Self::Haraka => return Some(format!("haraka -c CONFIG --qunstick {destination}")),
            Self::Stalwart => return Some(format!("stalwart-cli queue retry --domain {destination}")),
            Self::Kumomta => return None,
        };
        facts::command(key, None).map(|command| command.filled(destination, None))
    }
}
