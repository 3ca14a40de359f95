//! The bucket of a region that holds the function's zip: Lambda takes code from its own region alone.

use super::cli::{Aws, CallError};
use crate::shell;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

/// The name of the region's bucket.
pub fn name(aws: &Aws, account: &str) -> String {
    prefix(account) + &aws.region
}

/// What the names of all our buckets begin with.
fn prefix(account: &str) -> String {
    format!("noanswer-code-{account}-")
}

/// The template, where the bucket gets its copy from.
pub fn template() -> PathBuf {
    shell::root().join("lambda/deploy/template.yaml")
}

/// Makes the bucket unless it is there: its name.
pub fn make(aws: &Aws, account: &str) -> Result<String> {
    let bucket = name(aws, account);
    stand(aws, &bucket).with_context(|| format!("bucket {bucket}"))?;
    Ok(bucket)
}

/// Makes the bucket unless it is there, and puts the zip into it as `key`, the template beside it. The bucket's name.
pub fn fill(aws: &Aws, account: &str, zip: &Path, key: &str) -> Result<String> {
    let bucket = make(aws, account)?;
    for (file, name) in [(zip, key), (&template(), "template.yaml")] {
        let to = format!("s3://{bucket}/{name}");
        let file = file.to_string_lossy();
        put(aws, &["s3", "cp", "--only-show-errors", &file, &to])
            .with_context(|| format!("upload to {to}"))?;
    }
    Ok(bucket)
}

fn put(aws: &Aws, arguments: &[&str]) -> Result<(), CallError> {
    aws.call(arguments).map(drop)
}

fn stand(aws: &Aws, bucket: &str) -> Result<(), CallError> {
    match aws.call(&["s3api", "head-bucket", "--bucket", bucket]) {
        Err(error) if error.is_absence() => {}
        other => return other.map(drop),
    }
    let place = format!("LocationConstraint={}", aws.region);
    let mut arguments = vec!["s3api", "create-bucket", "--bucket", bucket];
    // The oldest region refuses its own name.
    if aws.region != "us-east-1" {
        arguments.extend(["--create-bucket-configuration", &place]);
    }
    aws.call(&arguments)?;
    // The zip is no secret, and nobody's business.
    let closed =
        "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true";
    let arguments = ["--bucket", bucket, "--public-access-block-configuration", closed];
    aws.call(&[&["s3api", "put-public-access-block"], &arguments[..]].concat())?;
    Ok(())
}

/// The regions in which the account has a bucket of ours.
pub fn regions(aws: &Aws, account: &str) -> Result<Vec<String>> {
    let answer = aws.call(&["s3api", "list-buckets"]).context("the account's buckets cannot be listed")?;
    let names = answer["Buckets"].as_array().into_iter().flatten().filter_map(|one| one["Name"].as_str());
    let prefix = prefix(account);
    Ok(names.filter_map(|name| Some(name.strip_prefix(&prefix)?.to_owned())).collect())
}

/// Removes the region's bucket with all that is in it, if it is there: its name.
pub fn remove(aws: &Aws, account: &str) -> Result<Option<String>> {
    let bucket = name(aws, account);
    match aws.call(&["s3api", "head-bucket", "--bucket", &bucket]) {
        Err(error) if error.is_absence() => return Ok(None),
        other => other.with_context(|| format!("bucket {bucket}"))?,
    };
    let everything = ["s3", "rm", "--recursive", "--only-show-errors", &format!("s3://{bucket}")];
    put(aws, &everything)
        .and_then(|()| put(aws, &["s3api", "delete-bucket", "--bucket", &bucket]))
        .with_context(|| format!("bucket {bucket}"))?;
    Ok(Some(bucket))
}
