//! The edges that people and programs meet: the command line and the HTTP API, as they are started and asked from
//! outside; a fleet whose members misbehave; and what instances in a cloud share.

pub mod cloud;
mod command;
mod contract;
mod events;
mod exhaust;
mod fairness;
mod fleet;
mod handed;
mod jobs;
mod lab;
mod operate;
mod proof;
mod reload;
mod replay;
mod sender;
mod server;
mod sharing;
mod unread;
