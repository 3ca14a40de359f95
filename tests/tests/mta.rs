//! The command end to end, `mx`, `probe` and `check`, against a real Postfix and a real BIND 9 that serves
//! DNS-over-HTTPS. Postfix's own log shows what was said to it.

use anyhow::{Context, Result, ensure};
use noanswer_core::evidence::{Evidence, Expectation, Outcome, Sight};
use noanswer_core::mx::{DnsFaultKind, MxPlan, PlanSource, PlanStatus};
use noanswer_core::report::Report;
use noanswer_core::verdict::{Fault, Status};
use noanswer_tests::lab::plan::{DNS, DOH, DOMAIN, EXCHANGES, NETS, RESOLVER, TARGET, at};
use noanswer_tests::lab::scenario::Controls;
use noanswer_tests::lab::world::World;
use noanswer_tests::lab::{dns, hosts, run, suite};
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::Output;

const MX: &str = "mx1.recipient.test";

#[test]
fn the_command_against_postfix_and_bind() {
    if !suite::is_inside("the_command_against_postfix_and_bind") {
        return;
    }
    let site = Site::new().expect("Postfix and BIND must come up");
    site.mx().expect("noanswer mx");
    site.probe().expect("noanswer probe");
    site.check().expect("noanswer check");
    site.what_postfix_heard().expect("what Postfix heard");
}

/// A world in which all is well, and the command that looks at it.
struct Site {
    world: World,
    noanswer: PathBuf,
    controls: PathBuf,
}

impl Site {
    fn new() -> Result<Self> {
        let mut world = World::new(false)?;
        dns::start(&mut world, &dns::Zones::default(), &dns::usual(1, [true, true]))?;
        let resolv_conf = world.folder.join("resolv.conf");
        std::fs::write(&resolv_conf, format!("nameserver {}\n", at(DNS, RESOLVER)[0]))?;
        world.set_resolver(&resolv_conf);
        let controls = hosts::controls(&mut world, &Controls::default())?;
        hosts::exchanges(&mut world, &["postfix".to_owned()])?;
        Ok(Self { world, noanswer: run::command_under_test()?, controls })
    }

    /// Runs the command on the sender with `arguments`, and the flags for this world's DNS.
    fn ask(&self, arguments: &[&str]) -> Result<Output> {
        let authority = self.world.folder.join("authority.pem");
        self.ask_trusting(&authority, arguments)
    }

    fn ask_trusting(&self, authority: &Path, arguments: &[&str]) -> Result<Output> {
        let mut command = self.world.sender.command(&self.noanswer);
        command.args(arguments).arg("--doh-ca").arg(authority);
        command.arg("--doh").arg(format!("https://{}/dns-query", at(DNS, DOH[0])[0]));
        command.args(NETS.iter().flat_map(|net| ["--allow-net", net]));
        if arguments[0] != "mx" {
            command.arg("--controls").arg(&self.controls);
        }
        command.output().with_context(|| self.noanswer.display().to_string())
    }

    fn mx(&self) -> Result<()> {
        let plan: MxPlan = json(&self.ask(&["mx", DOMAIN, "--json"])?, 0)?;
        ensure!(plan.status == PlanStatus::Ok && plan.source == PlanSource::Mx, "{plan:?}");
        let targets: Vec<(String, IpAddr)> =
            plan.targets().into_iter().map(|target| (target.exchange, target.address)).collect();
        let there = at(TARGET, EXCHANGES[0]).map(|address| (MX.to_owned(), address));
        ensure!(targets == there, "the plan leads to {targets:?}");

        let [v4, v6] = at(TARGET, EXCHANGES[0]).map(|address| address.to_string());
        words(
            &self.ask(&["mx", "postmaster@recipient.test"])?,
            0,
            &["Mail for recipient.test", MX, &v4, &v6],
        )?;

        let plan: MxPlan = json(&self.ask(&["mx", "nobody-has-this.test", "--json"])?, 2)?;
        ensure!(plan.status == PlanStatus::NoSuchDomain, "{plan:?}");

        // Another authority than the one that signed: nothing is known, and nobody at the domain is to blame.
        let stranger = self.world.folder.join(MX).join("mx.crt");
        let plan: MxPlan = json(&self.ask_trusting(&stranger, &["mx", DOMAIN, "--json"])?, 3)?;
        let kind = plan.dns_failure.as_ref().map(|failure| failure.kind);
        ensure!(kind == Some(DnsFaultKind::Unreachable), "a certificate of a stranger: {plan:?}");
        Ok(())
    }

