//! The controls: known-good exchanges of different operators, and addresses whose port 25 is known to be closed.

use noanswer_core::dns::DomainName;
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
}

/// A controls file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ControlsError {
    /// It is not TOML of the expected form.
    #[error("{0}")]
    Form(String),
    /// Too few operators: one operator is one witness.
    #[error("name control hosts of at least two different operators: one operator is one witness")]
    TooFew,
}

impl Controls {
    /// Reads a controls file.
    ///
    /// # Errors
    /// When it is not of the form, or names fewer than two operators.
    pub fn parse(text: &str) -> Result<Self, ControlsError> {
        let controls: Self = toml::from_str(text)
            .map_err(|error| ControlsError::Form(noanswer_site::toml_error::one_line(&error, text)))?;
        let mut operators: Vec<&str> =
            controls.open.iter().map(|control| control.operator.as_str()).collect();
        operators.sort_unstable();
        operators.dedup();
        if operators.len() < 2 { Err(ControlsError::TooFew) } else { Ok(controls) }
    }

    /// The built-in list: the exchanges that the core knows. No negative control: whoever has an address of their own adds it by file.
    pub fn built_in() -> Self {
        let control = |operator: &str, host: &str| Control {
            operator: operator.to_owned(),
            host: DomainName::from_dns(host).expect("a literal of this file"),
            address: Vec::new(),
        };
        Self {
            open: noanswer_core::evidence::KNOWN_GOOD
                .iter()
                .map(|(operator, host)| control(operator, host))
                .collect(),
            closed: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn the_built_in_list_has_three_operators_and_more() {
        assert!(Controls::built_in().open.len() >= 3);
    }
}
