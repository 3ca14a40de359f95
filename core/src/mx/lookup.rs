//! One name looked up to its end: aliases followed, and SERVFAIL asked again with CD so that its reason shows.

use super::{DnsFault, DnsFaultKind};
use crate::dns::{
    Answer, CNAME_HOPS, DnsFailure, DomainName, ExtendedError, Outcome, Question, Record, RecordKind,
    Resolution,
};

/// One lookup under way.
#[derive(Clone, Debug)]
pub(super) struct Lookup {
    /// The name that was asked for first.
    origin: DomainName,
    question: Question,
    asked: bool,
    /// The names that the asked name is an alias of, in order.
    pub aliases: Vec<DomainName>,
    /// The extended errors of a SERVFAIL that is being asked again.
    servfail: Option<Vec<ExtendedError>>,
    /// Whether AD was set in every answer.
    pub authentic_data: bool,
    end: Option<LookupEnd>,
}

/// How a lookup ended.
#[derive(Clone, Debug)]
pub(super) enum LookupEnd {
    Records(Vec<Record>),
    NoData,
    NxDomain,
    Failed(DnsFault),
}

impl Lookup {
    pub fn new(name: DomainName, kind: RecordKind) -> Self {
        let question = Question::new(name.clone(), kind);
        Self {
            origin: name,
            question,
            asked: false,
            aliases: Vec::new(),
            servfail: None,
            authentic_data: true,
            end: None,
        }
    }

    pub fn end(&self) -> Option<&LookupEnd> {
        self.end.as_ref()
    }

    /// The question that is to be asked next and has not been asked.
    pub fn unasked(&self) -> Option<&Question> {
        (self.end.is_none() && !self.asked).then_some(&self.question)
    }

    pub fn is_waiting_for(&self, question: &Question) -> bool {
        self.end.is_none() && self.asked && self.question == *question
    }

    pub fn mark_asked(&mut self) {
        self.asked = true;
    }

    /// Ends a lookup that nobody answered.
    pub fn give_up(&mut self) {
        if self.end.is_none() {
            self.handle(&Err(DnsFailure::TimedOut));
        }
    }

    /// Takes the answer to the question that it waits for.
    pub fn handle(&mut self, answer: &Result<Answer, DnsFailure>) {
        self.authentic_data &= answer.as_ref().is_ok_and(|answer| answer.authentic_data);
        self.end = match (self.servfail.take(), answer) {
            (Some(errors), Ok(answer)) => Some(self.second_opinion(errors, answer)),
            // The second question failed on our side; the first answer stands.
            (Some(errors), Err(_)) => Some(self.servfail_stands(errors)),
            (None, Err(failure)) => Some(self.fail(failure_kind(failure), Vec::new(), &failure.to_string())),
            (None, Ok(answer)) => self.first_opinion(answer),
        };
    }

    fn first_opinion(&mut self, answer: &Answer) -> Option<LookupEnd> {
        let errors = answer.extended_errors.clone();
        match answer.outcome {
            Outcome::Records | Outcome::NoData => self.follow(answer),
            Outcome::NxDomain => {
                // The response code belongs to the last alias (RFC 6604 s3).
                if let Resolution::Ends { aliases } = answer.resolve(&self.question.name, self.question.kind)
                {
                    self.aliases.extend(aliases);
                }
                Some(LookupEnd::NxDomain)
            }
            Outcome::ServFail => {
                self.servfail = Some(errors);
                self.ask(self.question.clone().with_checking_disabled());
                None
            }
            Outcome::Refused => {
                let words = "the resolver refused the question: name another one with --doh";
                Some(self.fail(DnsFaultKind::Refused, errors, words))
            }
            Outcome::Other(code) => {
                let words =
                    format!("the resolver answered with response code {code}: name another one with --doh");
                Some(self.fail(DnsFaultKind::BadAnswer, errors, &words))
            }
        }
    }

    /// SERVFAIL was said; this is what comes without DNSSEC checks (RFC 4035 s3.2.2).
    fn second_opinion(&self, errors: Vec<ExtendedError>, answer: &Answer) -> LookupEnd {
        match answer.outcome {
            Outcome::Records | Outcome::NoData | Outcome::NxDomain => self.fail(
                DnsFaultKind::DnssecBogus,
                errors,
                "DNSSEC does not hold: the resolver answers only with checks disabled",
            ),
            Outcome::ServFail | Outcome::Refused | Outcome::Other(_) => {
                // Some resolvers give their reason only once.
                let errors = if errors.is_empty() { answer.extended_errors.clone() } else { errors };
                self.servfail_stands(errors)
            }
        }
    }

    fn servfail_stands(&self, errors: Vec<ExtendedError>) -> LookupEnd {
        let (kind, words) = if errors.iter().any(ExtendedError::is_dnssec) {
            (DnsFaultKind::DnssecBogus, "the resolver says that DNSSEC does not hold")
        } else if errors.iter().any(ExtendedError::is_authority_failure) {
            (DnsFaultKind::Lame, "the resolver gets no usable answer from the zone's own name servers")
        } else {
            (DnsFaultKind::Servfail, "the resolver fails (SERVFAIL), with and without DNSSEC checks")
        };
        self.fail(kind, errors, words)
    }

    fn follow(&mut self, answer: &Answer) -> Option<LookupEnd> {
        match answer.resolve(&self.question.name, self.question.kind) {
            Resolution::Found { aliases, records } => {
                self.aliases.extend(aliases);
                Some(LookupEnd::Records(records.into_iter().cloned().collect()))
            }
            // The SOA says that the resolver followed the aliases itself and this is the end.
            Resolution::Ends { aliases } if aliases.is_empty() || answer.negative_ttl_s.is_some() => {
                self.aliases.extend(aliases);
                Some(LookupEnd::NoData)
            }
            Resolution::Ends { aliases } => self.chase(aliases),
            Resolution::Endless { aliases } => {
                self.aliases.extend(aliases);
                Some(self.endless("its aliases (CNAME) lead in a circle or never end"))
            }
            Resolution::Unusable { target } => Some(
                self.endless(&format!("an alias (CNAME) leads to {target}, which cannot be a host name")),
            ),
        }
    }

    /// The resolver left the aliases to us: ask for the last one.
    fn chase(&mut self, aliases: Vec<DomainName>) -> Option<LookupEnd> {
        for alias in aliases {
            if alias == self.origin || self.aliases.contains(&alias) || self.aliases.len() == CNAME_HOPS {
                return Some(self.endless("its aliases (CNAME) lead in a circle or never end"));
            }
            self.aliases.push(alias);
        }
        match self.aliases.last() {
            Some(next) => {
                self.ask(Question::new(next.clone(), self.question.kind));
                None
            }
            None => Some(LookupEnd::NoData),
        }
    }

    fn ask(&mut self, question: Question) {
        self.question = question;
        self.asked = false;
    }

    fn endless(&self, words: &str) -> LookupEnd {
        self.fail(DnsFaultKind::CnameEndless, Vec::new(), words)
    }

    fn fail(&self, kind: DnsFaultKind, extended_errors: Vec<ExtendedError>, words: &str) -> LookupEnd {
        let name = self.question.name.clone();
        LookupEnd::Failed(DnsFault { kind, words: format!("{name}: {words}"), name, extended_errors })
    }
}

fn failure_kind(failure: &DnsFailure) -> DnsFaultKind {
    match failure {
        DnsFailure::TimedOut => DnsFaultKind::TimedOut,
        DnsFailure::Unreachable { .. } => DnsFaultKind::Unreachable,
        DnsFailure::BadAnswer(_) => DnsFaultKind::BadAnswer,
    }
}
