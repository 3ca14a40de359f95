//! A quota is granted exactly, however many instances grant it.

use super::aws::Aws;
use futures_util::future::join_all;
use noanswer::store::{Granted, Store, WINDOW};
use std::sync::Arc;

/// A second in the middle of a window.
const AT: i64 = 1_795_510_890;

async fn take(stores: &[Arc<Store>], clients: usize, who: &str, at: i64) -> (usize, Vec<u64>) {
    let takes = (0..clients).map(|n| stores[n % stores.len()].take("checks", 50, who, at));
    let granted: Vec<Granted> =
        join_all(takes).await.into_iter().map(|granted| granted.expect("it answers")).collect();
    let refused = granted.iter().filter_map(|one| match one {
        Granted::Left(..) => None,
        Granted::After(seconds) => Some(*seconds),
    });
    // Whoever is told how many are left is told it alone: nobody else has the same place.
    let mut left: Vec<u32> = granted
        .iter()
        .filter_map(|one| match one {
            Granted::Left(left, _) => Some(*left),
            Granted::After(_) => None,
        })
        .collect();
    left.sort_unstable();
    left.dedup();
    (left.len(), refused.collect())
}

#[tokio::test]
async fn two_hundred_at_once_get_the_quota_and_no_more() {
    let aws = Aws::start().await;
    let stores: Vec<_> = (0..4).map(|_| aws.store()).collect();
    let (granted, refused) = take(&stores, 200, "192.0.2.1", AT).await;
    assert_eq!(granted, 50);
    assert_eq!(refused, vec![30; 150], "the window ends in 30 s");
    let items = aws.items("limit#").await;
    assert_eq!(items.len(), 1);
    assert_eq!(items[0]["n"]["N"], "50", "as many are counted as were granted");

    // The table still holds the window that has passed: it counts for nothing.
    let (granted, _) = take(&stores, 60, "192.0.2.1", AT + WINDOW).await;
    assert_eq!(granted, 50);
    let (granted, _) = take(&stores, 1, "192.0.2.1", AT).await;
    assert_eq!(granted, 0, "and is not given again");
    let items = aws.items("limit#").await;
    let ends: i64 =
        items.iter().map(|item| item["expires_at"]["N"].as_str().unwrap().parse().unwrap()).min().unwrap();
    assert!((AT + 30..=AT + 30 + 2 * WINDOW).contains(&ends), "no sooner than its window ends: {ends}");
}

#[tokio::test]
async fn clients_are_told_apart_and_not_written_down() {
    let aws = Aws::start().await;
    let stores = [aws.store(), aws.store()];
    for client in ["192.0.2.1", "192.0.2.2", "2001:db8::"] {
        let (granted, _) = take(&stores, 2, client, AT).await;
        assert_eq!(granted, 2);
    }
    let items = aws.items("").await;
    assert_eq!(items.iter().filter(|item| super::aws::key(item).starts_with("limit#")).count(), 3);
    let text = serde_json::to_string(&items).unwrap();
    assert!(!text.contains("192.0.2.") && !text.contains("2001:db8"), "{text}");
    // Another day has another secret: what is written today cannot be told to be yesterday's client.
    take(&stores, 2, "192.0.2.1", AT + 86_400).await;
    assert_eq!(aws.items("secret#").await.len(), 2);
    let mut hashes: Vec<String> = aws
        .items("limit#")
        .await
        .iter()
        .map(|item| super::aws::key(item).rsplit('#').next().unwrap().to_owned())
        .collect();
    hashes.sort();
    hashes.dedup();
    assert_eq!(hashes.len(), 4);
}
