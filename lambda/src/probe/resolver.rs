//! The host's own resolver, asked for the domain's MX as a mail server would: UDP, then TCP (RFC 7766).

use futures_util::stream::{FuturesUnordered, StreamExt};
use noanswer_core::address::AddressPolicy;
use noanswer_core::dns::{
    Answer, DnsFailure, DomainName, Outcome, Question, Record, RecordData, RecordKind, doh,
};
use noanswer_core::evidence::{ResolverAnswer, ResolverControl, ResolverView};
use noanswer_core::mx::{Limits, MxPlanner, Target};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::MissedTickBehavior;

/// The port of DNS (RFC 1035 s4.2).
const DOMAIN: u16 = 53;

/// How long one server is waited for: the stub resolver's default (resolv.conf(5)), and a little for "slow" to show.
const SERVER: Duration = Duration::from_secs(6);

/// How long until the same question is sent again over UDP: packets get lost, and one that was lost accuses nobody.
const AGAIN: Duration = Duration::from_secs(1);

/// What the host's own resolver says, and the targets that it leads to: a mail server uses no other.
#[derive(Debug, Default)]
pub(crate) struct OwnView {
    pub(crate) view: Option<ResolverView>,
    pub(crate) targets: Vec<Target>,
}

/// Asks the servers that the system is set to for the MX of `domain` and the addresses of its exchanges, and beside it for
/// the address of `other`, which has nothing to do with it: a resolver that answers of one and not of the other works.
/// Nothing on systems that keep the servers elsewhere.
pub(crate) async fn view(
    domain: &DomainName,
    other: Option<&DomainName>,
    policy: &AddressPolicy,
    limit: Duration,
) -> OwnView {
    let servers = own_servers();
    if servers.is_empty() {
        return OwnView::default();
    }
    let control = async {
        let other = other?;
        let asked = answered(&servers, &Question::new(other.clone(), RecordKind::A), limit).await;
        Some(ResolverControl { name: other.to_string(), answer: asked.answer, took_ms: asked.took_ms })
    };
    let ((mx, planner), control) = tokio::join!(plan(domain, policy, &servers, limit), control);
    let view = planner.view("own");
    let targets = planner.plan().targets();
    let servers = servers.iter().map(SocketAddr::ip).collect();
    let view = ResolverView {
        servers,
        answer: mx.answer,
        exchanges: mx.exchanges,
        took_ms: mx.took_ms,
        view: Some(view),
        control,
    };
    OwnView { view: Some(view), targets }
}

/// The IPv6 addresses that the host's own resolver makes of `ipv4only.arpa`, which has none: DNS64 (RFC 7050 s3).
pub(super) async fn addresses_of_ipv4only(limit: Duration) -> Vec<Ipv6Addr> {
    let Ok(name) = "ipv4only.arpa".parse() else { return Vec::new() };
    let asked = answered(&own_servers(), &Question::new(name, RecordKind::Aaaa), limit).await;
    let address = |record: &Record| match record.data {
        RecordData::Aaaa(address) => Some(address),
        _ => None,
    };
    asked.whole.iter().flat_map(|answer| &answer.records).filter_map(address).collect()
}

/// Plans by the host's own resolver, as far as it answers within `limit`; and its first answer, that of the MX.
async fn plan(
    domain: &DomainName,
    policy: &AddressPolicy,
    servers: &[SocketAddr],
    limit: Duration,
) -> (Asked, MxPlanner) {
    let cutoff = Instant::now() + limit;
    // Whoever answered is asked first from then on: a dead server before it says no more when it is waited for again.
    let mut order = servers.to_vec();
    let mut planner = MxPlanner::new(domain.clone(), Limits::default(), policy.clone());
    let mut first = None;
    let mut under_way = FuturesUnordered::new();
    loop {
        while let Some(question) = planner.poll_question() {
            let servers = order.clone();
            under_way.push(async move {
                let left = cutoff.saturating_duration_since(Instant::now());
                let asked = answered(&servers, &question, left).await;
                (question, asked)
            });
        }
        let Some((question, asked)) = under_way.next().await else { break };
        planner.handle_answer(&question, asked.whole.clone());
        if let Some(by) = asked.by {
            order.sort_by_key(|server| *server != by);
        }
        first.get_or_insert(asked);
    }
    planner.give_up();
    (first.unwrap_or_else(|| Asked::failed(ResolverAnswer::TimedOut, limit)), planner)
}

