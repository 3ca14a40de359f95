//! SMTP as a prober speaks it (RFC 5321): stages, replies, the few commands it may say, and the status registry.

mod stage;
mod status;

pub use stage::Stage;
pub use status::{EnhancedStatus, ReplyCode};
