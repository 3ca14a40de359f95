//! `noanswer vantages`.

use super::args::Vantages;
use super::paint::{self, Out};
use super::remote::Api;
use super::render;
use super::setup::{self, Usage};
use crate::fleet;
use noanswer_core::check;
use noanswer_core::evidence::{Role, Sight};
use noanswer_site::view::VantageView;
use std::time::Duration;

/// How long an API is waited for: its vantages look for up to 11 s.
const LIMIT: Duration = Duration::from_secs(30);

pub(crate) async fn run(args: &Vantages) -> Result<u8, Usage> {
    let fetch = args.lookup.fetch()?;
    let views = match &args.api {
        Some(url) => Api::new(url, None, fetch.client(), LIMIT)?.vantages().await?,
        None => {
            let mut fleet = fleet::empty(&fetch);
            fleet.set_networks(args.probing.networks(&args.lookup)?);
            match &args.vantages {
                Some(path) => setup::add_vantages(&mut fleet, path)?,
                None => fleet.add_local(args.probing.prober(Role::Sender, &args.lookup, &fetch)?),
            }
            let at = crate::clock::now();
            check::controls(&fleet).await.iter().map(|evidence| VantageView::of(evidence, at)).collect()
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
