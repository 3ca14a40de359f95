//! Why an observation does not count, where it does not.

/// A rule by which an observation is set aside.
#[derive(Debug)]
pub(in crate::verdict) struct DiscardRule {
    /// Its id: never reused.
    pub(in crate::verdict) id: &'static str,
    /// In one sentence.
    pub(in crate::verdict) says: &'static str,
}

pub(super) const BLIND: DiscardRule = DiscardRule {
    id: "discard.blind",
    says: "a place that too few controls answer says nothing by its failures, and nothing by a success that nobody else met",
};

pub(super) const DECEIVED: DiscardRule = DiscardRule {
    id: "discard.deceived",
    says: "where something answers in the place of others, nothing that is heard is the target's",
};

pub(super) const TAKEN: DiscardRule =
    DiscardRule { id: "discard.taken", says: "what a box on a region's own way answers is not the target's" };

pub(super) const OWN_HOST: DiscardRule = DiscardRule {
    id: "discard.own_host",
    says: "what a region's own host refuses, or has no address for, says nothing of the target",
};

pub(super) const LOOKER: DiscardRule = DiscardRule {
    id: "discard.looker",
    says: "what the sending host's own firewall does to the program that looked, by a rule that names it, it does not do to the mail server",
};

pub(super) const ODD: DiscardRule = DiscardRule {
    id: "discard.odd",
    says: "a region that alone is answered in another way than everybody else met something on its own way",
};

pub(super) const CUT_SHORT: DiscardRule = DiscardRule {
    id: "discard.cut_short",
    says: "a session over a long way that our own limit ended says nothing of the host",
};

/// Every rule.
#[cfg(test)]
pub(in crate::verdict) const ALL: &[&DiscardRule] =
    &[&BLIND, &DECEIVED, &TAKEN, &OWN_HOST, &LOOKER, &ODD, &CUT_SHORT];
