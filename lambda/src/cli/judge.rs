//! `noanswer judge`: a stored report, judged again.

use super::answer::{self, Manner};
use super::args::Judge;
use super::paint::{self, Out};
use super::render;
use super::setup::{self, Usage};
use noanswer_core::report::Report;
use std::io::Read;
use std::path::Path;

pub(crate) fn run(args: &Judge) -> Result<u8, Usage> {
    let text = if args.report == Path::new("-") {
        let mut text = Vec::new();
        let path = || "standard input".to_owned();
        std::io::stdin()
            .lock()
            .read_to_end(&mut text)
            .map_err(|source| Usage::Unreadable { path: path(), source })?;
        text
    } else {
        setup::read(&args.report)?
    };
    let path = args.report.display().to_string();
    let mut report: Report =
        serde_json::from_slice(&text).map_err(|source| Usage::NoReport { path, source })?;
    let trace = report.judge_again();
    match (args.json, args.trace) {
        (true, true) => paint::json(&trace),
        (true, false) => paint::json(&report),
        (false, _) => {
            let out = Out::new();
            answer::print(&out, &report, &Manner::default());
            render::more(&out, &report, args.verbose);
            if args.trace {
                out.line("");
                trace.to_string().lines().for_each(|line| out.line(line));
            }
        }
    }
    Ok(report.exit_code())
}
