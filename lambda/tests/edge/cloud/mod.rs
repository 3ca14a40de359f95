//! What instances of a function share, against moto's AWS: limits, answers, the token; and their log.

mod answers;
mod aws;
mod calls;
mod function;
mod instances;
mod limits;
mod log;
mod token;
