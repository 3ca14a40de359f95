//! The core in the page: a thin layer in which text goes in and JSON comes out.
//!
//! It runs in a web worker. Every function is a call of the page; what the page must not decide, it asks here.

mod answer;
mod fetch;
mod vocabulary;

use answer::{Refusal, json};
use fetch::BrowserFetch;
use ipnet::IpNet;
use noanswer_core::address::AddressPolicy;
use noanswer_core::dns::DomainName;
use noanswer_core::mx::MxPlan;
use noanswer_core::report::Report;
use noanswer_core::{check, markdown as core_markdown, way, witness as core_witness};
use wasm_bindgen::prelude::wasm_bindgen;

/// Every name that the core uses in JSON, with the words that people read.
#[wasm_bindgen]
pub fn vocabulary() -> Result<String, Refusal> {
    json(&vocabulary::vocabulary())
}

/// Where mail for `domain` goes: an `MxPlan`. `resolvers` is a JSON list of DoH URLs; `fetch(url, accept)` answers with a
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
    let resolvers: Vec<String> = answer::read(&resolvers)?;
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

/// What a report knows of each place on the way: `{places: […]}`.
///
/// # Errors
/// When `report` is not one.
#[wasm_bindgen]
pub fn road(report: &str) -> Result<String, Refusal> {
    json(&serde_json::json!({ "places": way::way(&answer::read::<Report>(report)?) }))
}

/// A report as Markdown.
///
/// # Errors
/// When `report` is not one.
#[wasm_bindgen]
pub fn markdown(report: &str) -> Result<String, Refusal> {
    Ok(core_markdown::markdown(&answer::read(report)?))
}

/// The commands that look from the sending server, one for each system.
///
/// # Errors
/// When `plan` is not one.
#[wasm_bindgen]
pub fn commands(plan: &str) -> Result<String, Refusal> {
    json(&core_witness::commands(&answer::read::<MxPlan>(plan)?))
}

/// The report judged again with what the user pasted from the sending server.
///
/// # Errors
/// When `report` is not one, or `text` holds no evidence.
#[wasm_bindgen]
pub fn witness(report: &str, text: &str) -> Result<String, Refusal> {
    let report: Report = answer::read(report)?;
    let sender = core_witness::read(text, |text| serde_json::from_str(text).ok()).map_err(Refusal::new)?;
    json(&core_witness::judged_with(report, sender))
}
