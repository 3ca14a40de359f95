//! DNS over HTTPS (RFC 8484) without the HTTPS: a question becomes a URL, a body becomes an [`Answer`].

use super::answer::{Answer, Outcome, Question, RecordKind, Resolution};
use super::convert::domain_name;
use super::wire;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hickory_proto::op::{MessageType, Metadata, OpCode, ResponseCode};
use hickory_proto::rr::{DNSClass, RecordType};

pub use super::failure::DohError;

/// The media type of DNS messages (RFC 8484 s6).
pub const MEDIA_TYPE: &str = "application/dns-message";
/// The largest body that is looked at, in octets: a DNS message cannot be longer (RFC 1035 s4.2.2).
pub const BODY_OCTETS: usize = 65_535;

/// An HTTP GET to be made for a question (RFC 8484 s4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Where to send it.
    pub url: String,
    /// The `Accept` header.
    pub accept: &'static str,
}

/// The question cannot be put into a DNS message. No [`DomainName`](super::DomainName) does this.
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
    let mut metadata = Metadata::new(0, MessageType::Query, OpCode::Query);
    metadata.recursion_desired = true;
    // AD in a query asks for AD in the answer without the signatures that DO would bring (RFC 6840 s5.7).
    metadata.authentic_data = true;
    metadata.checking_disabled = question.checking_disabled;
    wire::write(metadata, &question.name, record_type(question.kind)).ok_or(Unaskable)
}

/// A message that is no question of a mail plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the message is no question that a mail plan asks: one name, MX, A or AAAA, class IN")]
pub struct NotAQuestion;

/// Reads a client's question, for a server that relays it: the question, and the message id that its answer must carry.
///
/// # Errors
/// [`NotAQuestion`] when it is none, or asks for what no mail plan needs: a relay is no resolver for everything.
pub fn question(message: &[u8]) -> Result<(Question, u16), NotAQuestion> {
    let message = wire::read(message).map_err(|_| NotAQuestion)?;
    let meta = &message.metadata;
    let [asked] = message.queries.as_slice() else { return Err(NotAQuestion) };
    let kind = [RecordKind::Mx, RecordKind::A, RecordKind::Aaaa]
        .into_iter()
        .find(|kind| record_type(*kind) == asked.query_type)
        .ok_or(NotAQuestion)?;
    let plain = meta.message_type == MessageType::Query
        && meta.op_code == OpCode::Query
        && asked.query_class == DNSClass::IN;
    let name = domain_name(&asked.name).filter(|_| plain).ok_or(NotAQuestion)?;
    Ok((Question { name, kind, checking_disabled: meta.checking_disabled }, meta.id))
}

/// The answer `message` under the message id of another question (RFC 1035 s4.1.1).
pub fn with_id(mut message: Vec<u8>, id: u16) -> Vec<u8> {
    if let Some(start) = message.first_chunk_mut() {
        *start = id.to_be_bytes();
    }
    message
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
    let message = wire::read(body).map_err(|_| DohError::Malformed)?;
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
    Ok(answer(question, message))
}

fn answer(question: &Question, message: wire::Message) -> Answer {
    let mut answer = Answer {
        outcome: Outcome::NoData,
        records: message.answers,
        authentic_data: message.metadata.authentic_data,
        extended_errors: message.extended_errors,
        negative_ttl_s: message.negative_ttl_s,
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

fn record_type(kind: RecordKind) -> RecordType {
    match kind {
        RecordKind::Mx => RecordType::MX,
        RecordKind::A => RecordType::A,
        RecordKind::Aaaa => RecordType::AAAA,
        RecordKind::Txt => RecordType::TXT,
    }
}
