//! `GET /metrics`, and `GET /metrics/check?target=DOMAIN`: what Prometheus scrapes.

use super::ask;
use super::call::{Call, Reply};
use super::host::Host;
use super::problem::Problem;
use super::quota::Limit;
use super::response::{header, whole};
use http::HeaderName;
use http::request::Parts;
use std::time::Duration;

/// OpenMetrics 1.0, which Prometheus reads since its version 2.5.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// How long a scrape may take, as Prometheus says; its default where it does not.
const SCRAPE: HeaderName = HeaderName::from_static("x-prometheus-scrape-timeout-seconds");
const DEFAULT: Duration = Duration::from_secs(10);

/// What is left of a scrape's time for the way of the answer.
const ON_THE_WAY: Duration = Duration::from_millis(500);

/// `GET /metrics`: what this process has done.
pub(super) async fn process<H: Host>(host: &H, call: Call<H::Body>) -> Result<Reply, Problem> {
    host.admit(&call.parts).await?;
    Ok(Reply::Whole(whole(OPEN_METRICS, host.metrics())))
}

/// `GET /metrics/check?target=DOMAIN`: what a check of that domain shows.
pub(super) async fn check<H: Host>(host: &H, call: Call<H::Body>) -> Result<Reply, Problem> {
    let who = host.admit(&call.parts).await?;
    let query = call.parts.uri.query().unwrap_or_default();
    let target = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "target");
    let (_, target) = target.ok_or_else(|| Problem::bad_request("?target= names no domain"))?;
    let domain = ask::domain(&target)?;
    let leave = host.grant(Limit::Checks, &who, &call.facts);
    let text = host.metrics_of(&domain, limit(&call.parts), leave, &call.facts).await?;
    Ok(Reply::Whole(whole(OPEN_METRICS, text)))
}

/// How long a check may take so that its answer comes within the scrape.
fn limit(parts: &Parts) -> Duration {
    let seconds = header(parts, SCRAPE).and_then(|text| text.parse::<f64>().ok());
    let scrape = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).unwrap_or(DEFAULT);
    scrape.saturating_sub(ON_THE_WAY).clamp(Duration::from_secs(1), Duration::from_secs(60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_comes_before_the_scrape_ends() {
        let of = |text: Option<&str>| {
            let request = http::Request::builder().uri("/metrics/check?target=example.org");
            let request = text.iter().fold(request, |request, text| request.header(SCRAPE, *text));
            limit(&request.body(()).unwrap().into_parts().0)
        };
        assert_eq!(of(None), Duration::from_millis(9_500));
        assert_eq!(of(Some("30")), Duration::from_millis(29_500));
        assert_eq!(of(Some("0.1")), Duration::from_secs(1));
        for odd in ["-1", "NaN", "soon", "1e400"] {
            assert_eq!(of(Some(odd)), Duration::from_millis(9_500), "{odd}");
        }
        assert_eq!(of(Some("100000")), Duration::from_secs(60));
    }
}
