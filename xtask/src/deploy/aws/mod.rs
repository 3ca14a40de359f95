//! AWS, driven by its own command line: whatever signs the operator in there (profiles, SSO, roles) works here.
//!
//! ```text
//! up, down       what the operator types
//! home, region   the coordinator; a prober with its bucket
//! stack, bucket, token, vantages, sight, request
//! account        who is asked, all regions at once
//! cli            one call of `aws`
//! ```

mod account;
mod bucket;
mod cli;
mod code;
mod down;
mod home;
mod region;
mod request;
mod sight;
mod stack;
mod token;
mod up;
mod vantages;

pub use down::Down;
pub use up::Up;

/// The stack of a prober; one a region.
const PROBER: &str = "noanswer-prober";
/// The stack of the coordinator; in the home region.
const COORDINATOR: &str = "noanswer-coordinator";
/// The parameter that holds the token, in the home region.
const TOKEN_PARAMETER: &str = "/noanswer/token";

/// The groups that the functions log to. The stacks hold them.
fn log_groups() -> [String; 2] {
    [COORDINATOR, PROBER].map(|stack| format!("/aws/lambda/{stack}"))
}
