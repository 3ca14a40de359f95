//! `--letter`: a text ready to send, alone.
//!
//! English letters to a postmaster or a provider are the verdict's own. The others are made here, of one table: what is
//! observed stands in them as it is on the wire, for both sides read that.

use super::args::{Lang, Letter};
use super::matrix;
use super::paint::Out;
use super::setup::Usage;
use super::words;
use noanswer_core::report::Report;
use noanswer_core::scrub;
use noanswer_core::symptom;
use noanswer_core::verdict::{Party, Status};

/// The sentences of the letters in one language; `{domain}`, `{when}` and `{until}` are filled in.
struct Texts {
    hello: &'static str,
    thanks: &'static str,
    observed: &'static str,
    postmaster: (&'static str, &'static str),
    postmaster_ask: &'static str,
    provider: (&'static str, &'static str),
    provider_ask: &'static str,
    customer: (&'static str, &'static str),
    customer_them: &'static str,
    customer_you: &'static str,
    customer_between: &'static str,
    customer_open: &'static str,
    customer_well: &'static str,
    until: &'static str,
    no_mail_sent: &'static str,
}

const fn texts(lang: Lang) -> &'static Texts {
    match lang {
        Lang::En => &ENGLISH,
        Lang::De => &GERMAN,
        Lang::Fr => &FRENCH,
        Lang::Es => &SPANISH,
    }
}

#[rustfmt::skip]
const ENGLISH: Texts = Texts {
    hello: "Hello,", thanks: "Thank you",
    observed: "Observed on {when}:",
    postmaster: ("Mail to {domain} meets a problem at your server", "mail to {domain} meets a problem at your mail server."),
    postmaster_ask: "Could you please look at it?",
    provider: ("Outbound TCP port 25 from our server", "our server cannot deliver mail: connections to port 25 do not come about as they should."),
    provider_ask: "Please tell us whether outbound TCP port 25 is filtered or redirected for our server, and open it.",
    customer: ("Your mail to {domain}", "you asked about your mail to {domain}."),
    customer_them: "The recipient's mail server has a problem: we looked at it from several places on {when}. It is for its operator to mend. You need not do anything, and sending again does not help.",
    customer_you: "The problem is on our side. We are working on it.",
    customer_between: "Our server and the recipient's do not reach each other, although both work. We have to find out, together with the other side, where the connection is lost.",
    customer_open: "We looked at it on {when} and cannot say yet where the problem is. We are looking further.",
    customer_well: "The recipient's mail server could be reached when we looked on {when}. Mail that waits is delivered at the next try.",
    until: "Our server keeps trying until {until}. If delivery fails by then, you will get a notice.",
    no_mail_sent: "No message was sent for this: only a greeting, EHLO, STARTTLS and QUIT.",
};

#[rustfmt::skip]
const GERMAN: Texts = Texts {
    hello: "Guten Tag,", thanks: "Vielen Dank",
    observed: "Beobachtet am {when}:",
    postmaster: ("E-Mail an {domain}: Problem an Ihrem Server", "E-Mail an {domain} stößt an Ihrem Mailserver auf ein Problem."),
    postmaster_ask: "Könnten Sie sich das bitte ansehen?",
    provider: ("Ausgehender TCP-Port 25 unseres Servers", "unser Server kann keine E-Mail zustellen: Verbindungen zu Port 25 kommen nicht zustande, wie sie sollten."),
    provider_ask: "Bitte teilen Sie uns mit, ob ausgehender TCP-Port 25 für unseren Server gefiltert oder umgeleitet wird, und schalten Sie ihn frei.",
    customer: ("Ihre E-Mail an {domain}", "Sie haben nach Ihrer E-Mail an {domain} gefragt."),
    customer_them: "Der Mailserver des Empfängers hat ein Problem: wir haben ihn am {when} von mehreren Orten aus geprüft. Beheben kann es nur sein Betreiber. Sie müssen nichts tun; erneutes Senden hilft nicht.",
    customer_you: "Das Problem liegt auf unserer Seite. Wir arbeiten daran.",
    customer_between: "Unser Server und der des Empfängers erreichen einander nicht, obwohl beide arbeiten. Wo die Verbindung verloren geht, müssen wir gemeinsam mit der Gegenseite herausfinden.",
    customer_open: "Wir haben es am {when} geprüft und können noch nicht sagen, wo das Problem liegt. Wir suchen weiter.",
    customer_well: "Der Mailserver des Empfängers war erreichbar, als wir ihn am {when} geprüft haben. Wartende E-Mail wird beim nächsten Versuch zugestellt.",
    until: "Unser Server versucht es bis {until} weiter. Gelingt die Zustellung bis dahin nicht, erhalten Sie eine Nachricht.",
    no_mail_sent: "Dafür wurde keine Nachricht gesendet: nur Begrüßung, EHLO, STARTTLS und QUIT.",
};

