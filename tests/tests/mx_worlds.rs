//! Plans mail for the worlds of `tests/mx/*.toml`: a zone and a resolver's faults on one side, a plan on the other.
//!
//! Everything goes through the wire: the runner is a recursive DoH resolver that packs its answers with hickory-proto,
//! and every world is asked three ways (first question first, last question first, one at a time) with one result.
//!
//! The world's public Internet is `198.51.100.0/24` and `2001:db8::/32`. `zone` is master-file lines with final dots;
//! each `[[fault]]` says how the resolver answers for `name` (and `kind`): `servfail`, `refused`, `nxdomain`, `silence`,
//! `unreachable`, `html`, `truncated`, `garbage`, `wrong-question`, `status 503`, `code 4`, `aliases-only` (leaves the
//! aliases to the client), `ok`. With `unless_cd = true` a question with CD gets the zone's answer. `extended` adds
//! extended errors. `plan` is the plan in words; the table of [`told`] is its grammar.

use anyhow::{Context, Result, ensure};
use hickory_proto::op::{Edns, Message, MessageType, Query, ResponseCode};
use hickory_proto::rr::rdata::opt::EdnsOption;
use hickory_proto::rr::rdata::{A, AAAA, CNAME, MX, SOA};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use noanswer_core::address::{AddressPolicy, Reachability};
use noanswer_core::dns::{Answer, DnsFailure, DomainName, Question, doh};
use noanswer_core::mx::{DnsFault, FindingCode, Limits, MxPlan, MxPlanner};
use noanswer_tests::said;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct World {
    about: String,
    ask: String,
    #[serde(default)]
    signed: bool,
    zone: Vec<String>,
    #[serde(default)]
    fault: Vec<Fault>,
    /// How many questions may be asked at most.
    questions: usize,
    plan: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fault {
    name: String,
    kind: Option<String>,
    says: String,
    #[serde(default)]
    unless_cd: bool,
    #[serde(default)]
    extended: Vec<Extended>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Extended {
    code: u16,
    text: String,
}

fn name(text: &str) -> Result<Name> {
    let labels = text.trim_end_matches('.').split('.').filter(|label| !label.is_empty());
    let mut name = Name::from_labels(labels.map(str::as_bytes))?;
    name.set_fqdn(true);
    Ok(name)
}

fn record(line: &str) -> Result<Record> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [owner, ttl, kind, data @ ..] = words.as_slice() else {
        anyhow::bail!("owner TTL kind data");
    };
    let data = match (*kind, data) {
        ("MX", [preference, exchange]) => RData::MX(MX::new(preference.parse()?, name(exchange)?)),
        ("A", [address]) => RData::A(A(address.parse()?)),
        ("AAAA", [address]) => RData::AAAA(AAAA(address.parse()?)),
        ("CNAME", [target]) => RData::CNAME(CNAME(name(target)?)),
        _ => anyhow::bail!("a record of a kind that this world does not know"),
    };
    Ok(Record::from_rdata(name(owner)?, ttl.parse()?, data))
}

struct Resolver<'a> {
    world: &'a World,
    zone: Vec<Record>,
}