    fn probe(&self) -> Result<()> {
        let evidence: Evidence = json(&self.ask(&["probe", DOMAIN, "--json"])?, 0)?;
        ensure!(evidence.sight == Sight::Clear, "with all controls up: {:?}", evidence.sight);
        let open = evidence.controls.iter().filter(|control| control.expected == Expectation::Open);
        let operators: BTreeSet<&str> = open.map(|control| control.operator.as_str()).collect();
        ensure!(operators.len() >= 3, "controls of {operators:?} alone");

        let addresses: Vec<IpAddr> = evidence.attempts.iter().map(|attempt| attempt.address).collect();
        ensure!(addresses == at(TARGET, EXCHANGES[0]), "attempts on {addresses:?}, one each expected");
        let certificate = fingerprint(&self.world.folder.join(MX).join("mx.crt"))?;
        for attempt in &evidence.attempts {
            ensure!(attempt.outcome == Outcome::Completed, "{attempt:?}");
            let greeting = attempt.greeting.as_deref().unwrap_or_default();
            ensure!(greeting.contains(MX) && greeting.contains("ESMTP Postfix"), "{greeting:?}");
            for keyword in ["STARTTLS", "PIPELINING", "ENHANCEDSTATUSCODES"] {
                ensure!(attempt.keywords.iter().any(|said| said == keyword), "no {keyword}: {attempt:?}");
            }
            let tls = attempt.tls.as_ref().context("no TLS session")?;
            ensure!(tls.fingerprint_sha256 == certificate, "Postfix shows {certificate}, seen: {tls:?}");
            let times = [attempt.connect_ms, attempt.greeting_ms, attempt.ehlo_ms, attempt.tls_ms];
            let times: Vec<f64> = times.into_iter().flatten().collect();
            ensure!(times.len() == 4 && times.is_sorted(), "the stages' times: {times:?}");
        }
        words(&self.ask(&["probe", DOMAIN])?, 0, &[MX, "198.18.40.10", "2001:db8:28::a"])
    }

    fn check(&self) -> Result<()> {
        let text = "441 4.4.1 Error encountered while communicating with primary target IP address: \
                    \"Failed to connect. Winsock error code: 10060\"";
        let report: Report = json(&self.ask(&["check", DOMAIN, "--symptom", text, "--json"])?, 0)?;
        ensure!(report.verdict.status == Status::Healthy, "{:?}", report.verdict);
        let named: Vec<Fault> = report.verdict.faults.iter().map(|named| named.fault).collect();
        ensure!(named == [Fault::NothingWrongNow], "{named:?}");
        ensure!(report.asked.domain == DOMAIN && report.plan.targets().len() == 2, "{:?}", report.plan);
        ensure!(report.symptoms.len() == 1, "one text, {} symptoms", report.symptoms.len());
        words(&self.ask(&["check", DOMAIN])?, 0, &["✓", "was greeted by", MX])
    }

    /// Every session as Postfix counted it: greeting, `EHLO`, STARTTLS, `QUIT`, and not one word more.
    fn what_postfix_heard(&self) -> Result<()> {
        let log = std::fs::read_to_string(self.world.folder.join(MX).join("mail.log"))?;
        let sessions: Vec<&str> = log
            .lines()
            .filter_map(|line| line.split_once("disconnect from ")?.1.split_once("] "))
            .map(|(_, said)| said)
            .collect();
        // Two addresses, and five commands that probe: `mx` never connects.
        ensure!(sessions.len() == 2 * 4, "{} sessions:\n{log}", sessions.len());
        for said in sessions {
            let strange = said.split(' ').find(|word| {
                !["ehlo=", "starttls=", "quit=", "commands="].iter().any(|known| word.starts_with(known))
            });
            ensure!(strange.is_none() && said.contains("quit=1"), "Postfix heard: {said}");
        }
        ensure!(!log.contains("improper command pipelining"), "{log}");
        Ok(())
    }
}

fn said(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

/// What a command printed as JSON, when it ended with `code`.
fn json<T: DeserializeOwned>(output: &Output, code: i32) -> Result<T> {
    let (printed, errors) = said(output);
    ensure!(output.status.code() == Some(code), "{} instead of {code}:\n{errors}{printed}", output.status);
    serde_json::from_str(&printed).with_context(|| format!("no such JSON: {printed}"))
}

/// Demands `words` of what was printed for people; where nobody watches, without colours and without progress.
fn words(output: &Output, code: i32, words: &[&str]) -> Result<()> {
    let (printed, errors) = said(output);
    ensure!(output.status.code() == Some(code), "{} instead of {code}:\n{errors}{printed}", output.status);
    for word in words {
        ensure!(printed.contains(word), "no {word:?} in:\n{printed}");
    }
    ensure!(!printed.contains('\x1b'), "colours in a pipe: {printed:?}");
    ensure!(errors.is_empty(), "progress where nobody watches: {errors}");
    Ok(())
}

/// The SHA-256 of a certificate as OpenSSL has it, in the report's form.
fn fingerprint(certificate: &Path) -> Result<String> {
    let mut openssl = std::process::Command::new("openssl");
    let output = openssl.args(["x509", "-noout", "-fingerprint", "-sha256", "-in"]).arg(certificate).output();
    let (printed, errors) = said(&output.context("the test needs `openssl` (Debian package openssl)")?);
    let (_, hex) = printed.trim().split_once('=').with_context(|| format!("openssl said: {errors}"))?;
    Ok(hex.replace(':', "").to_lowercase())
}
