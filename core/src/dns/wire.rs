//! DNS messages (RFC 1035 s4) in and out: hickory-proto's header, query, names and compression, and of the records only
//! what a mail plan asks for.
//!
//! Not by hickory-proto's `Message`: it brings readers and writers of some forty kinds of record and, through their
//! printing, the tables of IDNA. They were two thirds of the page's wasm.

use super::DomainName;
use super::answer::{ExtendedError, Record, RecordData};
use super::convert::{domain_name, host_name};
use hickory_proto::op::{Header, HeaderCounts, Metadata, Query};
use hickory_proto::rr::{Name, RecordType};
use hickory_proto::serialize::binary::{BinDecodable, BinDecoder, BinEncodable, BinEncoder, DecodeError};
use std::net::{Ipv4Addr, Ipv6Addr};

/// What we say that we can take (RFC 6891 s6.2.3). Over HTTPS it decides nothing, but EDNS must be there for RFC 8914.
const UDP_PAYLOAD: u16 = 1232;
/// The class IN (RFC 1035 s3.2.4).
const IN: u16 = 1;
/// OPTION-CODE of the extended error (RFC 8914 s2).
const EXTENDED_ERROR: u16 = 15;

/// The parts of a message that are looked at.
pub(super) struct Message {
    pub metadata: Metadata,
    pub queries: Vec<Query>,
    pub answers: Vec<Record>,
    pub extended_errors: Vec<ExtendedError>,
    /// The smaller of the SOA's own TTL and its MINIMUM (RFC 2308 s5).
    pub negative_ttl_s: Option<u32>,
}

/// Writes a query of one question; `None` when the name does not fit.
pub(super) fn write(metadata: Metadata, name: &DomainName, kind: RecordType) -> Option<Vec<u8>> {
    let mut owner = Name::root();
    for label in name.as_str().split('.') {
        owner = owner.append_label(label.as_bytes()).ok()?;
    }
    let counts = HeaderCounts { queries: 1, additionals: 1, ..HeaderCounts::default() };
    let mut bytes = Vec::with_capacity(64);
    let mut encoder = BinEncoder::new(&mut bytes);
    Header { metadata, counts }.emit(&mut encoder).ok()?;
    Query::query(owner, kind).emit(&mut encoder).ok()?;
    // The OPT pseudo-record without options (RFC 6891 s6.1.2): the root, type 41, our payload size as the class, then
    // extended RCODE, version, flags and the length of the data, all zero.
    let [high, low] = UDP_PAYLOAD.to_be_bytes();
    bytes.extend([0, 0, 41, high, low, 0, 0, 0, 0, 0, 0]);
    Some(bytes)
}

/// Reads a message.
pub(super) fn read(body: &[u8]) -> Result<Message, DecodeError> {
    let mut decoder = BinDecoder::new(body);
    let Header { metadata, counts } = Header::read(&mut decoder)?;
    let mut message = Message {
        metadata,
        queries: Vec::new(),
        answers: Vec::new(),
        extended_errors: Vec::new(),
        negative_ttl_s: None,
    };
    for _ in 0..counts.queries {
        message.queries.push(Query::read(&mut decoder)?);
    }
    for _ in 0..counts.answers {
        let raw = Raw::read(&mut decoder)?;
        message.answers.extend(raw.record()?);
    }
    for _ in 0..counts.authorities {
        let raw = Raw::read(&mut decoder)?;
        if message.negative_ttl_s.is_none() {
            message.negative_ttl_s = raw.negative_ttl()?;
        }
    }
    for _ in 0..counts.additionals {
        let raw = Raw::read(&mut decoder)?;
        if raw.kind == RecordType::OPT {
            // The upper eight bits of the RCODE (RFC 6891 s6.1.3).
            message.metadata.merge_response_code(raw.ttl_s.to_be_bytes()[0]);
            message.extended_errors = raw.extended_errors()?;
        }
    }
    Ok(message)
}

/// A record whose data has not been read yet (RFC 1035 s4.1.3).
struct Raw<'a> {
    owner: Name,
    kind: RecordType,
    class: u16,
    ttl_s: u32,
    /// Stands at the data; names in it may point back into the whole message.
    data: BinDecoder<'a>,
    end: usize,
}

impl<'a> Raw<'a> {
    fn read(decoder: &mut BinDecoder<'a>) -> Result<Self, DecodeError> {
        let owner = Name::read(decoder)?;
        let kind = RecordType::read(decoder)?;
        let class = decoder.read_u16()?.unverified(/* any class is one */);
        let ttl_s = decoder.read_u32()?.unverified(/* any number is one */);
        let length = usize::from(decoder.read_u16()?.unverified(/* read_slice checks it */));
        let start = decoder.index();
        decoder.read_slice(length)?;
        // A message is at most 64 KiB long, and so is every place in it.
        let data = decoder.clone(u16::try_from(start).unwrap_or(u16::MAX));
        Ok(Self { owner, kind, class, ttl_s, data, end: start + length })
    }

