//! What stands in a text beside its cause, and how much of it the symptom reader found.

use noanswer_core::symptom::Symptom;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::IpAddr;

/// What a text says, field by field; a field that is absent does not stand in it, or nobody looked.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fields {
    /// `remote_host`.
    pub host: Option<String>,
    /// `remote_address`.
    pub address: Option<IpAddr>,
    /// `port`.
    pub port: Option<u16>,
    /// `reply_code`.
    pub code: Option<u16>,
    /// `enhanced_status`.
    pub status: Option<String>,
    /// `mta`.
    pub mta: Option<String>,
    /// `recipient_domain`.
    pub domain: Option<String>,
    /// `system_error`.
    pub error: Option<String>,
}

impl Fields {
    /// The fields that are there, by name, as text.
    pub fn named(&self) -> Vec<(&'static str, String)> {
        let named = [
            ("host", self.host.clone()),
            ("address", self.address.map(|address| address.to_string())),
            ("port", self.port.map(|port| port.to_string())),
            ("code", self.code.map(|code| code.to_string())),
            ("status", self.status.clone()),
            ("mta", self.mta.clone()),
            ("domain", self.domain.clone()),
            ("error", self.error.clone()),
        ];
        named.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

impl From<&Symptom> for Fields {
    fn from(symptom: &Symptom) -> Self {
        Self {
            host: symptom.remote_host.clone(),
            address: symptom.remote_address,
            port: symptom.port,
            code: symptom.reply_code.map(|code| code.0),
            status: symptom.enhanced_status.map(|status| status.to_string()),
            mta: symptom.mta.clone(),
            domain: symptom.recipient_domain.clone(),
            error: symptom.system_error.clone(),
        }
    }
}

/// How many of the fields that stand in the texts were found.
#[derive(Debug, Default)]
pub struct Found {
    counts: BTreeMap<&'static str, (usize, usize)>,
    /// One line a field that was missed or misread.
    pub misses: String,
}

impl Found {
    /// Holds what was read against what stands in the text that is called `name`.
    pub fn take(&mut self, name: &str, stands: &Fields, read: Option<&Symptom>) {
        let read = read.map(Fields::from).unwrap_or_default();
        let read: BTreeMap<_, _> = read.named().into_iter().collect();
        for (field, value) in stands.named() {
            let count = self.counts.entry(field).or_default();
            count.1 += 1;
            if read.get(field) == Some(&value) {
                count.0 += 1;
            } else {
                let got = read.get(field).map_or("nothing", String::as_str);
                let _ = writeln!(self.misses, "{name}: {field} {value} read as {got}");
            }
        }
    }

    /// The share of a field that was found, in percent; none stood anywhere: 100.
    pub fn percent(&self, field: &str) -> usize {
        self.counts.get(field).map_or(100, |(found, of)| found * 100 / of.max(&1))
    }

    /// The figures in one line.
    pub fn figures(&self) -> String {
        let each: Vec<String> =
            self.counts.iter().map(|(field, (found, of))| format!("{field} {found}/{of}")).collect();
        each.join(", ")
    }
}
