//! Keys for AWS: where they come from, in which order, and how long they are used.

use super::aws::Aws;
use crate::server::client;
use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use noanswer::aws::{Client, Credentials, CredentialsError, Environment, Table};
use noanswer_core::ports::SigningKeys;
use noanswer_core::timestamp::Timestamp;
use noanswer_tests::own_network::{self, nobody};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

/// A server of a test: `answer` says what to the `n`th request, from 0.
async fn place(answer: impl Fn(usize, &Request) -> Response + Clone + Send + Sync + 'static) -> String {
    own_network::enter().expect("a network of the tests");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    let calls = Arc::new(AtomicUsize::new(0));
    let app = Router::new().fallback(move |request: Request| {
        let answer = answer(calls.fetch_add(1, SeqCst), &request);
        async move { answer }
    });
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}

/// Keys as ECS and EC2 give them, which expire in `seconds`.
fn document(id: &str, seconds: i64) -> Response {
    let until = Timestamp::from_unix(noanswer::clock::now().unix() + seconds);
    json!({ "Code": "Success", "AccessKeyId": id, "SecretAccessKey": "s/e+c=", "Token": "t", "Expiration": until })
        .to_string()
        .into_response()
}

fn credentials(variables: &[(&str, &str)]) -> Credentials {
    let variables: BTreeMap<String, String> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    // No profile of whoever runs the tests, and no metadata of the machine that they run on.
    let env = |name: &str| match (variables.get(name), name) {
        (Some(value), _) => Some(value.clone()),
        (None, "HOME") => Some("/nonexistent".to_owned()),
        (None, "AWS_EC2_METADATA_SERVICE_ENDPOINT") => Some(nobody().to_owned()),
        (None, _) => None,
    };
    Credentials::new(client(), Environment::of(&env))
}

async fn id(credentials: &Credentials) -> Result<String, CredentialsError> {
    credentials.keys(None).await.map(|keys| keys.id)
}

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("noanswer-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        Self(folder)
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, text).expect("a file");
        path.to_string_lossy().into_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn variables_come_first_and_a_machine_without_any_says_so() {
    let container = place(|_, _| document("OF-THE-CONTAINER", 3_600)).await;
    let both = [
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", container.as_str()),
        ("AWS_ACCESS_KEY_ID", "OF-VARIABLES"),
        ("AWS_SECRET_ACCESS_KEY", "x"),
    ];
    assert_eq!(id(&credentials(&both)).await.as_deref(), Ok("OF-VARIABLES"));
    assert_eq!(id(&credentials(&both[..1])).await.as_deref(), Ok("OF-THE-CONTAINER"));
    // An empty variable counts as none.
    let empty = [both[0], ("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", "")];
    assert_eq!(id(&credentials(&empty)).await.as_deref(), Ok("OF-THE-CONTAINER"));
    assert_eq!(id(&credentials(&[])).await, Err(CredentialsError::None));
}

#[tokio::test]
async fn a_profile_has_keys_or_a_program_that_prints_them_or_a_role() {
    let (aws, folder) = (Aws::start().await, Folder::new("profile"));
    let printed = r#"{ "Version": 1, "AccessKeyId": "PRINTED", "SecretAccessKey": "x" }"#;
    folder.file("printed.json", printed);
    let config = folder.file(
        "config",
        &format!(
            "[profile program]\ncredential_process = cat '{}/printed.json'\n\
             [profile role]\nrole_arn = arn:aws:iam::123456789012:role/prober\nsource_profile = default\nregion = eu-west-1\n\
             [profile sso]\nsso_session = x\n[profile circle]\nrole_arn = x\nsource_profile = other\n\
             [profile other]\nrole_arn = x\nsource_profile = circle\n",
            folder.0.display()
        ),
    );
    let own =
        folder.file("credentials", "[default]\naws_access_key_id = OF-A-FILE\naws_secret_access_key = x\n");
    let of = |profile: &'static str| {
        credentials(&[
            ("AWS_CONFIG_FILE", &config),
            ("AWS_SHARED_CREDENTIALS_FILE", &own),
            ("AWS_PROFILE", profile),
            ("AWS_ENDPOINT_URL_STS", aws.url()),
        ])
    };
    assert_eq!(id(&of("default")).await.as_deref(), Ok("OF-A-FILE"));
    assert_eq!(id(&of("program")).await.as_deref(), Ok("PRINTED"));
    // moto's STS gives keys of a session, whose ids begin as AWS's do.
    let role = of("role").keys(None).await.expect("a role's keys");
    assert!(role.id.starts_with("ASIA") && role.session.is_some(), "{role:?}");
    for (profile, words) in [("none", "none"), ("sso", "export-credentials"), ("circle", "in turn")] {
        let error = id(&of(profile)).await.expect_err(profile).to_string();
        assert!(error.contains(words), "{error}");
    }
}

