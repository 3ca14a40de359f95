//! The model: what can misbehave, in which ways, and what each way explains and forbids.
//!
//! A mode is one [`ModeSpec`]: a row of data with its laws. The files hold the rows, in the order in which packets meet
//! the components: the sender's side, what lies between, the target, and what is nobody's fault.

pub(super) mod between;
pub(super) mod instance;
pub(super) mod law;
pub(super) mod modes;
pub(super) mod nobody;
pub(super) mod sender;
pub(super) mod target;

pub(super) use instance::{Instance, instances};
pub(super) use law::ModeSpec;
