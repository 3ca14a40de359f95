//! A question is asked once, however many instances are asked it.

use super::aws::{Aws, now};
use futures_util::future::join_all;
use noanswer::aws::{Item, Put};
use noanswer::store::Store;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

/// Asks `question` of `store`, and counts how often it was really asked.
async fn ask(store: &Arc<Store>, question: &str, asked: &AtomicUsize) -> String {
    let ask = async {
        let n = asked.fetch_add(1, SeqCst);
        tokio::time::sleep(Duration::from_millis(300)).await;
        format!("answer {n}")
    };
    store.share(question, 60, ask).await.expect("the store answers").answer
}

#[tokio::test]
async fn two_hundred_at_once_ask_once() {
    let aws = Aws::start().await;
    let stores: Vec<_> = (0..8).map(|_| aws.store()).collect();
    let asked = AtomicUsize::new(0);
    let answers = join_all((0..200).map(|n| ask(&stores[n % 8], "a", &asked))).await;
    assert_eq!(asked.load(SeqCst), 1);
    assert_eq!(answers.len(), 200);
    assert!(answers.iter().all(|answer| answer == "answer 0"), "nobody is left without it");
    assert_eq!(ask(&aws.store(), "a", &asked).await, "answer 0", "whoever comes later is told");
    assert_eq!(ask(&aws.store(), "b", &asked).await, "answer 1", "another question is another answer");
}

#[tokio::test]
async fn what_has_expired_counts_for_nothing() {
    let aws = Aws::start().await;
    let asked = AtomicUsize::new(0);
    let long_ago = ask(&aws.store(), "a", &asked).await;
    let item = aws.items("answer#").await.remove(0);
    // DynamoDB deletes days late: the item stands there, past its time.
    let packed = item["answer"]["B"].as_str().expect("bytes").to_owned();
    let stale = serde_json::json!({ "TableName": "noanswer", "Item": {
        "pk": item["pk"], "answer": { "B": packed }, "expires_at": { "N": (now() - 1).to_string() } } });
    aws.call("DynamoDB_20120810.PutItem", &stale).await;
    let anew = ask(&aws.store(), "a", &asked).await;
    assert_ne!(anew, long_ago);

    let dead = Item::new("answer#b", now() - 1).text("lease", "of an instance that died");
    assert_eq!(aws.table().put_new(dead, now()).await.expect("it answers"), Put::Done);
    assert_eq!(ask(&aws.store(), "b", &asked).await, "answer 2");
}

#[tokio::test]
async fn an_instance_that_dies_is_not_waited_for_longer_than_its_lease() {
    let aws = Aws::start().await;
    let asked = AtomicUsize::new(0);
    let dying = Item::new("answer#a", now() + 2).text("lease", "of an instance that dies");
    assert_eq!(aws.table().put_new(dying, now()).await.expect("it answers"), Put::Done);
    let stores: Vec<_> = (0..4).map(|_| aws.store()).collect();
    let answers = join_all((0..20).map(|n| ask(&stores[n % 4], "a", &asked))).await;
    assert_eq!(asked.load(SeqCst), 1, "one of those who waited asks");
    assert!(answers.iter().all(|answer| answer == "answer 0"));
}

#[tokio::test]
async fn a_lease_that_is_renewed_is_waited_for() {
    let aws = Aws::start().await;
    let (first, second) = (Store::new(aws.table()), Store::new(aws.table()));
    let slow = first.share("a", 60, async {
        // Longer than a lease holds by itself.
        tokio::time::sleep(Duration::from_secs(9)).await;
        "slow".to_owned()
    });
    let waiting = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        second.share("a", 60, async { "asked twice".to_owned() }).await
    };
    let (slow, waiting) = tokio::join!(slow, waiting);
    assert_eq!(slow.expect("it answers").answer, "slow");
    assert_eq!(waiting.expect("it answers").answer, "slow");
}

#[tokio::test]
async fn whoever_lost_the_lease_writes_over_nobody() {
    let aws = Aws::start().await;
    let other = serde_json::json!({ "TableName": "noanswer", "Item": { "pk": { "S": "answer#a" },
        "lease": { "S": "another's" }, "expires_at": { "N": (now() + 60).to_string() } } });
    let store = aws.store();
    let asked = store.share("a", 60, async {
        aws.call("DynamoDB_20120810.PutItem", &other).await;
        "mine".to_owned()
    });
    assert_eq!(asked.await.expect("it answers").answer, "mine");
    assert_eq!(aws.items("answer#").await[0]["lease"]["S"], "another's");
}

#[tokio::test]
async fn what_no_item_can_hold_is_asked_by_each() {
    let aws = Aws::start().await;
    let asked = AtomicUsize::new(0);
    let mut state = 1_u64;
    // Text that no packing makes smaller than 400 KB.
    let noise: String = (0..800_000)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(b'!' + u8::try_from(state >> 33 & 63).expect("6 bits"))
        })
        .collect();
    for n in 1..=2 {
        let store = aws.store();
        let ask = async {
            asked.fetch_add(1, SeqCst);
            noise.clone()
        };
        let shared = store.share("a", 60, ask).await.expect("the store answers");
        assert!(shared.answer == noise);
        assert_eq!(asked.load(SeqCst), n);
    }
    assert!(aws.items("answer#").await[0]["answer"].is_null());
}
