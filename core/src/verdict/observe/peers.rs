//! The same answer for everybody? A vantage that met something else than the others met a middlebox.

use super::observation::Observation;
use super::outcome::OutcomeClass;
use crate::evidence::{Attempt, TlsSeen};

/// Marks an observation whose answer differs from one that at least two others agree on.
///
/// A greeting name or a certificate alone may differ between servers behind one address, so neither is enough: the
/// issuer must differ with the certificate, or STARTTLS must be missing or masked where the others were offered it.
pub(super) fn mark_different(observations: &mut [Observation<'_>]) {
    let marks: Vec<Option<OutcomeClass>> =
        (0..observations.len()).map(|i| difference(i, observations)).collect();
    for (observation, mark) in observations.iter_mut().zip(marks) {
        if let Some(class) = mark {
            observation.reclass(class);
        }
    }
}

fn difference(i: usize, observations: &[Observation<'_>]) -> Option<OutcomeClass> {
    let counts = |one: &Observation<'_>| one.discarded.is_none() && one.served() && one.place().is_some();
    let here = &observations[i];
    if here.class != OutcomeClass::Served || !counts(here) {
        return None;
    }
    let own = here.attempt?;
    let others = observations.iter().enumerate();
    let others = others.filter(|(j, one)| *j != i && counts(one) && one.place() == here.place());
    let others: Vec<&Observation<'_>> = others.map(|(_, one)| one).collect();
    if is_another_host(here, &others) {
        return Some(OutcomeClass::OtherCertificate);
    }
    let peers: Vec<&Attempt> = others.iter().filter_map(|one| one.attempt).collect();
    match peers.len() {
        0 | 1 => None,
        _ if starttls_taken(own, &peers) && own.is_masked() => Some(OutcomeClass::Masked),
        // A host may withhold it from some (Postfix: smtpd_discard_ehlo_keyword_address_maps): the lack proves nobody.
        _ if starttls_taken(own, &peers) => Some(OutcomeClass::NoStarttls),
        _ if other_certificate(own, &peers) && !here.corroborated => Some(OutcomeClass::OtherCertificate),
        _ => None,
    }
}

/// Whether this one met a host with a name of its own, where at least two others met one that goes by the exchange's name,
/// with one certificate. Who met the same as this one shares its way, and does not speak for it.
fn is_another_host(here: &Observation<'_>, others: &[&Observation<'_>]) -> bool {
    let named: Vec<_> = others.iter().filter(|one| one.named).filter_map(|one| fingerprint(one)).collect();
    let own = fingerprint(here);
    here.has_voice
        && !here.named
        && own.is_some()
        && named.len() >= 2
        && named.iter().all(|one| *one == named[0] && Some(*one) != own)
}

fn fingerprint<'a>(one: &Observation<'a>) -> Option<&'a str> {
    Some(one.attempt?.tls.as_ref()?.fingerprint_sha256.as_str())
}

fn other_certificate(own: &Attempt, peers: &[&Attempt]) -> bool {
    let Some(tls) = &own.tls else { return false };
    let theirs: Option<Vec<&TlsSeen>> = peers.iter().map(|peer| peer.tls.as_ref()).collect();
    let Some(theirs) = theirs else { return false };
    let agree = theirs.iter().all(|one| one.issuer == theirs[0].issuer);
    agree && tls.issuer != theirs[0].issuer && tls.fingerprint_sha256 != theirs[0].fingerprint_sha256
}

fn starttls_taken(own: &Attempt, peers: &[&Attempt]) -> bool {
    let offered =
        |attempt: &Attempt| attempt.keywords.iter().any(|word| word.eq_ignore_ascii_case("STARTTLS"));
    let said = !own.keywords.is_empty();
    peers.iter().all(|peer| offered(peer)) && said && !offered(own) && (own.is_masked() || own.tls.is_none())
}
