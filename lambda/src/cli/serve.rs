//! `noanswer serve`.

use super::args::Serve;
use super::setup::{self, Usage};
use crate::api::{self, Site, State};
use crate::fleet::Fleet;
use crate::lab::Lab;
use noanswer_core::evidence::Role;
use std::sync::Arc;
use tokio::net::TcpListener;

pub(crate) async fn run(args: Serve) -> Result<u8, Usage> {
    let fetch = args.lookup.fetch()?;
    let listener = TcpListener::bind(args.listen)
        .await
        .map_err(|source| Usage::Listen { address: args.listen, source })?;
    let address = listener.local_addr().map_err(|source| Usage::Listen { address: args.listen, source })?;
    let token = args.token_env.as_deref().map(setup::token).transpose()?;
    let mut fleet = Fleet::default();
    let mut site = Site {
        resolvers: args.lookup.doh.clone(),
        policy: args.lookup.policy(),
        lab: None,
        prober: None,
        token,
    };
    if args.lab {
        let lab = Lab::start(&format!("http://{address}"))
            .await
            .map_err(|source| Usage::Listen { address: args.listen, source })?;
        lab.join(&mut fleet, &mut site, &fetch);
    } else {
        let prober = args.probing.prober(Role::Region, &args.lookup, &fetch)?;
        match &args.vantages {
            Some(path) => setup::add_vantages(&mut fleet, path, &fetch)?,
            None => fleet.add_local(prober.clone()),
        }
        site.prober = args.vantage.then_some(prober);
    }
    // The first line on standard output is for programs: with port 0, this is how they learn the port.
    super::paint::Out::new().line(&format!("listening on http://{address}"));
    let app = api::router(Arc::new(State::new(site, fleet, fetch)));
    let served = axum::serve(listener, app.into_make_service_with_connect_info::<std::net::SocketAddr>());
    served
        .with_graceful_shutdown(asked_to_stop())
        .await
        .map_err(|source| Usage::Listen { address, source })?;
    Ok(0)
}

/// Waits for SIGINT or SIGTERM.
async fn asked_to_stop() {
    let interrupted = tokio::signal::ctrl_c();
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = interrupted => {}
        () = terminated => {}
    }
}
