//! What is said of a connection: a word for it, and near it what became of it, or that it did not come about.
//!
//! Operating systems, frameworks and mail programs put the two in every order and inflection; their stems stay. Read in the
//! message tables of glibc (po/*.po) and .NET, and in the translations of mail programs.

use super::findings::Findings;
use crate::cut::Cut as _;
use crate::symptom::cause::Cause;
use crate::symptom::marks::{Mark, Marks};

/// Stems of words for a connection, in lower case; a first letter that ASCII does not put into lower case is left out.
pub(in crate::symptom) const CONNECTIONS: &str = "verbind\nconnexion\nconexi\nconectar\nconexão\nconnession\npołącz\nсоединен\nподключен\nbağlan\n\
     连接\n連線\n接続\n연결\nspojen\npřipojen\nanslutning\nförbindelse\nforbindelse\ntilkobling\nkapcsol\nyhtey\n\
     σύνδεσ\n'єднан\nconectare\nвръзка\nkết nối\nkoneksi\ncontactar\ncontatar\ncontattar\ncontacter\n\
     connetter\ncollegar\nraggiung\natteindre\njoindre le serveur\nconnecter\nkontaktier\nerreichbar\n\
     skontakt\nсвязаться\nterhubung\nmenghubung\nanslut\nyhdist\ncsatlakoz\npripoj\nпідключ\nالاتصال\n\
     连线\n连上\n접속";

/// Stems of what becomes of one.
static OUTCOMES: [(Cause, &str, Marks); 4] = [
    (
        Cause::ConnectTimedOut,
        "time-out\ntimeout\nzeitlimit\nabgelaufen\ndélai\nexpir\nagotad\ntempo limite\nesgotado\nscadut\n\
         verlopen\nlimit czasu\nожидани\nочікування\nzaman aşım\n超时\n逾時\n타임아웃\n시간 초과\n시간이 초과\nypršel\n\
         időtúllépés\nidsudløb\nidsavbru\naikakatk\nχρονικού ορίου\nизчакване\nết thời gian\nkehabisan waktu",
        Marks::new(),
    ),
    (
        Cause::ConnectRefused,
        "verweiger\nabgelehnt\ngeweigerd\nrefus\nrefuz\nrechazad\nrifiutat\nrecusad\nodrzuc\nотказан\n\
         отклон\nідмовлено\nreddedil\n拒绝\n拒絕\n拒否\n거부\nodmít\nvägra\nnekad\nafvist\nelutasít\ntorju\nρνηση",
        Marks::new(),
    ),
    (
        Cause::SessionDropped,
        "zurückgesetzt\nunterbrochen\nperdue\nperdi\ninterrott\nverloren\nutracon\nпотерян\nпрерван\nразорван\nweggevallen\nsıfırlan\n重设\n重置\nリセット",
        Marks::new(),
    ),
    (
        DENIED,
        "nicht\nkeine\nfehler\nfehlgeschlagen\nfallado\nriuscit\nimpossible\nchec\néchou\npas pu\nne peut\nn'arrive pas\n\
         erreur\nimposible\nno se \nno ha\nno pud\nno es posible\nno fue posible\nfalló\nfallo\nfalla\n\
         error\nimpossibile\nnon è\nnon riesc\nfallit\nerrore\nnão foi\nnão é\nnão conseg\nnão pôde\nfalha\n\
         falhou\nerro \nniet\ngeen\nmislukt\nnie można\nnie udał\nnie mo\nnieudan\nbłąd\nе уда\nе установ\nbrak \nе вда\n\
         е може\nе смог\nевозможно\nшибка\nомилка\namadı\namıyor\nılam\nhatası\ntidak\ngagal\nkhông\n\
         nelze\nepodařil\nepodaril\nchyba\ninte\nikke\nmisslyck\nmislyk\nei voi\nepäonn\nnem \nsikertelen\n\
         nu s-a\nnu se\neroare\nتعذر\nفشل\nできま\nできな\n失敗\nエラー\n无法\n無法\n不能\n失败\n未能\n错误\n不上\n异常\n수 없\n실패\n오류",
        Marks::new(),
    ),
];

/// What is known of a connection that did not come about, and no more.
const DENIED: Cause = Cause::ConnectFailed;

