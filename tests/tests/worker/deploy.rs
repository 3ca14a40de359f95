//! `cargo xtask deploy cloudflare` and `destroy cloudflare`, with the real wrangler, against a platform of a few lines.

use crate::peers::{Asked, Peer};
use noanswer_tests::process::sibling;
use noanswer_tests::{need, own_network};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

/// A Worker as the platform keeps it.
#[derive(Default)]
struct Kept {
    uploads: Vec<String>,
    secrets: BTreeMap<String, String>,
}

/// The titles of the account's KV namespaces.
type Namespaces = Arc<Mutex<Vec<String>>>;

/// A namespace's id: 32 hexadecimal digits.
fn id_of(title: &str) -> String {
    format!("{:032x}", title.len())
}

/// The platform, as far as wrangler asks it.
fn platform() -> (Peer, Arc<Mutex<Option<Kept>>>, Namespaces) {
    let (kept, namespaces) = (Arc::<Mutex<Option<Kept>>>::default(), Namespaces::default());
    let (state, titles) = (kept.clone(), namespaces.clone());
    let peer = Peer::start(move |asked| {
        let mut worker = state.lock().expect("unpoisoned");
        let mut titles = titles.lock().expect("unpoisoned");
        let path = asked.path.split('?').next().unwrap_or_default();
        let (_, path) = path.split_once("/accounts/account/").expect("a path of the account");
        let answer = |result: Value| {
            (200, json!({ "success": true, "errors": [], "messages": [], "result": result }).to_string())
        };
        match (asked.method.as_str(), path) {
            ("GET", "workers/services/noanswer") if worker.is_none() => {
                let errors = json!([{ "code": 10090, "message": "This Worker does not exist" }]);
                (
                    404,
                    json!({ "success": false, "errors": errors, "messages": [], "result": null }).to_string(),
                )
            }
            ("GET", "workers/services/noanswer") => answer(
                json!({ "default_environment": { "script": { "last_deployed_from": "wrangler", "tag": "t" } } }),
            ),
            ("POST", "workers/scripts/noanswer/assets-upload-session") => {
                answer(json!({ "jwt": "j", "buckets": [] }))
            }
            ("PUT", "workers/scripts/noanswer") | ("POST", "workers/scripts/noanswer/versions") => {
                worker.get_or_insert_default().uploads.push(asked.body.clone());
                answer(json!({ "id": "v", "etag": "e", "deployment_id": "d", "startup_time_ms": 3,
                    "resources": { "script_runtime": {}, "script": { "etag": "e" } } }))
            }
            ("GET", "workers/scripts/noanswer/secrets") => {
                let names = worker.iter().flat_map(|worker| worker.secrets.keys());
                answer(names.map(|name| json!({ "name": name, "type": "secret_text" })).collect())
            }
            ("PUT", "workers/scripts/noanswer/secrets") => {
                let secret: BTreeMap<String, String> = serde_json::from_str(&asked.body).expect("a secret");
                let secrets = &mut worker.as_mut().expect("a Worker").secrets;
                secrets.insert(secret["name"].clone(), secret["text"].clone());
                answer(json!({ "name": secret["name"], "type": "secret_text" }))
            }
            ("DELETE", "workers/services/noanswer") => {
                *worker = None;
                answer(Value::Null)
            }
            ("GET", "workers/subdomain") => answer(json!({ "subdomain": "operator" })),
            (_, "workers/scripts/noanswer/subdomain") => {
                answer(json!({ "enabled": true, "previews_enabled": true }))
            }
            ("GET", "workers/scripts/noanswer/deployments") => answer(json!({ "deployments": [] })),
            ("GET", "workers/scripts/noanswer/settings") if worker.is_none() => {
                let errors = json!([{ "code": 10007, "message": "This Worker does not exist" }]);
                (
                    404,
                    json!({ "success": false, "errors": errors, "messages": [], "result": null }).to_string(),
                )
            }
            ("GET", "workers/scripts/noanswer/settings") => {
                let bound = titles.iter().filter(|title| title.starts_with("noanswer")).map(|title| {
                    json!({ "type": "kv_namespace", "name": "NOANSWER_KEPT", "namespace_id": id_of(title) })
                });
                answer(json!({ "bindings": bound.collect::<Vec<_>>() }))
            }
            // One page has them all.
            ("GET", "storage/kv/namespaces") if asked.path.contains("&page=") => answer(json!([])),
            ("GET", "storage/kv/namespaces") => answer(
                titles.iter().map(|title| json!({ "id": id_of(title), "title": title })).collect::<Value>(),
            ),
            ("POST", "storage/kv/namespaces") => {
                let made: Value = serde_json::from_str(&asked.body).expect("a namespace");
                let title = made["title"].as_str().expect("a title").to_owned();
                let id = id_of(&title);
                titles.push(title);
                answer(json!({ "id": id }))
            }
            ("DELETE", path) if path.starts_with("storage/kv/namespaces/") => {
                titles.retain(|title| !path.ends_with(&id_of(title)));
                answer(json!({}))
            }
            _ => answer(json!({})),
        }
    });
    (peer, kept, namespaces)
}

