//! What is asked of Globalping: a TCP ping of, or a TCP traceroute to, port 25 of an address. Nothing else can be said:
//! no `http`, which would speak before the greeting, no name, and no other port.

use crate::ports::{HttpCall, HttpMethod};
use crate::smtp;
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::net::IpAddr;

/// The API of jsDelivr.
pub const API: &str = "https://api.globalping.io";

/// What a measurement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One TCP handshake.
    Ping,
    /// SYNs with rising hop limits: who answers, and from where on nobody does.
    Traceroute,
}

/// Where the probes of a new panel stand, in the API's own terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// `magic`: up to four conditions joined by `+`, such as `Germany+datacenter-network` or `AS64500`.
    Magic(String),
    /// One of the API's tags: `datacenter-network`, `eyeball-network`.
    Tag(&'static str),
    /// An autonomous system, by its number (RFC 1930).
    Asn(u32),
}

/// The probes of a measurement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Probes {
    /// So many of each place, chosen by the API: a new panel.
    Chosen(Vec<(Place, u16)>),
    /// Those of the measurement with this id, in the same order.
    SameAs(String),
}

impl Probes {
    /// A panel of `size` probes from `places`, as evenly as it goes and the first places first. Without places: three of
    /// four in data centres, whose networks mostly let port 25 out, and the rest at eyeball networks, which filters
    /// against clouds let through. Where the sender's AS is known, one of four is asked for there: whether its neighbours
    /// are blocked tells its own block from its provider's.
    pub fn chosen(places: &[String], size: u16, sender_asn: Option<u32>) -> Self {
        let neighbours = if sender_asn.is_some() { (size / 4).min(NEIGHBOURS) } else { 0 };
        let size = size - neighbours;
        let mut chosen: Vec<(Place, u16)> = if places.is_empty() {
            let eyeballs = size / 4;
            vec![
                (Place::Tag("datacenter-network"), size - eyeballs),
                (Place::Tag("eyeball-network"), eyeballs),
            ]
        } else {
            let count = u16::try_from(places.len()).unwrap_or(u16::MAX);
            let share = |at: u16| size / count + u16::from(at < size % count);
            places.iter().zip(0..).map(|(place, at)| (Place::Magic(place.clone()), share(at))).collect()
        };
        chosen.extend(sender_asn.map(|asn| (Place::Asn(asn), neighbours)));
        chosen.retain(|(_, share)| *share > 0);
        Self::Chosen(chosen)
    }
}

/// How many probes are asked for in the sender's own AS at most.
const NEIGHBOURS: u16 = 2;

/// One measurement to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Create {
    /// What it does.
    pub kind: Kind,
    /// The address: a probe that looked up a name would look at another host than we plan for.
    pub target: IpAddr,
    /// How long each probe waits, in seconds: 5 to 30.
    pub timeout_s: u8,
    /// Who does it.
    pub probes: Probes,
}

/// Who calls the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Client {
    /// A program, which says its name and keeps answers' `ETag`s.
    Program {
        /// The `User-Agent`: name, version and address.
        user_agent: String,
    },
    /// A page: the API lets it send `Authorization` and `Content-Type` alone (CORS), and the browser keeps `ETag`s itself.
    Page,
}

/// The API, and how it is called.
#[derive(Clone, PartialEq, Eq)]
pub struct Api {
    /// Its origin: [`API`], or that of a test network.
    pub origin: String,
    /// The token, where there is one: more tests an hour.
    pub token: Option<String>,
    /// Who calls.
    pub client: Client,
}

/// A token is never printed.
impl std::fmt::Debug for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let token = self.token.as_ref().map(|_| "…");
        f.debug_struct("Api")
            .field("origin", &self.origin)
            .field("token", &token)
            .field("client", &self.client)
            .finish()
    }
}

impl Api {
    /// The call that makes a measurement.
    pub fn create(&self, create: &Create) -> HttpCall {
        // Strings, numbers and lists alone: writing them cannot fail.
        let body = serde_json::to_string(create).unwrap_or_default();
        let mut headers = self.headers();
        headers.push(("content-type".to_owned(), "application/json".to_owned()));
        let url = format!("{}/v1/measurements", self.origin);
        HttpCall { method: HttpMethod::Post, body: body.into_bytes(), ..get(url, headers) }
    }

    /// The call that asks how far a measurement is; `etag` is that of the last answer.
    pub fn read(&self, id: &str, etag: Option<&str>) -> HttpCall {
        let mut headers = self.headers();
        if let (Client::Program { .. }, Some(etag)) = (&self.client, etag) {
            headers.push(("if-none-match".to_owned(), etag.to_owned()));
        }
        get(self.address(id), headers)
    }

    /// The call that asks how many tests are left; it costs none.
    pub fn limits(&self) -> HttpCall {
        get(format!("{}/v1/limits", self.origin), self.headers())
    }

