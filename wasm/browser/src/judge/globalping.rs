//! A check without any server of ours: MX by DoH, and the visitor's own quota of Globalping as vantages.

use crate::answer::{self, Refusal, json};
use crate::fetch::BrowserFetch;
use crate::response::{Response, unreachable};
use ipnet::IpNet;
use js_sys::{Array, Function, Promise, Reflect, Uint8Array};
use noanswer_core::address::AddressPolicy;
use noanswer_core::check::{self, CheckRequest};
use noanswer_core::dns::DomainName;
use noanswer_core::evidence::Vantage;
use noanswer_core::ports::{
    FetchError, HttpAnswer, HttpCall, Patience, Probe, ProbeRequest, ProbeResult, Source, Transport,
};
use noanswer_core::symptom::{LogControls, Symptom};
use noanswer_core::timestamp::Timestamp;
use noanswer_core::vantages::ControlHosts;
use noanswer_core::vantages::globalping::{API, Api, Client, Globalping, Settings};
use serde::Deserialize;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// What the page asks for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    domain: String,
    /// Seconds since the Unix epoch.
    at: i64,
    #[serde(default)]
    symptoms: Vec<Symptom>,
    #[serde(default)]
    log: Option<LogControls>,
    resolvers: Vec<String>,
    #[serde(default)]
    patient: bool,
    /// The origin of the API, where it is none of jsDelivr: a test network's.
    #[serde(default)]
    api: Option<String>,
    #[serde(default)]
    locations: Vec<String>,
    #[serde(default = "eight")]
    limit: u16,
    /// Whether addresses of special use may be asked for, as in a lab.
    #[serde(default)]
    lab: bool,
}

fn eight() -> u16 {
    8
}

thread_local! {
    /// The panels of this page, by where they are asked: the next check has the same probes.
    static PANELS: RefCell<HashMap<String, Rc<Globalping>>> = RefCell::default();
}

/// A check by Globalping: a `Report`. `asked` is `{domain, at, symptoms?, log?, resolvers, patient?, api?, locations?,
/// limit?, lab?}`; `fetch` is as for `plan`; `edge` has `send(method, url, headers, body, timeout_ms, limit)`, which answers with a
/// promise of `{status, headers, body}` or `{error}`, `pause(ms)` and `now()`; `on_event(name, json)` is told what a stream of
/// `/v1/check` would tell.
///
/// # Errors
/// When `asked` is not of the form, or the domain cannot be one.
#[wasm_bindgen]
pub async fn check_by_globalping(
    asked: String,
    fetch: Function,
    edge: JsValue,
    on_event: Function,
) -> Result<String, Refusal> {
    let asked: Asked = answer::read(&asked)?;
    let domain = DomainName::from_mail_address_or_domain(&asked.domain).map_err(Refusal::new)?;
    let everything = ["0.0.0.0/0", "::/0"].iter().filter_map(|net| net.parse::<IpNet>().ok());
    let policy = if asked.lab { AddressPolicy::allowing(everything) } else { AddressPolicy::default() };
    let panel = panel(&asked, &policy);
    let probe = OnePanel { vantages: vec![panel.vantage().clone()], panel, transport: Edge::of(&edge)? };
    let patience = if asked.patient { Patience::Patient } else { Patience::Quick };
    let request = CheckRequest {
        domain,
        at: Timestamp::from_unix(asked.at),
        symptoms: asked.symptoms,
        log: asked.log,
        evidence: Vec::new(),
        resolvers: asked.resolvers,
        policy,
        patience,
        deadline_ms: check::whole_ms(patience),
    };
    let tell = |event: check::Event| {
        if let Ok(words) = json(&event) {
            // Nobody listening is no reason to stop.
            let _ = on_event.call2(&JsValue::NULL, &event.name().into(), &words.into());
        }
    };
    json(&check::run(request, &BrowserFetch(fetch), &probe, tell).await)
}

