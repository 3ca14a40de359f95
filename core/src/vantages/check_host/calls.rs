//! What is asked of check-host.net: a TCP connection to port 25 of an address. Nothing else can be said.

use super::wire::Accepted;
use crate::evidence::{VantageFailure, VantageFailureKind};
use crate::ports::{HttpAnswer, HttpCall, HttpMethod};
use crate::smtp;
use crate::vantages::failure::failure;
use std::net::{IpAddr, SocketAddr};

/// The service.
pub const API: &str = "https://check-host.net";

/// How long one call may take, in milliseconds: it only says what is there.
const CALL_MS: u64 = 4_000;

/// The longest body that is taken, in bytes.
const LIMIT: usize = 1 << 18;

/// Who looks.
pub(super) enum Nodes<'a> {
    /// So many, chosen by the service.
    Any(u16),
    /// Those of these names.
    Named(&'a [String]),
}

/// The call that asks for a check of `address`.
pub(super) fn start(origin: &str, user_agent: &str, address: IpAddr, nodes: &Nodes<'_>) -> HttpCall {
    let host = SocketAddr::new(address, smtp::PORT).to_string().replace('[', "%5B").replace(']', "%5D");
    let mut url = format!("{origin}/check-tcp?host={host}");
    match nodes {
        Nodes::Any(count) => url += &format!("&max_nodes={count}"),
        // They were held to letters, digits, dots and hyphens.
        Nodes::Named(names) => names.iter().for_each(|name| url += &format!("&node={name}")),
    }
    get(url, user_agent)
}

/// The call that asks for the results of the check `id`.
pub(super) fn results(origin: &str, user_agent: &str, id: &str) -> HttpCall {
    get(format!("{origin}/check-result/{id}"), user_agent)
}

fn get(url: String, user_agent: &str) -> HttpCall {
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    HttpCall {
        method: HttpMethod::Get,
        url,
        headers: vec![header("accept", "application/json"), header("user-agent", user_agent)],
        body: Vec::new(),
        timeout_ms: CALL_MS,
        limit: LIMIT,
    }
}

/// The failure that an answer is which accepts no check. It never says anything of a target.
pub(super) fn refused(answer: &HttpAnswer) -> VantageFailure {
    let said = serde_json::from_slice(&answer.body).ok().and_then(|accepted: Accepted| accepted.error);
    let said = said.unwrap_or_else(|| "no reason given".to_owned());
    let kind = match answer.status {
        401 | 403 => VantageFailureKind::Unauthorized,
        429 => VantageFailureKind::Throttled,
        200..=299 if said.contains("limit") => VantageFailureKind::Throttled,
        _ => VantageFailureKind::Refused,
    };
    failure(kind, &format!("check-host.net did not take the check (HTTP status {}): {said}", answer.status))
}