    /// The record, when it is of a kind that is asked for.
    fn record(mut self) -> Result<Option<Record>, DecodeError> {
        if self.class != IN {
            return Ok(None);
        }
        let data = match self.kind {
            RecordType::MX => {
                let preference = self.number()?;
                RecordData::Mx { preference, exchange: host_name(&Name::read(&mut self.data)?) }
            }
            RecordType::CNAME => RecordData::Cname(host_name(&Name::read(&mut self.data)?)),
            RecordType::A => RecordData::A(Ipv4Addr::from(self.octets::<4>()?)),
            RecordType::AAAA => RecordData::Aaaa(Ipv6Addr::from(self.octets::<16>()?)),
            RecordType::TXT => RecordData::Txt(self.text()?),
            _ => return Ok(None),
        };
        self.ends()?;
        Ok(domain_name(&self.owner).map(|name| Record { name, ttl_s: self.ttl_s, data }))
    }

    /// The strings of a TXT record as one text (RFC 1035 s3.3.14).
    fn text(&mut self) -> Result<String, DecodeError> {
        let mut bytes = Vec::new();
        while self.data.index() < self.end {
            let [length] = self.octets()?;
            bytes.extend_from_slice(
                self.data.read_slice(length.into())?.unverified(/* made visible where shown */),
            );
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// What an SOA says of a "no" (RFC 1035 s3.3.13: MINIMUM is the last of its numbers).
    fn negative_ttl(mut self) -> Result<Option<u32>, DecodeError> {
        if self.kind != RecordType::SOA {
            return Ok(None);
        }
        Name::read(&mut self.data)?;
        Name::read(&mut self.data)?;
        self.octets::<16>()?;
        let minimum = u32::from_be_bytes(self.octets()?);
        self.ends()?;
        Ok(Some(self.ttl_s.min(minimum)))
    }

    /// The extended errors among an OPT record's options (RFC 6891 s6.1.2, RFC 8914 s2).
    fn extended_errors(mut self) -> Result<Vec<ExtendedError>, DecodeError> {
        let mut errors = Vec::new();
        while self.data.index() < self.end {
            let (code, length) = (self.number()?, self.number()?);
            let option = self.data.read_slice(usize::from(length))?.unverified(/* bytes */);
            let error = option.split_first_chunk::<2>().filter(|_| code == EXTENDED_ERROR);
            errors.extend(error.map(|(code, text)| ExtendedError {
                code: u16::from_be_bytes(*code),
                text: String::from_utf8_lossy(text).trim_end_matches('\0').to_owned(),
            }));
        }
        self.ends()?;
        Ok(errors)
    }

    fn number(&mut self) -> Result<u16, DecodeError> {
        Ok(self.data.read_u16()?.unverified(/* any number is one */))
    }

    fn octets<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let octets = self.data.read_slice(N)?.unverified(/* any octets are */);
        octets.try_into().map_err(|_| DecodeError::InsufficientBytes)
    }

    /// The data must end where it said that it would.
    fn ends(&self) -> Result<(), DecodeError> {
        if self.data.index() == self.end { Ok(()) } else { Err(DecodeError::InsufficientBytes) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hickory_proto::op::{Edns, MessageType, OpCode};

    #[test]
    fn the_query_is_what_hickory_would_write() {
        let metadata = Metadata::new(0, MessageType::Query, OpCode::Query);
        let written = write(metadata, &"mx.example.com".parse().unwrap(), RecordType::MX).unwrap();
        let mut message = hickory_proto::op::Message::new(0, MessageType::Query, OpCode::Query);
        message.add_query(Query::query(Name::from_ascii("mx.example.com.").unwrap(), RecordType::MX));
        let mut edns = Edns::new();
        edns.set_max_payload(UDP_PAYLOAD);
        message.set_edns(edns);
        assert_eq!(written, message.to_vec().unwrap());
    }

    #[test]
    fn cut_anywhere_it_is_no_message() {
        let metadata = Metadata::new(0, MessageType::Response, OpCode::Query);
        let written = write(metadata, &"mx.example.com".parse().unwrap(), RecordType::MX).unwrap();
        assert!(read(&written).is_ok());
        for length in 0..written.len() {
            assert!(read(&written[..length]).is_err(), "{length} of {} bytes", written.len());
        }
    }
}