fn panel(asked: &Asked, policy: &AddressPolicy) -> Rc<Globalping> {
    let origin = asked.api.clone().unwrap_or_else(|| API.to_owned());
    let name = format!("{origin} {} {:?} {}", asked.limit, asked.locations, asked.lab);
    let settings = || Settings {
        id: "globalping".to_owned(),
        locations: asked.locations.clone(),
        limit: asked.limit,
        api: Api { origin: origin.clone(), token: None, client: Client::Page },
        policy: policy.clone(),
        controls: ControlHosts::built_in(),
        resolvers: asked.resolvers.clone(),
    };
    PANELS.with_borrow_mut(|panels| {
        panels.entry(name).or_insert_with(|| Rc::new(Globalping::new(settings()))).clone()
    })
}

/// The only vantage of a page.
struct OnePanel {
    vantages: Vec<Vantage>,
    panel: Rc<Globalping>,
    transport: Edge,
}

impl Probe for OnePanel {
    fn vantages(&self) -> &[Vantage] {
        &self.vantages
    }

    async fn probe(&self, _: &Vantage, request: &ProbeRequest) -> ProbeResult {
        self.panel.probe(request, &self.transport).await
    }

    async fn controls(&self, _: &Vantage) -> ProbeResult {
        self.panel.controls(&self.transport).await
    }

    async fn pause(&self, ms: u64) {
        self.transport.pause(ms).await;
    }
}

/// The page's side of the calls.
struct Edge {
    send: Function,
    pause: Function,
    now: Function,
}

impl Edge {
    fn of(edge: &JsValue) -> Result<Self, Refusal> {
        let function = |name: &str| -> Result<Function, Refusal> {
            let value = Reflect::get(edge, &name.into()).unwrap_or(JsValue::UNDEFINED);
            value.dyn_into().map_err(|_| Refusal::new(format!("the page lacks {name}()")))
        };
        Ok(Self { send: function("send")?, pause: function("pause")?, now: function("now")? })
    }
}

impl Transport for Edge {
    async fn send(&self, call: &HttpCall) -> Result<HttpAnswer, FetchError> {
        let headers: Array = call
            .headers
            .iter()
            .map(|(name, value)| Array::of2(&name.as_str().into(), &value.as_str().into()))
            .collect();
        let body = if call.body.is_empty() {
            JsValue::UNDEFINED
        } else {
            Uint8Array::from(call.body.as_slice()).into()
        };
        let method = match call.method {
            noanswer_core::ports::HttpMethod::Get => "GET",
            noanswer_core::ports::HttpMethod::Post => "POST",
        };
        let arguments = [
            method.into(),
            call.url.as_str().into(),
            headers.into(),
            body,
            JsValue::from_f64(call.timeout_ms as f64),
            JsValue::from_f64(call.limit as f64),
        ];
        let called = self.send.apply(&JsValue::NULL, &arguments.iter().collect::<Array>());
        let answer = Response::of(called).await?;
        let pairs: Array = answer.field("headers").dyn_into().map_err(unreachable)?;
        let pair = |pair: JsValue| {
            let pair: Array = pair.dyn_into().ok()?;
            Some((pair.get(0).as_string()?.to_lowercase(), pair.get(1).as_string()?))
        };
        Ok(HttpAnswer {
            status: answer.status,
            headers: pairs.iter().filter_map(pair).collect(),
            body: answer.body,
        })
    }

    async fn pause(&self, ms: u64) {
        let called = self.pause.call1(&JsValue::NULL, &JsValue::from_f64(ms as f64));
        if let Ok(promise) = called.and_then(JsCast::dyn_into::<Promise>) {
            // A pause that fails is a short one.
            let _ = JsFuture::from(promise).await;
        }
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_unix((js_sys::Date::now() / 1e3) as i64)
    }

    fn elapsed_ms(&self) -> f64 {
        self.now.call0(&JsValue::NULL).ok().and_then(|now| now.as_f64()).unwrap_or_default()
    }

    fn variable(&self, _: &str) -> Option<String> {
        None
    }
}
