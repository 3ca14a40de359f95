//! The lab's name server: real DNS messages from a table.

use super::domains::{CONTROLS, DOMAINS, Host, RELAYS, Records, SENDER};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hickory_proto::op::{Message, MessageType, ResponseCode};
use hickory_proto::rr::rdata::{A, AAAA, MX, PTR};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use std::net::IpAddr;

/// How long an answer holds, in seconds.
const TTL: u32 = 60;

/// Answers a question in base64url; `None` when it is none.
pub(super) fn answer(question: &str) -> Option<Vec<u8>> {
    let asked = Message::from_vec(&URL_SAFE_NO_PAD.decode(question).ok()?).ok()?;
    let [query] = asked.queries.as_slice() else { return None };
    let name = query.name().to_ascii().trim_end_matches('.').to_ascii_lowercase();
    let (code, data) = match query.query_type() {
        RecordType::PTR => name_of(query.name()),
        kind => look_up(&name, kind),
    };
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
    let addresses = addresses(name);
    if addresses.is_empty() {
        return (ResponseCode::NXDomain, Vec::new());
    }
    let of_kind = |address| match (address, kind) {
        (IpAddr::V4(address), RecordType::A) => Some(RData::A(A(address))),
        (IpAddr::V6(address), RecordType::AAAA) => Some(RData::AAAA(AAAA(address))),
        _ => None,
    };
    (ResponseCode::NoError, addresses.into_iter().filter_map(of_kind).collect())
}

/// The name of the sending server's addresses (RFC 1035 s3.5, RFC 3596 s2.5).
fn name_of(reverse: &Name) -> (ResponseCode, Vec<RData>) {
    let own = addresses(SENDER.name);
    let asked = reverse.parse_arpa_name().ok().map(|net| net.addr()).filter(|address| own.contains(address));
    match (asked, Name::from_ascii(SENDER.name)) {
        (Some(_), Ok(name)) => (ResponseCode::NoError, vec![RData::PTR(PTR(name))]),
        _ => (ResponseCode::NXDomain, Vec::new()),
    }
}

/// The addresses of a host or relay; none where it is not there.
pub(super) fn addresses(name: &str) -> Vec<IpAddr> {
    let exchanges = DOMAINS.iter().flat_map(|domain| match domain.records {
        Records::Exchanges(hosts) => hosts,
        _ => &[],
    });
    let mut hosts = CONTROLS.iter().chain([&SENDER]).chain(exchanges);
    let of_host = hosts.find(|host: &&Host| host.name == name).into_iter().flat_map(|host| host.addresses);
    let of_relay = RELAYS.iter().filter(|relay| relay.name == name).map(|relay| relay.address);
    of_host.map(|(address, _)| *address).chain(of_relay).filter_map(|address| address.parse().ok()).collect()
}
