//! `noanswer serve`.

use super::args::{AccessLog, Serve};
use super::inherited;
use super::setup::{self, Usage};
use super::signals;
use crate::api::listen::{self, Bounds, Served};
use crate::api::{self, Kept, Site, State, Token};
use crate::demo::{self, Demo};
use crate::fleet;
use crate::log::{Form, Log};
use ipnet::IpNet;
use noanswer_core::evidence::Role;
use noanswer_core::ports::Probe as _;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

pub(crate) async fn run(args: Serve) -> Result<u8, Usage> {
    let stop = stop_signal().map_err(|source| Usage::Listen { address: args.listen, source })?;
    run_until(args, stop, || {}).await
}

/// Serves until `stop` turns true; calls `ready` once it listens.
pub(super) async fn run_until(
    args: Serve,
    stop: watch::Receiver<bool>,
    ready: impl FnOnce(),
) -> Result<u8, Usage> {
    let inherited = inherited::listener().transpose();
    let listener = inherited.unwrap_or_else(|| listening(args.listen));
    let listener = listener.map_err(|source| Usage::Listen { address: args.listen, source })?;
    let address = listener.local_addr().map_err(|source| Usage::Listen { address: args.listen, source })?;
    let kept = kept(&args)?;
    let (serve, served) = watch::channel(built(&args, address, kept.clone()).await?.begun());
    let mut reload = signals::asked_to_reload().map_err(|source| Usage::Listen { address, source })?;
    let scheme = if args.tls_cert.is_some() { "https" } else { "http" };
    // The first line on standard output is for programs: with port 0, this is how they learn the port.
    super::paint::Out::new().line(&format!("listening on {scheme}://{address}"));
    ready();
    let reloading = async {
        loop {
            reload.asked().await;
            // What runs goes on as it was set up; what comes is served by the new settings, if they are sound.
            match built(&args, address, kept.clone()).await {
                Ok(anew) => {
                    super::paint::complain("settings were read again");
                    let _ = serve.send(anew.begun());
                }
                Err(error) => super::paint::complain(&format!("settings stay as they were: {error}")),
            }
        }
    };
    let serving = listen::serve(listener, served, Bounds::default(), stop.clone());
    tokio::select! {
        ended = serving => ended.map_err(|source| Usage::Listen { address, source })?,
        () = out_of_grace(stop) => {}
        () = reloading => {}
    }
    Ok(0)
}

/// How many connections may wait to be taken: as many as there are served (the system's own bound, `somaxconn`, is the same
/// on Linux). Where the queue is full, a client's SYN is lost and comes again a second later.
const BACKLOG: u32 = 4_096;

fn listening(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A server that was just ended has left connections in TIME-WAIT. On Windows it means something else.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Whether the settings can be used: all that a start reads is read, and nothing is served.
///
/// # Errors
/// As a start would have them.
pub(crate) async fn tried(args: &Serve) -> Result<(), Usage> {
    if !args.lab {
        built(args, args.listen, None).await?;
    }
    Ok(())
}

/// Where reports are kept.
fn kept(args: &Serve) -> Result<Option<Arc<Kept>>, Usage> {
    match args.keep_reports.as_str() {
        "none" => Ok(None),
        "memory" => Ok(Some(Arc::new(Kept::in_memory()))),
        folder => {
            let kept = Kept::in_folder(folder.as_ref());
            let kept = kept.map_err(|source| Usage::Unwritable { path: folder.to_owned(), source })?;
            Ok(Some(Arc::new(kept)))
        }
    }
}

/// What is served, and whether its vantages are looked at before anybody asks.
struct Built {
    state: Arc<State>,
    tls: Option<TlsAcceptor>,
    behind: Arc<[IpNet]>,
    looks_ahead: bool,
}

impl Built {
    /// Begins to serve: who is blind is known before the first check waits for it.
    fn begun(self) -> Served {
        if self.looks_ahead {
            let state = self.state.clone();
            tokio::spawn(async move { state.look_at_vantages().await });
        }
        Served { app: api::router(self.state), tls: self.tls, behind: self.behind }
    }
}

/// What is to be served, by the files and variables as they are now.
async fn built(args: &Serve, address: SocketAddr, kept: Option<Arc<Kept>>) -> Result<Built, Usage> {
    let fetch = args.lookup.fetch()?;
    let token = args.token_env.as_deref().map(setup::token).transpose()?;
    let tls = match (&args.tls_cert, &args.tls_key) {
        (Some(certificates), Some(key)) => {
            Some(TlsAcceptor::from(Arc::new(crate::tls::https_server_config(certificates, key)?)))
        }
        _ => None,
    };
    let opt_out = setup::opt_out(args.opt_out.as_deref())?;
    let clients = setup::clients(args.clients.as_deref())?;
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
    let mut state = State::new(site, fleet, fetch).measured().working_on().knowing(clients);
    state = state.behind(args.trusted_proxy.clone()).keeping(kept);
    if address.ip().is_loopback() && args.trusted_proxy.is_empty() {
        state = state.named(args.allow_host.clone());
    }
    let form = match args.access_log {
        AccessLog::None => None,
        AccessLog::Json => Some(Form::Json),
        AccessLog::Logfmt => Some(Form::Logfmt),
    };
    if let Some(form) = form {
        let role = if args.vantage { "prober" } else { "coordinator" };
        state = state.logging(Log::access(form, role, io::stderr()));
    }
    let behind = args.trusted_proxy.iter().copied().collect();
    let looks_ahead = args.vantages.is_some() && !args.vantage;
    Ok(Built { state: Arc::new(state), tls, behind, looks_ahead })
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
