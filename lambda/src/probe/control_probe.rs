//! Asking the controls, and remembering for a while what they showed.

use super::control_results::{Cached, ControlResults};
use super::controls::Control;
use super::neighbours::Neighbours;
use super::prober::Prober;
use super::session::{self, not_tried};
use noanswer_core::address::Family;
use noanswer_core::check::addresses;
use noanswer_core::dns::DomainName;
use noanswer_core::evidence::{Attempt, ControlResult, Expectation, UnresolvedControl};
use noanswer_core::ports::{Patience, ProbeRequest};
use noanswer_core::smtp::{self, Deadlines, Extent};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// How long a clear sight is remembered, and a region's blindness. Kind to the control hosts, and short against the time in
/// which a block is switched on.
const CLEAR: Duration = Duration::from_secs(60);

/// How long any other sight is: a user who mends something looks again at once.
const DOUBTFUL: Duration = Duration::from_secs(5);

/// How many looks at the controls a minute has: each is a connection to port 25 and one to port 443 of a host, and a
/// network gets no more than 20.
const LOOKS: usize = 10;

/// How long the controls may take, however patient the request: less than a first verdict may take, so that a quick
/// request that waits for a patient one's look gets it in time.
const WINDOW: Duration = Duration::from_millis(10_700);

/// How long a negative control is waited for: a SYN, and the one that follows it after a second (RFC 6298 s2).
const CLOSED: Duration = Duration::from_millis(1_500);

/// How long before a request's own end its look at the controls is over, for those who wait beside it.
const MARGIN: Duration = Duration::from_millis(200);

/// How many addresses of one control host are asked, a family: one address an operator is enough.
const PER_FAMILY: usize = 1;

/// The port that tells "no port 25" from "no Internet".
const HTTPS: u16 = 443;

/// A DoH server as a control of port 443 alone: a mail server need not serve that port, a DoH server does. `None` where
/// it is not asked on that port.
fn https_control(url: &str) -> Option<Control> {
    let url = reqwest::Url::parse(url).ok().filter(|url| url.scheme() == "https" && url.port().is_none())?;
    let name = url.host_str()?.to_owned();
    let host = DomainName::from_dns(&name).ok()?;
    let address = name.parse().into_iter().collect();
    Some(Control { operator: name, host, address })
}

/// One connection to make.
#[derive(Clone, Debug)]
struct Question {
    operator: String,
    host: String,
    address: SocketAddr,
    expected: Expectation,
}

impl Prober {
    /// What the controls show now, or showed a moment ago, but not before `not_before`. Requests that come meanwhile wait
    /// for the same answers.
    pub(super) async fn controls(
        self: &Arc<Self>,
        round: u8,
        cutoff: Instant,
        not_before: Option<Instant>,
        neighbours: &Arc<Neighbours>,
    ) -> ControlResults {
        let Ok(mut cache) = tokio::time::timeout_at(cutoff, self.cache.lock()).await else {
            return ControlResults::default();
        };
        let holds = |cached: &&Cached| {
            cached.until > Instant::now() && not_before.is_none_or(|instant| cached.asked_at >= instant)
        };
        if let Some(cached) = cache.as_ref().filter(holds) {
            return cached.seen.clone();
        }
        if let Some(cached) = cache.as_ref().filter(|_| !self.may_look_at_controls()) {
            return cached.seen.clone();
        }
        let asked_at = Instant::now();
        let cutoff = (cutoff - MARGIN).min(asked_at + WINDOW);
        let mut under_way = JoinSet::new();
        let (questions, unresolved) = self.questions().await;
        for (index, question) in questions.into_iter().enumerate() {
            let (prober, neighbours) = (self.clone(), neighbours.clone());
            under_way
                .spawn(async move { (index, prober.control(question, round, cutoff, &neighbours).await) });
        }
        let mut results = under_way.join_all().await;
        results.sort_by_key(|(index, _)| *index);
        let results = results.into_iter().map(|(_, result)| result).collect();
        let (results, aside) = self.settings.controls.counted(results);
        let moved = super::turns::lock(&self.reached).take(&results, &unresolved, self.began.elapsed());
        let unresolved = unresolved.into_iter().chain(aside).chain(moved).collect();
        let seen = ControlResults { results, unresolved, asked_at: Some(asked_at) };
        // A region's block lasts, and whoever asks it would wait for that silence.
        let is_blind = !self.is_sender() && Family::ALL.into_iter().any(|family| seen.are_silent(family));
        let keep = if seen.see() || is_blind { CLEAR } else { DOUBTFUL };
        *cache = Some(Cached { until: Instant::now() + keep, asked_at, seen: seen.clone() });
        seen
    }

