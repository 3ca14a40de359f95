//! The vantages of a check, and how each kind of them is asked. The host brings the [`Transport`], and its own prober
//! where it can open port 25 itself.

mod blind;
mod chosen;
mod failure;
mod file;
mod networks;
mod noanswer;
mod opt_out;
mod question;

pub use chosen::{Choice, Chosen};
pub use failure::{call_failed, failure, rate_limited};
pub use file::{Auth, Entry, VantagesError, VantagesFile};
pub use networks::{Networks, globalping_entry};
pub use noanswer::Noanswer;
pub use opt_out::{OptOut, OptOutError};
pub use question::{Answer, Question, shared};

use crate::sigv4::Env;
use blind::Blind;
use noanswer_core::evidence::{
    Attempt, Evidence, Role, Vantage, VantageFailure, VantageFailureKind, VantageKind,
};
use noanswer_core::mx::Target;
use noanswer_core::ports::{Probe, ProbeRequest, ProbeResult, Source, Transport};
use noanswer_core::vantages::atlas::Atlas;
use noanswer_core::vantages::blackbox::Blackbox;
use noanswer_core::vantages::check_host::CheckHost;
use noanswer_core::vantages::globalping::Globalping;
use std::convert::Infallible;
use std::sync::Arc;

/// A prober in the same process, where the host has one.
pub trait LocalProber {
    /// The vantage that it is.
    fn vantage(&self) -> &Vantage;

    /// Probes the targets of `request`, the controls beside them.
    fn probe(self: &Arc<Self>, request: &ProbeRequest) -> impl Future<Output = Evidence>;

    /// Probes for a coordinator elsewhere: what it says of the plan is not taken on trust.
    fn probe_for_others(self: &Arc<Self>, request: &ProbeRequest) -> impl Future<Output = Evidence>;

    /// Looks at the controls alone.
    fn controls(self: &Arc<Self>) -> impl Future<Output = Evidence>;

    /// The number of the AS that announces this host's address (RFC 1930), where that is known.
    fn asn(self: &Arc<Self>) -> impl Future<Output = Option<u32>>;
}

/// No prober: a host that cannot open port 25.
impl LocalProber for Infallible {
    fn vantage(&self) -> &Vantage {
        match *self {}
    }

    async fn probe(self: &Arc<Self>, _: &ProbeRequest) -> Evidence {
        match **self {}
    }

    async fn probe_for_others(self: &Arc<Self>, _: &ProbeRequest) -> Evidence {
        match **self {}
    }

    async fn controls(self: &Arc<Self>) -> Evidence {
        match **self {}
    }

    async fn asn(self: &Arc<Self>) -> Option<u32> {
        match **self {}
    }
}

/// The vantages of a check, in the order in which they are shown.
#[derive(Clone, Debug)]
pub struct Fleet<T, L = Infallible> {
    transport: T,
    vantages: Vec<Vantage>,
    members: Vec<Member<L>>,
    networks: Networks,
    opt_out: Arc<OptOut>,
    blind: Arc<Blind>,
}

/// One of the vantages: a variant for each kind.
#[derive(Clone, Debug)]
enum Member<L> {
    Local(Arc<L>),
    Noanswer(Noanswer),
    Blackbox(Blackbox),
    Globalping(Arc<Globalping>),
    CheckHost(Arc<CheckHost>),
    Atlas(Arc<Atlas>),
}

impl<T: Transport, L: LocalProber> Fleet<T, L> {
    /// A fleet without vantages, which asks by `transport`.
    pub fn new(transport: T) -> Self {
        Self {
            transport,
            vantages: Vec::new(),
            members: Vec::new(),
            networks: Networks::default(),
            opt_out: Arc::default(),
            blind: Arc::default(),
        }
    }

    /// The same vantages, asked by another transport: what is remembered of them is theirs together.
    #[must_use]
    pub fn over(self, transport: T) -> Self {
        Self { transport, ..self }
    }

    /// Sets what the panels and exporters that are added from now on are asked beside the targets.
    pub fn set_networks(&mut self, networks: Networks) {
        self.networks = networks;
    }

    /// Sets who is left alone by all vantages.
    pub fn set_opt_out(&mut self, opt_out: OptOut) {
        self.opt_out = Arc::new(opt_out);
    }

    /// Adds the prober of this process.
    pub fn add_local(&mut self, prober: Arc<L>) {
        self.vantages.push(prober.vantage().clone());
        self.members.push(Member::Local(prober));
    }

    /// Adds the vantage of a file's entry. Its token is taken from `env` now.
    ///
    /// # Errors
    /// When the URL cannot be used, or the variable that holds the token is not set.
    pub fn add(&mut self, entry: &Entry, env: Env<'_>) -> Result<(), VantagesError> {
        let member = match entry.kind {
            VantageKind::Noanswer => Member::Noanswer(Noanswer::new(entry, env)?),
            VantageKind::Blackbox => Member::Blackbox(self.networks.blackbox(entry)?),
            VantageKind::Globalping => Member::Globalping(Arc::new(self.networks.globalping(entry, env)?)),
            VantageKind::CheckHost => Member::CheckHost(Arc::new(self.networks.check_host(entry)?)),
            VantageKind::Atlas => Member::Atlas(Arc::new(self.networks.atlas(entry, env)?)),
        };
        let vantage = match &member {
            Member::Globalping(panel) => panel.vantage().clone(),
            Member::CheckHost(panel) => panel.vantage().clone(),
            Member::Atlas(panel) => panel.vantage().clone(),
            _ => entry.vantage(),
        };
        self.vantages.push(vantage);
        self.members.push(member);
        Ok(())
    }

