//! The controls: known-good exchanges of different operators, and addresses whose port 25 is known to be closed.

use noanswer_core::dns::DomainName;
use noanswer_core::evidence::{ControlResult, UnresolvedControl};
use noanswer_core::facts::controls as known;
use noanswer_core::vantages::{ControlHosts, OpenHost};
use serde::Deserialize;
use std::net::IpAddr;

/// The controls of a vantage.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Controls {
    /// Known-good exchanges.
    #[serde(default, rename = "control")]
    pub open: Vec<Control>,
    /// Ports 25 that are known to be closed.
    #[serde(default, rename = "negative-control")]
    pub closed: Vec<NegativeControl>,
}

/// A known-good exchange.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// Who runs it.
    pub operator: String,
    /// Its name.
    pub host: DomainName,
    /// Its addresses; by DoH where none are given.
    #[serde(default)]
    pub address: Vec<IpAddr>,
}

/// An address whose port 25 is known to be closed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NegativeControl {
    /// The address.
    pub address: IpAddr,
    /// Whether it is of the built-in list: then it counts only together with its fellow of the same family.
    #[serde(skip)]
    pub built_in: bool,
}

/// A controls file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ControlsError {
    /// It is not TOML of the expected form.
    #[error("{0}")]
    Form(String),
    /// Too few operators: one operator is one independent source.
    #[error("name control hosts of at least two different operators: one operator is one independent source")]
    TooFew,
}

impl Controls {
    /// Reads a controls file. One that names nothing, as packages install it, leaves the built-in list.
    ///
    /// # Errors
    /// When it is not of the form, or names fewer than two operators.
    pub fn parse(text: &str) -> Result<Self, ControlsError> {
        let controls: Self = toml::from_str(text)
            .map_err(|error| ControlsError::Form(noanswer_site::toml_error::one_line(&error, text)))?;
        if controls.open.is_empty() && controls.closed.is_empty() {
            return Ok(Self::built_in());
        }
        let mut operators: Vec<&str> =
            controls.open.iter().map(|control| control.operator.as_str()).collect();
        operators.sort_unstable();
        operators.dedup();
        if operators.len() < 2 { Err(ControlsError::TooFew) } else { Ok(controls) }
    }

    /// The same for measurement networks.
    pub fn hosts(&self) -> ControlHosts {
        let open = |control: &Control| OpenHost {
            operator: control.operator.clone(),
            host: control.host.clone(),
            addresses: control.address.clone(),
        };
        ControlHosts {
            open: self.open.iter().map(open).collect(),
            closed: self.closed.iter().map(|control| control.address).collect(),
        }
    }

    /// The built-in list: the exchanges that the core knows, and addresses of two operators that never speak mail.
    pub fn built_in() -> Self {
        let control = |(operator, host): (&str, &str)| Control {
            operator: operator.to_owned(),
            host: DomainName::from_dns(host).expect("the table of the core holds names"),
            address: Vec::new(),
        };
        let closed = |(_, address)| NegativeControl { address, built_in: true };
        Self {
            open: known::exchanges().map(control).collect(),
            closed: known::closed().map(closed).collect(),
        }
    }

