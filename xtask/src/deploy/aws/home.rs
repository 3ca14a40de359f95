//! The home region: the coordinator, which is the API and the page.

use super::cli::Aws;
use super::code::{Code, Parameters};
use super::region::{Prober, place};
use super::stack::Stack;
use super::token::Token;
use super::{COORDINATOR, TOKEN_PARAMETER, bucket};
use anyhow::{Context, Result};

/// Makes the coordinator, or brings it up to date: its URL. The region's bucket is filled already.
pub fn deploy(
    home: &Aws,
    account: &str,
    code: &Code,
    parameters: &Parameters,
    probers: &[Prober],
    token: Option<&Token>,
) -> Result<String> {
    let arns: Vec<&str> = probers.iter().map(|prober| prober.arn.as_str()).collect();
    let mut parameters = parameters.clone();
    parameters.extend([
        ("Role", "coordinator".to_owned()),
        ("CodeBucket", bucket::name(home, account)),
        ("CodeKey", code.key.clone()),
        ("Place", place(&home.region).to_owned()),
        ("ProberArns", arns.join(",")),
        ("Public", if token.is_some() { "0" } else { "1" }.to_owned()),
        ("TokenParameter", TOKEN_PARAMETER.to_owned()),
        ("TokenVersion", token.map_or("1".to_owned(), |token| token.version.clone())),
    ]);
    let outputs = Stack::new(home, COORDINATOR).deploy(&parameters)?;
    let url = outputs.get("FunctionUrl").context("the coordinator stands, and has no function URL")?;
    Ok(url.trim_end_matches('/').to_owned())
}
