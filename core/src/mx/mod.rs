//! Where a domain's mail goes: the plan of RFC 5321 s5.1, made by a machine without I/O.

mod dns_fault;
mod finding;
mod lookup;
mod plan;
mod planner;
#[cfg(test)]
mod planner_tests;
mod union;
mod view;

pub use dns_fault::{DnsFault, DnsFaultKind};
pub use finding::{Finding, FindingCode};
pub use plan::{
    Limits, LookupFailure, MxPlan, PlanSource, PlanStatus, PlannedAddress, PlannedExchange, SecondOpinion,
    Target,
};
pub use planner::MxPlanner;
pub use view::{DnsView, ExchangeView, ViewAnswer};