    /// The families in which a quick look of a region need not wait for targets: a moment ago no control answered.
    pub(super) fn known_silent(&self, request: &ProbeRequest) -> Vec<Family> {
        if self.is_sender() || request.patience != Patience::Quick {
            return Vec::new();
        }
        // Whoever holds it is looking right now.
        let Ok(cache) = self.cache.try_lock() else { return Vec::new() };
        let known = cache.as_ref().filter(|cached| cached.until > Instant::now());
        let silent = |family: &Family| known.is_some_and(|cached| cached.seen.are_silent(*family));
        Family::ALL.into_iter().filter(silent).collect()
    }

    /// Takes one of the looks that a minute has, where others ask this vantage. Beyond them, what was seen last is told:
    /// it is seconds old then.
    fn may_look_at_controls(&self) -> bool {
        if self.settings.limits.is_none() {
            return true;
        }
        let now = Instant::now();
        let mut looks = super::turns::lock(&self.looks);
        while looks.front().is_some_and(|first| now.duration_since(*first) >= CLEAR) {
            looks.pop_front();
        }
        let may = looks.len() < LOOKS;
        if may {
            looks.push_back(now);
        }
        may
    }

    /// The connections to make, and the controls for which none can be made.
    async fn questions(&self) -> (Vec<Question>, Vec<UnresolvedControl>) {
        let settings = &self.settings;
        let mut hosts = JoinSet::new();
        let open = settings.controls.open.iter().cloned().map(|control| (control, true));
        let https = settings.resolvers.iter().filter_map(|url| https_control(url)).map(|one| (one, false));
        for (index, (control, mail)) in open.chain(https).enumerate() {
            let (resolvers, fetch) = (settings.resolvers.clone(), self.fetch.clone());
            hosts.spawn(async move {
                let given = !control.address.is_empty();
                let all = if given {
                    control.address.clone()
                } else {
                    addresses(&control.host, &resolvers, &fetch).await
                };
                (index, control, mail, all)
            });
        }
        let mut hosts = hosts.join_all().await;
        hosts.sort_by_key(|(index, ..)| *index);
        let (mut questions, mut unresolved) = (Vec::new(), Vec::new());
        for (_, control, mail, all) in hosts {
            if all.is_empty() && mail {
                let because = "no DNS-over-HTTPS server gave an address of it".to_owned();
                let (operator, host) = (control.operator.clone(), control.host.to_string());
                unresolved.push(UnresolvedControl { operator, host, because });
            }
            let of = |ipv4: bool| all.iter().filter(move |one| one.is_ipv4() == ipv4).take(PER_FAMILY);
            for address in of(true).chain(of(false)) {
                let ports: &[u16] = if mail { &[smtp::PORT, HTTPS] } else { &[HTTPS] };
                for &port in ports {
                    questions.push(Question {
                        operator: control.operator.clone(),
                        host: control.host.to_string(),
                        address: SocketAddr::new(*address, port),
                        expected: Expectation::Open,
                    });
                }
            }
        }
        questions.extend(settings.controls.closed.iter().map(|control| Question {
            operator: "negative control".to_owned(),
            host: control.address.to_string(),
            address: SocketAddr::new(control.address, smtp::PORT),
            expected: Expectation::Closed,
        }));
        (questions, unresolved)
    }

    async fn control(
        &self,
        question: Question,
        round: u8,
        cutoff: Instant,
        neighbours: &Neighbours,
    ) -> ControlResult {
        let Question { operator, host, address, expected } = question;
        // What intercepts is near and answers at once: a negative control's silence need not be waited for to its end.
        let cutoff = match expected {
            Expectation::Closed => cutoff.min(Instant::now() + CLOSED),
            Expectation::Open => cutoff,
        };
        let attempt = if self.settings.policy.judge(address.ip()).may_connect() {
            self.look_at(&host, address, round, cutoff, neighbours).await
        } else {
            not_tried(&host, address, round, "the address is not globally reachable")
        };
        ControlResult { operator, expected, attempt }
    }

    async fn look_at(
        &self,
        host: &str,
        address: SocketAddr,
        round: u8,
        cutoff: Instant,
        neighbours: &Neighbours,
    ) -> Attempt {
        // Greeting and QUIT: that port 25 is open shows by then, and so does one voice that speaks for everybody (it
        // cannot know their names). More would only be work for hosts that nobody complained of.
        let whole = self.plan(Deadlines::QUICK, cutoff, round, neighbours);
        let plan = session::Plan { extent: Extent::Greeting, ..whole };
        if address.port() == smtp::PORT {
            let Ok(turn) = tokio::time::timeout_at(cutoff, self.turns.take(host, address.ip())).await else {
                return not_tried(
                    host,
                    address,
                    round,
                    "another connection to the address took all the time",
                );
            };
            return self.attempt(host, address, &plan, turn, None).await;
        }
        match self.settings.addresses.to(address) {
            Some(led_to) => {
                let seen = session::open(host, led_to, &plan).await;
                if let Some(took) = seen.connect_ms {
                    self.note_round_trip(Duration::from_secs_f64(took / 1e3));
                }
                Attempt { address: address.ip(), port: address.port(), ..seen }
            }
            None => session::swallowed(host, address, &plan).await,
        }
    }
}
