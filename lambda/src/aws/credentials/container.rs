//! The role of a container: the endpoint that ECS, or EKS Pod Identity, gives it (AWS SDKs and Tools Reference Guide,
//! "Container credential provider").

use super::environment::Environment;
use super::held::{CredentialsError, Found};
use super::http;
use std::net::IpAddr;
use std::time::Duration;

const FROM: &str = "the container's role";

/// Where ECS answers.
const ECS: &str = "http://169.254.170.2";

/// The endpoint is beside the container: it answers at once, or something is wrong.
const PATIENCE: Duration = Duration::from_secs(2);

pub(super) async fn keys(client: &reqwest::Client, env: &Environment) -> Found {
    let relative = env.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI").map(|path| format!("{ECS}{path}"));
    let Some(url) = relative.or_else(|| env.get("AWS_CONTAINER_CREDENTIALS_FULL_URI").map(str::to_owned))
    else {
        return Ok(None);
    };
    let failed = |why: String| CredentialsError::Failed { from: FROM, why };
    if !is_near(&url) {
        return Err(failed(format!("{url} is neither HTTPS nor an address beside the container")));
    }
    let mut request = client.get(&url).header("accept", "application/json");
    if let Some(token) = token(env).map_err(failed)? {
        request = request.header("authorization", token);
    }
    let text = http::text(request, PATIENCE).await.map_err(failed)?;
    http::keys(&text, FROM).map(Some)
}

/// What the endpoint wants to be shown. A file is read each time: what it holds is replaced while the process lives.
fn token(env: &Environment) -> Result<Option<String>, String> {
    let token = match env.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
        Some(path) => std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?,
        None => match env.get("AWS_CONTAINER_AUTHORIZATION_TOKEN") {
            Some(token) => token.to_owned(),
            None => return Ok(None),
        },
    };
    let token = token.trim();
    if token.contains(['\r', '\n']) {
        Err("the token has several lines".to_owned())
    } else {
        Ok(Some(token.to_owned()))
    }
}

/// Whether keys may come from `url`: in clear text from loopback and from where ECS and EKS answer, and from nowhere else.
fn is_near(url: &str) -> bool {
    const BESIDE: [&str; 3] = ["169.254.170.2", "169.254.170.23", "fd00:ec2::23"];
    let Ok(url) = reqwest::Url::parse(url) else { return false };
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let address = host.parse::<IpAddr>();
    match url.scheme() {
        "https" => true,
        "http" => {
            host == "localhost"
                || address.is_ok_and(|address| {
                    address.is_loopback() || BESIDE.contains(&address.to_string().as_str())
                })
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_near;

    #[test]
    fn keys_come_in_clear_text_from_beside_the_container_alone() {
        for (url, near) in [
            ("http://169.254.170.2/v2/credentials", true),
            ("http://169.254.170.23/v1/credentials", true),
            ("http://[fd00:ec2::23]/v1/credentials", true),
            ("http://127.0.0.1:81/x", true),
            ("http://[::1]/x", true),
            ("http://localhost/x", true),
            ("https://example.org/x", true),
            ("http://example.org/x", false),
            ("http://169.254.169.254/x", false),
            ("http://169.254.170.2.example.org/x", false),
            ("file:///etc/passwd", false),
            ("x", false),
        ] {
            assert_eq!(is_near(url), near, "{url}");
        }
    }
}
