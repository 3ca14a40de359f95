//! The token that a check must carry: made once, printed once, kept in SSM as a SecureString.

use super::TOKEN_PARAMETER;
use super::cli::{Aws, CallError};
use crate::deploy::random;
use anyhow::{Context, Result};
use serde_json::{Value, json};

/// The token as it stands after a deployment.
pub struct Token {
    /// The token.
    pub text: String,
    /// The parameter's version: another one starts the coordinator anew.
    pub version: String,
    /// Whether it was made just now, and must be shown.
    pub is_new: bool,
}

impl Token {
    /// Finds the token in the home region, or makes one; makes one in any case when `anew`.
    pub fn keep(home: &Aws, anew: bool) -> Result<Self> {
        let arguments = ["ssm", "get-parameter", "--with-decryption", "--name", TOKEN_PARAMETER];
        let there = match home.call(&arguments) {
            Ok(answer) => Some(answer),
            Err(error) if error.is_absence() => None,
            Err(error) => return Err(error).context("the token cannot be read"),
        };
        match there {
            Some(answer) if !anew => {
                let parameter = &answer["Parameter"];
                let text = parameter["Value"].as_str().context("the token has no value")?.to_owned();
                Ok(Self { text, version: version(parameter), is_new: false })
            }
            _ => Self::make(home),
        }
    }

    fn make(home: &Aws) -> Result<Self> {
        let text = random::token()?;
        let input = json!({
            "Name": TOKEN_PARAMETER,
            "Description": "noanswer: the token that a check must carry",
            "Type": "SecureString",
            "Overwrite": true,
            "Value": text,
        });
        let answer = home.call_with(&["ssm", "put-parameter"], &input).context("the token cannot be kept")?;
        Ok(Self { text, version: version(&answer), is_new: true })
    }

    /// Removes it, if it is there: its name.
    pub fn remove(aws: &Aws) -> Result<Option<&'static str>, CallError> {
        match aws.call(&["ssm", "delete-parameter", "--name", TOKEN_PARAMETER]) {
            Ok(_) => Ok(Some(TOKEN_PARAMETER)),
            Err(error) if error.is_absence() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn version(answer: &Value) -> String {
    answer["Version"].as_u64().unwrap_or(1).to_string()
}