impl Resolver<'_> {
    /// The answer to the bytes of a query, as the edge would hand it over.
    fn ask(&self, question: &Question) -> Result<Result<Answer, DnsFailure>> {
        let query = Message::from_vec(&doh::encode(question)?)?;
        ensure!(query.metadata.id == 0 && query.metadata.recursion_desired, "RFC 8484 s4.1: id 0; and RD");
        ensure!(query.edns.as_ref().is_some_and(|edns| !edns.flags().dnssec_ok), "EDNS without DO");
        let mut message = Message::response(0, query.metadata.op_code);
        message.add_queries(query.queries.clone());
        message.metadata.message_type = MessageType::Response;
        message.metadata.authentic_data = self.world.signed && !question.checking_disabled;
        let kind = query.queries[0].query_type();
        let fault = self.world.fault.iter().find(|fault| {
            fault.name == question.name.as_str()
                && fault.kind.as_ref().is_none_or(|wanted| *wanted == kind.to_string())
                && !(fault.unless_cd && question.checking_disabled)
        });
        if let Some(fault) = fault {
            let mut edns = Edns::new();
            for Extended { code, text } in &fault.extended {
                let bytes = [code.to_be_bytes().as_slice(), text.as_bytes()].concat();
                edns.options_mut().insert(EdnsOption::Unknown(15, bytes));
            }
            message.set_edns(edns);
        }
        let says = fault.map_or("ok", |fault| fault.says.as_str());
        let (mut status, mut media, mut follow) = (200, doh::MEDIA_TYPE, true);
        match says.split_once(' ').unwrap_or((says, "")) {
            ("ok", _) => {}
            ("aliases-only", _) => follow = false,
            ("silence", _) => return Ok(Err(DnsFailure::TimedOut)),
            ("unreachable", _) => {
                return Ok(Err(DnsFailure::Unreachable { words: "connection refused".to_owned() }));
            }
            ("html", _) => media = "text/html; charset=utf-8",
            ("truncated", _) => message.metadata.truncation = true,
            ("garbage", _) => {
                return Ok(doh::decode(question, 200, Some(media), b"\0\0not DNS").map_err(Into::into));
            }
            ("wrong-question", _) => message.queries = vec![Query::query(name("other.test.")?, kind)],
            ("status", code) => status = code.parse()?,
            ("servfail", _) => message.metadata.response_code = ResponseCode::ServFail,
            ("refused", _) => message.metadata.response_code = ResponseCode::Refused,
            ("nxdomain", _) => message.metadata.response_code = ResponseCode::NXDomain,
            ("code", code) => message.metadata.response_code = ResponseCode::from(0, code.parse()?),
            (other, _) => anyhow::bail!("a fault that this world does not know: {other}"),
        }
        if message.metadata.response_code == ResponseCode::NoError {
            self.answer(&name(question.name.as_str())?, kind, follow, &mut message)?;
        }
        Ok(doh::decode(question, status, Some(media), &message.to_vec()?).map_err(Into::into))
    }

    fn answer(&self, asked: &Name, kind: RecordType, follow: bool, message: &mut Message) -> Result<()> {
        let mut owner = asked.clone();
        for hop in 0..12 {
            let owned = || self.zone.iter().filter(|record| record.name == owner);
            let found: Vec<Record> = owned().filter(|record| record.record_type() == kind).cloned().collect();
            if !found.is_empty() {
                message.add_answers(found);
                return Ok(());
            }
            let Some(alias) = owned().find(|record| record.record_type() == RecordType::CNAME).cloned()
            else {
                break;
            };
            let RData::CNAME(CNAME(target)) = &alias.data else { break };
            owner = target.clone();
            message.add_answers([alias]);
            if !follow {
                return Ok(());
            }
            // As BIND does: what leads in a circle is given as far as it went.
            if hop == 11 {
                return Ok(());
            }
        }
        let exists = self.zone.iter().any(|record| owner.zone_of(&record.name));
        message.metadata.response_code = if exists { ResponseCode::NoError } else { ResponseCode::NXDomain };
        let soa = SOA::new(name("ns.test.")?, name("hostmaster.test.")?, 1, 7200, 3600, 86400, 60);
        message.add_authorities([Record::from_rdata(name("test.")?, 900, RData::SOA(soa))]);
        Ok(())
    }
}

#[derive(Clone, Copy)]
enum Order {
    FirstFirst,
    LastFirst,
    OneAtATime,
}

fn plan(world: &World, order: Order) -> Result<MxPlan> {
    let zone = world.zone.iter().map(|line| record(line).with_context(|| line.clone()));
    let resolver = Resolver { world, zone: zone.collect::<Result<_>>()? };
    let domain: DomainName = world.ask.parse()?;
    let internet = ["198.51.100.0/24", "2001:db8::/32"].map(|net| net.parse().expect("a network"));
    let mut planner = MxPlanner::new(domain, Limits::default(), AddressPolicy::allowing(internet));
    let (mut open, mut asked) = (Vec::new(), 0);
    loop {
        while !matches!((order, open.len()), (Order::OneAtATime, 1..)) {
            let Some(question) = planner.poll_question() else { break };
            asked += 1;
            ensure!(asked <= world.questions, "more than {} questions: {question:?}", world.questions);
            open.push(question);
        }
        let next = if matches!(order, Order::LastFirst) { open.len().checked_sub(1) } else { Some(0) };
        let Some(next) = next.filter(|&next| next < open.len()) else { break };
        let question: Question = open.remove(next);
        planner.handle_answer(&question, resolver.ask(&question)?);
    }
    ensure!(planner.is_done(), "nothing is left to ask, but the planner is not done");
    ensure!(asked == world.questions, "{asked} questions were asked, not {}", world.questions);
    Ok(planner.plan())
}

fn word(value: impl serde::Serialize) -> Result<String> {
    Ok(serde_json::to_value(value)?.as_str().context("a word")?.to_owned())
}

