//! Whether the sender itself is served where its mail goes: the first thing that people want to know.

use super::observe::{Observation, OutcomeClass, Scene};
use super::types::Served;
use crate::evidence::{Attempt, Outcome, Sight};
use std::net::IpAddr;

/// Whether the sending server is served where its mail goes, by its own resolver's word. `intercepted`: whether something
/// answers port 25 in the place of others, so that a greeting that does not come is not the mail server's.
pub(super) fn served(scene: &Scene<'_>, intercepted: bool) -> Served {
    let case = &scene.case;
    let Some(sender) = case.sender() else { return Served::Unknown };
    let mut targets: Vec<IpAddr> = case.plan.open_addresses().map(|(_, address)| address).collect();
    targets.extend(case.tried_by_own_resolver().into_iter().map(|(_, address)| address));
    targets.extend(case.met_where_own_resolver_leads().map(|attempt| attempt.address));
    let of_mail = |attempt: &&Attempt| {
        attempt.outcome != Outcome::NotTried
            && targets.contains(&attempt.address)
            && case.mail_may_go_to(&attempt.exchange, attempt.address)
    };
    let looked: Vec<&Attempt> = sender.attempts.iter().filter(of_mail).collect();
    // A greylist serves who comes again, in whatever form.
    let again = |attempt: &Attempt| attempt.retries.iter().any(|one| one.outcome == Outcome::Completed);
    let serves = |attempt: &Attempt| {
        (attempt.went_well() || again(attempt))
            && !attempt.is_intercepted()
            && sender.sight_in(attempt.family()) != Sight::Deceived
    };
    // Mail servers wait five minutes for a greeting (RFC 5321 s4.5.3.2.1), and a check does not.
    let may_yet_answer = |attempt: &Attempt| {
        let later = |other: &&Attempt| other.address == attempt.address && other.round > attempt.round;
        !intercepted && attempt.may_yet_answer() && !looked.iter().any(later)
    };
    // Greeted, and not by what a mail server would have: whether its TLS passes is not known.
    let open = |attempt: &Attempt| attempt.lacks_tls() || attempt.went_well() || may_yet_answer(attempt);
    if looked.is_empty() {
        Served::Unknown
    } else if !case.own_resolver_finds_mail() {
        Served::False
    } else if looked.iter().any(|attempt| serves(attempt)) {
        // Where nothing vouches for what answered, it may have been another.
        if vouched(scene) { Served::True } else { Served::Unknown }
    } else if looked.iter().any(|attempt| open(attempt)) || scene.own_resolver_names_more_than(&looked) {
        // What a check does not try may serve: an address by translation (DNS64, RFC 6147), or one of a view of its own.
        Served::Unknown
    } else {
        Served::False
    }
}

/// Whether the sender was served, if only at one time, by what is taken for the domain's mail server.
fn vouched(scene: &Scene<'_>) -> bool {
    let mixed = |one: &Observation<'_>| one.class == OutcomeClass::Mixed;
    scene.mail_is_served() || scene.of_mail().any(mixed)
}
