//! DNS over HTTPS (RFC 8484) without the HTTPS: a question becomes a URL, a body becomes an [`Answer`].

use super::answer::{Answer, ExtendedError, Outcome, Question, Record, RecordData, RecordKind, Resolution};
use super::{DomainName, HostName};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hickory_proto::op::{Edns, Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::rdata::opt::{EdnsCode, EdnsOption};
use hickory_proto::rr::{DNSClass, Name, RData, RecordType};

/// The media type of DNS messages (RFC 8484 s6).
pub const MEDIA_TYPE: &str = "application/dns-message";
/// The largest body that is looked at, in octets: a DNS message cannot be longer (RFC 1035 s4.2.2).
pub const BODY_OCTETS: usize = 65_535;
/// What we say that we can take (RFC 6891 s6.2.3). Over HTTPS it decides nothing, but EDNS must be there for RFC 8914.
const UDP_PAYLOAD: u16 = 1232;

/// An HTTP GET to be made for a question (RFC 8484 s4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Where to send it.
    pub url: String,
    /// The `Accept` header.
    pub accept: &'static str,
}

/// Why a body is not an answer to the question. Each line says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DohError {
    /// The HTTP status was not 200.
    #[error(
        "the DoH server answered with HTTP status {status} instead of 200: check its URL, or name another with --doh"
    )]
    NotOk {
        /// The status.
        status: u16,
    },
    /// The body is something else than a DNS message.
    #[error(
        "the DoH server sent {content_type:?} instead of application/dns-message: its URL may lack the path, such as /dns-query"
    )]
    WrongContentType {
        /// The `Content-Type`, as said and cut to 100 characters; empty when there was none.
        content_type: String,
    },
    /// The body is longer than a DNS message can be.
    #[error("the DoH server sent more than 64 KiB, which no DNS message has: name another with --doh")]
    TooLarge,
    /// The body is no DNS response.
    #[error("the DoH server sent a body that is no DNS response: name another with --doh")]
    Malformed,
    /// The answer was cut short (TC), which DoH has no reason for (RFC 8484 s6).
    #[error("the DoH server cut its answer short: name another with --doh")]
    Truncated,
    /// The answer belongs to another question.
    #[error("the DoH server answered another question than the one asked: name another with --doh")]
    WrongQuestion,
}

/// The question cannot be put into a DNS message. No [`DomainName`] does this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the question does not fit into a DNS message")]
pub struct Unaskable;

/// The request that asks `question` of the DoH server at `server`, such as `https://dns.example/dns-query`.
///
/// The message id is 0, so that equal questions have equal URLs and caches can work (RFC 8484 s4.1).
///
/// # Errors
/// [`Unaskable`] when the name does not fit into a message.
pub fn request(server: &str, question: &Question) -> Result<Request, Unaskable> {
    let dns = URL_SAFE_NO_PAD.encode(encode(question)?);
    // A URI template's variable (RFC 6570) may be given; the plain URL is what people write.
    let base = server.strip_suffix("{?dns}").unwrap_or(server);
    let joint = if base.contains('?') { '&' } else { '?' };
    Ok(Request { url: format!("{base}{joint}dns={dns}"), accept: MEDIA_TYPE })
}

/// The wire form of `question`: id 0, RD, EDNS without DO.
///
/// # Errors
/// [`Unaskable`] when the name does not fit into a message.
pub fn encode(question: &Question) -> Result<Vec<u8>, Unaskable> {
    let mut name =
        Name::from_labels(question.name.as_str().split('.').map(str::as_bytes)).map_err(|_| Unaskable)?;
    name.set_fqdn(true);
    let mut message = Message::new(0, MessageType::Query, OpCode::Query);
    message.metadata.recursion_desired = true;
    // AD in a query asks for AD in the answer without the signatures that DO would bring (RFC 6840 s5.7).
    message.metadata.authentic_data = true;
    message.metadata.checking_disabled = question.checking_disabled;
    message.add_query(Query::query(name, record_type(question.kind)));
    let mut edns = Edns::new();
    edns.set_max_payload(UDP_PAYLOAD);
    message.set_edns(edns);
    message.to_vec().map_err(|_| Unaskable)
}

