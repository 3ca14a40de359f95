//! The functions in a real Lambda runtime on this machine: what function URLs carry, several instances at a time, one
//! that crashes, one that runs out of time.

mod contract;
mod failures;
mod instances;
mod stream;
mod town;
