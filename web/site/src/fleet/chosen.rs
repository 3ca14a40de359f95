//! Some of the vantages: those that a request names.

use noanswer_core::evidence::{NetworkKind, Vantage};
use noanswer_core::ports::{Probe, ProbeDecorator, ProbeRequest, ProbeResult, Trace};
use serde::{Deserialize, Serialize};

/// What a vantage must be to be asked: all that is said here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// Its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// A part of where it stands, in any case: `Frankfurt`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    place: Option<String>,
    /// The network that it stands in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    network: Option<String>,
    /// The number of the AS that it stands in (RFC 1930): of a vantage whose network the operator calls by it (`AS64496`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    asn: Option<u32>,
    /// What kind of network that is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kind: Option<NetworkKind>,
}

impl Choice {
    fn takes(&self, vantage: &Vantage) -> bool {
        let says = |wanted: &Option<String>, is: &str| {
            wanted.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(is))
        };
        let place = vantage.place.to_lowercase();
        says(&self.id, &vantage.id)
            && says(&self.network, &vantage.network)
            && self.place.as_deref().is_none_or(|part| place.contains(&part.to_lowercase()))
            && self.asn.is_none_or(|asn| vantage.network.eq_ignore_ascii_case(&format!("AS{asn}")))
            && self.kind.is_none_or(|kind| kind == vantage.network_kind)
    }
}

/// A fleet of which some are asked.
#[derive(Debug)]
pub struct Chosen<'a, P> {
    fleet: &'a P,
    vantages: Vec<Vantage>,
    trace: Option<Trace>,
}

impl<'a, P: Probe> Chosen<'a, P> {
    /// Those of `fleet` that one of `choices` takes, all where there is none; the first `limit` of them.
    pub fn of(fleet: &'a P, choices: &[Choice], limit: Option<usize>) -> Self {
        let takes = |one: &&Vantage| choices.is_empty() || choices.iter().any(|choice| choice.takes(one));
        let limit = limit.unwrap_or(usize::MAX);
        let vantages = fleet.vantages().iter().filter(takes).take(limit).cloned().collect();
        Self { fleet, vantages, trace: None }
    }

    /// The same, asked for this trace.
    #[must_use]
    pub(crate) fn traced(self, trace: Option<Trace>) -> Self {
        Self { trace, ..self }
    }

    /// Whether none is asked.
    pub fn is_empty(&self) -> bool {
        self.vantages.is_empty()
    }
}

impl<P: Probe> ProbeDecorator for Chosen<'_, P> {
    type Behind = P;

    fn behind(&self) -> &P {
        self.fleet
    }

    fn vantages(&self) -> &[Vantage] {
        &self.vantages
    }

    async fn probe(&self, vantage: &Vantage, request: &ProbeRequest) -> ProbeResult {
        match &self.trace {
            None => self.fleet.probe(vantage, request).await,
            trace => {
                let request = ProbeRequest { trace: trace.clone(), ..request.clone() };
                self.fleet.probe(vantage, &request).await
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use noanswer_core::evidence::{Grade, Role};

    #[test]
    fn a_choice_takes_what_is_all_that_it_says() {
        let vantage = Vantage {
            id: "fra".to_owned(),
            place: "Frankfurt am Main".to_owned(),
            role: Role::Region,
            network: "AS64496".to_owned(),
            grade: Grade::Smtp,
            network_kind: NetworkKind::Access,
        };
        for (choice, takes) in [
            ("{}", true),
            (r#"{"id":"FRA"}"#, true),
            (r#"{"id":"fr"}"#, false),
            (r#"{"place":"frankfurt"}"#, true),
            (r#"{"place":"Berlin"}"#, false),
            (r#"{"asn":64496,"kind":"access"}"#, true),
            (r#"{"asn":64497}"#, false),
            (r#"{"id":"fra","kind":"hosting"}"#, false),
        ] {
            let read: Choice = serde_json::from_str(choice).expect(choice);
            assert_eq!(read.takes(&vantage), takes, "{choice}");
        }
    }
}
