//! Whose account it is, and many regions at once.

use super::cli::Aws;
use anyhow::{Context, Result, ensure};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// As many regions are worked on at a time: each is a process, most of the time waiting.
const AT_ONCE: usize = 8;

/// The number of the account that the operator is signed in to.
pub fn number(aws: &Aws) -> Result<String> {
    let identity = aws
        .call(&["sts", "get-caller-identity"])
        .context("AWS does not know who you are: sign in (`aws configure`, `aws sso login`)")?;
    Ok(identity["Account"].as_str().context("AWS names no account")?.to_owned())
}

/// Fails for what cannot be a region's name, before anything is made.
pub fn check_names<'a>(names: impl IntoIterator<Item = &'a String>) -> Result<()> {
    for name in names {
        let parts: Vec<&str> = name.split('-').collect();
        let letters = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
        let form = parts.len() >= 3
            && parts[..parts.len() - 1].iter().all(letters)
            && parts[parts.len() - 1].parse::<u8>().is_ok();
        ensure!(form, "{name:?} is not the name of a region (such as eu-central-1)");
    }
    Ok(())
}

/// Does `work` in each region, several at a time, and hands the results back in the regions' order.
pub fn in_each<T: Send>(regions: &[String], work: impl Fn(&Aws) -> T + Sync) -> Vec<(String, T)> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(regions.len()) {
            scope.spawn(|| {
                while let Some(region) = regions.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let result = (region.clone(), work(&Aws::new(region)));
                    done.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push(result);
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    done.sort_by_key(|(region, _)| regions.iter().position(|name| name == region));
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_regions() {
        for good in ["eu-central-1", "us-gov-west-1", "ap-southeast-10"] {
            assert!(check_names([&good.to_owned()]).is_ok(), "{good}");
        }
        for bad in ["", "eu-central", "eu central-1", "eu-central-1a", "--help-1"] {
            assert!(check_names([&bad.to_owned()]).is_err(), "{bad}");
        }
    }

    #[test]
    fn results_keep_the_order_of_the_regions() {
        let regions: Vec<String> = (1..30).map(|n| format!("xx-test-{n}")).collect();
        let done = in_each(&regions, |aws| aws.region.len());
        assert_eq!(done.iter().map(|(region, _)| region.clone()).collect::<Vec<_>>(), regions);
        assert!(done.iter().all(|(region, length)| region.len() == *length));
    }
}
