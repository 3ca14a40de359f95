//! Telling a monitor: the bodies that Uptime Kuma, Gatus and ntfy expect, and plain JSON for everything else.

use super::change::Change;
use super::paint;
use super::setup::{self, Usage};
use noanswer_core::scrub;
use noanswer_core::wire_name::wire_name;
use serde_json::json;
use std::time::Duration;

/// How long a monitor is waited for.
const LIMIT: Duration = Duration::from_secs(10);

/// Where changes are told.
#[derive(Debug)]
pub(super) struct Push {
    url: reqwest::Url,
    kind: Kind,
    token: Option<String>,
}

/// What is there, by the form of its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Uptime Kuma's push monitor: `GET /api/push/TOKEN?status=…&msg=…&ping=…`. It wants every beat.
    Kuma,
    /// Gatus's external endpoint: `POST /api/v1/endpoints/GROUP_NAME/external?success=…`. It wants every result.
    Gatus,
    /// ntfy: the text is the body, the title a header.
    Ntfy,
    /// Anything else: JSON.
    Webhook,
}

impl Push {
    /// A monitor at `url`; `ntfy+https://…` says that it is ntfy where its name does not.
    pub(super) fn to(url: &str, token_env: Option<&str>) -> Result<Self, Usage> {
        let (url, ntfy) = url.strip_prefix("ntfy+").map_or((url, false), |url| (url, true));
        let sound = reqwest::Url::parse(url).ok();
        let sound = sound.filter(|url| matches!(url.scheme(), "https" | "http") && url.has_host());
        let url = sound.ok_or_else(|| Usage::PushUrl(url.to_owned()))?;
        let kind = if ntfy { Kind::Ntfy } else { kind(&url) };
        let token = token_env.map(setup::token).transpose()?;
        Ok(Self { url, kind, token })
    }

    /// Tells of a check. A monitor that does not answer is complained of, and told the next time.
    pub(super) async fn send(&self, client: &reqwest::Client, change: &Change<'_>) {
        let each = matches!(self.kind, Kind::Kuma | Kind::Gatus);
        if !each && !change.changed {
            return;
        }
        let call = match &self.token {
            Some(token) => self.call(client, change).bearer_auth(token),
            None => self.call(client, change),
        };
        match call.timeout(LIMIT).send().await {
            Ok(answer) if answer.status().is_success() => {}
            Ok(answer) => {
                paint::complain(&format!("--push was answered with HTTP status {}", answer.status().as_u16()))
            }
            Err(error) => {
                paint::complain(&format!("--push was not taken: {}", crate::fetch::innermost(&error)))
            }
        }
    }

    fn call(&self, client: &reqwest::Client, change: &Change<'_>) -> reqwest::RequestBuilder {
        let report = change.report;
        // A fault in spite of which mail passes is no outage.
        let up = report.exit_code() < 2;
        let words = scrub::visible(&report.verdict.headline).into_owned();
        let mut url = self.url.clone();
        match self.kind {
            Kind::Kuma => {
                let ping = change.took.as_millis().to_string();
                let status = if up { "up" } else { "down" };
                url.query_pairs_mut()
                    .append_pair("status", status)
                    .append_pair("msg", &words)
                    .append_pair("ping", &ping);
                client.get(url)
            }
            Kind::Gatus => {
                let error = if up { "" } else { words.as_str() };
                let took = format!("{}ms", change.took.as_millis());
                url.query_pairs_mut()
                    .append_pair("success", if up { "true" } else { "false" })
                    .append_pair("error", error)
                    .append_pair("duration", &took);
                client.post(url)
            }
            Kind::Ntfy => client
                .post(url)
                .header("Title", format!("{}: {}", report.asked.domain, wire_name(&report.verdict.status)))
                .header("Priority", if up { "default" } else { "high" })
                .header("Tags", if up { "white_check_mark" } else { "warning" })
                .body(words),
            Kind::Webhook => client.post(url).header("content-type", "application/json").body(
                json!({
                    "schema": 1,
                    "domain": report.asked.domain,
                    "status": report.verdict.status,
                    "before": change.before,
                    "exit_code": report.exit_code(),
                    "headline": report.verdict.headline,
                    "report": report,
                })
                .to_string(),
            ),
        }
    }
}

fn kind(url: &reqwest::Url) -> Kind {
    let path = url.path();
    if path.contains("/api/push/") {
        Kind::Kuma
    } else if path.contains("/api/v1/endpoints/") && path.ends_with("/external") {
        Kind::Gatus
    } else if url.host_str().is_some_and(|host| host.starts_with("ntfy.")) {
        Kind::Ntfy
    } else {
        Kind::Webhook
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_monitor_is_known_by_its_address() {
        for (url, kind) in [
            ("https://kuma.example/api/push/abc", Kind::Kuma),
            ("https://gatus.example/api/v1/endpoints/mail_mx/external", Kind::Gatus),
            ("https://ntfy.sh/topic", Kind::Ntfy),
            ("ntfy+https://push.example/topic", Kind::Ntfy),
            ("https://hooks.example/x", Kind::Webhook),
        ] {
            assert_eq!(Push::to(url, None).unwrap().kind, kind, "{url}");
        }
        assert!(matches!(Push::to("hooks.example", None), Err(Usage::PushUrl(_))));
    }
}
