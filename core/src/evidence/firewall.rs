//! What a host's own firewall is set to do with connections to port 25.

use serde::{Deserialize, Serialize};

/// What a host's own firewall is set to do with connections to port 25. Settings alone accuse nobody: whether a rule meets a
/// connection, that connection tells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Firewall {
    /// Whether it is on, whatever network the host is in. Where it is on in some networks alone, a rule may not hold.
    pub always_on: bool,
    /// Whether there is a network in which it stops what no rule allows.
    #[serde(default)]
    pub stops_by_default: bool,
    /// Its active rules that stop connections to port 25.
    #[serde(default)]
    pub rules: Vec<FirewallRule>,
}

/// A rule that stops connections to port 25.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FirewallRule {
    /// Its name.
    pub name: String,
    /// Whose connections it stops.
    pub stops: Stops,
    /// The file name of the program, or the service, that it names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
}

/// Whose connections to port 25 a rule stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Stops {
    /// Those of every program, wherever they go.
    Everyone,
    /// Those of the program alone that looked.
    ThisProgram,
    /// Those of another program or service alone: what looked is not stopped by it.
    OtherProgram,
    /// Those to some addresses, of some users or in some networks: it may not hold.
    Some,
}

impl Firewall {
    /// The rules that stop what `stops` says.
    pub fn of(&self, stops: Stops) -> impl Iterator<Item = &FirewallRule> {
        self.rules.iter().filter(move |rule| rule.stops == stops)
    }

    /// Whether its rules stop the program that looked and, as far as they can be read, nobody else: then what that program
    /// meets at its own host says nothing of the mail server.
    pub fn singles_out_the_looker(&self) -> bool {
        let looker = self.of(Stops::ThisProgram).next().is_some();
        looker
            && !self.stops_by_default
            && !self.rules.iter().any(|rule| matches!(rule.stops, Stops::Everyone | Stops::Some))
    }
}
