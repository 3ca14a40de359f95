//! The vantages file (TOML): whom to ask, and how.

use noanswer_core::evidence::{NetworkKind, Role, Vantage, VantageKind};
use serde::Deserialize;

/// A vantages file (TOML).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VantagesFile {
    /// The vantages.
    #[serde(default, rename = "vantage")]
    pub vantages: Vec<Entry>,
}

/// One vantage of the file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// A short name, unique in the file.
    pub id: String,
    /// How it is asked: `noanswer`, where the file does not say.
    #[serde(default)]
    pub kind: VantageKind,
    /// Where it stands, for people.
    #[serde(default)]
    pub place: String,
    /// A Lambda function URL, or `noanswer serve --vantage` on any host; of a blackbox_exporter, where it listens; of
    /// Globalping, check-host.net and RIPE Atlas, an API of a test network.
    #[serde(default)]
    pub url: String,
    /// How calls are authenticated.
    #[serde(default)]
    pub auth: Auth,
    /// The network it stands in; `aws` where calls are signed for AWS, else the vantage's own id.
    #[serde(default)]
    pub network: Option<String>,
    /// What kind of network that is: `access` for one that is no cloud. A list that keeps clouds out then cannot
    /// explain its failures.
    #[serde(default, rename = "network-kind")]
    pub network_kind: NetworkKind,
    /// Of a panel: where its probes stand, in the words of the measurement network.
    #[serde(default)]
    pub locations: Vec<String>,
    /// Of a panel: how many probes.
    #[serde(default)]
    pub limit: Option<u16>,
    /// Of a panel: the variable of the environment that holds its token, or its key.
    #[serde(default, rename = "token-env")]
    pub token_env: Option<String>,
    /// Of check-host.net: how many nodes.
    #[serde(default)]
    pub nodes: Option<u16>,
    /// Of RIPE Atlas: the countries of its probes (ISO 3166-1 alpha-2); none: anywhere.
    #[serde(default)]
    pub countries: Vec<String>,
    /// Of RIPE Atlas: how many probes in each country.
    #[serde(default, rename = "per-country")]
    pub per_country: Option<u16>,
    /// Of a blackbox_exporter: the module of its configuration.
    #[serde(default)]
    pub module: Option<String>,
}

/// How calls to a vantage are authenticated.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Auth {
    /// Not at all.
    #[default]
    None,
    /// By Signature Version 4, with the credentials that this host has for AWS.
    AwsIam,
    /// By a bearer token that this variable of the environment holds.
    BearerEnv(String),
}

impl Auth {
    /// The variable of the environment that holds the token, where there is one.
    pub fn variable(&self) -> Option<&str> {
        match self {
            Self::BearerEnv(name) => Some(name),
            Self::None | Self::AwsIam => None,
        }
    }
}

/// A vantages file that cannot be used. Each line says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VantagesError {
    /// It is not TOML of the expected form.
    #[error("the vantages file {path} is not of the expected form: {words}")]
    Form {
        /// The file.
        path: String,
        /// What the reader said, in one line.
        words: String,
    },
    /// Two vantages have the same id.
    #[error("the vantages file {path} names {id:?} twice: ids must be unique")]
    Twice {
        /// The file.
        path: String,
        /// The id.
        id: String,
    },
    /// The variable that holds the token is not set.
    #[error("vantage {id:?} takes its token from the variable {name}, which is not set")]
    NoToken {
        /// The vantage.
        id: String,
        /// The variable.
        name: String,
    },
    /// A key of its kind cannot be used.
    #[error("vantage {id:?}: {words}")]
    Key {
        /// The vantage.
        id: String,
        /// What is wrong, and how it would be right.
        words: &'static str,
    },
    /// The URL cannot be used.
    #[error("vantage {id:?} has the URL {url:?}: it must begin with https:// (or http:// to a test network)")]
    Url {
        /// The vantage.
        id: String,
        /// The URL.
        url: String,
    },
}

impl VantagesFile {
    /// Reads the text of a vantages file, which errors call `name`.
    ///
    /// # Errors
    /// When it is not of the form, or names a vantage twice.
    pub fn parse(text: &str, name: &str) -> Result<Self, VantagesError> {
        let file: Self = toml::from_str(text).map_err(|error| VantagesError::Form {
            path: name.to_owned(),
            words: crate::toml_error::one_line(&error, text),
        })?;
        let mut ids: Vec<&str> = file.vantages.iter().map(|entry| entry.id.as_str()).collect();
        ids.sort_unstable();
        if let Some(twice) = ids.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(VantagesError::Twice { path: name.to_owned(), id: twice[0].to_owned() });
        }
        Ok(file)
    }
}

impl Entry {
    /// The vantage that the entry describes.
    pub fn vantage(&self) -> Vantage {
        let own = if self.auth == Auth::AwsIam { "aws" } else { &self.id };
        Vantage {
            id: self.id.clone(),
            place: self.place.clone(),
            role: Role::Region,
            network: self.network.clone().unwrap_or_else(|| own.to_owned()),
            grade: self.kind.grade(),
            network_kind: if self.auth == Auth::AwsIam { NetworkKind::Hosting } else { self.network_kind },
        }
    }
}
