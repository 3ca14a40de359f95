//! A question that many ask, and the answer that all of them are told (request coalescing): the same on every host.

use noanswer_core::evidence::{Attempt, Evidence, Outcome, Vantage};
use noanswer_core::mx::Target;
use noanswer_core::operator::operator_of;
use noanswer_core::ports::{Patience, ProbeRequest, ProbeResult};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// One question, as far as the answer depends on it: on the addresses and not on the domain, so that a host that serves
/// many domains is asked once for all of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Question {
    vantage: String,
    /// Named where it matters: what was not looked at for one domain may be for another.
    domain: Option<String>,
    round: u8,
    patient: bool,
    /// Each address, and the operator by whose name it is asked: what a host says to one it need not say to another's.
    targets: BTreeSet<(IpAddr, String)>,
}

/// What a vantage answered, and for which domain it was asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Answer {
    /// The domain that it was asked for.
    pub domain: String,
    /// Its rows, or why there are none.
    pub rows: ProbeResult,
}

/// What `vantage` says to `request`, by an answer that others may share: `answer` brings one, from whomever.
pub async fn shared<F: Future<Output = Answer>>(
    vantage: &Vantage,
    request: &ProbeRequest,
    answer: impl Fn(Question) -> F,
) -> ProbeResult {
    let known = answer(Question::new(vantage, request, None)).await;
    if known.domain == request.domain || known.is_whole() {
        return known.told(request);
    }
    // Another domain's limits, or proof that was not had for it, are not this one's.
    answer(Question::new(vantage, request, Some(&request.domain))).await.told(request)
}

impl Question {
    fn new(vantage: &Vantage, request: &ProbeRequest, domain: Option<&str>) -> Self {
        let target = |one: &Target| (one.address, operator_of(&one.exchange).to_owned());
        Self {
            vantage: vantage.id.clone(),
            domain: domain.map(str::to_owned),
            round: request.round,
            patient: request.patience == Patience::Patient,
            targets: request.targets.iter().map(target).collect(),
        }
    }
}

impl Answer {
    /// Whether it can be told of another domain's: everything was looked at.
    fn is_whole(&self) -> bool {
        let looked = |row: &Evidence| row.attempts.iter().all(|one| one.outcome != Outcome::NotTried);
        self.rows.as_ref().is_ok_and(|rows| rows.iter().all(looked))
    }

    /// Its rows, under the names and in the order in which `request` has the addresses.
    fn told(self, request: &ProbeRequest) -> ProbeResult {
        let mut rows = self.rows?;
        if self.domain != request.domain {
            for row in &mut rows {
                let of = |target: &Target| {
                    let seen = row.attempts.iter().find(|one| one.address == target.address)?;
                    Some(Attempt { exchange: target.exchange.clone(), ..seen.clone() })
                };
                row.attempts = request.targets.iter().filter_map(of).collect();
            }
        }
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use noanswer_core::evidence::{Grade, NetworkKind, Role};

    fn vantage() -> Vantage {
        Vantage {
            id: "one".to_owned(),
            place: String::new(),
            role: Role::Region,
            network: "one".to_owned(),
            grade: Grade::Smtp,
            network_kind: NetworkKind::Unknown,
        }
    }

    fn request(domain: &str, targets: &[(&str, &str)]) -> ProbeRequest {
        let target = |(exchange, address): &(&str, &str)| Target {
            preference: 10,
            exchange: (*exchange).to_owned(),
            address: address.parse().expect("an address"),
        };
        let targets = targets.iter().map(target).collect();
        ProbeRequest::first(domain, targets, Patience::Quick, 1_000)
    }

    #[test]
    fn a_host_of_many_domains_is_one_question_and_each_domain_hears_its_own_names() {
        let one =
            request("a.example", &[("a.mx.big.example", "192.0.2.1"), ("a.mx.big.example", "192.0.2.2")]);
        let other =
            request("b.example", &[("b.mx.big.example", "192.0.2.2"), ("b.mx.big.example", "192.0.2.1")]);
        assert_eq!(Question::new(&vantage(), &one, None), Question::new(&vantage(), &other, None));
        let elsewhere =
            request("a.example", &[("a.mx.other.example", "192.0.2.1"), ("a.mx.other.example", "192.0.2.2")]);
        assert_ne!(Question::new(&vantage(), &one, None), Question::new(&vantage(), &elsewhere, None));

        let attempt = |target: &Target| Attempt {
            outcome: Outcome::Completed,
            ..Attempt::untried(&target.exchange, target.address, 25, 1)
        };
        let rows = vec![Evidence::new(&vantage(), Vec::new(), one.targets.iter().map(attempt).collect())];
        let answer = Answer { domain: one.domain.clone(), rows: Ok(rows) };
        assert!(answer.is_whole());
        let told = answer.clone().told(&other).expect("rows");
        let seen: Vec<(&str, String)> =
            told[0].attempts.iter().map(|one| (one.exchange.as_str(), one.address.to_string())).collect();
        assert_eq!(
            seen,
            [("b.mx.big.example", "192.0.2.2".to_owned()), ("b.mx.big.example", "192.0.2.1".to_owned())]
        );
        // What was not tried for one domain says nothing of another's.
        let mut rows = answer.rows.expect("rows");
        rows[0].attempts[1].outcome = Outcome::NotTried;
        assert!(!Answer { domain: one.domain, rows: Ok(rows) }.is_whole());
    }
}
