//! The house tried as a whole.

pub mod atlas;
pub mod check_host;
pub mod cloud;
pub mod contract;
pub mod fields;
pub mod globalping;
mod http;
pub mod lab;
pub mod moto;
pub mod namespace;
pub mod need;
pub mod own_network;
pub mod port;
pub mod process;
pub mod reads;
pub mod runtime;
pub mod said;
pub mod serve;
pub mod worker;
