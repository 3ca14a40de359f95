//! `cargo xtask facts`: what is stated as known, and which of it was read long ago.

use anyhow::{Context, Result, bail};
use noanswer_core::facts::{Month, Table};
use noanswer_core::timestamp::Timestamp;
use std::time::{SystemTime, UNIX_EPOCH};

#[derive(clap::Args)]
pub struct Facts {
    /// Lists the rows whose source is as old as this, or older: `12m`, `2y`
    #[arg(long, value_name = "AGE", value_parser = months)]
    older_than: Option<u32>,
}

/// An age in months: `12m`, `2y`.
fn months(text: &str) -> Result<u32> {
    let Some((at, unit)) = text.char_indices().next_back() else { bail!("an age is `12m` or `2y`") };
    let count: u32 = text[..at].parse().context("an age is `12m` or `2y`")?;
    match unit {
        'm' => Ok(count),
        'y' => count.checked_mul(12).context("that is older than mail"),
        _ => bail!("an age is `12m` or `2y`"),
    }
}

impl Facts {
    pub fn run(self) -> Result<()> {
        let now = this_month()?;
        let mut listed = 0;
        for &table in Table::ALL {
            let rows: Vec<_> = table.rows().zip(table.provenances()).collect();
            if self.older_than.is_none() {
                let oldest = rows.iter().filter_map(|(_, from)| from.read).min();
                let oldest = oldest.map_or_else(String::new, |month| format!(", the oldest of {month}"));
                println!("{:12} {:4} rows{oldest}", table.name(), rows.len());
            }
            let old = |month: Option<Month>| {
                self.older_than.is_some_and(|age| month.is_none_or(|month| month.until(now) >= age))
            };
            for (row, from) in rows.iter().filter(|(_, from)| old(from.read)) {
                let (read, sure) =
                    (from.read.map(|month| month.to_string()), from.sure.map(|sure| sure.words()));
                println!(
                    "{:12} {:24} {} ({})  {}  {}",
                    table.name(),
                    row.cell(if table == Table::Controls { 2 } else { 0 }),
                    read.as_deref().unwrap_or("no date"),
                    sure.unwrap_or_default(),
                    from.source,
                    from.link,
                );
                listed += 1;
            }
        }
        if self.older_than.is_some() {
            println!("{listed} rows to read again");
        }
        Ok(())
    }
}

fn this_month() -> Result<Month> {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let date = Timestamp::from_unix(i64::try_from(seconds)?).to_string();
    date.get(..7).and_then(Month::parse).with_context(|| format!("no month in {date}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_months_or_years() {
        assert_eq!((months("12m").unwrap(), months("2y").unwrap()), (12, 24));
        for wrong in ["", "12", "m", "12d", "-1m", "9999999999y"] {
            assert!(months(wrong).is_err(), "{wrong}");
        }
    }
}