    /// Adds all vantages of `file`.
    ///
    /// # Errors
    /// As for [`add`](Self::add).
    pub fn add_all(&mut self, file: &VantagesFile, env: Env<'_>) -> Result<(), VantagesError> {
        file.vantages.iter().try_for_each(|entry| self.add(entry, env))
    }

    /// Adds a panel of Globalping where the operator has put a token for it, `GLOBALPING_TOKEN`, and the vantages file names
    /// none: a deployment whose own vantages are blind, as in most clouds, sees by it.
    ///
    /// # Errors
    /// As for [`add`](Self::add).
    pub fn add_globalping_by_token(&mut self, env: Env<'_>) -> Result<(), VantagesError> {
        let entry = globalping_entry(Vec::new(), env);
        let has_one = self.members.iter().any(|member| matches!(member, Member::Globalping(_)));
        if entry.token_env.is_some() && !has_one { self.add(&entry, env) } else { Ok(()) }
    }

    /// Whether there is nobody to ask.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Takes note of whether `vantage` is blind, by an answer of it that was not asked for here: of another instance, out
    /// of a cache.
    pub fn note(&self, vantage: &Vantage, answer: &ProbeResult) {
        self.blind.note(vantage, answer, self.transport.elapsed_ms());
    }

    async fn ask(&self, vantage: &Vantage, request: &ProbeRequest) -> ProbeResult {
        let answer = match self.member(vantage)? {
            Member::Local(prober) => Ok(vec![prober.probe(request).await]),
            Member::Noanswer(source) => source.probe(request, &self.transport).await,
            Member::Blackbox(source) => source.probe(request, &self.transport).await,
            Member::Globalping(source) => source.probe(request, &self.transport).await,
            Member::CheckHost(source) => source.probe(request, &self.transport).await,
            Member::Atlas(source) => source.probe(request, &self.transport).await,
        };
        self.note(vantage, &answer);
        answer
    }

    fn member(&self, vantage: &Vantage) -> Result<&Member<L>, VantageFailure> {
        let at = self.vantages.iter().position(|one| one == vantage);
        at.map(|at| &self.members[at])
            .ok_or_else(|| failure(VantageFailureKind::Unreachable, "there is no such vantage"))
    }
}

impl<T: Transport, L: LocalProber> Probe for Fleet<T, L> {
    fn vantages(&self) -> &[Vantage] {
        &self.vantages
    }

    async fn probe(&self, vantage: &Vantage, request: &ProbeRequest) -> ProbeResult {
        let whole_domain = self.opt_out.has_domain(&request.domain);
        let is_left_alone =
            |target: &Target| whole_domain || self.opt_out.has(&target.exchange, target.address);
        let (left_alone, targets): (Vec<Target>, _) =
            request.targets.iter().cloned().partition(is_left_alone);
        if left_alone.is_empty() {
            return self.ask(vantage, request).await;
        }
        let mut rows = self.ask(vantage, &ProbeRequest { targets, ..request.clone() }).await?;
        for row in &mut rows {
            row.attempts.extend(left_alone.iter().map(|target| {
                let untried = Attempt::untried(&target.exchange, target.address, 25, request.round);
                Attempt { detail: Some(OptOut::WORDS.to_owned()), ..untried }
            }));
        }
        Ok(rows)
    }

    async fn controls(&self, vantage: &Vantage) -> ProbeResult {
        let answer = match self.member(vantage)? {
            Member::Local(prober) => Ok(vec![prober.controls().await]),
            Member::Noanswer(source) => source.controls(&self.transport).await,
            Member::Blackbox(source) => source.controls(&self.transport).await,
            Member::Globalping(source) => source.controls(&self.transport).await,
            Member::CheckHost(source) => source.controls(&self.transport).await,
            Member::Atlas(source) => source.controls(&self.transport).await,
        };
        self.note(vantage, &answer);
        answer
    }

    fn is_late(&self, vantage: &Vantage) -> bool {
        matches!(self.member(vantage), Ok(Member::Atlas(_)))
    }

    async fn sender_asn(&self) -> Option<u32> {
        let has_panel = self.members.iter().any(|one| matches!(one, Member::Globalping(_)));
        let sender = self.members.iter().find_map(|one| match one {
            Member::Local(prober) => Some(prober).filter(|one| one.vantage().role == Role::Sender),
            _ => None,
        });
        match sender.filter(|_| has_panel) {
            Some(prober) => prober.asn().await,
            None => None,
        }
    }

    fn known_blind(&self, vantage: &Vantage) -> Option<Evidence> {
        self.blind.known(vantage, self.transport.elapsed_ms())
    }

    async fn pause(&self, ms: u64) {
        self.transport.pause(ms).await;
    }

    fn clock_ms(&self) -> Option<u64> {
        self.transport.clock_ms()
    }
}
