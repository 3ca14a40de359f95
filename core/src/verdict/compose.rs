//! From the addresses' judgements to the verdict.

use super::fault::{Fault, Party};
use super::judge::Case;
use super::target::TargetJudgement;
use super::{NamedFault, RuledOut, Standing, Status, Verdict, advice, headline, message, next, text};
use crate::address::Family;
use crate::evidence::{Patience, Role};
use std::collections::BTreeSet;

/// A verdict in the making.
#[derive(Default)]
pub(super) struct Draft {
    named: Vec<NamedFault>,
    ruled_out: Vec<RuledOut>,
    notes: Vec<String>,
    /// Faults that survived somewhere, under whatever name they are reported.
    alive: BTreeSet<Fault>,
    /// Faults that a longer look could still show.
    patience: BTreeSet<Fault>,
    /// What works, in sentences: the verdict when nothing else is named.
    works: Vec<String>,
    /// Something that matters could not be judged.
    pub(super) unjudged: bool,
}

impl Draft {
    pub(super) fn note(&mut self, note: &str) {
        if !self.notes.iter().any(|known| known == note) {
            self.notes.push(note.to_owned());
        }
    }

    pub(super) fn rule_out(&mut self, ruled_out: Vec<RuledOut>) {
        self.ruled_out.extend(ruled_out);
    }

    /// Faults that nothing eliminated, although nothing points to them either: they must not be called ruled out.
    pub(super) fn keep_alive(&mut self, faults: &[Fault]) {
        self.alive.extend(faults);
    }

    /// Names a fault; the same fault at the same place is named once, with all its reasons.
    pub(super) fn name(
        &mut self,
        fault: Fault,
        standing: Standing,
        family: Option<Family>,
        exchange: Option<&str>,
        because: Vec<String>,
    ) {
        let same = |named: &&mut NamedFault| {
            named.fault == fault && named.family == family && named.exchange.as_deref() == exchange
        };
        if let Some(named) = self.named.iter_mut().find(same) {
            if standing == Standing::Established {
                named.standing = standing;
            }
            for reason in because {
                if !named.because.contains(&reason) {
                    named.because.push(reason);
                }
            }
            return;
        }
        self.named.push(NamedFault {
            fault,
            party: fault.party(),
            standing,
            family,
            exchange: exchange.map(str::to_owned),
            vantage: None,
            because,
        });
    }

    /// Puts the draft in its final form.
    pub(super) fn finish(mut self, case: &Case<'_>) -> Verdict {
        if self.named.is_empty() && !self.unjudged && !self.works.is_empty() {
            let works = std::mem::take(&mut self.works);
            self.name(Fault::NothingWrongNow, Standing::Established, None, None, works);
        }
        self.alive.extend(self.named.iter().map(|named| named.fault));
        self.alive.extend(self.patience.iter().copied());
        let mut seen = BTreeSet::new();
        let alive = &self.alive;
        self.ruled_out.retain(|out| {
            out.fault != Fault::NothingWrongNow && !alive.contains(&out.fault) && seen.insert(out.fault)
        });
        self.ruled_out.sort_by_key(|out| out.fault);
        let status = self.status();
        if text::tells_of_rejection(case.symptoms) {
            self.note("The text is a rejection: a server spoke and said no. That is not \"no answer from host\"; what it said is explained with the text.");
        }
        let faults = self.named;
        Verdict {
            status,
            headline: headline::of(case, status, &faults),
            next: next::observation(case, status, &faults, !self.patience.is_empty()),
            advice: advice::of(case, &faults),
            messages: message::of(case, status, &faults),
            ruled_out: self.ruled_out,
            notes: self.notes,
            patience_could_show: self.patience.into_iter().collect(),
            faults,
        }
    }

    fn status(&self) -> Status {
        let possible = self.named.iter().any(|named| named.standing == Standing::Possible);
        let fault = self.named.iter().any(|named| named.fault != Fault::NothingWrongNow);
        match (possible, fault) {
            (true, _) => Status::Ambiguous,
            (false, true) => Status::Named,
            (false, false) if self.named.is_empty() || self.unjudged => Status::Undetermined,
            (false, false) => Status::Healthy,
        }
    }
}

/// Puts the addresses' judgements together: what fails beside something that works is named for what it is.
pub(super) fn compose_targets(case: &Case<'_>, targets: &[TargetJudgement<'_>], draft: &mut Draft) {
    for target in targets {
        draft.rule_out(target.ruled_out.clone());
        draft.alive.extend(target.survivors.iter().copied());
        unjudged(case, target, targets, draft);
        for vantage in &target.doubted {
            draft.note(&format!(
                "Nobody else met what {vantage} met at {} ({}), and nothing shows that it was the host: a box on its way may have answered instead. What the others met stays possible.",
                target.exchange, target.address
            ));
        }
    }
    patience(case, targets, draft);
    let named: Vec<Named<'_>> = targets.iter().map(|target| Named::of(target, targets)).collect();
    for here in named.iter().filter(|here| !here.faults.is_empty()) {
        let target = here.target;
        if here.standing == Standing::Established && here.faults.contains(&Fault::NothingWrongNow) {
            draft.works.extend(target.because());
            continue;
        }
        if here.faults.iter().all(|fault| fault.party() == Party::Them && !fault.mail_passes())
            && target.family() == Family::Ipv4
            && targets.iter().any(|other| other.family() == Family::Ipv6 && other.passes())
        {
            draft.note("Mail passes over IPv6, for senders that have it.");
        }
        for &fault in &here.faults {
            let (family, exchange) = place(fault, here, &named);
            draft.name(fault, here.standing, family, exchange, target.because());
        }
    }
    if targets.iter().all(TargetJudgement::passes) && !targets.is_empty() {
        let because = "they would fail somewhere, but every address that was tried works".to_owned();
        for fault in [Fault::RecipientIpv6Broken, Fault::SomeExchangesDown] {
            draft.rule_out(vec![RuledOut {
                fault,
                because: because.clone(),
                cell: "compose.all_work".to_owned(),
            }]);
        }
    }
}

