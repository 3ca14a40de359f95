//! Queue listings, against what must be read in them: `queues/`.

use anyhow::{Context, Result, ensure};
use noanswer_core::queue::{self, Setting};
use noanswer_core::timestamp::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use std::path::{Path, PathBuf};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    listing: Vec<Listing>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listing {
    file: String,
    software: String,
    messages: u64,
    rows: Vec<serde_json::Map<String, Value>>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("queues")
}

fn setting() -> Setting {
    Setting::utc(Timestamp::parse("2026-11-26T18:00:00Z").expect("a time"))
}

fn read(file: &str) -> Result<Value> {
    let text = std::fs::read_to_string(folder().join(file)).with_context(|| file.to_owned())?;
    let listing = queue::read(&text, &setting()).with_context(|| format!("{file} was not read"))?;
    Ok(serde_json::to_value(listing)?)
}

#[test]
fn every_listing_is_read() -> Result<()> {
    let text = std::fs::read_to_string(folder().join("expected.toml"))?;
    let mut wrong = Vec::new();
    for expected in toml::from_str::<Expected>(&text)?.listing {
        let file = expected.file;
        let got = read(&file)?;
        let mut say = |what: &str, got: &Value, wanted: &Value| {
            if got != wanted {
                wrong.push(format!("{file}: {what} is {got}, not {wanted}"));
            }
        };
        say("software", &got["software"], &expected.software.into());
        say("messages", &got["messages"], &expected.messages.into());
        let rows = got["rows"].as_array().context("rows")?;
        say("the number of rows", &rows.len().into(), &expected.rows.len().into());
        for (got, wanted) in rows.iter().zip(&expected.rows) {
            for (field, value) in wanted {
                say(field, &got[field], value);
            }
            // What is not told must not be read.
            if !wanted.contains_key("cause") {
                say("the cause", &got["cause"], &Value::Null);
            }
            if !wanted.contains_key("waits") {
                say("what it waits for", &got["waits"], &"domain".into());
            }
        }
    }
    ensure!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn what_is_no_queue_is_none() {
    for text in [
        "",
        "{}",
        "hello\nworld",
        "Nov 24 10:00:00 mx postfix/smtp[1]: 4XyZ1: to=<a@example.org>, status=deferred (timed out)",
        "Identity,DeliveryType",
        "{\"queue_id\"",
    ] {
        let listing = queue::read(text, &setting());
        assert!(listing.as_ref().is_none_or(|listing| listing.rows.is_empty()), "{text:?}: {listing:?}");
    }
}

#[test]
fn a_damaged_listing_is_read_as_far_as_it_goes() -> Result<()> {
    for entry in std::fs::read_dir(folder())? {
        let bytes = std::fs::read(entry?.path())?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        // Cut anywhere, it neither panics nor shows more than it had.
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)).step_by(7) {
            if let Some(listing) = queue::read(&text[..end], &setting()) {
                ensure!(listing.messages <= 20);
            }
        }
    }
    Ok(())
}
