//! SMTP as a prober speaks it (RFC 5321): stages, replies, the few commands it may say, and the status registry.

mod command;
mod dialogue;
#[cfg(test)]
mod dialogue_tests;
pub mod registry;
mod reply;
mod stage;
mod status;
mod transcript;

pub use command::{ClientName, Command};
pub use dialogue::{Action, Dialogue, Extent, TlsFailure};
pub use reply::{Reply, ReplyError, ReplyReader, SESSION_BYTES, SESSION_LINES};
pub use stage::Stage;
pub use status::{EnhancedStatus, ReplyCode};
pub use transcript::{Deadlines, DialogueOutcome, Transcript, Unexpected, Wait};

/// The port of mail exchange (RFC 5321 s4.5.4.2): the only one that a target is asked on.
pub const PORT: u16 = 25;
