//! Which letters a verdict carries; how they read is `core/src/verdict/letter`.

use crate::language::Language;
use crate::verdict::fault::{Fault, Party};
use crate::verdict::letter::{self, Told};
use crate::verdict::observe::{Observation, Scene};
use crate::verdict::types::{Message, NamedFault, Standing, Status, Verdict};

/// The letters for a verdict, in English: to the sender's provider, to the recipient's postmaster, where they must act. Where
/// mail passes by another of their addresses, their postmaster is still told what fails.
pub(super) fn letters(scene: &Scene<'_>, verdict: &Verdict) -> Vec<Message> {
    if verdict.status != Status::Named {
        return Vec::new();
    }
    let passes = mail_passes(scene);
    let any = |wanted: &dyn Fn(&NamedFault) -> bool| {
        verdict.faults.iter().any(|one| one.standing == Standing::Established && wanted(one))
    };
    let provider = !passes
        && any(&|one| {
            matches!(
                one.fault,
                Fault::OutboundPort25Blocked | Fault::OutboundPort25Intercepted | Fault::SenderPathMtu
            ) && one.modes.iter().all(|mode| mode.id != "sender.host_rule")
        });
    let postmaster = any(&|one| {
        one.party == Party::Them && !matches!(one.fault, Fault::NoSuchDomain | Fault::NullMx)
            || !passes && matches!(one.fault, Fault::SenderFiltered | Fault::RegionalOutage)
    });
    let case = &scene.case;
    let told = Told {
        domain: case.plan.domain_unicode.as_deref().unwrap_or(case.domain),
        at: case.as_of,
        evidence: case.evidence,
        symptoms: case.symptoms,
        faults: &verdict.faults,
    };
    let provider = provider.then(|| letter::to_provider(&told, Language::En));
    let postmaster = postmaster.then(|| letter::to_postmaster(&told, Language::En));
    provider.into_iter().chain(postmaster).collect()
}

/// Whether the sender itself is served by some address of the domain.
fn mail_passes(scene: &Scene<'_>) -> bool {
    scene.of_sender().any(Observation::served)
}
