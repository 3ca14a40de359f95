//! The lab's name server: real DNS messages from a table.

use super::domains::{CONTROLS, DOMAINS, Host, Records};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hickory_proto::op::{Message, MessageType, ResponseCode};
use hickory_proto::rr::rdata::{A, AAAA, MX};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use std::net::IpAddr;

/// How long an answer holds, in seconds.
const TTL: u32 = 60;

/// Answers a question in base64url; `None` when it is none.
pub(super) fn answer(question: &str) -> Option<Vec<u8>> {
    let asked = Message::from_vec(&URL_SAFE_NO_PAD.decode(question).ok()?).ok()?;
    let [query] = asked.queries.as_slice() else { return None };
    let name = query.name().to_ascii().trim_end_matches('.').to_ascii_lowercase();
    let (code, data) = look_up(&name, query.query_type());
    let mut answer = Message::response(asked.metadata.id, asked.metadata.op_code);
    answer.metadata.message_type = MessageType::Response;
    answer.metadata.recursion_desired = true;
    answer.metadata.recursion_available = true;
    answer.metadata.response_code = code;
    answer.add_query(query.clone());
    for data in data {
        answer.add_answer(Record::from_rdata(query.name().clone(), TTL, data));
    }
    answer.to_vec().ok()
}

fn look_up(name: &str, kind: RecordType) -> (ResponseCode, Vec<RData>) {
    if let Some(domain) = DOMAINS.iter().find(|one| one.domain == name) {
        let mx = |preference: u16, exchange: &str| {
            Name::from_ascii(exchange).ok().map(|name| RData::MX(MX::new(preference, name)))
        };
        return match domain.records {
            Records::NxDomain => (ResponseCode::NXDomain, Vec::new()),
            Records::ServFail => (ResponseCode::ServFail, Vec::new()),
            Records::NullMx if kind == RecordType::MX => {
                (ResponseCode::NoError, mx(0, ".").into_iter().collect())
            }
            Records::Exchanges(hosts) if kind == RecordType::MX => {
                let records =
                    hosts.iter().zip(1_u16..).filter_map(|(host, number)| mx(number * 10, host.name));
                (ResponseCode::NoError, records.collect())
            }
            _ => (ResponseCode::NoError, Vec::new()),
        };
    }
    match host(name) {
        Some(host) => (ResponseCode::NoError, addresses(host, kind)),
        None => (ResponseCode::NXDomain, Vec::new()),
    }
}

fn host(name: &str) -> Option<&'static Host> {
    let exchanges = DOMAINS.iter().flat_map(|domain| match domain.records {
        Records::Exchanges(hosts) => hosts,
        _ => &[],
    });
    CONTROLS.iter().chain(exchanges).find(|host| host.name == name)
}

fn addresses(host: &Host, kind: RecordType) -> Vec<RData> {
    let parsed = host.addresses.iter().filter_map(|(address, _)| address.parse().ok());
    parsed
        .filter_map(|address| match (address, kind) {
            (IpAddr::V4(address), RecordType::A) => Some(RData::A(A(address))),
            (IpAddr::V6(address), RecordType::AAAA) => Some(RData::AAAA(AAAA(address))),
            _ => None,
        })
        .collect()
}
