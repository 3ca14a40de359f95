//! From the command line's options to the parts that do the work. Every error is one line that says what to do.

use super::args::{Lookup, Probing, Waiting};
use crate::fetch::{DohFetch, DohSetupError};
use crate::fleet::{self, Fleet};
use crate::probe::{
    AddressMap, ConnectionLimits, Controls, ControlsError, Prober, Settings, Sources, own_name, try_source,
};
use noanswer_core::address::AddressPolicy;
use noanswer_core::check;
use noanswer_core::dns::{DomainName, NotADomain};
use noanswer_core::evidence::{Grade, NetworkKind, NetworkSeen, NetworkSource, Role, Vantage};
use noanswer_core::ports::Patience;
use noanswer_core::smtp::ClientName;
use noanswer_site::api::{Clients, ClientsError};
use noanswer_site::fleet::{Networks, OptOut, OptOutError, VantagesError, VantagesFile, globalping_entry};
use std::path::Path;
use std::sync::Arc;

/// What ends a command before it has an answer. Bad input: exit code 64; an API or a mail server that does not answer: 3.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Usage {
    #[error("{text:?} cannot be a mail domain: {reason}")]
    Domain { text: String, reason: NotADomain },
    #[error("{name:?} cannot be a host name for --ehlo: {reason}")]
    Ehlo { name: String, reason: NotADomain },
    #[error("{0:?} cannot be a DoH server: give a URL such as https://dns.example/dns-query")]
    DohUrl(String),
    #[error("{0:?} cannot be an API: give the URL of a noanswer, such as https://noanswer.example")]
    ApiUrl(String),
    #[error("cannot read {path}: {source}")]
    Unreadable { path: String, source: std::io::Error },
    #[error("{path} is no report of noanswer: {source}")]
    NoReport { path: String, source: serde_json::Error },
    #[error("the controls file {path} cannot be used: {source}")]
    Controls { path: String, source: ControlsError },
    #[error("{0}")]
    Setting(String),
    #[error(transparent)]
    Certificate(#[from] crate::tls::CertificateFileError),
    #[error("{path}: {source}")]
    OptOut { path: String, source: OptOutError },
    #[error("{path}: {source}")]
    Clients { path: String, source: ClientsError },
    #[error(transparent)]
    Vantages(#[from] VantagesError),
    #[error(transparent)]
    Doh(#[from] DohSetupError),
    #[error("the variable {0} is not set: it must hold the token")]
    NoToken(String),
    #[error("cannot listen on {address}: {source}")]
    Listen { address: std::net::SocketAddr, source: std::io::Error },
    #[error("{0:?} cannot be pushed to: give the URL of a monitor, https:// or http://")]
    PushUrl(String),
    #[error("{0:?} cannot be a relay: give HOST:PORT, such as smtp.example.net:587")]
    Relay(String),
    #[error("there is no letter to the {0} for this verdict: it does not find that they must act")]
    NoLetter(&'static str),
    #[error("standard input holds no text: pipe one in, or give <TEXT>, or -f FILE")]
    NoText,
    #[error(
        "no domain is given, and the text names no relay (a host on port 465, 587 or 2525): give <DOMAIN>"
    )]
    NoDomain,
    #[error("--mine asks other vantages: name them with --vantages FILE or --api URL")]
    NobodyElse,
    #[error("cannot write {path}: {source}")]
    Unwritable { path: String, source: std::io::Error },
    #[error("the API at {url} cannot be used: {words}")]
    Api { url: String, words: String },
    #[error(
        "{0} is not a queue that can be read: give what postqueue -j, mailq, exim -bp, smtpctl show queue, qmail-qread or Get-Queue prints"
    )]
    NotAQueue(String),
    #[error(
        "no queue can be read here{}: name a file with -f, or pipe one in with -",
        .0.as_ref().map_or(String::new(), |words| format!(" ({words})"))
    )]
    NoQueue(Option<String>),
    #[error("--source {address} is no address of this machine ({source})")]
    Source { address: std::net::IpAddr, source: std::io::Error },
    #[error(
        "--source is given more than once for IPv4 or IPv6: noanswer self looks from several addresses, one after the other"
    )]
    Sources,
}

impl Usage {
    /// Whether the input is at fault; otherwise somebody else could not be asked.
    pub(crate) fn is_ours(&self) -> bool {
        !matches!(self, Self::Api { .. } | Self::NoQueue(_) | Self::NoLetter(_))
    }
}

/// The domain that a user named.
pub(crate) fn domain(text: &str) -> Result<DomainName, Usage> {
    DomainName::from_mail_address_or_domain(text.trim()).map_err(|reason| Usage::Domain {
        text: noanswer_core::scrub::bounded(text, 100).into_owned(),
        reason,
    })
}

pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Usage> {
    std::fs::read(path).map_err(|source| Usage::Unreadable { path: path.display().to_string(), source })
}

/// The clients that a file names; none without one.
pub(crate) fn clients(path: Option<&Path>) -> Result<Clients, Usage> {
    let Some(path) = path else { return Ok(Clients::default()) };
    let text = String::from_utf8_lossy(&read(path)?).into_owned();
    Clients::parse(&text, &fleet::variable)
        .map_err(|source| Usage::Clients { path: path.display().to_string(), source })
}

/// The token that a variable of the environment holds.
pub(crate) fn token(name: &str) -> Result<String, Usage> {
    std::env::var(name).ok().filter(|token| !token.is_empty()).ok_or_else(|| Usage::NoToken(name.to_owned()))
}