/// The faults of one address, under the names by which they are reported.
struct Named<'a> {
    target: &'a TargetJudgement<'a>,
    faults: BTreeSet<Fault>,
    standing: Standing,
}

impl<'a> Named<'a> {
    fn of(target: &'a TargetJudgement<'a>, targets: &[TargetJudgement<'_>]) -> Self {
        let renamed = target.survivors.iter().map(|fault| rename(*fault, target, targets));
        let mut faults: BTreeSet<Fault> = renamed.collect();
        if ipv4_may_work(&faults, target, targets) {
            faults.insert(Fault::RecipientIpv6Broken);
        }
        let standing = if faults.len() == 1 { Standing::Established } else { Standing::Possible };
        Self { target, faults, standing }
    }
}

/// The family and the exchange that a fault is about, where it is not about the whole. What nobody looked at may be in
/// order: a fault that was seen at some addresses is theirs alone.
fn place<'a>(fault: Fault, here: &Named<'a>, named: &[Named<'_>]) -> (Option<Family>, Option<&'a str>) {
    let target = here.target;
    let exchange =
        named.iter().any(|other| other.target.exchange != target.exchange).then_some(target.exchange);
    match fault {
        Fault::SomeExchangesDown => return (None, exchange),
        Fault::RecipientIpv6Broken => return (Some(Family::Ipv6), None),
        _ => {}
    }
    let same = |other: &&Named<'_>| other.faults.contains(&fault) && other.standing == here.standing;
    if named.iter().all(|other| same(&other)) {
        return (None, None);
    }
    let of_family = |other: &&Named<'_>| other.target.family() == target.family();
    let family_wide = named.iter().filter(of_family).all(|other| same(&other));
    let family = named.iter().any(|other| !of_family(&other)).then_some(target.family());
    (family, exchange.filter(|_| !family_wide))
}

/// Whether a host fails over IPv6 and nobody who counts looked at its IPv4: then that may work.
fn ipv4_may_work(
    survivors: &BTreeSet<Fault>,
    target: &TargetJudgement<'_>,
    targets: &[TargetJudgement<'_>],
) -> bool {
    let mut ipv4 = targets.iter().filter(|other| other.family() == Family::Ipv4).peekable();
    target.family() == Family::Ipv6
        && survivors.iter().any(|fault| fault.party() == Party::Them && !fault.mail_passes())
        && ipv4.peek().is_some()
        && ipv4.all(TargetJudgement::unseen)
}

/// A host's fault beside a working family or exchange is a partial one.
fn rename(fault: Fault, target: &TargetJudgement<'_>, targets: &[TargetJudgement<'_>]) -> Fault {
    if fault.party() != Party::Them {
        return fault;
    }
    let works = |other: &&TargetJudgement<'_>| other.passes();
    let same_family = targets.iter().filter(|other| other.family() == target.family());
    let works_in_family = same_family.clone().any(|other| other.passes());
    if target.family() == Family::Ipv6 && !works_in_family && targets.iter().any(|other| works(&other)) {
        return Fault::RecipientIpv6Broken;
    }
    let others = targets.iter().filter(|other| other.address != target.address);
    if others
        .filter(works)
        .any(|other| other.family() == target.family() || other.exchange != target.exchange)
    {
        return Fault::SomeExchangesDown;
    }
    fault
}

/// Says why an address could not be judged, when it could not.
fn unjudged(
    case: &Case<'_>,
    target: &TargetJudgement<'_>,
    targets: &[TargetJudgement<'_>],
    draft: &mut Draft,
) {
    if target.unseen() {
        let family = target.family().label();
        if targets.iter().filter(|other| other.family() == target.family()).all(TargetJudgement::unseen) {
            draft.note(&format!(
                "No vantage that counts looked at an {family} address of {}: {family} is not judged.",
                case.domain
            ));
        }
        if targets.iter().all(TargetJudgement::unseen) {
            draft.unjudged = true;
        }
    } else if target.survivors.is_empty() {
        draft.unjudged = true;
        draft.note(&format!(
            "No single fault explains what was seen of {} ({}): {}.",
            target.exchange,
            target.address,
            target.because().join("; ")
        ));
    }
}

/// What a longer look could still change.
fn patience(case: &Case<'_>, targets: &[TargetJudgement<'_>], draft: &mut Draft) {
    if case.patience == Patience::Patient {
        return;
    }
    for target in targets.iter().filter(|target| !target.passes() && !target.unseen()) {
        draft.patience.insert(Fault::Intermittent);
        if target.survivors.contains(&Fault::SlowGreeting) {
            draft.patience.insert(Fault::SlowGreeting);
        }
    }
    let kinds: BTreeSet<&str> =
        case.clear_regions().map(|one| one.network.as_str()).filter(|one| !one.is_empty()).collect();
    let regions =
        case.evidence.iter().filter(|one| one.role == Role::Region && one.failure.is_none()).count();
    if kinds.len() == 1 && regions > 1 {
        draft.note("All regions stand in one network: they share its filters and its reputation, and count as one kind of vantage.");
    }
}
