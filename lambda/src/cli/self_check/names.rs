//! The names that receivers look at: what the mail server calls itself, what its addresses are called (PTR), and whether
//! that leads back (forward-confirmed reverse DNS, RFC 8601 s3).

use crate::fetch::DohFetch;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hickory_proto::op::{Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::{Name, RData, RecordType};
use noanswer_core::address::AddressPolicy;
use noanswer_core::check;
use noanswer_core::dns::DomainName;
use noanswer_core::ports::{Fetch, HttpRequest};
use serde::Serialize;
use std::net::IpAddr;
use std::process::{Command, Stdio};
use std::time::Duration;

/// How long the names of one address may take: without DNS they are not worth waiting for.
const LIMIT: Duration = Duration::from_secs(6);

/// A source address and its names.
#[derive(Debug, Serialize)]
pub(super) struct Named {
    pub(super) address: IpAddr,
    /// Whether the Internet can see it; behind a NAT it sees another, which is not known here.
    pub(super) public: bool,
    /// What it is called; `None` where that could not be asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ptr: Option<Vec<String>>,
    /// Whether one of these names leads back to it.
    pub(super) leads_back: bool,
    /// What the mail server calls itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) server_name: Option<String>,
    /// Whether that name leads to the address; `None` where there is none, or nobody answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) server_name_leads_here: Option<bool>,
}

/// Whether an address is one of the Internet's.
pub(super) fn is_public(address: IpAddr, policy: &AddressPolicy) -> bool {
    policy.judge(address).may_connect()
}

/// What the mail server calls itself: as given, as Postfix or Exim has it, or the host's own name.
pub(super) fn of_this_server(given: Option<&str>) -> Option<String> {
    let by = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).stdin(Stdio::null()).output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let name = text.trim().rsplit([' ', '=']).next()?.to_owned();
        (output.status.success() && name.contains('.')).then_some(name)
    };
    given
        .map(str::to_owned)
        .or_else(|| by("postconf", &["-h", "myhostname"]))
        .or_else(|| by("exim4", &["-bP", "primary_hostname"]))
        .or_else(|| by("exim", &["-bP", "primary_hostname"]))
        .or_else(|| {
            std::fs::read_to_string("/proc/sys/kernel/hostname").ok().map(|name| name.trim().to_owned())
        })
        .filter(|name| name.contains('.'))
}

/// Looks up the names of the addresses that this machine sends from.
pub(super) async fn look(
    sources: &[IpAddr],
    server: Option<&str>,
    doh: &[String],
    policy: &AddressPolicy,
    fetch: &DohFetch,
) -> Vec<Named> {
    let each = sources.iter().map(|address| async move {
        let mut named = Named {
            address: *address,
            public: is_public(*address, policy),
            ptr: None,
            leads_back: false,
            server_name: server.map(str::to_owned),
            server_name_leads_here: None,
        };
        if named.public {
            // What is not known in time stays unknown.
            let _ = tokio::time::timeout(LIMIT, fill(&mut named, doh, fetch)).await;
        }
        named
    });
    futures_util::future::join_all(each).await
}

async fn fill(named: &mut Named, doh: &[String], fetch: &DohFetch) {
    let names = ptr(named.address, doh, fetch).await;
    for name in names.iter().flatten() {
        if leads_to(name, named.address, doh, fetch).await == Some(true) {
            named.leads_back = true;
        }
    }
    named.ptr = names;
    if let Some(name) = &named.server_name {
        named.server_name_leads_here = leads_to(name, named.address, doh, fetch).await;
    }
}

/// Whether `name` has `address`; `None` where it has none at all, or nobody answered.
async fn leads_to(name: &str, address: IpAddr, doh: &[String], fetch: &DohFetch) -> Option<bool> {
    let name = DomainName::from_dns(name).ok()?;
    let addresses = check::addresses(&name, doh, fetch).await;
    (!addresses.is_empty()).then(|| addresses.contains(&address))
}

/// The names of an address (RFC 1035 s3.5, RFC 3596 s2.5), by the first DoH server that answers.
async fn ptr(address: IpAddr, doh: &[String], fetch: &DohFetch) -> Option<Vec<String>> {
    let mut query = Message::new(0, MessageType::Query, OpCode::Query);
    query.metadata.recursion_desired = true;
    query.add_query(Query::query(Name::from(address), RecordType::PTR));
    let question = URL_SAFE_NO_PAD.encode(query.to_vec().ok()?);
    for server in doh {
        let separator = if server.contains('?') { '&' } else { '?' };
        let url = format!("{server}{separator}dns={question}");
        let Ok(answer) = fetch.fetch(&HttpRequest { url, accept: "application/dns-message" }).await else {
            continue;
        };
        let Ok(message) = Message::from_vec(&answer.body) else { continue };
        if !matches!(message.metadata.response_code, ResponseCode::NoError | ResponseCode::NXDomain) {
            continue;
        }
        let name = |data: &RData| match data {
            RData::PTR(name) => Some(name.0.to_ascii().trim_end_matches('.').to_ascii_lowercase()),
            _ => None,
        };
        return Some(message.answers.iter().filter_map(|record| name(&record.data)).take(4).collect());
    }
    None
}