impl Lookup {
    /// The DoH client.
    pub(crate) fn fetch(&self) -> Result<DohFetch, Usage> {
        for url in &self.doh {
            let sound = reqwest::Url::parse(url)
                .is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.has_host());
            if !sound {
                return Err(Usage::DohUrl(url.clone()));
            }
        }
        Ok(DohFetch::new(self.doh_ca.as_deref())?)
    }

    /// Which addresses may be connected to.
    pub(crate) fn policy(&self) -> AddressPolicy {
        AddressPolicy::allowing(self.allow_net.iter().copied())
    }
}

impl Probing {
    fn controls(&self) -> Result<Controls, Usage> {
        let Some(path) = &self.controls else { return Ok(Controls::built_in()) };
        let text = String::from_utf8_lossy(&read(path)?).into_owned();
        Controls::parse(&text).map_err(|source| Usage::Controls { path: path.display().to_string(), source })
    }

    /// What measurement networks are asked beside the targets.
    pub(crate) fn networks(&self, lookup: &Lookup) -> Result<Networks, Usage> {
        Ok(Networks {
            controls: self.controls()?.hosts(),
            resolvers: lookup.doh.clone(),
            policy: lookup.policy(),
        })
    }

    /// An honest name: the one given, or the address that the system would use.
    fn name(&self, sources: Sources) -> Result<ClientName, Usage> {
        let Some(name) = &self.ehlo else { return Ok(own_name(sources)) };
        name.parse().map_err(|reason| Usage::Ehlo { name: name.clone(), reason })
    }

    /// This machine's prober.
    pub(crate) fn prober(&self, role: Role, lookup: &Lookup, fetch: &DohFetch) -> Result<Arc<Prober>, Usage> {
        self.prober_leaving_out(OptOut::default(), role, lookup, fetch)
    }

    /// The addresses to connect from, each looked from by itself.
    pub(crate) fn sources(&self) -> Result<Vec<Sources>, Usage> {
        for address in &self.source {
            try_source(*address).map_err(|source| Usage::Source { address: *address, source })?;
        }
        Ok(Sources::split(&self.source))
    }

    /// This machine's prober, which leaves alone who is on a list.
    pub(crate) fn prober_leaving_out(
        &self,
        opt_out: OptOut,
        role: Role,
        lookup: &Lookup,
        fetch: &DohFetch,
    ) -> Result<Arc<Prober>, Usage> {
        match self.sources()?.as_slice() {
            [sources] => self.prober_from(*sources, opt_out, role, lookup, fetch),
            _ => Err(Usage::Sources),
        }
    }

    /// This machine's prober, which connects from `sources`.
    pub(crate) fn prober_from(
        &self,
        sources: Sources,
        opt_out: OptOut,
        role: Role,
        lookup: &Lookup,
        fetch: &DohFetch,
    ) -> Result<Arc<Prober>, Usage> {
        let vantage = match role {
            Role::Sender => ("local", "this server"),
            Role::Region => ("here", "the machine that serves this"),
        };
        let settings = Settings {
            vantage: Vantage {
                id: vantage.0.to_owned(),
                place: vantage.1.to_owned(),
                role,
                network: self.network.clone().unwrap_or_else(|| vantage.0.to_owned()),
                grade: Grade::Smtp,
                network_kind: NetworkKind::Unknown,
            },
            controls: self.controls()?,
            resolvers: lookup.doh.clone(),
            policy: lookup.policy(),
            name: self.name(sources)?,
            sources,
            addresses: AddressMap::Direct,
            network: self.network.as_deref().and_then(given_network),
            limits: (role == Role::Region).then(ConnectionLimits::default),
            opt_out,
        };
        Ok(Arc::new(Prober::new(settings, fetch.clone())))
    }
}

/// The network that a user names: `AS64500` or its number (RFC 5396); any other name is one for people.
fn given_network(name: &str) -> Option<NetworkSeen> {
    let number = name.strip_prefix("AS").or_else(|| name.strip_prefix("as")).unwrap_or(name);
    let asn = number.parse().ok()?;
    Some(NetworkSeen { asn, prefix: None, name: None, source: NetworkSource::Given })
}

impl Waiting {
    /// How long to wait; `patient` where the user did not say.
    pub(crate) fn patience(&self, patient: bool) -> Patience {
        if self.patient || patient { Patience::Patient } else { Patience::Quick }
    }

    /// The deadline, in milliseconds.
    pub(crate) fn deadline_ms(&self, patience: Patience) -> u64 {
        self.deadline.map_or(check::whole_ms(patience), |seconds| seconds * 1_000)
    }
}

/// The list of those who asked to be left out; nobody where there is no file.
pub(crate) fn opt_out(path: Option<&Path>) -> Result<OptOut, Usage> {
    let Some(path) = path else { return Ok(OptOut::default()) };
    let text = String::from_utf8_lossy(&read(path)?).into_owned();
    OptOut::parse(&text).map_err(|source| Usage::OptOut { path: path.display().to_string(), source })
}

/// Adds the vantages of a file to `fleet`.
pub(crate) fn add_vantages(fleet: &mut Fleet, path: &Path) -> Result<(), Usage> {
    let text = String::from_utf8_lossy(&read(path)?).into_owned();
    let file = VantagesFile::parse(&text, &path.display().to_string())?;
    Ok(fleet.add_all(&file, &fleet::variable)?)
}

/// Adds a panel of Globalping at `locations`, separated by commas, to `fleet`.
pub(crate) fn add_globalping(fleet: &mut Fleet, locations: &str) -> Result<(), Usage> {
    let places = locations.split(',').map(str::trim).filter(|place| !place.is_empty());
    let entry = globalping_entry(places.map(str::to_owned).collect(), &fleet::variable);
    Ok(fleet.add(&entry, &fleet::variable)?)
}
