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
            let old = |month| self.older_than.is_some_and(|age| is_old(month, age, now));
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

/// Whether what was read in that month is `age` months old or older; without a month it is.
fn is_old(read: Option<Month>, age: u32, now: Month) -> bool {
    read.is_none_or(|month| month.until(now) >= age)
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
    fn a_row_is_old_by_the_month_in_which_it_was_read() {
        let now = Month::parse("2026-11").unwrap();
        assert!(is_old(Month::parse("2025-11"), 12, now) && !is_old(Month::parse("2025-12"), 12, now));
        assert!(is_old(None, 12, now), "what has no date is to be read again");
        let far = Month::parse("2999-12").unwrap();
        for &table in Table::ALL {
            assert!(table.provenances().all(|from| is_old(from.read, 12, far)), "{}", table.name());
        }
    }

    #[test]
    fn ages_are_months_or_years() {
        assert_eq!((months("12m").unwrap(), months("2y").unwrap()), (12, 24));
        for wrong in ["", "12", "m", "12d", "-1m", "9999999999y"] {
            assert!(months(wrong).is_err(), "{wrong}");
        }
    }
}