/// `cargo xtask` with `arguments`, signed in at `platform`.
fn xtask(platform: &Peer, arguments: &[&str], token: Option<&str>) -> Output {
    static BUILT: std::sync::OnceLock<PathBuf> = std::sync::OnceLock::new();
    let xtask = BUILT.get_or_init(|| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut build = Command::new(cargo);
        build.args(["build", "--quiet", "--package", "xtask"]).current_dir(root);
        let mut built = || own_network::outside(&mut build).status().expect("cargo starts").success();
        assert!(need::is_built() || built());
        need::wrangler().expect("wrangler");
        sibling("xtask").expect("it was built")
    });
    let mut command = Command::new(xtask);
    command.args(arguments).env("CLOUDFLARE_API_BASE_URL", format!("{}/client/v4", platform.url));
    command.envs([("CLOUDFLARE_API_TOKEN", "token"), ("CLOUDFLARE_ACCOUNT_ID", "account"), ("CI", "1")]);
    command.envs([("WRANGLER_SEND_METRICS", "false"), ("NO_COLOR", "1"), ("RUST_BACKTRACE", "0")]);
    command.env_remove("FRA_TOKEN").envs(token.map(|token| ("FRA_TOKEN", token)));
    command.output().expect("xtask starts")
}

fn words(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The Worker may weigh so much, compressed, in KiB.
const MOST_KIB: f64 = 1024.0;

/// What wrangler says of an upload: `Total Upload: 2701.59 KiB / gzip: 1001.96 KiB`.
fn gzip_kib(shown: &str) -> Option<f64> {
    shown.split_once("gzip: ")?.1.split_once(" KiB")?.0.parse().ok()
}

fn is_upload(asked: &Asked) -> bool {
    asked.body.contains("worker_bg.wasm")
}

#[test]
fn up_and_down() {
    let (platform, kept, namespaces) = platform();
    // Of another Worker of the account: nobody's business here.
    namespaces.lock().unwrap().push("somebody-elses".to_owned());
    let file = std::env::temp_dir().join(format!("noanswer-vantages-{}.toml", std::process::id()));
    let vantages =
        "[[vantage]]\nid = 'fra'\nurl = 'https://fra.example'\nauth = { bearer-env = 'FRA_TOKEN' }\n";
    std::fs::write(&file, vantages).expect("writable");
    let file = file.to_string_lossy().into_owned();
    let up = ["deploy", "cloudflare", "--no-build", "--vantages", &file];

    let missing = xtask(&platform, &up, None);
    assert!(!missing.status.success() && words(&missing).contains("FRA_TOKEN"), "{}", words(&missing));
    assert!(kept.lock().unwrap().is_none(), "nothing was begun");

    let first = xtask(&platform, &up, Some("of fra"));
    assert!(first.status.success(), "{}", words(&first));
    let shown = words(&first);
    let kib = gzip_kib(&shown).expect("wrangler says how large it is");
    assert!(kib <= MOST_KIB, "{kib} KiB of {MOST_KIB}");
    let token = {
        let kept = kept.lock().unwrap();
        let worker = kept.as_ref().expect("a Worker");
        assert!(worker.uploads[0].contains("id = 'fra'"), "the vantages are uploaded");
        assert!(!worker.uploads[0].contains("of fra"), "their tokens are not");
        assert_eq!(worker.secrets["FRA_TOKEN"], "of fra");
        worker.secrets["NOANSWER_TOKEN"].clone()
    };
    assert!(token.len() == 64 && shown.contains(&token), "shown once: {shown}");
    assert!(platform.asked().iter().any(is_upload));
    let title = "noanswer-noanswer-kept";
    assert_eq!(*namespaces.lock().unwrap(), ["somebody-elses", title], "reports have a place of their own");
    assert!(kept.lock().unwrap().as_ref().expect("a Worker").uploads[0].contains(&id_of(title)));

    let again = xtask(&platform, &up, Some("changed"));
    assert!(again.status.success(), "{}", words(&again));
    assert!(!words(&again).contains(&token), "and not again");
    {
        let kept = kept.lock().unwrap();
        let worker = kept.as_ref().expect("a Worker");
        assert_eq!((worker.uploads.len(), worker.secrets["NOANSWER_TOKEN"].as_str()), (2, token.as_str()));
        assert_eq!(worker.secrets["FRA_TOKEN"], "changed");
        assert_eq!(namespaces.lock().unwrap().len(), 2, "the reports stay where they are");
    }

    let down = xtask(&platform, &["destroy", "cloudflare"], None);
    assert!(down.status.success(), "{}", words(&down));
    assert!(kept.lock().unwrap().is_none(), "nothing is left");
    assert_eq!(
        *namespaces.lock().unwrap(),
        ["somebody-elses"],
        "no report is left, and nobody else's store is touched"
    );
}
