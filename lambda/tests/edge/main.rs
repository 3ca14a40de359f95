//! The edges that people and programs meet: the command line and the HTTP API, as they are started and asked from
//! outside; and a fleet whose members misbehave.

mod command;
mod contract;
mod events;
mod fleet;
mod lab;
mod server;
mod sharing;
