//! The prober against small servers of every kind, friendly and hostile, on loopback.
//!
//! Drops, ICMP messages and hops are the kernel's: the namespace lab tries those.

mod hostile;
mod limits;
mod manners;
mod outcomes;
mod town;
