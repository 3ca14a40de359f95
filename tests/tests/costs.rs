//! What the papers say that AWS costs is what the code and the template make it cost, at the list prices that they name.

use noanswer_core::check::{pass_ms, whole_ms};
use noanswer_core::ports::Patience;
use noanswer_tests::cloud::root;

/// USD: for a GB-second on arm64, a million requests, a million writes of up to 1 KB (us-east-1, 2026-11).
const GB_SECOND: f64 = 0.000_013_333_4;
const REQUESTS: f64 = 0.20;
const WRITES: f64 = 0.625;
/// USD for a GB to the Internet, and up to how many GB a month it costs that.
const EGRESS: [(f64, f64); 3] = [(10_240.0, 0.09), (51_200.0, 0.085), (153_600.0, 0.07)];
/// Hours of a month.
const HOURS: f64 = 730.0;

fn paper() -> String {
    std::fs::read_to_string(root().join("lambda/deploy/README.md")).expect("the paper")
}

/// The row that begins with `what`: how it is reckoned, and what it costs.
fn row(what: &str) -> (String, f64) {
    let text = paper();
    let line = text.lines().find(|line| line.starts_with(&format!("| {what} |")));
    let line = line.unwrap_or_else(|| panic!("no row {what:?}"));
    let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
    (cells[1].to_owned(), cells[2].replace(',', "").parse().expect("USD"))
}

/// `n` with commas.
fn written(n: f64) -> String {
    let digits = format!("{n:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn holds(what: &str, amount: f64, usd: f64) {
    let (reckoned, said) = row(what);
    assert!(reckoned.contains(&format!("= {} ", written(amount))), "{what}: {amount} and not {reckoned}");
    assert!((said - usd).abs() < 0.006, "{what}: {usd:.2} and not {said}");
}

/// GB of a function's memory, by the template.
fn memory_gb() -> f64 {
    let template = std::fs::read_to_string(root().join("lambda/deploy/template.yaml")).expect("the template");
    let size = template.lines().find_map(|line| line.trim().strip_prefix("MemorySize: "));
    size.expect("a size").parse::<f64>().expect("MB") / 1_024.0
}

fn egress_usd(gb: f64) -> f64 {
    let mut from = 0.0;
    let mut usd = 0.0;
    for (to, price) in EGRESS {
        usd += (gb.min(to) - from).max(0.0) * price;
        from = to;
    }
    assert!(gb <= from, "a price is missing");
    usd
}

#[test]
fn checks_cost_what_the_paper_says() {
    let memory = memory_gb();
    // The first verdict of a check stands within 12 s, lookups included.
    let quick = 1_000.0 * 5.0 * 12.0 * memory;
    holds("1,000 quick checks, four regions", quick, quick * GB_SECOND);
    let seconds = |ms: u64| ms as f64 / 1_000.0;
    let looks = seconds(pass_ms(Patience::Quick) + pass_ms(Patience::Patient));
    let patient = 1_000.0 * (seconds(whole_ms(Patience::Patient)) + 4.0 * looks) * memory;
    holds("1,000 patient checks of hosts that never greet", patient, patient * GB_SECOND);
    // A lease is renewed every 2 s.
    let writes = 1_000.0 * 4.0 * looks / 2.0;
    holds("their leases in the table", writes, writes / 1e6 * WRITES);
}

#[test]
fn the_worst_is_what_the_paper_says() {
    let all = 10.0 * HOURS * 3_600.0 * memory_gb();
    holds("10 instances at work all the time", all, all * GB_SECOND);
    // AWS has a function URL answer 10 times its reserved concurrency a second.
    let requests = 10.0 * 10.0 * HOURS * 3_600.0;
    holds("as many requests as AWS has 10 instances answer", requests, requests / 1e6 * REQUESTS);
    let bytes = |what: &str| {
        let kb =
            row(what).0.split(" kB").next().and_then(|text| text.split(' ').next_back()?.parse::<f64>().ok());
        let kb = kb.expect("kB");
        let gb = requests * kb / 1e6;
        holds(what, gb, egress_usd(gb));
        kb
    };
    bytes("each of these the page's largest file, unpacked");
    let said = bytes("each of these `/openapi.json`, unpacked, where the page is elsewhere");
    let is = std::fs::metadata(root().join("web/site/openapi.json")).expect("it is there").len() as f64 / 1e3;
    assert!((said / is - 1.0).abs() < 0.1, "/openapi.json has {is} kB, the paper says {said}");
}