#[rustfmt::skip]
const FRENCH: Texts = Texts {
    hello: "Bonjour,", thanks: "Merci",
    observed: "Observé le {when} :",
    postmaster: ("Courrier vers {domain} : problème sur votre serveur", "le courrier vers {domain} rencontre un problème sur votre serveur de messagerie."),
    postmaster_ask: "Pourriez-vous l'examiner ?",
    provider: ("Port TCP 25 sortant de notre serveur", "notre serveur ne peut pas distribuer de courrier : les connexions vers le port 25 n'aboutissent pas comme elles le devraient."),
    provider_ask: "Merci de nous dire si le port TCP 25 sortant est filtré ou redirigé pour notre serveur, et de l'ouvrir.",
    customer: ("Votre courrier vers {domain}", "vous nous avez interrogés sur votre courrier vers {domain}."),
    customer_them: "Le serveur de messagerie du destinataire a un problème : nous l'avons examiné depuis plusieurs endroits le {when}. Seul son exploitant peut le résoudre. Vous n'avez rien à faire, et renvoyer le message n'aide pas.",
    customer_you: "Le problème est de notre côté. Nous y travaillons.",
    customer_between: "Notre serveur et celui du destinataire ne se joignent pas, bien que tous deux fonctionnent. Nous devons trouver avec l'autre partie où la connexion se perd.",
    customer_open: "Nous l'avons examiné le {when} et ne pouvons pas encore dire où est le problème. Nous continuons à chercher.",
    customer_well: "Le serveur de messagerie du destinataire était joignable lors de notre examen le {when}. Le courrier en attente sera distribué au prochain essai.",
    until: "Notre serveur continue d'essayer jusqu'au {until}. Si la distribution échoue d'ici là, vous recevrez un avis.",
    no_mail_sent: "Aucun message n'a été envoyé pour cela : seulement l'accueil, EHLO, STARTTLS et QUIT.",
};

#[rustfmt::skip]
const SPANISH: Texts = Texts {
    hello: "Hola:", thanks: "Gracias",
    observed: "Observado el {when}:",
    postmaster: ("Correo a {domain}: problema en su servidor", "el correo a {domain} encuentra un problema en su servidor de correo."),
    postmaster_ask: "¿Podrían revisarlo, por favor?",
    provider: ("Puerto TCP 25 saliente de nuestro servidor", "nuestro servidor no puede entregar correo: las conexiones al puerto 25 no se establecen como deberían."),
    provider_ask: "Por favor, indíquennos si el puerto TCP 25 saliente está filtrado o redirigido para nuestro servidor, y ábranlo.",
    customer: ("Su correo a {domain}", "nos ha preguntado por su correo a {domain}."),
    customer_them: "El servidor de correo del destinatario tiene un problema: lo hemos comprobado desde varios lugares el {when}. Solo su operador puede resolverlo. No tiene que hacer nada, y volver a enviar el mensaje no ayuda.",
    customer_you: "El problema está en nuestro lado. Estamos trabajando en ello.",
    customer_between: "Nuestro servidor y el del destinatario no se alcanzan, aunque ambos funcionan. Tenemos que averiguar con la otra parte dónde se pierde la conexión.",
    customer_open: "Lo hemos comprobado el {when} y aún no podemos decir dónde está el problema. Seguimos buscando.",
    customer_well: "El servidor de correo del destinatario era accesible cuando lo comprobamos el {when}. El correo en espera se entregará en el próximo intento.",
    until: "Nuestro servidor seguirá intentándolo hasta el {until}. Si la entrega falla hasta entonces, recibirá un aviso.",
    no_mail_sent: "Para esto no se envió ningún mensaje: solo el saludo, EHLO, STARTTLS y QUIT.",
};

