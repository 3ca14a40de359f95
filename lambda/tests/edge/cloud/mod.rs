//! What instances of a function share, against moto's AWS: limits, answers, the token; and their log.

mod answers;
pub mod aws;
mod calls;
mod credentials;
mod function;
mod instances;
mod limits;
mod log;
mod reports;
mod streams;
mod token;
