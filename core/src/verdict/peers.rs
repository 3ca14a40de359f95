//! The same answer for everybody? A vantage that met something else than the others met a middlebox.

use super::seen::Seen;
use super::target::Sighting;
use crate::evidence::{Attempt, TlsSeen};

/// Marks a sighting whose answer differs from one that at least two others agree on.
///
/// A greeting name or a certificate alone may differ between servers behind one address, so neither is enough: the
/// issuer must differ with the certificate, or STARTTLS must be missing or masked where the others were offered it.
pub(super) fn mark_different(sightings: &mut [Sighting<'_>]) {
    let marks: Vec<Option<Seen>> = (0..sightings.len()).map(|i| difference(i, sightings)).collect();
    for (sighting, mark) in sightings.iter_mut().zip(marks) {
        sighting.seen = mark.unwrap_or(sighting.seen);
    }
}

fn difference(i: usize, sightings: &[Sighting<'_>]) -> Option<Seen> {
    let greeted = |one: &Sighting<'_>| matches!(one.seen, Seen::Reached | Seen::ReachedLate);
    if !greeted(&sightings[i]) {
        return None;
    }
    let own = sightings[i].attempt;
    let others = sightings.iter().enumerate().filter(|(j, one)| *j != i && greeted(one));
    let peers: Vec<&Attempt> = others.map(|(_, one)| one.attempt).collect();
    match peers.len() {
        0 | 1 => None,
        _ if starttls_taken(own, &peers) && own.is_masked() => Some(Seen::Foreign),
        // A host may withhold it from some (Postfix: smtpd_discard_ehlo_keyword_address_maps): the lack proves nobody.
        _ if starttls_taken(own, &peers) => Some(Seen::NoStarttls),
        _ if other_certificate(own, &peers) => Some(Seen::OtherCertificate),
        _ => None,
    }
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
