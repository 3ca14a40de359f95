//! What a user's text tells: its symptoms, and, where it is a log, how other destinations fared in it.

use noanswer_core::symptom::{self, LogControls, Row, Symptom};
use noanswer_core::timestamp::Timestamp;
use std::io::{self, Read};

/// What a text tells.
#[derive(Debug, Default)]
pub struct TextInput {
    /// Its symptoms.
    pub symptoms: Vec<Symptom>,
    /// How other destinations fared.
    pub controls: Option<LogControls>,
    /// The same by destination and cause, the worst first; where it is a log, with what became of it.
    pub table: Vec<Row>,
}

/// Up to this many bytes, a text is read as one: a bounce, a pasted excerpt. A longer one is a log.
pub const WHOLE: usize = 256 * 1024;

impl TextInput {
    /// What a text at hand tells, read at `now`: a date of syslog has no year of its own.
    pub fn from_text(text: &[u8], now: Timestamp) -> Self {
        if text.len() > WHOLE {
            return Self::from_log(text, now).unwrap_or_default();
        }
        let several_lines = text.iter().filter(|byte| **byte == b'\n').nth(1).is_some();
        let controls =
            if several_lines { Self::from_log(text, now).ok().and_then(|told| told.controls) } else { None };
        let text = symptom::decode(text);
        let symptoms = symptom::read_as_of(&text, now);
        let table = symptom::table(&text, &symptoms, now);
        Self { symptoms, controls, table }
    }

    /// What a log of any size tells, read at `now` in constant memory.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn from_log(mut from: impl Read, now: Timestamp) -> io::Result<Self> {
        let mut log = symptom::Log::as_of(now);
        let mut buffer = vec![0; 1 << 20];
        loop {
            match from.read(&mut buffer) {
                Ok(0) => break,
                Ok(length) => log.push(&buffer[..length]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let summary = log.finish();
        Ok(Self { symptoms: summary.symptoms, controls: Some(summary.controls), table: summary.table })
    }
}
