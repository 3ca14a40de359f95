//! `noanswer queue`: what waits in the mail server's queue, and which of it waits because of whom. The queue is read, never
//! changed.

mod check;
mod polite;
mod render;
mod source;
mod verdict;

use super::args::Queue;
use super::paint::{self, Out};
use super::setup::Usage;
use noanswer_core::queue::{Listing, Waits};

pub(crate) async fn run(args: &Queue) -> Result<u8, Usage> {
    let mut listing = source::listing(args)?;
    let wanted = destinations(&listing, args.check);
    if args.file.is_none() && args.stdin.is_none() {
        source::explain(&mut listing, &wanted);
    }
    let checked = check::all(args, &listing, &wanted).await?;
    let verdict = verdict::Verdict::of(&listing, &checked);
    if args.json {
        paint::json(&verdict::json(&listing, &checked, &verdict));
    } else {
        render::queue(&Out::new(), &listing, &checked, &verdict);
    }
    Ok(verdict.exit_code())
}

/// The destinations that hold most messages, `count` of them at most, that can be checked.
fn destinations(listing: &Listing, count: usize) -> Vec<String> {
    let mut held: Vec<(String, u64)> = Vec::new();
    let mut at = std::collections::HashMap::new();
    for row in listing.rows.iter().filter(|row| row.waits == Waits::Domain) {
        let index = *at.entry(row.destination.as_str()).or_insert_with(|| {
            held.push((row.destination.clone(), 0));
            held.len() - 1
        });
        held[index].1 += row.messages;
    }
    held.sort_by_key(|(_, messages)| std::cmp::Reverse(*messages));
    held.truncate(count);
    held.into_iter().map(|(name, _)| name).collect()
}
