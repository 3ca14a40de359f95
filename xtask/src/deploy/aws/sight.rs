//! The self-test: the API is asked which vantages really see port 25, and what it says is put into words.

use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

/// A new function URL needs a moment until it can be found.
const TRIES: u32 = 6;
const PAUSE: Duration = Duration::from_secs(5);

/// Asks the API at `url`, and prints a line for each vantage. The ids of those that do not see port 25 clearly.
pub fn report(url: &str) -> Result<Vec<String>> {
    println!("\nwho sees port 25 (asking {url}/v1/vantages) …");
    let views = ask(url).context("the self-test could not be made")?;
    let mut blind = Vec::new();
    for view in views.as_array().context("the API lists no vantages")? {
        let text = |name: &str| view[name].as_str().unwrap_or_default();
        println!("  {:<15} {:<16} {}", text("id"), text("place"), words(view));
        if text("sight") != "clear" {
            blind.push(text("id").to_owned());
        }
    }
    Ok(blind)
}

fn words(view: &Value) -> String {
    if let Some(failure) = view["failure"].as_str() {
        return format!("could not be asked: {failure}");
    }
    let by_family = &view["sight_by_family"];
    match view["sight"].as_str().unwrap_or_default() {
        "clear" => "sees port 25".to_owned(),
        "blind" => {
            "is BLIND: it reaches no control on port 25, and what it says counts for nothing".to_owned()
        }
        "deceived" => {
            "is DECEIVED: something answers in other hosts' place; it counts for nothing".to_owned()
        }
        _ => {
            format!("sees port 25 in part (IPv4: {}, IPv6: {})", of(by_family, "ipv4"), of(by_family, "ipv6"))
        }
    }
}

fn of<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or("unknown")
}

fn ask(url: &str) -> Result<Value> {
    let mut tries = 0;
    loop {
        tries += 1;
        match once(url) {
            Err(_) if tries < TRIES => std::thread::sleep(PAUSE),
            result => return result,
        }
    }
}

fn once(url: &str) -> Result<Value> {
    let arguments = ["--silent", "--show-error", "--fail", "--max-time", "60", "--config", "-"];
    let mut child = Command::new("curl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("the self-test needs curl")?;
    let mut config = child.stdin.take().context("curl takes no input")?;
    writeln!(config, "url = \"{url}/v1/vantages\"")?;
    drop(config);
    let output = child.wait_with_output()?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
    }
    serde_json::from_slice(&output.stdout).context("the API answered something that is not JSON")
}

#[cfg(test)]
mod tests {
    use super::words;
    use serde_json::json;

    #[test]
    fn no_sight_is_passed_over() {
        assert_eq!(words(&json!({ "sight": "clear" })), "sees port 25");
        assert!(words(&json!({ "sight": "blind" })).contains("BLIND"));
        assert!(words(&json!({ "sight": "deceived" })).contains("DECEIVED"));
        let partial = json!({ "sight": "partial", "sight_by_family": { "ipv4": "clear", "ipv6": "blind" } });
        assert_eq!(words(&partial), "sees port 25 in part (IPv4: clear, IPv6: blind)");
        let failure = json!({ "sight": "blind", "failure": "timed out" });
        assert_eq!(words(&failure), "could not be asked: timed out");
    }
}
