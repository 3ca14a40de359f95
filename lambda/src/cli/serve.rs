//! `noanswer serve`.

use super::args::Serve;
use super::setup::{self, Usage};
use super::signals;
use crate::api::listen::{self, Bounds};
use crate::api::{self, Site, State, Token};
use crate::demo::{self, Demo};
use crate::fleet;
use noanswer_core::evidence::Role;
use noanswer_core::ports::Probe as _;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;

pub(crate) async fn run(args: Serve) -> Result<u8, Usage> {
    let fetch = args.lookup.fetch()?;
    let listener = TcpListener::bind(args.listen)
        .await
        .map_err(|source| Usage::Listen { address: args.listen, source })?;
    let address = listener.local_addr().map_err(|source| Usage::Listen { address: args.listen, source })?;
    let token = args.token_env.as_deref().map(setup::token).transpose()?;
    let opt_out = setup::opt_out(args.opt_out.as_deref())?;
    let mut fleet = fleet::empty(&fetch);
    fleet.set_opt_out(opt_out.clone());
    let mut site = Site {
        resolvers: args.lookup.doh.clone(),
        policy: args.lookup.policy(),
        demo: None,
        prober: None,
        token: token.map(Token::Plain),
    };
    if args.lab {
        let demo = Demo::start(&format!("http://{address}"))
            .await
            .map_err(|source| Usage::Listen { address: args.listen, source })?;
        demo.join(&mut fleet, &fetch);
        site.resolvers = demo.resolvers();
        site.policy = demo::policy();
        site.demo = Some(demo::Description);
    } else {
        let prober = args.probing.prober_leaving_out(opt_out.clone(), Role::Region, &args.lookup, &fetch)?;
        fleet.set_networks(args.probing.networks(&args.lookup)?);
        if let Some(path) = &args.vantages {
            setup::add_vantages(&mut fleet, path)?;
        }
        // A file that names none, as packages install it, is as good as no file.
        if fleet.vantages().is_empty() {
            fleet.add_local(prober.clone());
        }
        fleet.add_globalping_by_token(&fleet::variable)?;
        site.prober = args.vantage.then_some(prober);
    }
    let stop = stop_signal().map_err(|source| Usage::Listen { address, source })?;
    // The first line on standard output is for programs: with port 0, this is how they learn the port.
    super::paint::Out::new().line(&format!("listening on http://{address}"));
    let app = api::router(Arc::new(State::new(site, fleet, fetch).measured()));
    let served = listen::serve(listener, app, Bounds::default(), stop.clone());
    tokio::select! {
        served = served => served.map_err(|source| Usage::Listen { address, source })?,
        () = out_of_grace(stop) => {}
    }
    Ok(0)
}

/// How long requests under way may take to end, once the server was asked to stop: a patient check takes minutes, and a
/// service manager does not wait for it.
const GRACE: Duration = Duration::from_secs(5);

async fn out_of_grace(stop: watch::Receiver<bool>) {
    asked(stop).await;
    tokio::time::sleep(GRACE).await;
}

async fn asked(mut stop: watch::Receiver<bool>) {
    // An error would mean that nobody can ask any more; then there is nothing to wait for either.
    let _ = stop.wait_for(|asked| *asked).await;
}

/// Turns true when the process is asked to end. From here on, being asked does not end it by itself.
fn stop_signal() -> io::Result<watch::Receiver<bool>> {
    let signals = signals::asked_to_end()?;
    let (asked, stop) = watch::channel(false);
    tokio::spawn(async move {
        signals.await;
        let _ = asked.send(true);
    });
    Ok(stop)
}
