//! What the environment says of AWS: as it was when the process began.

use super::held::Held;
use noanswer_core::ports::SigningKeys;
use noanswer_site::sigv4::Env;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The variables that are read (AWS SDKs and Tools Reference Guide, "Environment variables support").
const NAMES: [&str; 21] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_STS",
    "AWS_PROFILE",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_EC2_METADATA_DISABLED",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT",
    "HOME",
    "USERPROFILE",
];

/// The environment.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<&'static str, String>);

impl Environment {
    /// What `env` says; an empty variable counts as none.
    pub fn of(env: Env<'_>) -> Self {
        let value = |name| env(name).filter(|value| !value.is_empty());
        Self(NAMES.into_iter().filter_map(|name| Some((name, value(name)?))).collect())
    }

    /// The variable `name`.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The region.
    pub(crate) fn region(&self) -> Option<&str> {
        self.get("AWS_REGION").or_else(|| self.get("AWS_DEFAULT_REGION"))
    }

    /// The keys that stand in variables. What starts a process sets them once: they do not expire while it lives, or it is
    /// ended before.
    pub(super) fn keys(&self) -> Option<Held> {
        let keys = SigningKeys::of_variables(|name| self.get(name).map(str::to_owned))?;
        Some(Held { keys, until: None })
    }

    /// Whether keys stand in variables, or these name a place that has some.
    pub(crate) fn leads_to_keys(&self) -> bool {
        const PLACES: [&str; 4] = [
            "AWS_PROFILE",
            "AWS_WEB_IDENTITY_TOKEN_FILE",
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        ];
        self.keys().is_some() || PLACES.iter().any(|name| self.get(name).is_some())
    }

    /// The file that `variable` names, or else `name` in the folder of AWS's files.
    pub(super) fn file(&self, variable: &str, name: &str) -> Option<PathBuf> {
        if let Some(path) = self.get(variable) {
            return Some(path.into());
        }
        let home = self.get("HOME").or_else(|| self.get("USERPROFILE"))?;
        Some(PathBuf::from(home).join(".aws").join(name))
    }
}

/// Values are no secret's place to be printed.
impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
