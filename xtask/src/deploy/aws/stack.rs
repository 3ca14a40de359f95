//! One stack of CloudFormation: brought up to date, looked at, deleted.

use super::bucket;
use super::cli::{Aws, CallError};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What a stack says when it stands.
pub type Outputs = BTreeMap<String, String>;

/// A stack that can neither be updated nor grow into one that can: it must go first.
const DEAD: &[&str] =
    &["CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "REVIEW_IN_PROGRESS", "DELETE_FAILED"];

/// A stack of this region.
pub struct Stack<'a> {
    aws: &'a Aws,
    name: &'a str,
}

impl<'a> Stack<'a> {
    /// The stack `name`, whether it is there or not.
    pub fn new(aws: &'a Aws, name: &'a str) -> Self {
        Self { aws, name }
    }

    fn call(&self, what: &str) -> Result<Value, CallError> {
        self.aws.call(&["cloudformation", what, "--stack-name", self.name])
    }

    /// As AWS describes it; none when it is not there.
    fn describe(&self) -> Result<Option<Value>, CallError> {
        match self.call("describe-stacks") {
            Ok(mut answer) => Ok(Some(answer["Stacks"][0].take())),
            Err(error) if error.is_absence() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Its outputs; none when it does not stand.
    pub fn outputs(&self) -> Result<Option<Outputs>, CallError> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        Ok(self.describe()?.and_then(|stack| {
            let outputs = stack["Outputs"].as_array()?.iter();
            Some(
                outputs
                    .filter_map(|one| Some((text(&one["OutputKey"])?, text(&one["OutputValue"])?)))
                    .collect(),
            )
        }))
    }

    /// Makes it, or brings it up to date; does nothing when it is.
    pub fn deploy(&self, parameters: &[(&str, String)]) -> Result<Outputs> {
        let status = self.describe()?.and_then(|stack| stack["StackStatus"].as_str().map(str::to_owned));
        match status.as_deref() {
            Some(status) if DEAD.contains(&status) => {
                self.delete().context("what an earlier failure left cannot be removed")?;
            }
            Some(status) if status.ends_with("IN_PROGRESS") => {
                bail!("the stack {} is being changed already ({status}): wait, and run this again", self.name)
            }
            _ => {}
        }
        let exists = status.is_some_and(|status| !DEAD.contains(&status.as_str()));
        let change = if exists { "update" } else { "create" };
        match self.aws.call_with(&["cloudformation", &format!("{change}-stack")], &self.wanted(parameters)?) {
            Err(CallError::Refused { words, .. }) if words.contains("No updates are to be performed") => {}
            started => {
                started?;
                self.wait(change)?;
            }
        }
        self.outputs()?.with_context(|| format!("the stack {} stands and has no outputs", self.name))
    }

    fn wanted(&self, parameters: &[(&str, String)]) -> Result<Value> {
        let pair = |(name, value): &(&str, String)| json!({ "ParameterKey": name, "ParameterValue": value });
        let tags = [("project", "noanswer"), ("Name", self.name)]
            .map(|(name, value)| json!({ "Key": name, "Value": value }));
        Ok(json!({
            "StackName": self.name,
            "TemplateBody": std::fs::read_to_string(bucket::template())?,
            "Parameters": parameters.iter().map(pair).collect::<Vec<_>>(),
            "Capabilities": ["CAPABILITY_IAM"],
            "Tags": tags,
        }))
    }

    /// Waits until a change is done, for up to an hour; when it failed, says why.
    fn wait(&self, change: &str) -> Result<()> {
        let until = format!("stack-{change}-complete");
        if let Err(error) = self.aws.call(&["cloudformation", "wait", &until, "--stack-name", self.name]) {
            let reasons = self.reasons();
            bail!(if reasons.is_empty() { error.to_string() } else { reasons.join("; ") });
        }
        Ok(())
    }

    /// Deletes it and waits until it is gone. Whether it was there.
    pub fn delete(&self) -> Result<bool> {
        if self.describe()?.is_none() {
            return Ok(false);
        }
        self.call("delete-stack")?;
        self.wait("delete")?;
        Ok(true)
    }

    /// Why it failed the last time, newest word last; what was merely cancelled by another's failure left out.
    fn reasons(&self) -> Vec<String> {
        let Ok(answer) = self.call("describe-stack-events") else { return Vec::new() };
        let field = |event: &Value, name: &str| event[name].as_str().unwrap_or_default().to_owned();
        let mut reasons = Vec::new();
        for event in answer["StackEvents"].as_array().into_iter().flatten() {
            let (status, reason) = (field(event, "ResourceStatus"), field(event, "ResourceStatusReason"));
            if reason == "User Initiated" {
                break; // older events are of an earlier try
            }
            if status.ends_with("_FAILED") && !reason.is_empty() && !reason.contains("cancelled") {
                reasons.push(format!(
                    "{}: {}",
                    field(event, "LogicalResourceId"),
                    reason.trim_end_matches('.')
                ));
            }
        }
        reasons.reverse();
        reasons.dedup();
        reasons
    }
}
