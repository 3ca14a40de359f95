//! Who is at fault: consistency-based diagnosis over what was observed. `docs/VERDICT.md` tells how, with an example.

mod builder;
mod case;
mod diagnose;
mod dispute;
mod dns;
mod fault;
mod judge;
pub(crate) mod letter;
mod model;
mod observe;
mod problem;
mod scope;
mod served;
mod trace;
mod types;
mod wording;

pub use case::Case;
pub use fault::{Fault, Party};
pub(crate) use judge::judge_for;
pub use judge::{judge, judge_traced};
pub use trace::{DecidingLaw, Trace, TracedMode, TracedObservation, TracedProblem};
pub use types::{
    Advice, DiagnosisSeen, Known, Message, ModeNamed, NamedFault, Next, PartyStanding, RuledOut, Served,
    Standing, Status, Verdict,
};
pub use wording::advice::remedies;
pub use wording::notes::COUNTS_FOR_NOTHING;