#[tokio::test]
async fn a_web_identity_takes_its_role_by_the_token_in_the_file() {
    let (aws, folder) = (Aws::start().await, Folder::new("identity"));
    let token = folder.file("token", "a.web.token\n");
    let variables = [
        ("AWS_WEB_IDENTITY_TOKEN_FILE", token.as_str()),
        ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/prober"),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ENDPOINT_URL_STS", aws.url()),
    ];
    let keys = credentials(&variables).keys(None).await.expect("a role's keys");
    assert!(keys.id.starts_with("ASIA") && keys.session.is_some(), "{keys:?}");
    let seen = Arc::new(Mutex::new(String::new()));
    let to = seen.clone();
    let sts = place(move |_, request| {
        *to.lock().unwrap() = format!("{:?}", request.headers().get(header::AUTHORIZATION));
        (StatusCode::FORBIDDEN, "<Error><Code>ExpiredTokenException</Code></Error>").into_response()
    });
    let sts = sts.await;
    let refused = [&variables[..3], &[("AWS_ENDPOINT_URL_STS", sts.as_str())]].concat();
    let error = id(&credentials(&refused)).await.expect_err("refused").to_string();
    assert!(error.contains("ExpiredTokenException"), "{error}");
    assert_eq!(*seen.lock().unwrap(), "None", "the token is the proof: the call is not signed");
}

