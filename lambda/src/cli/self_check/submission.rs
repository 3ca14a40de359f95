//! Ports 465 and 587 of the operators whose exchanges are the controls: what a smart host would need. Connected to, and
//! closed again.

use futures_util::future::join_all;
use noanswer_core::facts::controls;
use serde::Serialize;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::net::TcpStream;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(4);

/// One port that was tried.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Tried {
    pub(super) operator: &'static str,
    pub(super) host: &'static str,
    pub(super) port: u16,
    pub(super) connected: bool,
}

/// Tries the ports of `operators`, all at once; one connection a port.
pub(super) async fn try_all(operators: &BTreeSet<&str>) -> Vec<Tried> {
    let known = controls::submission().filter(|(operator, ..)| operators.contains(operator));
    let each =
        known.flat_map(|(operator, host, ports)| ports.into_iter().map(move |port| (operator, host, port)));
    join_all(each.map(|(operator, host, port)| async move {
        let connected = tokio::time::timeout(CONNECT, TcpStream::connect((host, port))).await;
        Tried { operator, host, port, connected: matches!(connected, Ok(Ok(_))) }
    }))
    .await
}