/// What a question to the host's own resolver came to.
#[derive(Clone, Debug)]
struct Asked {
    answer: ResolverAnswer,
    exchanges: Vec<String>,
    took_ms: f64,
    /// The server that answered.
    by: Option<SocketAddr>,
    whole: Result<Answer, DnsFailure>,
}

impl Asked {
    fn failed(answer: ResolverAnswer, took: Duration) -> Self {
        let whole = match answer {
            ResolverAnswer::TimedOut => DnsFailure::TimedOut,
            ResolverAnswer::Unreachable => DnsFailure::Unreachable { words: "no server answers".to_owned() },
            _ => DnsFailure::BadAnswer(doh::DohError::Malformed),
        };
        Self { answer, exchanges: Vec::new(), took_ms: took.as_secs_f64() * 1e3, by: None, whole: Err(whole) }
    }
}

/// Asks `servers` one after the other, until one answers: what it says, the exchanges it names, and how long it took.
async fn answered(servers: &[SocketAddr], question: &Question, limit: Duration) -> Asked {
    let began = Instant::now();
    let asked = async {
        let mut last = Err(ResolverAnswer::Unreachable);
        for server in servers {
            // A mail server waits for those before it, too.
            let turn = began.elapsed();
            let said = ask(*server, question).await.map(|(answer, took)| (answer, turn + took, *server));
            let settles = said.as_ref().is_ok_and(|(answer, ..)| settles(answer.outcome));
            // What one said outweighs that another was silent.
            if said.is_ok() || last.is_err() {
                last = said;
            }
            if settles {
                break;
            }
        }
        last
    };
    match tokio::time::timeout(limit, asked).await.unwrap_or(Err(ResolverAnswer::TimedOut)) {
        Ok((whole, took, by)) => {
            let (answer, exchanges) = said(&whole);
            Asked { answer, exchanges, took_ms: took.as_secs_f64() * 1e3, by: Some(by), whole: Ok(whole) }
        }
        Err(failure) => Asked::failed(failure, began.elapsed()),
    }
}

/// Whether a stub resolver takes an answer as one: after SERVFAIL, REFUSED, NOTIMP and FORMERR it asks the next server
/// (glibc 2.39, resolv/res_send.c).
fn settles(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Records | Outcome::NoData | Outcome::NxDomain)
}

/// The servers that the system asks: of `/etc/resolv.conf`, or of the adapters of Windows.
fn own_servers() -> Vec<SocketAddr> {
    let file = || servers(&std::fs::read_to_string("/etc/resolv.conf").unwrap_or_default());
    super::os::name_servers(DOMAIN).unwrap_or_else(file)
}

/// The name servers of a `resolv.conf`; the local host where none is named, as the stub resolver does.
fn servers(text: &str) -> Vec<SocketAddr> {
    let named = text.lines().filter_map(|line| server(line.trim().strip_prefix("nameserver")?.trim()));
    let servers: Vec<SocketAddr> = named.take(3).collect();
    if servers.is_empty() { vec![(Ipv4Addr::LOCALHOST, DOMAIN).into()] } else { servers }
}

/// An address as `resolv.conf` writes it: one of a link with the link's name, `fe80::1%eth0` (RFC 4007 s11).
fn server(text: &str) -> Option<SocketAddr> {
    let Some((address, link)) = text.split_once('%') else {
        return Some(SocketAddr::new(text.parse().ok()?, DOMAIN));
    };
    let scope = link.parse().ok().or_else(|| {
        let index = std::fs::read_to_string(format!("/sys/class/net/{link}/ifindex")).ok()?;
        index.trim().parse().ok()
    });
    Some(SocketAddrV6::new(address.parse().ok()?, DOMAIN, 0, scope?).into())
}

fn said(answer: &Answer) -> (ResolverAnswer, Vec<String>) {
    let kind = match answer.outcome {
        Outcome::Records => ResolverAnswer::Exchanges,
        Outcome::NoData => ResolverAnswer::NoData,
        Outcome::NxDomain => ResolverAnswer::NxDomain,
        Outcome::ServFail => ResolverAnswer::ServFail,
        Outcome::Refused => ResolverAnswer::Refused,
        Outcome::Other(_) => ResolverAnswer::Nonsense,
    };
    let exchange = |record: &Record| match &record.data {
        RecordData::Mx { exchange, .. } if !exchange.as_str().is_empty() && exchange.as_str() != "." => {
            Some(exchange.as_str().to_ascii_lowercase())
        }
        _ => None,
    };
    let mut exchanges: Vec<String> = answer.records.iter().filter_map(exchange).collect();
    exchanges.sort();
    (kind, exchanges)
}