#[tokio::test]
async fn a_containers_endpoint_is_shown_its_token() {
    let folder = Folder::new("container");
    let token = folder.file("token", "proof\n");
    let url = place(|_, request| match request.headers().get(header::AUTHORIZATION) {
        Some(given) if given == "proof" => document("OF-THE-CONTAINER", 3_600),
        _ => (StatusCode::UNAUTHORIZED, r#"{"message":"no proof"}"#).into_response(),
    });
    let url = url.await;
    let place = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", url.as_str());
    let found = credentials(&[place, ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", &token)]);
    assert_eq!(id(&found).await.as_deref(), Ok("OF-THE-CONTAINER"));
    let error = id(&credentials(&[place])).await.expect_err("no proof").to_string();
    assert!(error.contains("401") && error.contains("no proof"), "{error}");
    let far = [("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://192.0.2.1/x")];
    let error = id(&credentials(&far)).await.expect_err("far away").to_string();
    assert!(error.contains("beside the container"), "{error}");
}

#[tokio::test]
async fn an_instance_is_asked_by_version_2_of_its_metadata_service() {
    let url = place(|_, request| {
        let shown = request.headers().get("x-aws-ec2-metadata-token").is_some_and(|token| token == "session");
        match (request.method().as_str(), request.uri().path(), shown) {
            ("PUT", "/latest/api/token", _)
                if request.headers().contains_key("x-aws-ec2-metadata-token-ttl-seconds") =>
            {
                "session".into_response()
            }
            ("GET", "/latest/meta-data/iam/security-credentials/", true) => "prober\n".into_response(),
            ("GET", "/latest/meta-data/iam/security-credentials/prober", true) => {
                document("OF-THE-INSTANCE", 3_600)
            }
            _ => StatusCode::UNAUTHORIZED.into_response(),
        }
    });
    let url = url.await;
    let here = ("AWS_EC2_METADATA_SERVICE_ENDPOINT", url.as_str());
    assert_eq!(id(&credentials(&[here])).await.as_deref(), Ok("OF-THE-INSTANCE"));
    let disabled = credentials(&[here, ("AWS_EC2_METADATA_DISABLED", "true")]);
    assert_eq!(id(&disabled).await, Err(CredentialsError::None));
}

#[tokio::test]
async fn keys_are_fetched_anew_before_they_expire_and_when_aws_takes_them_no_more() {
    let lasting = place(|n, _| document(&format!("KEY-{n}"), 3_600)).await;
    let found = credentials(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", &lasting)]);
    let first = found.keys(None).await.expect("keys");
    assert_eq!(found.keys(None).await.as_ref(), Ok(&first), "kept");
    let second = found.keys(Some(&first)).await.expect("keys");
    assert_eq!(second.id, "KEY-1");
    let older = SigningKeys { id: "OLDER".to_owned(), ..first };
    assert_eq!(found.keys(Some(&older)).await.as_ref(), Ok(&second), "those are newer already");

    // What expires within 5 minutes is fetched anew each time; it is used on while its place does not answer.
    let expiring = place(|n, _| match n {
        0 | 1 => document(&format!("KEY-{n}"), 120),
        _ => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    });
    let expiring = expiring.await;
    let found = credentials(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", &expiring)]);
    for expected in ["KEY-0", "KEY-1", "KEY-1", "KEY-1"] {
        assert_eq!(id(&found).await.as_deref(), Ok(expected));
    }
}

/// An AWS whose clock is `ahead` of ours.
async fn aws_of_another_clock(ahead: Duration, kind: &'static str) -> (String, Arc<AtomicUsize>) {
    let refused = Arc::new(AtomicUsize::new(0));
    let count = refused.clone();
    let url = place(move |_, request| {
        let now = SystemTime::now() + ahead;
        let now = written(now);
        // Of `x-amz-date` (20261124T090102Z) and the date here, the hour and minute are enough.
        let given = request.headers()["x-amz-date"].to_str().expect("a date").to_owned();
        let same = given[..13] == now.0[..13] || given[..13] == now.1[..13];
        if same {
            return ([(header::DATE, now.2)], "{}").into_response();
        }
        count.fetch_add(1, SeqCst);
        let body = json!({ "__type": format!("x#{kind}"), "message": "Signature expired" }).to_string();
        (StatusCode::BAD_REQUEST, [(header::DATE, now.2)], body).into_response()
    });
    (url.await, refused)
}

/// `now` as `x-amz-date` has it, the minute before, and as `Date` has it.
fn written(now: SystemTime) -> (String, String, String) {
    let seconds = now.duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_secs();
    let compact = |seconds: u64| {
        let text = Timestamp::from_unix(i64::try_from(seconds).expect("a time")).to_string();
        text.replace(['-', ':'], "")
    };
    (compact(seconds), compact(seconds - 60), httpdate(seconds))
}

/// RFC 9110 s5.6.7, by the days since 1970.
fn httpdate(seconds: u64) -> String {
    let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let text = Timestamp::from_unix(i64::try_from(seconds).expect("a time")).to_string();
    let day = usize::try_from(seconds / 86_400 % 7).expect("a day");
    let month = text[5..7].parse::<usize>().expect("a month") - 1;
    format!("{}, {} {} {} {} GMT", days[day], &text[8..10], months[month], &text[..4], &text[11..19])
}

fn table(url: &str) -> Table {
    Table::new(super::aws::client_of(url), "noanswer")
}

#[tokio::test]
async fn whose_clock_is_off_signs_by_aws_s_and_goes_on_so() {
    for kind in ["RequestTimeTooSkewed", "InvalidSignatureException"] {
        let (url, refused) = aws_of_another_clock(Duration::from_secs(3_600), kind).await;
        let table = table(&url);
        for _ in 0..3 {
            table.get("a").await.unwrap_or_else(|error| panic!("{kind}: {error}"));
        }
        assert_eq!(refused.load(SeqCst), 1, "{kind}: it is known from then on");
    }
    // A signature that is wrong for another reason is not tried for ever.
    let calls = Arc::new(AtomicUsize::new(0));
    let count = calls.clone();
    let url = place(move |_, _| {
        count.fetch_add(1, SeqCst);
        let now = written(SystemTime::now()).2;
        let body = r#"{"__type":"x#InvalidSignatureException"}"#;
        (StatusCode::BAD_REQUEST, [(header::DATE, now)], body).into_response()
    });
    let error = table(&url.await).get("a").await.expect_err("refused").to_string();
    assert!(error.contains("InvalidSignatureException"), "{error}");
    assert_eq!(calls.load(SeqCst), 1);
}

#[tokio::test]
async fn expired_keys_are_changed_for_new_ones_in_the_middle_of_a_call() {
    let container = place(|n, _| document(&format!("KEY-{n}"), 3_600)).await;
    let used = Arc::new(Mutex::new(Vec::new()));
    let to = used.clone();
    let key = |headers: &HeaderMap| {
        let authorization = headers[header::AUTHORIZATION].to_str().expect("text");
        authorization.split(['=', '/']).nth(1).expect("a key").to_owned()
    };
    let aws = place(move |_, request| {
        let key = key(request.headers());
        to.lock().unwrap().push(key.clone());
        match key.as_str() {
            "KEY-0" => {
                let body = r#"{"__type":"com.amazon.coral.service#ExpiredTokenException"}"#;
                (StatusCode::BAD_REQUEST, body).into_response()
            }
            _ => "{}".into_response(),
        }
    });
    let aws = aws.await;
    let env = |name: &str| match name {
        "AWS_ENDPOINT_URL" => Some(aws.clone()),
        "AWS_REGION" => Some("eu-west-1".to_owned()),
        "AWS_CONTAINER_CREDENTIALS_FULL_URI" => Some(container.clone()),
        _ => None,
    };
    let client = Client::new(client(), &env).expect("all it needs").waiting(Duration::from_secs(60));
    let table = Table::new(client, "noanswer");
    table.get("a").await.expect("by the second keys");
    table.get("a").await.expect("by the same");
    assert_eq!(*used.lock().unwrap(), ["KEY-0", "KEY-1", "KEY-1"]);
}