    /// The results that count. A built-in negative control is checked by its fellow: where one of the two takes
    /// connections on port 25 and the other does not, it has begun to listen there, and tells nothing. Where both do,
    /// something answers in their place.
    pub(super) fn counted(
        &self,
        results: Vec<ControlResult>,
    ) -> (Vec<ControlResult>, Vec<UnresolvedControl>) {
        let built_in = |result: &ControlResult| {
            let address = result.attempt.address;
            self.closed.iter().any(|control| control.built_in && control.address == address)
        };
        let fellow_is_silent = |result: &ControlResult| {
            results.iter().filter(|other| built_in(other)).any(|other| {
                other.attempt.address != result.attempt.address
                    && other.attempt.family() == result.attempt.family()
                    && !other.attempt.connected()
            })
        };
        let set_aside: Vec<bool> = results
            .iter()
            .map(|result| built_in(result) && result.attempt.connected() && fellow_is_silent(result))
            .collect();
        let (mut counted, mut aside) = (Vec::new(), Vec::new());
        for (result, set_aside) in results.into_iter().zip(set_aside) {
            if set_aside {
                aside.push(UnresolvedControl {
                    operator: result.operator,
                    host: result.attempt.address.to_string(),
                    because: "it never spoke mail and now takes connections on port 25, while its fellow does not: it is not counted".to_owned(),
                });
            } else {
                counted.push(result);
            }
        }
        (counted, aside)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use noanswer_core::evidence::{Attempt, Expectation, FamilySight, Grade, Outcome, Sight};

    #[test]
    fn a_file_that_names_nothing_leaves_the_built_in_list() {
        let controls = Controls::parse("# [[control]]\n").unwrap();
        assert_eq!(controls.open.len(), Controls::built_in().open.len());
        assert!(matches!(
            Controls::parse("[[negative-control]]\naddress = '192.0.2.7'\n"),
            Err(ControlsError::TooFew)
        ));
    }

    #[test]
    fn one_operator_is_not_enough() {
        let one = "[[control]]\noperator = 'a'\nhost = 'mx.a.example'\n[[control]]\noperator = 'a'\nhost = 'mx2.a.example'\n";
        assert!(matches!(Controls::parse(one), Err(ControlsError::TooFew)));
        let two = format!(
            "{one}[[control]]\noperator = 'b'\nhost = 'mx.b.example'\naddress = ['192.0.2.7', '2001:db8::7']\n"
        );
        let controls = Controls::parse(&two).unwrap();
        assert_eq!(controls.open[2].address.len(), 2);
    }

    #[test]
    fn an_unknown_key_is_named() {
        let wrong = "[[control]]\noperator = 'a'\nhots = 'mx.a.example'\n";
        let Err(ControlsError::Form(words)) = Controls::parse(wrong) else { panic!("taken") };
        assert!(words.contains("hots") && words.contains("line 3") && !words.contains('\n'), "{words}");
    }

    #[test]
    fn the_built_in_list_has_five_operators_and_two_negative_controls_a_family() {
        let controls = Controls::built_in();
        assert!(controls.open.len() >= 5);
        assert_eq!(controls.closed.iter().filter(|control| control.address.is_ipv4()).count(), 2);
        assert_eq!(controls.closed.len(), 4);
    }

    fn closed(address: IpAddr, outcome: Outcome) -> ControlResult {
        let connect_ms = (outcome == Outcome::Completed).then_some(4.0);
        let attempt = Attempt { outcome, connect_ms, ..Attempt::untried("negative control", address, 25, 1) };
        ControlResult { operator: "negative control".to_owned(), expected: Expectation::Closed, attempt }
    }

    #[test]
    fn a_built_in_negative_control_counts_with_its_fellow_alone() {
        let controls = Controls::built_in();
        let [one, two] = [controls.closed[0].address, controls.closed[2].address];
        assert!(one.is_ipv4() && two.is_ipv4());
        let silent = |address| closed(address, Outcome::TimedOut);
        let open = |address| closed(address, Outcome::Completed);
        let (counted, aside) = controls.counted(vec![silent(one), silent(two)]);
        assert_eq!((counted.len(), aside.len()), (2, 0));
        // One alone has begun to listen; both at once are something that answers in their place.
        let (counted, aside) = controls.counted(vec![open(one), silent(two)]);
        assert_eq!((counted.len(), aside.len()), (1, 1));
        let (counted, aside) = controls.counted(vec![open(one), open(two)]);
        assert_eq!((counted.len(), aside.len()), (2, 0));
        assert_eq!(FamilySight::of(&counted, Grade::Smtp).ipv4, Sight::Deceived);
        // Whoever names an address by file vouches for it.
        let own = Controls { closed: vec![NegativeControl { address: one, built_in: false }], ..controls };
        assert_eq!(own.counted(vec![open(one)]).0.len(), 1);
    }
}