/// Asks one server: what it says, and how long that took it.
async fn ask(server: SocketAddr, question: &Question) -> Result<(Answer, Duration), ResolverAnswer> {
    let query = doh::encode(question).map_err(|_| ResolverAnswer::Nonsense)?;
    let plain = without_edns(&query);
    let (mut reply, mut took) = in_time(over_udp(server, [&query, &plain])).await?;
    let mut query = query;
    if refuses_edns(&reply) {
        (reply, took) = in_time(over_udp(server, [&plain, &plain])).await?;
        query = plain;
    }
    let reply = if is_truncated(&reply) {
        let again = Instant::now();
        let reply = in_time(over_tcp(server, &query)).await?;
        took += again.elapsed();
        reply
    } else {
        reply
    };
    let answer = doh::decode(question, 200, Some("application/dns-message"), &reply);
    Ok((answer.map_err(|_| ResolverAnswer::Nonsense)?, took))
}

async fn in_time<T>(asked: impl Future<Output = Result<T, ResolverAnswer>>) -> Result<T, ResolverAnswer> {
    tokio::time::timeout(SERVER, asked).await.unwrap_or(Err(ResolverAnswer::TimedOut))
}

/// `query` without the OPT record that ends it: a stub resolver sends none unless it is told to (resolv.conf(5), `edns0`),
/// and there are firewalls that drop what has one.
fn without_edns(query: &[u8]) -> Vec<u8> {
    /// The root as its name, type, payload size, flags, and no options (RFC 6891 s6.1.2).
    const OPT: usize = 11;
    /// Where the count of additional records stands (RFC 1035 s4.1.1).
    const ADDITIONAL: std::ops::Range<usize> = 10..12;
    let mut plain = query[..query.len() - OPT].to_vec();
    plain[ADDITIONAL].copy_from_slice(&[0, 0]);
    plain
}

/// Whether a server answers that it does not know EDNS: FORMERR or NOTIMP (RFC 6891 s7).
fn refuses_edns(reply: &[u8]) -> bool {
    reply.get(3).is_some_and(|flags| matches!(flags & 0x0f, 1 | 4))
}

/// Sends `queries` by turns until one is answered: the reply, and how long it took from the sending that it answers. Each
/// sending has an id of its own, so that a slow server is told from a lost packet.
async fn over_udp(server: SocketAddr, queries: [&[u8]; 2]) -> Result<(Vec<u8>, Duration), ResolverAnswer> {
    let unreachable = |_| ResolverAnswer::Unreachable;
    let any =
        if server.is_ipv4() { IpAddr::V4(Ipv4Addr::UNSPECIFIED) } else { IpAddr::V6(Ipv6Addr::UNSPECIFIED) };
    let socket = UdpSocket::bind(SocketAddr::new(any, 0)).await.map_err(unreachable)?;
    socket.connect(server).await.map_err(unreachable)?;
    let mut sent: Vec<([u8; 2], Instant)> = Vec::new();
    let mut again = tokio::time::interval(AGAIN);
    again.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut reply = vec![0; 4096];
    loop {
        tokio::select! {
            _ = again.tick() => {
                // Over UDP the id must not be guessed (RFC 5452); over DoH it is 0.
                let id = rand_id();
                let mut query = queries[sent.len() % 2].to_vec();
                query[..2].copy_from_slice(&id);
                sent.push((id, Instant::now()));
                socket.send(&query).await.map_err(unreachable)?;
            }
            length = socket.recv(&mut reply) => {
                let length = length.map_err(unreachable)?;
                let answered = sent.iter().find(|(id, _)| reply.get(..2) == Some(id) && length > 2);
                if let Some((_, at)) = answered {
                    reply.truncate(length);
                    return Ok((reply, at.elapsed()));
                }
            }
        }
    }
}

async fn over_tcp(server: SocketAddr, query: &[u8]) -> Result<Vec<u8>, ResolverAnswer> {
    let unreachable = |_| ResolverAnswer::Unreachable;
    let mut stream = TcpStream::connect(server).await.map_err(unreachable)?;
    let length = u16::try_from(query.len()).map_err(|_| ResolverAnswer::Nonsense)?;
    stream.write_all(&length.to_be_bytes()).await.map_err(unreachable)?;
    stream.write_all(query).await.map_err(unreachable)?;
    let length = stream.read_u16().await.map_err(unreachable)?;
    let mut reply = vec![0; length.into()];
    stream.read_exact(&mut reply).await.map_err(unreachable)?;
    Ok(reply)
}