/// How far "not" and the connection may stand apart, in bytes.
const DENIED_APART: usize = 80;

/// What says in English that something did not come about.
pub(in crate::symptom) const DENIALS: &str = "could not \ncouldn't \ncannot open \ncannot establish \ncannot create \ncan't \ncan not \n\
     unable to \nfailed to \nfails to \nfailure to \nable to \nimpossible to ";

/// What did not come about, how many bytes may stand before it, and what that tells.
const DEEDS: &[(usize, Cause, &str)] = &[
    (24, Cause::ConnectFailed, "connect"),
    (3, Cause::ConnectFailed, "contact the\ncontact smtp\ncontact mail\ncontact server"),
    (8, Cause::ConnectFailed, "contacted"),
    (
        4,
        Cause::ConnectFailed,
        "reach the server\nreach the smtp\nreach the mail\nreach the host\nreach server\nreach smtp\n\
         reach mail\nreach host",
    ),
    (3, Cause::ConnectFailed, "open socket\nopen a socket\nopen the socket"),
    (
        8,
        Cause::DnsFailed,
        "resolve host\nresolve smtp\nresolve server\nresolve the host\nresolve the smtp\nresolve the server\nresolve name\nresolve address",
    ),
    (4, Cause::DnsFailed, "look up\nlookup "),
    (3, Cause::SessionDropped, "read response\nread the response\nread smtp"),
    (3, Cause::DroppedAtGreeting, "read greeting\nread banner"),
    (
        3,
        Cause::SessionTimedOut,
        "receive a response\nreceive response\nreceive any response\nget a response\nget response",
    ),
];

/// What ends a clause.
const CLAUSE: [char; 8] = ['.', ',', ';', ':', '\n', '!', '?', '('];

/// How far the two may stand apart, in bytes: a name stands between them at most.
const APART: usize = 90;

/// Whether `lower` holds a word for a connection.
pub(super) fn names_connection(lower: &str) -> bool {
    !connections(lower).is_empty()
}

/// Whether `lower` says in English that something did not come about.
pub(super) fn denies(lower: &str) -> bool {
    !denials(lower).is_empty()
}

fn denials(lower: &str) -> Vec<Mark> {
    static MARKS: Marks = Marks::new();
    MARKS.find(DENIALS.lines(), lower)
}

fn connections(lower: &str) -> Vec<Mark> {
    static MARKS: Marks = Marks::new();
    MARKS.find(CONNECTIONS.lines(), lower)
}

