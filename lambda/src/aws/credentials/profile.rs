//! The profile in AWS's own files, `~/.aws/config` and `~/.aws/credentials` (AWS SDKs and Tools Reference Guide, "Shared
//! config and credentials files").

use super::environment::Environment;
use super::held::{CredentialsError, Found, Held};
use super::{container, instance, process, sts, web_identity};
use noanswer_core::ports::SigningKeys;
use std::collections::BTreeMap;
use std::path::Path;

const FROM: &str = "the profile";

/// How many profiles may name each other in turn.
const DEPTH: usize = 5;

/// The settings of each profile, by its name.
type Profiles = BTreeMap<String, BTreeMap<String, String>>;

pub(super) async fn keys(client: &reqwest::Client, env: &Environment) -> Found {
    let name = env.get("AWS_PROFILE").unwrap_or("default");
    let mut profiles = Profiles::new();
    // What stands in both counts as the file of credentials has it.
    for (variable, file, all) in
        [("AWS_CONFIG_FILE", "config", false), ("AWS_SHARED_CREDENTIALS_FILE", "credentials", true)]
    {
        if let Some(path) = env.file(variable, file) {
            read(&path, all, &mut profiles)?;
        }
    }
    if !profiles.contains_key(name) {
        return match env.get("AWS_PROFILE") {
            Some(name) => Err(failed(format!("there is none of the name {name:?}"))),
            None => Ok(None),
        };
    }
    of(client, env, &profiles, name, DEPTH).await
}

/// The keys of the profile `name`.
async fn of(
    client: &reqwest::Client,
    env: &Environment,
    profiles: &Profiles,
    name: &str,
    depth: usize,
) -> Found {
    let profile = profiles.get(name).ok_or_else(|| failed(format!("there is none of the name {name:?}")))?;
    let get = |key: &str| profile.get(key).map(String::as_str);
    let region = get("region").or_else(|| env.region()).map(str::to_owned);
    let own = || {
        let (id, secret) = (get("aws_access_key_id")?, get("aws_secret_access_key")?);
        let session = get("aws_session_token").map(str::to_owned);
        Some(Held {
            keys: SigningKeys { id: id.to_owned(), secret: secret.to_owned(), session },
            until: None,
        })
    };
    if let Some(role) = get("role_arn") {
        let session = get("role_session_name");
        if let Some(file) = get("web_identity_token_file") {
            return web_identity::assume(client, env, file, role, session, region).await.map(Some);
        }
        let signer = match (get("source_profile"), get("credential_source")) {
            (Some(source), _) if source == name => own(),
            (Some(_), _) if depth == 0 => return Err(failed("profiles name each other in turn".to_owned())),
            (Some(source), _) => Box::pin(of(client, env, profiles, source, depth - 1)).await?,
            (None, Some("Environment")) => env.keys(),
            (None, Some("Ec2InstanceMetadata")) => instance::keys(client, env).await?,
            (None, Some("EcsContainer")) => container::keys(client, env).await?,
            _ => return Err(failed(format!("{name}: role_arn needs source_profile or credential_source"))),
        };
        let signer =
            signer.ok_or_else(|| failed(format!("{name}: there are no keys to take its role with")))?;
        let mut call = vec![
            ("Action", "AssumeRole"),
            ("RoleArn", role),
            ("RoleSessionName", session.unwrap_or(sts::SESSION)),
        ];
        call.extend(get("external_id").map(|id| ("ExternalId", id)));
        call.extend(get("duration_seconds").map(|seconds| ("DurationSeconds", seconds)));
        return sts::keys(client, env, &call, Some(&signer.keys), region, FROM).await.map(Some);
    }
    if let Some(held) = own() {
        return Ok(Some(held));
    }
    if let Some(line) = get("credential_process") {
        return process::keys(line).await.map(Some);
    }
    if profile.keys().any(|key| key.starts_with("sso_")) {
        let how = "say credential_process = aws configure export-credentials --profile";
        return Err(failed(format!(
            "{name} signs in by IAM Identity Center: {how} {name}, in another profile"
        )));
    }
    Ok(None)
}

fn failed(why: String) -> CredentialsError {
    CredentialsError::Failed { from: FROM, why }
}

/// Adds what the file at `path` says to `profiles`. In the file of credentials every section is a profile (`all`), in the
/// other one `[default]` and `[profile NAME]` are. A file that is not there says nothing.
fn read(path: &Path, all: bool, profiles: &mut Profiles) -> Result<(), CredentialsError> {
    let text = match std::fs::read(path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(format!("{}: {error}", path.display()))),
    };
    let mut section = None;
    for line in text.lines() {
        // An indented line belongs to the setting above it, which is none of these.
        if line.starts_with([' ', '\t']) {
            continue;
        }
        let line = line.trim_end();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(header) = line.strip_prefix('[') {
            let title = header.split(']').next().unwrap_or_default().trim();
            let named = title.strip_prefix("profile").filter(|rest| rest.starts_with([' ', '\t']));
            section = match named {
                Some(name) if !all => Some(name.trim().trim_matches('"').to_owned()),
                _ if all || title == "default" => Some(title.to_owned()),
                _ => None,
            };
            continue;
        }
        if let (Some(section), Some((key, value))) = (&section, line.split_once('=')) {
            // A note behind a value begins with a blank before its sign.
            let value =
                [" #", " ;"].iter().fold(value, |value, note| value.split(note).next().unwrap_or(value));
            let settings = profiles.entry(section.clone()).or_default();
            settings.insert(key.trim().to_ascii_lowercase(), value.trim().to_owned());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_are_read_as_aws_writes_them() {
        let folder = std::env::temp_dir().join(format!("noanswer-profiles-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let config = "[default]\nregion = eu-west-1\n\n# a note\n[profile  probes ]\nrole_arn=arn:aws:iam::1:role/x # a note\n\
                      source_profile = default\ns3 =\n  max_concurrent_requests = 20\n[services x]\nregion = none\n";
        let credentials =
            "[default]\naws_access_key_id = A\naws_secret_access_key = b/c+d=\n[profile x]\nregion = y\n";
        let (one, two) = (folder.join("config"), folder.join("credentials"));
        std::fs::write(&one, config).expect("a file");
        std::fs::write(&two, credentials).expect("a file");
        let mut profiles = Profiles::new();
        read(&one, false, &mut profiles).expect("a file");
        read(&two, true, &mut profiles).expect("a file");
        read(&folder.join("none"), true, &mut profiles).expect("a file that is not there says nothing");
        std::fs::remove_dir_all(&folder).expect("it was there");
        let get = |name: &str, key: &str| profiles.get(name).and_then(|one| one.get(key)).map(String::as_str);
        assert_eq!(get("default", "region"), Some("eu-west-1"));
        assert_eq!(get("default", "aws_secret_access_key"), Some("b/c+d="));
        assert_eq!(get("probes", "role_arn"), Some("arn:aws:iam::1:role/x"));
        assert_eq!(get("probes", "max_concurrent_requests"), None);
        assert_eq!(profiles.keys().collect::<Vec<_>>(), ["default", "probes", "profile x"]);
    }
}
