//! What a check needs: where mail goes, by the browser's own questions, and what can be done with a report.

mod report;
mod vocabulary;

use crate::answer::{Refusal, json};
use crate::fetch::BrowserFetch;
use ipnet::IpNet;
use noanswer_core::address::AddressPolicy;
use noanswer_core::check;
use noanswer_core::dns::DomainName;
use wasm_bindgen::prelude::wasm_bindgen;

/// Every name that the core uses in JSON, with the words that people read.
#[wasm_bindgen]
pub fn vocabulary() -> Result<String, Refusal> {
    json(&vocabulary::vocabulary())
}

/// Where mail for `domain` goes: an `MxPlan`. `resolvers` are DoH URLs, one a line; `fetch(url, accept)` answers with a
/// promise of `{status, content_type, body}` or `{error}`; `on_query(json)` is told of every question.
///
/// # Errors
/// When `domain` cannot be one.
#[wasm_bindgen]
pub async fn plan(
    domain: String,
    resolvers: String,
    lab: bool,
    fetch: js_sys::Function,
    on_query: js_sys::Function,
) -> Result<String, Refusal> {
    let domain = DomainName::from_mail_address_or_domain(&domain).map_err(Refusal::new)?;
    let resolvers: Vec<String> = resolvers.lines().map(str::to_owned).collect();
    // The page connects to nothing; in the lab, where every address is one of the machine's own, all are shown as they are.
    let everything = ["0.0.0.0/0", "::/0"].iter().filter_map(|net| net.parse::<IpNet>().ok());
    let policy = if lab { AddressPolicy::allowing(everything) } else { AddressPolicy::default() };
    let tell = |event: check::QueryEvent| {
        if let Ok(event) = json(&event) {
            // Nobody listening is no reason to stop.
            let _ = on_query.call1(&wasm_bindgen::JsValue::NULL, &event.into());
        }
    };
    json(&check::plan(&domain, &resolvers, &policy, &BrowserFetch(fetch), tell).await)
}