/// The plan in words:
///
/// ```text
/// STATUS by SOURCE [authenticated]
/// failed: FAILURE
/// PREFERENCE EXCHANGE TTLs [-> ALIAS] [literal]
///   ADDRESS TTLs [(SPECIAL)]
///   FAMILY failed: FAILURE
/// ! FINDING [EXCHANGE]
/// ```
fn told(plan: &MxPlan) -> Result<String> {
    let mut told = String::new();
    let authenticated = if plan.authentic_data { " authenticated" } else { "" };
    writeln!(told, "{} by {}{authenticated}", word(plan.status)?, word(plan.source)?)?;
    if let Some(unicode) = &plan.domain_unicode {
        writeln!(told, "for {unicode}")?;
    }
    if let Some(fault) = &plan.dns_failure {
        writeln!(told, "failed: {}", failed(fault)?)?;
    }
    let mut open = 0;
    for one in &plan.exchanges {
        let alias = one.cname.as_ref().map_or_else(String::new, |alias| format!(" -> {alias}"));
        let literal = if one.is_literal { " literal" } else { "" };
        writeln!(told, "{} {} {}s{alias}{literal}", one.preference, one.exchange, one.ttl_s)?;
        for address in &one.addresses {
            let special = match &address.reachability {
                Reachability::Special(special) => format!(" ({special})"),
                _ => String::new(),
            };
            open += usize::from(special.is_empty());
            writeln!(told, "  {} {}s{special}", address.address, address.ttl_s)?;
        }
        for lookup in &one.lookup_failures {
            writeln!(told, "  {} failed: {}", lookup.family.label(), failed(&lookup.failure)?)?;
        }
    }
    for finding in &plan.findings {
        let about = finding.exchange.as_ref().map_or_else(String::new, |exchange| format!(" {exchange}"));
        writeln!(told, "! {}{about}", word(finding.code)?)?;
        ensure!(finding.words.starts_with(finding.code.words()), "a finding begins with its code's sentence");
    }
    ensure!(plan.targets().len() == open, "targets are exactly the addresses that may be connected to");
    Ok(told)
}

fn failed(fault: &DnsFault) -> Result<String> {
    let mut told = format!("{} {}", word(fault.kind)?, fault.name);
    for error in &fault.extended_errors {
        write!(told, " [{} {}]", error.code, error.text)?;
    }
    Ok(told)
}

fn try_world(text: &str) -> Result<()> {
    let world: World = toml::from_str(text)?;
    ensure!(!world.about.is_empty(), "a world says what it is about");
    for order in [Order::FirstFirst, Order::LastFirst, Order::OneAtATime] {
        let plan = plan(&world, order)?;
        let told = told(&plan)?;
        ensure!(told == world.plan, "the plan is\n{told}\nand not\n{}", world.plan);
        let json = serde_json::to_string(&plan)?;
        let read: MxPlan = serde_json::from_str(&json)?;
        ensure!(read == plan, "the plan does not survive JSON: {json}");
    }
    Ok(())
}

#[test]
fn every_world_is_planned_as_written() -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("mx");
    let (mut tried, mut wrong) = (0, String::new());
    for entry in std::fs::read_dir(&folder).with_context(|| format!("{}", folder.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            tried += 1;
            if let Err(error) = try_world(&std::fs::read_to_string(&path)?) {
                writeln!(wrong, "{}: {error:#}", path.display())?;
            }
        }
    }
    ensure!(wrong.is_empty(), "{wrong}");
    ensure!(tried >= 25, "only {tried} worlds were found in {}", folder.display());
    Ok(())
}

/// The page tells of every finding, and of every failure of a lookup, in its language.
#[test]
fn every_finding_is_said_in_every_language() -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("mx");
    let (mut texts, mut found) = (BTreeSet::new(), BTreeSet::new());
    for entry in std::fs::read_dir(&folder)? {
        let world: World = toml::from_str(&std::fs::read_to_string(entry?.path())?)?;
        let plan = plan(&world, Order::FirstFirst)?;
        let lookups = plan.exchanges.iter().flat_map(|one| &one.lookup_failures);
        let failures = plan.dns_failure.iter().chain(lookups.map(|lookup| &lookup.failure));
        texts.extend(failures.map(|failure| failure.words.clone()));
        for finding in plan.findings {
            found.insert(finding.code);
            texts.insert(finding.words);
        }
    }
    let never: Vec<_> = FindingCode::ALL.iter().filter(|code| !found.contains(*code)).collect();
    ensure!(never.is_empty(), "no world of {} has {never:?}", folder.display());
    let unsaid = said::unsaid(&texts)?;
    ensure!(unsaid.is_empty(), "{unsaid:#?}");
    Ok(())
}
