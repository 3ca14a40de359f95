//! AWS's Security Token Service (API version 2011-06-15): keys of a role.

use super::environment::Environment;
use super::held::{CredentialsError, Held};
use super::http;
use crate::aws::partition;
use noanswer_core::ports::SigningKeys;
use noanswer_core::timestamp::Timestamp;
use noanswer_site::sigv4::{self, Call};
use std::time::Duration;

/// What the session of a role is called where nobody says.
pub(super) const SESSION: &str = "noanswer";

const PATIENCE: Duration = Duration::from_secs(5);

/// Asks for keys by `call`, signed by `signer` where the call needs it; what fails is said of `from`.
pub(super) async fn keys(
    client: &reqwest::Client,
    env: &Environment,
    call: &[(&str, &str)],
    signer: Option<&SigningKeys>,
    region: Option<String>,
    from: &'static str,
) -> Result<Held, CredentialsError> {
    let failed = |why: String| CredentialsError::Failed { from, why };
    let region = region.ok_or_else(|| failed("AWS_REGION is not set".to_owned()))?;
    let own = env.get("AWS_ENDPOINT_URL_STS").or_else(|| env.get("AWS_ENDPOINT_URL"));
    let url = match own {
        Some(endpoint) => format!("{}/", endpoint.trim_end_matches('/')),
        None => partition::endpoint("sts", &region),
    };
    let body = form(call);
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let mut request = client.post(&url).header(headers[0].0, headers[0].1);
    if let Some(keys) = signer {
        let call = Call { service: "sts", url: &url, headers: &headers, body: body.as_bytes() };
        let signature = call.signed(sigv4::at(crate::clock::now(), 0), keys, Some(&region));
        for (name, value) in signature.map_err(|error| failed(error.to_string()))? {
            request = request.header(name, value);
        }
    }
    let answer = http::text(request.body(body), PATIENCE).await.map_err(failed)?;
    held(&answer).ok_or_else(|| failed("its answer has no keys".to_owned()))
}

fn form(call: &[(&str, &str)]) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("Version", "2011-06-15").extend_pairs(call).finish()
}

/// The keys in STS's XML: elements without attributes, whose texts need no escape.
fn held(xml: &str) -> Option<Held> {
    let element = |name: &str| {
        let from = xml.split_once(&format!("<{name}>"))?.1;
        Some(from.split_once(&format!("</{name}>"))?.0.trim().to_owned())
    };
    Some(Held {
        keys: SigningKeys {
            id: element("AccessKeyId")?,
            secret: element("SecretAccessKey")?,
            session: Some(element("SessionToken")?),
        },
        until: Some(Timestamp::parse(&element("Expiration")?)?.unix()),
    })
}