/// TC, bit 9 of the flags (RFC 1035 s4.1.1).
fn is_truncated(message: &[u8]) -> bool {
    message.get(2).is_some_and(|flags| flags & 0x02 != 0)
}

/// Two bytes that nobody can guess, from the system's hasher keys.
fn rand_id() -> [u8; 2] {
    use std::hash::{BuildHasher, Hasher};
    let number = std::collections::hash_map::RandomState::new().build_hasher().finish();
    [number.to_le_bytes()[0], number.to_le_bytes()[1]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_resolv_conf() {
        let text =
            "# comment\nsearch example.test\nnameserver 192.0.2.53\nnameserver 2001:db8::53\noptions edns0\n";
        let at = |text: &str| text.parse::<SocketAddr>().unwrap();
        assert_eq!(servers(text), [at("192.0.2.53:53"), at("[2001:db8::53]:53")]);
        assert_eq!(servers(""), [at("127.0.0.1:53")]);
        assert_eq!(servers("nameserver fe80::1%1"), [at("[fe80::1%1]:53")]);
        assert_eq!(servers("nameserver fe80::1%lo"), [at("[fe80::1%1]:53")]);
    }

    /// A name server that answers "no data" to one of the sendings alone, once it has had `heard` of them.
    async fn server(answers: usize, heard: usize) -> SocketAddr {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = socket.local_addr().unwrap();
        tokio::spawn(async move {
            let mut questions = Vec::new();
            loop {
                let mut question = vec![0; 512];
                let (length, from) = socket.recv_from(&mut question).await.unwrap();
                question.truncate(length);
                questions.push(question);
                if questions.len() == heard {
                    let mut answer = questions[answers].clone();
                    answer[2] |= 0x80;
                    socket.send_to(&answer, from).await.unwrap();
                }
            }
        });
        address
    }

    fn question() -> Question {
        Question::new("recipient.test".parse().unwrap(), RecordKind::Mx)
    }

    /// A name server that answers each question with `rcode`, as `of` of it says.
    async fn answering(of: impl Fn(&[u8]) -> Option<u8> + Send + 'static) -> SocketAddr {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = socket.local_addr().unwrap();
        tokio::spawn(async move {
            let mut message = vec![0; 512];
            loop {
                let (length, from) = socket.recv_from(&mut message).await.unwrap();
                if let Some(rcode) = of(&message[..length]) {
                    message[2] |= 0x80;
                    message[3] = rcode;
                    socket.send_to(&message[..length], from).await.unwrap();
                }
            }
        });
        address
    }

    fn has_edns(query: &[u8]) -> bool {
        query[11] == 1
    }

    #[tokio::test]
    async fn a_server_that_does_not_take_edns_answers_without_it() {
        let drops = answering(|query| (!has_edns(query)).then_some(0)).await;
        let refuses = answering(|query| Some(u8::from(has_edns(query)))).await;
        for server in [drops, refuses] {
            let (answer, _) = ask(server, &question()).await.unwrap();
            assert_eq!(said(&answer).0, ResolverAnswer::NoData);
        }
    }

    #[tokio::test]
    async fn the_next_server_is_asked_after_one_that_refuses() {
        let limit = Duration::from_secs(10);
        let (refused, sound) = (answering(|_| Some(5)).await, answering(|_| Some(0)).await);
        let asked = answered(&[refused, sound], &question(), limit).await;
        assert_eq!(asked.answer, ResolverAnswer::NoData);
        assert_eq!(answered(&[refused], &question(), limit).await.answer, ResolverAnswer::Refused);
    }

    #[tokio::test]
    async fn a_lost_packet_accuses_nobody() {
        let server = server(1, 2).await;
        let began = Instant::now();
        let (answer, took) = ask(server, &question()).await.unwrap();
        assert_eq!(said(&answer).0, ResolverAnswer::NoData);
        // What was lost is not counted as the server's.
        assert!(took + AGAIN <= began.elapsed(), "{took:?}");
    }

    #[tokio::test]
    async fn a_slow_server_is_slow_however_often_it_was_asked() {
        let (_, took) = ask(server(0, 3).await, &question()).await.unwrap();
        assert!(took >= AGAIN * 2, "{took:?}");
    }
}