impl Findings<'_> {
    /// A word for a connection, and what became of it in the same sentence; where both stand.
    ///
    /// That it did not come about is the last thing to say of it.
    pub(super) fn crossed(&self) -> Option<(Cause, (usize, usize))> {
        let connections = connections(&self.lower);
        if connections.is_empty() {
            return None;
        }
        let near = |cause: Cause, outcome: &Mark| {
            let apart = if cause == DENIED { DENIED_APART } else { APART };
            let beside = |one: &&Mark| {
                let (from, to, most) = if one.start < outcome.start {
                    (one.end, outcome.start, apart)
                } else {
                    (outcome.end, one.start, apart.min(APART / 3))
                };
                let between = self.lower.get(from..to).unwrap_or_default();
                between.len() <= most && !between.contains(['\n', ';', '=']) && !between.has(". \n, \n，\n、")
            };
            // Spanish and Portuguese: a disconnection is none.
            let stands = |one: &&Mark| !self.lower.before(one.start).ends_with("des");
            let connection = connections.iter().filter(stands).find(beside)?;
            let span = (connection.start.min(outcome.start), connection.end.max(outcome.end));
            let supposed = self.is_supposed(span) || cause == DENIED && self.is_of_recipient(span);
            (!supposed).then_some(span)
        };
        // That it did not come about stands last in the table.
        let mut first: Option<(Cause, (usize, usize))> = None;
        for (cause, stems, marks) in &OUTCOMES {
            if *cause == DENIED && first.is_some() {
                break;
            }
            for span in marks.find(stems.lines(), &self.lower).iter().filter_map(|one| near(*cause, one)) {
                if first.is_none_or(|(_, before)| span.0 < before.0) {
                    first = Some((*cause, span));
                }
            }
        }
        // Exchange says "refused" of every host that did not answer until a message expired.
        let loosely = |cause| cause == Cause::ConnectRefused && self.lower.contains("queue.expired");
        first.map(|(cause, span)| (if loosely(cause) { DENIED } else { cause }, span))
    }

    /// That a connection, a name or an answer did not come about, in any order of words: what a text says that nothing
    /// sharper was read in, and no server's reply.
    pub(super) fn denied(&self) -> Option<(Cause, (usize, usize))> {
        if self.replies.iter().any(|reply| reply.value.0 >= 400) {
            return None;
        }
        let crossed = || self.crossed().filter(|(cause, _)| *cause == DENIED);
        self.denied_in_english().or_else(crossed)
    }

    fn denied_in_english(&self) -> Option<(Cause, (usize, usize))> {
        // What is no connection of its own.
        const OTHER: &str = "or\ned\nion string\nion pool\nion setting";
        let denied = |denial: &Mark| {
            // "Able to" needs its "not".
            let before = self.lower.before(denial.start);
            if self.lower.after(denial.start).starts_with("able to") && !before.ends_with("t ") {
                return None;
            }
            let clause = self.lower.after(denial.end).split(CLAUSE).next().unwrap_or_default();
            let deeds = DEEDS
                .iter()
                .flat_map(|(most, cause, deeds)| deeds.lines().map(move |deed| (most, cause, deed)));
            let mut deeds = deeds;
            deeds.find_map(|(most, cause, deed)| {
                let at = clause.find(deed).filter(|at| at <= most)?;
                let (before, after) = (clause.before(at), clause.after(at + deed.len()));
                let begins = !before.ends_with(|c: char| c.is_alphanumeric() || c == '-' || c == '_');
                let stands = deed != "connect" || !after.begins(OTHER);
                let span = (denial.start, denial.end + at + deed.len());
                (begins && stands && !before.contains("please")).then_some((*cause, span))
            })
        };
        denials(&self.lower).iter().find_map(denied)
    }

    /// Whether it is a recipient who was not reached, as reports say of any reason: `Impossible de contacter le destinataire`.
    fn is_of_recipient(&self, (start, end): (usize, usize)) -> bool {
        const NEAR: usize = 48;
        const RECIPIENTS: &str = "recipient\nempfänger\ndestinat\ngeadresseerd\nadresat\nodbiorc\nполучател\n受信者\n宛先\n收件人\nmottagar";
        let from =
            (start.saturating_sub(NEAR)..=start).find(|at| self.lower.is_char_boundary(*at)).unwrap_or(start);
        let to = (end..=self.lower.len().min(end + NEAR))
            .rev()
            .find(|at| self.lower.is_char_boundary(*at))
            .unwrap_or(end);
        // The recipient's server is another thing.
        const SERVERS: &str =
            "server\nserveur\nservidor\nsystem\nsystème\nsistema\nserwer\nсервер\nサーバ\n服务器";
        let near = self.lower.within(from, to);
        near.has(RECIPIENTS) && !near.has(SERVERS)
    }

    /// Whether the words at `span` are a setting, a question or a condition.
    fn is_supposed(&self, (start, end): (usize, usize)) -> bool {
        const IF: &str = "si \nwenn \nfalls \nse \nals \njeśli \nесли \n如果\neğer \nha ";
        const ENDS: [char; 7] = ['.', '!', '?', '\n', '。', '？', '！'];
        let after = self.lower.after(end);
        let value = after.split_once([':', '：', '=']).filter(|(before, _)| before.len() <= 12);
        let is_set =
            value.is_some_and(|(_, value)| value.trim_start().starts_with(|c: char| c.is_ascii_digit()));
        let asks = after.find(ENDS).is_some_and(|at| after.after(at).starts_with(['?', '？']));
        let sentence = self.lower.before(start).rsplit(ENDS).next().unwrap_or_default().trim_start();
        // A term of a list: `111 La connexion est …`.
        let listed = sentence.len() > 4 && sentence.bytes().take(3).all(|byte| byte.is_ascii_digit());
        is_set || asks || listed || sentence.begins(IF)
    }
}