    /// Where people read a measurement. Whoever has the link can.
    pub fn link(&self, id: &str) -> String {
        if self.origin == API { format!("https://globalping.io?measurement={id}") } else { self.address(id) }
    }

    fn address(&self, id: &str) -> String {
        format!("{}/v1/measurements/{id}", self.origin)
    }

    fn headers(&self) -> Vec<(String, String)> {
        let mut headers = vec![("accept".to_owned(), "application/json".to_owned())];
        if let Client::Program { user_agent } = &self.client {
            headers.push(("user-agent".to_owned(), user_agent.clone()));
        }
        headers
            .extend(self.token.iter().map(|token| ("authorization".to_owned(), format!("Bearer {token}"))));
        headers
    }
}

/// How long one call may take, in milliseconds: it only says what is there.
const CALL_MS: u64 = 4_000;

/// The longest body that is taken, in bytes: fifty probes in their own words are about 100 KiB.
const LIMIT: usize = 1 << 20;

fn get(url: String, headers: Vec<(String, String)>) -> HttpCall {
    HttpCall { method: HttpMethod::Get, url, headers, body: Vec::new(), timeout_ms: CALL_MS, limit: LIMIT }
}

impl Serialize for Create {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", if self.kind == Kind::Ping { "ping" } else { "traceroute" })?;
        map.serialize_entry("target", &self.target)?;
        map.serialize_entry("timeout", &self.timeout_s)?;
        map.serialize_entry("locations", &self.probes)?;
        map.serialize_entry("measurementOptions", &Options(self.kind))?;
        map.end()
    }
}

struct Options(Kind);

impl Serialize for Options {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("protocol", "TCP")?;
        map.serialize_entry("port", &smtp::PORT)?;
        if self.0 == Kind::Ping {
            map.serialize_entry("packets", &1)?;
        }
        map.end()
    }
}

impl Serialize for Probes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::SameAs(id) => serializer.serialize_str(id),
            Self::Chosen(places) => serializer.collect_seq(places.iter().map(Location)),
        }
    }
}

struct Location<'a>(&'a (Place, u16));

impl Serialize for Location<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (place, limit) = self.0;
        let mut map = serializer.serialize_map(Some(2))?;
        match place {
            Place::Magic(magic) => map.serialize_entry("magic", magic)?,
            Place::Tag(tag) => map.serialize_entry("tags", &[tag])?,
            Place::Asn(asn) => map.serialize_entry("asn", asn)?,
        }
        map.serialize_entry("limit", limit)?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locations(places: &[&str], size: u16) -> String {
        let places: Vec<String> = places.iter().map(|place| (*place).to_owned()).collect();
        serde_json::to_string(&Probes::chosen(&places, size, None)).unwrap()
    }

    #[test]
    fn a_panel_is_shared_out_among_its_places() {
        let usual = r#"[{"tags":["datacenter-network"],"limit":6},{"tags":["eyeball-network"],"limit":2}]"#;
        assert_eq!(locations(&[], 8), usual);
        assert_eq!(locations(&[], 3), r#"[{"tags":["datacenter-network"],"limit":3}]"#);
        let two = r#"[{"magic":"Germany","limit":3},{"magic":"AS64500","limit":2}]"#;
        assert_eq!(locations(&["Germany", "AS64500"], 5), two);
        assert_eq!(locations(&["a", "b", "c"], 2), r#"[{"magic":"a","limit":1},{"magic":"b","limit":1}]"#);
        let own = |size| serde_json::to_string(&Probes::chosen(&[], size, Some(64_500))).unwrap();
        let neighbours = r#"[{"tags":["datacenter-network"],"limit":5},{"tags":["eyeball-network"],"limit":1},{"asn":64500,"limit":2}]"#;
        assert_eq!(own(8), neighbours);
        assert_eq!(own(3), r#"[{"tags":["datacenter-network"],"limit":3}]"#, "too few to spare one");
    }

    #[test]
    fn a_page_sends_what_cors_lets_it_and_no_more() {
        let api = Api { origin: API.to_owned(), token: Some("t".to_owned()), client: Client::Page };
        let probes = Probes::SameAs("P".to_owned());
        let create = Create { kind: Kind::Traceroute, target: [192, 0, 2, 1].into(), timeout_s: 20, probes };
        let create = api.create(&create);
        let body = r#"{"type":"traceroute","target":"192.0.2.1","timeout":20,"locations":"P","measurementOptions":{"protocol":"TCP","port":25}}"#;
        assert_eq!(create.body, body.as_bytes());
        for request in [create, api.read("P", Some("W/\"1\""))] {
            let simple = ["accept", "authorization", "content-type"];
            assert!(request.headers.iter().all(|(name, _)| simple.contains(&name.as_str())), "{request:?}");
        }
    }
}
