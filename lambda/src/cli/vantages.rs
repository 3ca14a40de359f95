//! `noanswer vantages`.

use super::args::Vantages;
use super::paint::{self, Out};
use super::render;
use super::setup::{self, Usage};
use crate::api::VantageView;
use crate::fleet::Fleet;
use noanswer_core::evidence::{Role, Sight};

pub(crate) async fn run(args: &Vantages) -> Result<u8, Usage> {
    let fetch = args.lookup.fetch()?;
    let views = match &args.api {
        Some(url) => ask(url, fetch.client()).await?,
        None => {
            let mut fleet = Fleet::default();
            match &args.vantages {
                Some(path) => setup::add_vantages(&mut fleet, path, &fetch)?,
                None => fleet.add_local(args.probing.prober(Role::Sender, &args.lookup, &fetch)?),
            }
            let at = crate::clock::now();
            fleet.sights().await.iter().map(|evidence| VantageView::of(evidence, at)).collect()
        }
    };
    if args.json {
        paint::json(&views);
    } else {
        render::vantages(&Out::new(), &views);
    }
    Ok(match views.iter().filter(|view| view.sight == Sight::Clear).count() {
        0 => 2,
        clear if clear < views.len() => 1,
        _ => 0,
    })
}

async fn ask(url: &str, client: &reqwest::Client) -> Result<Vec<VantageView>, Usage> {
    let failed = |words: String| Usage::Api { url: url.to_owned(), words };
    let sent = client.get(format!("{}/v1/vantages", url.trim_end_matches('/'))).send();
    let response = sent.await.map_err(|error| failed(error.to_string()))?;
    if !response.status().is_success() {
        return Err(failed(format!("HTTP status {}", response.status().as_u16())));
    }
    let body = response.bytes().await.map_err(|error| failed(error.to_string()))?;
    serde_json::from_slice(&body).map_err(|_| failed("it does not answer as noanswer does".to_owned()))
}