/// Prints the letter, and nothing else.
pub(crate) fn print(out: &Out, report: &Report, to: Letter, lang: Lang) -> Result<u8, Usage> {
    let own = report.verdict.messages.iter().find(|message| message.to == to.to());
    let (subject, body) = match (to, own) {
        (Letter::Customer, _) => customer(report, texts(lang)),
        (_, None) => return Err(Usage::NoLetter(to.to())),
        (_, Some(message)) if lang == Lang::En => (message.subject.clone(), message.body.clone()),
        (_, Some(_)) => technical(report, to, texts(lang)),
    };
    out.line(&scrub::visible(&subject));
    out.line("");
    for line in body.trim_end().lines() {
        out.line(&scrub::visible(line));
    }
    Ok(report.exit_code())
}

fn filled(text: &str, report: &Report) -> String {
    text.replace("{domain}", &report.asked.domain).replace("{when}", &words::moment(report.asked.at))
}

/// A letter to somebody who reads what was observed.
fn technical(report: &Report, to: Letter, texts: &Texts) -> (String, String) {
    let ((subject, opening), ask) = match to {
        Letter::Provider => (texts.provider, texts.provider_ask),
        _ => (texts.postmaster, texts.postmaster_ask),
    };
    let mut lines = vec![texts.hello.to_owned(), String::new(), filled(opening, report), String::new()];
    lines.push(filled(texts.observed, report));
    lines.extend(observed(report, to));
    lines.extend([String::new(), ask.to_owned(), String::new(), texts.no_mail_sent.to_owned()]);
    lines.extend([String::new(), texts.thanks.to_owned()]);
    (filled(subject, report), lines.join("\n"))
}

/// What was observed, in the words of the wire: to a provider the controls, to a postmaster their host.
fn observed(report: &Report, to: Letter) -> Vec<String> {
    let mut lines = Vec::new();
    for one in report.evidence.iter().filter(|one| matrix::counts(one) != (to == Letter::Provider)) {
        let name = if one.place.is_empty() { &one.vantage } else { &one.place };
        let controls = one.controls.iter().map(|control| &control.attempt);
        let attempts: Vec<_> =
            if to == Letter::Provider { controls.collect() } else { one.attempts.iter().collect() };
        for attempt in attempts {
            let (_, word) = matrix::word(attempt);
            let at = format!("{} [{}]:{}", attempt.exchange, attempt.address, attempt.port);
            let after = attempt.ended_ms.map_or(String::new(), |ms| format!(" ({:.1} s)", ms / 1e3));
            lines.push(format!("- {name}: {at}: {word}{after}"));
        }
    }
    lines
}

/// A letter to a user who asks where the mail is.
fn customer(report: &Report, texts: &Texts) -> (String, String) {
    let (subject, opening) = texts.customer;
    let verdict = &report.verdict;
    let party = |wanted: Party| verdict.faults.iter().any(|named| named.party == wanted);
    let state = match verdict.status {
        Status::Healthy => texts.customer_well,
        Status::Named if report.exit_code() < 2 => texts.customer_well,
        Status::Named if party(Party::You) => texts.customer_you,
        Status::Named if party(Party::Between) => texts.customer_between,
        Status::Named if party(Party::Them) => texts.customer_them,
        _ => texts.customer_open,
    };
    let mut lines =
        vec![texts.hello.to_owned(), String::new(), filled(opening, report), filled(state, report)];
    let deadline = report.symptoms.iter().filter_map(|one| symptom::explain(one).deadline).max();
    if let Some(until) = deadline.filter(|until| *until > report.asked.at && report.exit_code() > 0) {
        lines.push(texts.until.replace("{until}", &words::moment(until)));
    }
    (filled(subject, report), lines.join("\n"))
}