/// Reads the HTTP response to [`request`]`(_, question)`.
///
/// # Errors
/// [`DohError`] when it is not a DNS response to this question.
pub fn decode(
    question: &Question,
    status: u16,
    content_type: Option<&str>,
    body: &[u8],
) -> Result<Answer, DohError> {
    if status != 200 {
        return Err(DohError::NotOk { status });
    }
    let content_type = content_type.unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case(MEDIA_TYPE) {
        return Err(DohError::WrongContentType { content_type: content_type.chars().take(100).collect() });
    }
    if body.len() > BODY_OCTETS {
        return Err(DohError::TooLarge);
    }
    let message = Message::from_vec(body).map_err(|_| DohError::Malformed)?;
    let meta = &message.metadata;
    if meta.message_type != MessageType::Response || meta.op_code != OpCode::Query {
        return Err(DohError::Malformed);
    }
    if meta.truncation {
        return Err(DohError::Truncated);
    }
    let [asked] = message.queries.as_slice() else {
        return Err(DohError::WrongQuestion);
    };
    let same = asked.query_type == record_type(question.kind)
        && asked.query_class == DNSClass::IN
        && domain_name(&asked.name).as_ref() == Some(&question.name);
    if !same {
        return Err(DohError::WrongQuestion);
    }
    Ok(answer(question, &message))
}

fn answer(question: &Question, message: &Message) -> Answer {
    let mut answer = Answer {
        outcome: Outcome::NoData,
        records: message.answers.iter().filter_map(record).collect(),
        authentic_data: message.metadata.authentic_data,
        extended_errors: extended_errors(message),
        negative_ttl_s: negative_ttl(message),
    };
    answer.outcome = match message.metadata.response_code {
        ResponseCode::NoError => match answer.resolve(&question.name, question.kind) {
            Resolution::Found { .. } => Outcome::Records,
            _ => Outcome::NoData,
        },
        ResponseCode::NXDomain => Outcome::NxDomain,
        ResponseCode::ServFail => Outcome::ServFail,
        ResponseCode::Refused => Outcome::Refused,
        other => Outcome::Other(u16::from(other)),
    };
    answer
}

fn record(record: &hickory_proto::rr::Record) -> Option<Record> {
    if record.dns_class != DNSClass::IN {
        return None;
    }
    let data = match &record.data {
        RData::MX(mx) => RecordData::Mx { preference: mx.preference, exchange: host_name(&mx.exchange) },
        RData::A(address) => RecordData::A(address.0),
        RData::AAAA(address) => RecordData::Aaaa(address.0),
        RData::CNAME(target) => RecordData::Cname(host_name(&target.0)),
        _ => return None,
    };
    Some(Record { name: domain_name(&record.name)?, ttl_s: record.ttl, data })
}

fn extended_errors(message: &Message) -> Vec<ExtendedError> {
    /// OPTION-CODE of the extended error (RFC 8914 s2).
    const EDE: u16 = 15;
    let Some(edns) = &message.edns else {
        return Vec::new();
    };
    let options = edns.options().get_all(EdnsCode::from(EDE)).into_iter();
    options
        .filter_map(|option| match option {
            EdnsOption::Unknown(EDE, bytes) => {
                let (code, text) = bytes.split_first_chunk::<2>()?;
                let text = String::from_utf8_lossy(text).trim_end_matches('\0').to_owned();
                Some(ExtendedError { code: u16::from_be_bytes(*code), text })
            }
            _ => None,
        })
        .collect()
}

/// The smaller of the SOA's own TTL and its MINIMUM (RFC 2308 s5).
fn negative_ttl(message: &Message) -> Option<u32> {
    message.authorities.iter().find_map(|record| match &record.data {
        RData::SOA(soa) => Some(record.ttl.min(soa.minimum)),
        _ => None,
    })
}

fn record_type(kind: RecordKind) -> RecordType {
    match kind {
        RecordKind::Mx => RecordType::MX,
        RecordKind::A => RecordType::A,
        RecordKind::Aaaa => RecordType::AAAA,
    }
}

fn host_name(name: &Name) -> HostName {
    HostName::from_dns(&presentation(name))
}

fn domain_name(name: &Name) -> Option<DomainName> {
    DomainName::from_dns(&presentation(name)).ok()
}

/// The name as master files write it (RFC 1035 s5.1): a dot inside a label is escaped and cannot pass for a separator.
fn presentation(name: &Name) -> String {
    let mut text = String::with_capacity(name.len());
    for label in name.iter() {
        if !text.is_empty() {
            text.push('.');
        }
        for &byte in label {
            match byte {
                b'.' | b'\\' => text.extend(['\\', char::from(byte)]),
                0x21..=0x7e => text.push(char::from(byte)),
                _ => text.push_str(&format!("\\{byte:03}")),
            }
        }
    }
    text
}
