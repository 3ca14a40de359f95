//! How long mail software tries again before it gives up: its defaults, the settings' names, and where that was read.

use serde::Serialize;

/// How one mail software or service retries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct RetryPolicy {
    /// The software, by the name that [`Symptom::mta`](super::Symptom::mta) uses.
    pub mta: &'static str,
    /// Its name for people.
    pub name: &'static str,
    /// When it gives up, in seconds since the message was taken.
    pub gives_up_after_s: u64,
    /// How often it tries.
    pub interval: &'static str,
    /// The setting that says so, where there is one.
    pub setting: &'static str,
    /// Where that was read.
    pub source: &'static str,
}

const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;

const fn policy(
    mta: &'static str,
    name: &'static str,
    gives_up_after_s: u64,
    interval: &'static str,
    setting: &'static str,
    source: &'static str,
) -> RetryPolicy {
    RetryPolicy { mta, name, gives_up_after_s, interval, setting, source }
}

/// The policies: defaults as of 2026-11; an administrator may have set others.
#[rustfmt::skip]
pub const POLICIES: &[RetryPolicy] = &[
    policy("postfix", "Postfix", 5 * DAY, "every 5 to 67 minutes", "maximal_queue_lifetime", "postconf(5)"),
    policy("exim", "Exim", 4 * DAY, "15 minutes at first, up to 6 hours", "retry rule F,2h,15m; G,16h,1h,1.5; F,4d,6h", "Exim's default configuration"),
    policy("sendmail", "Sendmail", 5 * DAY, "at each queue run, often 1 hour", "confTO_QUEUERETURN", "sendmail's cf/README"),
    policy("qmail", "qmail", 7 * DAY, "ever more rarely (quadratic)", "queuelifetime", "qmail-send(8)"),
    policy("opensmtpd", "OpenSMTPD", 4 * DAY, "ever more rarely, from 400 seconds", "queue ttl", "smtpd.conf(5)"),
    policy("exchange", "Exchange Server", 2 * DAY, "1, 5, then every 10 minutes", "MessageExpirationTimeout", "Microsoft's documentation of Set-TransportService"),
    policy("exchange_online", "Exchange Online", DAY, "ever more rarely", "", "Microsoft's notice MC173908"),
    policy("gmail", "Gmail", 3 * DAY, "ever more rarely", "", "Will-Retry-Until in its delay notices"),
    policy("amazon_ses", "Amazon SES", 14 * HOUR, "ever more rarely", "MaxDeliverySeconds", "its own bounces: 840 minutes"),
    policy("sendgrid", "SendGrid", 72 * HOUR, "ever more rarely", "", "Twilio's documentation of deferrals"),
    policy("mailgun", "Mailgun", 8 * HOUR, "10, 15, 30 minutes, 1, 2, 4 hours", "", "Mailgun's help pages"),
    policy("sparkpost", "SparkPost", 72 * HOUR, "20 minutes, doubling", "", "SparkPost's help pages"),
    policy("momentum", "Momentum", 7 * DAY, "20 minutes, doubling up to 12 hours", "Message_Expiration", "its shipped configuration"),
    policy("powermta", "PowerMTA", 4 * DAY + 12 * HOUR, "every 10 minutes", "bounce-after", "its sample configuration"),
    policy("kumomta", "KumoMTA", 7 * DAY, "20 minutes, doubling", "max_age", "KumoMTA's documentation"),
    policy("haraka", "Haraka", 6 * DAY, "64 seconds, doubling, 13 tries", "temp_fail_intervals", "Haraka's outbound documentation"),
    policy("zone_mta", "Zone-MTA", 30 * DAY, "ever more rarely", "", "its source"),
    policy("postal", "Postal", 2 * DAY, "5 minutes, growing by 1.3, 18 tries", "", "its source"),
    policy("domino", "Domino", DAY, "every 15 minutes", "Transfer retry interval", "HCL's documentation"),
];

/// How `mta` retries.
pub fn policy_of(mta: &str) -> Option<&'static RetryPolicy> {
    POLICIES.iter().find(|policy| policy.mta == mta)
}

/// A span of time as people say it: `5 days`, `14 hours`.
pub fn spoken(seconds: u64) -> String {
    match (seconds / DAY, seconds % DAY / HOUR) {
        (1, 0) => "24 hours".to_owned(),
        (0, hours) => format!("{hours} hours"),
        (days, 0) => format!("{days} days"),
        (days, hours) => format!("{days} days and {hours} hours"),
    }
}
