//! `cargo xtask destroy aws`: whatever was made, wherever it was made, goes.

use super::cli::{Aws, CallError};
use super::stack::Stack;
use super::token::Token;
use super::{COORDINATOR, PROBER, account, bucket, log_groups};
use anyhow::{Context, Result, bail};

/// The region that is asked for what holds for all regions, unless the environment names another.
const ANY_REGION: &str = "us-east-1";

/// The arguments of `cargo xtask destroy aws`.
#[derive(clap::Args)]
pub struct Down {
    /// Only these regions, separated by commas; else every region in which there is a bucket of ours
    #[arg(long, value_name = "REGION", value_delimiter = ',')]
    regions: Vec<String>,
}

impl Down {
    /// Removes stacks, log groups, the token and the buckets, and says what it removed.
    ///
    /// # Errors
    /// When a region could not be cleared, after all the others were.
    pub fn run(self) -> Result<()> {
        Aws::need()?;
        account::check_names(&self.regions)?;
        let any = ["AWS_REGION", "AWS_DEFAULT_REGION"].iter().find_map(|name| std::env::var(name).ok());
        let any = Aws::new(self.regions.first().map(String::as_str).or(any.as_deref()).unwrap_or(ANY_REGION));
        let account = account::number(&any)?;
        let regions =
            if self.regions.is_empty() { bucket::regions(&any, &account)? } else { self.regions.clone() };
        println!("account {account}, {} regions", regions.len());

        let done = account::in_each(&regions, |aws| {
            let mut removed = Vec::new();
            let result = clear(aws, &account, &mut removed);
            for what in &removed {
                println!("{:<15} removed {what}", aws.region);
            }
            if let Err(error) = &result {
                println!("{:<15} FAILED  {error:#}", aws.region);
            }
            (removed.len(), result.is_ok())
        });
        let failed: Vec<&str> =
            done.iter().filter(|(_, (_, well))| !well).map(|(region, _)| region.as_str()).collect();
        if !failed.is_empty() {
            bail!("something is left in {}. Run the same command again", failed.join(", "));
        }
        match done.iter().map(|(_, (count, _))| count).sum::<usize>() {
            0 => println!("there was nothing of noanswer"),
            _ => println!("nothing of noanswer is left"),
        }
        Ok(())
    }
}

/// Clears one region. The stacks go first: they use what is removed after them. The bucket goes last, as it came first:
/// where it is, something may be, and that is how everything is found again.
fn clear(aws: &Aws, account: &str, removed: &mut Vec<String>) -> Result<()> {
    for name in [COORDINATOR, PROBER] {
        if Stack::new(aws, name).delete().with_context(|| format!("stack {name}"))? {
            removed.push(format!("stack {name}"));
        }
    }
    // The stacks hold them; one is left only where a stack was deleted in another way.
    for name in log_groups() {
        if gone(aws.call(&["logs", "delete-log-group", "--log-group-name", &name]))
            .with_context(|| format!("log group {name}"))?
        {
            removed.push(format!("log group {name}"));
        }
    }
    if let Some(name) = Token::remove(aws).context("the token")? {
        removed.push(format!("parameter {name}"));
    }
    if let Some(name) = bucket::remove(aws, account)? {
        removed.push(format!("bucket {name}"));
    }
    Ok(())
}

/// Whether a deletion deleted something.
fn gone<T>(result: Result<T, CallError>) -> Result<bool, CallError> {
    match result {
        Ok(_) => Ok(true),
        Err(error) if error.is_absence() => Ok(false),
        Err(error) => Err(error),
    }
}
