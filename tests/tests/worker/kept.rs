//! Reports and cases in the platform's key-value store, as miniflare has it.

use crate::{json_of, lab, post, worker};
use noanswer_core::timestamp::Timestamp;
use noanswer_tests::contract::client;
use std::time::SystemTime;

#[tokio::test]
async fn a_report_is_kept_read_and_deleted_and_a_case_gives_its_lines_once() {
    let lab = lab();
    let worker = worker(&[("NOANSWER_PUBLIC", "1"), ("NOANSWER_DOH", &lab.doh())]);
    let check = r#"{"domain":"null-mx.test","symptom":"441 4.4.1 to secret@null-mx.test"}"#;
    let sent = json_of(post(&format!("{}/v1/check", worker.url), check).await).await;
    let mut forged = sent.clone();
    forged["verdict"]["headline"] = "Call +1-555-SCAM now".into();
    let kept = post(&format!("{}/v1/reports", worker.url), &forged.to_string()).await;
    assert_eq!(kept.status(), 201, "{}", worker.log());
    let kept = json_of(kept).await;
    let now = SystemTime::UNIX_EPOCH.elapsed().expect("after 1970");
    let until: Timestamp = serde_json::from_value(kept["expires_at"].clone()).expect("a time");
    let days = (until.unix() - now.as_secs().cast_signed()) / 86_400;
    assert!((29..=30).contains(&days), "{until:?}");
    assert_eq!(kept["id"].as_str().map(str::len), Some(22), "128 random bits");

    let url = format!("{}{}", worker.url, kept["url"].as_str().expect("a link"));
    let read = client().get(&url).send().await.expect("it answers");
    assert_eq!(read.status(), 200);
    let tag = read.headers()["etag"].to_str().expect("a tag").to_owned();
    let read = json_of(read).await;
    assert_eq!(read["verdict"], sent["verdict"], "judged again: no word is the sender's");
    assert!(!read.to_string().contains("secret"), "the text is not in it");
    let again = client().get(&url).header("if-none-match", tag).send().await.expect("it answers");
    assert_eq!(again.status(), 304);
    assert_eq!(client().delete(&url).send().await.expect("it answers").status(), 204);
    assert_eq!(client().get(&url).send().await.expect("it answers").status(), 404);
    for strange in ["AAAAAAAAAAAAAAAAAAAAAA", "x", "..%2fcases%2fx"] {
        let url = format!("{}/v1/reports/{strange}", worker.url);
        assert_eq!(client().get(&url).send().await.expect("it answers").status(), 404, "{strange}");
    }

    let ids = [
        post(&format!("{}/v1/cases", worker.url), "{}").await,
        post(&format!("{}/v1/cases", worker.url), "{}").await,
    ];
    let [one, other] = ids;
    let (one, other) = (json_of(one).await, json_of(other).await);
    assert_ne!(one["id"], other["id"], "the platform's randomness");
    let url = format!("{}{}", worker.url, one["url"].as_str().expect("a link"));
    let get = || client().get(&url).send();
    assert_eq!(get().await.expect("it answers").status(), 204, "no lines yet");
    let line = "noanswer-witness target mx.a.example 192.0.2.1 21 timed out\n";
    let put = client().put(&url).body(line).send().await.expect("it answers");
    assert_eq!(put.status(), 204);
    let lines = get().await.expect("it answers");
    assert_eq!(lines.status(), 200);
    assert_eq!(lines.text().await.expect("text"), line);
    assert_eq!(get().await.expect("it answers").status(), 404, "once");
    let page = client().get(format!("{}/", worker.url)).header("accept", "text/html").send().await;
    let page = page.expect("it answers").text().await.expect("text");
    assert!(page.contains("data-keeps"), "the page does not offer it");
}
