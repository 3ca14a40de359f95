//! One statement: what it states as the cause, and who wrote it.

mod bare;
mod crossed;
mod findings;
mod own;
mod remote;
mod statement;
mod symptom;

pub(super) use crossed::{CONNECTIONS, DENIALS};
pub(super) use findings::Stated;
pub(super) use own::PARTED;
pub(super) use statement::{from_stated, names_others, spoken, statement, words};
pub(super) use symptom::complete;
