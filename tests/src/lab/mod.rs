//! The lab: whole small Internets of network namespaces, with real kernels, mail servers and DNS, in which each fault
//! is really built and the command must name it.

pub mod atlas;
pub mod check_host;
pub mod delay;
pub mod dns;
pub mod exim;
pub mod expect;
pub mod exporters;
pub mod fate;
pub mod fault;
pub mod globalping;
pub mod hosts;
pub mod observe;
pub mod place;
pub mod plan;
pub mod postfix;
pub mod run;
pub mod scenario;
pub mod suite;
pub mod vantages;
pub mod world;
