//! The panel of a measurement network that a vantage belongs to.

use serde::{Deserialize, Serialize};

/// The panel of a measurement network that a vantage belongs to: where its evidence comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PanelNote {
    /// The panel's id.
    pub panel: String,
    /// The measurement network: `Globalping`.
    pub network: String,
    /// How many probes were asked.
    pub probes: u16,
    /// How many of them have no row, because they are blind: their own controls showed that they see no port 25.
    pub left_out: u16,
    /// Where the measurements can be read, by whoever has the link.
    pub links: Vec<String>,
}

impl PanelNote {
    /// The note of two rounds of one panel: the later one, with the links of both.
    pub(super) fn joined(earlier: Option<Self>, later: Option<Self>) -> Option<Self> {
        let (earlier, mut later) = match (earlier, later) {
            (Some(earlier), Some(later)) => (earlier, later),
            (earlier, later) => return later.or(earlier),
        };
        let more: Vec<String> =
            earlier.links.into_iter().filter(|link| !later.links.contains(link)).collect();
        later.links.splice(0..0, more);
        Some(later)
    }
}
