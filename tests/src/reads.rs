//! What always holds of the symptom reader, whatever it is given. The fuzz target's body, and that of its smoke.

use noanswer_core::symptom::{self, Log, LogSummary, Span, Symptom, SymptomFamily};
use noanswer_core::timestamp::Timestamp;

/// The largest text that is read again, line by line as well, in bytes.
const BY_LINE: usize = 64 * 1024;

/// Reads `bytes` in every way, and panics where something does not hold. How many symptoms were read.
pub fn check(bytes: &[u8]) -> usize {
    let text = symptom::decode(bytes);
    let symptoms = symptom::read(&text);
    symptoms.iter().for_each(|symptom| holds(symptom, &text));
    log(bytes);
    if text.len() <= BY_LINE {
        dated(&symptoms, &text);
        text.split(['\n', '\r']).for_each(loses_nothing);
    }
    symptoms.len()
}

/// A symptom is in order, survives JSON, can be explained, and was read where its spans say.
fn holds(symptom: &Symptom, text: &str) {
    assert_eq!(symptom.family, symptom.cause.family());
    let json = serde_json::to_string(symptom).expect("JSON");
    assert_eq!(&serde_json::from_str::<Symptom>(&json).expect("the same"), symptom);
    assert!(!symptom::explain(symptom).headline.is_empty());
    for span in &symptom.spans {
        assert!(span.start < span.end, "an empty span: {span:?} in {text:?}");
        let said =
            text.get(span.start..span.end).unwrap_or_else(|| panic!("{span:?} lies outside of {text:?}"));
        // Colours and invisible letters may stand within: what is marked holds them, what is read does not.
        let clean = said.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'^'));
        assert!(
            !clean || reads_back(symptom, span, said),
            "{span:?} marks {said:?}, which is not what {symptom:?} says, in {text:?}"
        );
    }
}

/// Whether what a span marks is what its field says.
fn reads_back(symptom: &Symptom, span: &Span, said: &str) -> bool {
    let same = |value: Option<String>| value.is_some_and(|value| value.eq_ignore_ascii_case(said));
    // A name may end in the root's point.
    let host =
        |value: Option<&str>| value == Some(said.trim_matches(['.', '-', '_']).to_ascii_lowercase().as_str());
    match span.field.as_str() {
        "reply_code" => same(symptom.reply_code.map(|code| code.to_string())),
        "enhanced_status" => {
            symptom.enhanced_status.is_some() && said.parse().ok() == symptom.enhanced_status
        }
        "remote_address" => symptom.remote_address.is_some() && said.parse().ok() == symptom.remote_address,
        "port" => symptom.port.is_some() && said.parse().ok() == symptom.port,
        "system_error" => same(symptom.system_error.clone()),
        "remote_host" => host(symptom.remote_host.as_deref()),
        "recipient_domain" => host(symptom.recipient_domain.as_deref()),
        "at" => symptom.at.is_some(),
        "cause" => true,
        other => panic!("a span of no field: {other}"),
    }
}

/// A date without a year is never put ahead of now, but for the clocks of other zones; nothing else is changed by it.
fn dated(symptoms: &[Symptom], text: &str) {
    let now = Timestamp::from_unix(1_800_000_000);
    let dated = symptom::read_as_of(text, now);
    assert_eq!(dated.len(), symptoms.len());
    for (dated, plain) in dated.iter().zip(symptoms) {
        if plain.at.is_none()
            && let Some(at) = dated.at
        {
            assert!(at.unix() <= now.unix() + 14 * 3600, "{at} lies ahead of {now}, in {text:?}");
            holds(dated, text);
        } else {
            assert_eq!(dated, plain);
        }
    }
}

/// A log cut anywhere reads the same, and every line and failure of it is counted.
fn log(bytes: &[u8]) {
    let whole = read_log(bytes, usize::MAX);
    let size =
        bytes.iter().fold(1, |size, byte| (size * 31 + usize::from(*byte)) % 97) + 1 + bytes.len() / 1_000;
    let cut = read_log(bytes, size);
    let all = |log: &LogSummary| {
        (log.symptoms.clone(), log.controls.clone(), log.lines, log.too_long, log.failures)
    };
    assert_eq!(all(&whole), all(&cut), "in pieces of {size}: {:?}", String::from_utf8_lossy(bytes));
    assert_eq!(whole.symptoms.iter().filter_map(|group| group.count).sum::<u64>(), whole.failures);
    assert!(whole.failures + whole.too_long <= whole.lines);
}

fn read_log(bytes: &[u8], size: usize) -> LogSummary {
    let mut log = Log::new();
    bytes.chunks(size).for_each(|piece| log.push(piece));
    log.finish()
}

/// A failure of connectivity that is read in a line is counted in a log of that line.
fn loses_nothing(line: &str) {
    let symptoms = symptom::read(line);
    let Some(first) = symptoms.first().filter(|first| is_wanted(first, line)) else { return };
    let log = read_log(line.as_bytes(), usize::MAX);
    let counted: Vec<_> = log.symptoms.iter().map(|group| group.cause).collect();
    assert_eq!(counted, [first.cause], "{line:?}");
}

/// Not a bare number, which a log is full of; not what a server says to its clients; not a delivery, whatever was said
/// before it; not the field of a bounce; not what stands together only once invisible characters are taken out.
fn is_wanted(symptom: &Symptom, line: &str) -> bool {
    const ELSEWHERE: &[&str] = &[
        "/smtpd[",
        "/postscreen[",
        "ruleset=check_",
        "status=sent",
        "stat=Sent",
        " => ",
        "Final-Recipient:",
        "Diagnostic-Code:",
    ];
    let bare = symptom.spans.iter().filter(|span| span.field == "cause").any(|span| {
        line[span.start..span.end].bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
            && symptom.system_error.is_none()
    });
    let invisible = |c: char| {
        c.is_control() || "\\^\u{a0}\u{ad}\u{feff}".contains(c) || ('\u{2000}'..='\u{206f}').contains(&c)
    };
    let connectivity = !matches!(symptom.family, SymptomFamily::Rejected | SymptomFamily::Unknown);
    connectivity
        && !bare
        && !line.contains(invisible)
        && !ELSEWHERE.iter().any(|mark| line.to_lowercase().contains(&mark.to_lowercase()))
}
