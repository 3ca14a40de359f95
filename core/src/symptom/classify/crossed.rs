//! What is said of a connection in languages other than English: a word for it, and near it what became of it.
//!
//! Operating systems, frameworks and mail programs put the two in every order and inflection; their stems stay. Read in the
//! message tables of glibc (po/*.po) and .NET, and in the translations of mail programs.

use super::findings::Findings;
use crate::symptom::cause::Cause;
use crate::symptom::marks::{Mark, Marks};

/// Stems of words for a connection, in lower case; a first letter that ASCII does not put into lower case is left out.
pub(in crate::symptom) const CONNECTIONS: &[&str] = &[
    "verbind",
    "connexion",
    "conexi",
    "conectar",
    "conexão",
    "connession",
    "połącz",
    "соединен",
    "подключен",
    "bağlant",
    "连接",
    "連線",
    "接続",
    "연결",
    "spojen",
    "připojen",
    "anslutning",
    "förbindelse",
    "forbindelse",
    "tilkobling",
    "kapcsol",
    "yhtey",
    "σύνδεσ",
    "'єднан",
    "conectare",
    "връзка",
    "kết nối",
    "koneksi",
];

/// Stems of what becomes of one.
const OUTCOMES: &[(&str, Cause)] = &[
    ("time-out", Cause::ConnectTimedOut),
    ("timeout", Cause::ConnectTimedOut),
    ("zeitlimit", Cause::ConnectTimedOut),
    ("abgelaufen", Cause::ConnectTimedOut),
    ("délai", Cause::ConnectTimedOut),
    ("expir", Cause::ConnectTimedOut),
    ("agotado", Cause::ConnectTimedOut),
    ("tempo limite", Cause::ConnectTimedOut),
    ("esgotado", Cause::ConnectTimedOut),
    ("scadut", Cause::ConnectTimedOut),
    ("verlopen", Cause::ConnectTimedOut),
    ("limit czasu", Cause::ConnectTimedOut),
    ("ожидани", Cause::ConnectTimedOut),
    ("очікування", Cause::ConnectTimedOut),
    ("zaman aşım", Cause::ConnectTimedOut),
    ("超时", Cause::ConnectTimedOut),
    ("逾時", Cause::ConnectTimedOut),
    ("타임아웃", Cause::ConnectTimedOut),
    ("시간 초과", Cause::ConnectTimedOut),
    ("시간이 초과", Cause::ConnectTimedOut),
    ("ypršel", Cause::ConnectTimedOut),
    ("időtúllépés", Cause::ConnectTimedOut),
    ("idsudløb", Cause::ConnectTimedOut),
    ("idsavbru", Cause::ConnectTimedOut),
    ("aikakatk", Cause::ConnectTimedOut),
    ("χρονικού ορίου", Cause::ConnectTimedOut),
    ("изчакване", Cause::ConnectTimedOut),
    ("ết thời gian", Cause::ConnectTimedOut),
    ("kehabisan waktu", Cause::ConnectTimedOut),
    ("verweiger", Cause::ConnectRefused),
    ("abgelehnt", Cause::ConnectRefused),
    ("geweigerd", Cause::ConnectRefused),
    ("refus", Cause::ConnectRefused),
    ("refuz", Cause::ConnectRefused),
    ("rechazad", Cause::ConnectRefused),
    ("rifiutat", Cause::ConnectRefused),
    ("recusad", Cause::ConnectRefused),
    ("odrzuc", Cause::ConnectRefused),
    ("отказан", Cause::ConnectRefused),
    ("отклон", Cause::ConnectRefused),
    ("ідмовлено", Cause::ConnectRefused),
    ("reddedil", Cause::ConnectRefused),
    ("拒绝", Cause::ConnectRefused),
    ("拒絕", Cause::ConnectRefused),
    ("拒否", Cause::ConnectRefused),
    ("거부", Cause::ConnectRefused),
    ("odmít", Cause::ConnectRefused),
    ("vägra", Cause::ConnectRefused),
    ("nekad", Cause::ConnectRefused),
    ("afvist", Cause::ConnectRefused),
    ("elutasít", Cause::ConnectRefused),
    ("torju", Cause::ConnectRefused),
    ("ρνηση", Cause::ConnectRefused),
    ("zurückgesetzt", Cause::SessionDropped),
    ("weggevallen", Cause::SessionDropped),
    ("sıfırlan", Cause::SessionDropped),
    ("重设", Cause::SessionDropped),
    ("重置", Cause::SessionDropped),
    ("リセット", Cause::SessionDropped),
];

/// How far the two may stand apart, in bytes: a name stands between them at most.
const APART: usize = 90;

/// Whether `lower` holds a word for a connection.
pub(super) fn names_connection(lower: &str) -> bool {
    !connections(lower).is_empty()
}

fn connections(lower: &str) -> Vec<Mark> {
    static MARKS: Marks = Marks::new();
    MARKS.find(CONNECTIONS.iter().copied(), lower)
}

impl Findings<'_> {
    /// A word for a connection, and what became of it in the same sentence; where both stand.
    pub(super) fn crossed(&self) -> Option<(Cause, (usize, usize))> {
        static MARKS: Marks = Marks::new();
        let connections = connections(&self.lower);
        if connections.is_empty() {
            return None;
        }
        let outcomes = MARKS.find(OUTCOMES.iter().map(|(stem, _)| *stem), &self.lower);
        let near = outcomes.iter().filter_map(|outcome| {
            let beside = |one: &&Mark| {
                let (from, to, most) = if one.start < outcome.start {
                    (one.end, outcome.start, APART)
                } else {
                    (outcome.end, one.start, APART / 3)
                };
                let between = self.lower.get(from..to).unwrap_or_default();
                between.len() <= most
                    && !between.contains(['\n', ';', '='])
                    && ![". ", ", ", "，", "、"].iter().any(|end| between.contains(end))
            };
            // Spanish and Portuguese: a disconnection is none.
            let stands = |one: &&Mark| !self.lower[..one.start].ends_with("des");
            let connection = connections.iter().filter(stands).find(beside)?;
            let span = (connection.start.min(outcome.start), connection.end.max(outcome.end));
            if self.is_supposed(span) {
                return None;
            }
            Some((OUTCOMES[outcome.index].1, span))
        });
        near.min_by_key(|(_, span)| span.0)
    }

    /// Whether the words at `span` are a setting, a question or a condition.
    fn is_supposed(&self, (start, end): (usize, usize)) -> bool {
        const IF: &[&str] =
            &["si ", "wenn ", "falls ", "se ", "als ", "jeśli ", "если ", "如果", "eğer ", "ha "];
        const ENDS: [char; 7] = ['.', '!', '?', '\n', '。', '？', '！'];
        let after = &self.lower[end..];
        let value = after.split_once([':', '：', '=']).filter(|(before, _)| before.len() <= 12);
        let is_set =
            value.is_some_and(|(_, value)| value.trim_start().starts_with(|c: char| c.is_ascii_digit()));
        let asks = after.find(ENDS).is_some_and(|at| after[at..].starts_with(['?', '？']));
        let sentence = self.lower[..start].rsplit(ENDS).next().unwrap_or_default().trim_start();
        // A term of a list: `111 La connexion est …`.
        let listed = sentence.len() > 4 && sentence.bytes().take(3).all(|byte| byte.is_ascii_digit());
        is_set || asks || listed || IF.iter().any(|word| sentence.starts_with(word))
    }
}
