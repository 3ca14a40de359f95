//! KumoMTA: its `/metrics.json`, which `kcli queue-summary` prints for people (crates/kcli/src/queue_summary.rs of 2025). A
//! scheduled queue is named after its domain: `campaign:tenant@domain!routing_domain`, of which all but the domain may lack.

use super::group::{Destination, Groups, Message, Waits};
use serde_json::Value;

/// Whether `text` is KumoMTA's metrics.
pub(super) fn is_listing(text: &str) -> bool {
    text.starts_with('{') && text.contains("\"scheduled_count\"")
}

pub(super) fn read(text: &str, groups: &mut Groups) {
    let metrics: Value = serde_json::from_str(text).unwrap_or_default();
    let Some(queues) = metrics["scheduled_count"]["value"]["queue"].as_object() else { return };
    for (queue, count) in queues {
        // Counts are written as numbers with a fraction.
        let Some(count) = count.as_f64().filter(|count| *count >= 1.0) else { continue };
        let domain = queue.rsplit_once('@').map_or(queue.as_str(), |(_, domain)| domain);
        // A routing domain is where the mail goes instead.
        let (domain, routed) = domain.split_once('!').map_or((domain, None), |(to, by)| (to, Some(by)));
        let message = Message { id: queue, count: count as u64, arrived: None, expires: None, held: false };
        let waits = if routed.is_some() { Waits::Relay } else { Waits::Domain };
        let name = routed.unwrap_or(domain).trim_end_matches('.').to_lowercase();
        groups.add(&message, [Destination { name, waits, reason: None }]);
    }
}
