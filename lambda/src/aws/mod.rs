//! What a function needs of AWS at run time: a table of DynamoDB and a parameter of SSM.
//!
//! A thin client of its own and not the SDK: four operations of two JSON services are all that is asked, and the SDK's
//! clients would cost what the function has little of, bytes (the zip's budget is 5 MB) and time to start (30 ms). What
//! is hard to get right, the signature, is the SDK's own crate.

mod client;
mod credentials;
mod dynamodb;
mod parameter;
mod partition;

pub(crate) use client::random_share;
pub use client::{CallError, Client, SetupError};
pub use credentials::{Credentials, CredentialsError, Environment};
pub use dynamodb::{Item, Put, Table};
pub use parameter::Parameter;
