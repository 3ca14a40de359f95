//! The sentences of the letter to the customer, one table a language; the others are in `core/src/verdict/letter`.

use crate::language::Language;

/// The sentences in one language; `{domain}`, `{when}` and `{until}` are filled in.
pub(super) struct Texts {
    pub(super) customer: (&'static str, &'static str),
    pub(super) customer_them: &'static str,
    pub(super) customer_you: &'static str,
    pub(super) customer_between: &'static str,
    pub(super) customer_open: &'static str,
    pub(super) customer_well: &'static str,
    /// The message still waits, was given up, or nobody has said which; `again` where the server can be reached now.
    pub(super) waits: &'static str,
    pub(super) given_up: &'static str,
    pub(super) either: &'static str,
    pub(super) again: &'static str,
    pub(super) next_try: &'static str,
    pub(super) until: &'static str,
    pub(super) no_such_domain: &'static str,
    pub(super) null_mx: &'static str,
}

pub(super) const fn texts(language: Language) -> &'static Texts {
    language.choose([&ENGLISH, &GERMAN, &FRENCH, &SPANISH])
}

#[rustfmt::skip]
const ENGLISH: Texts = Texts {
    customer: ("Your mail to {domain}", "you asked about your mail to {domain}."),
    customer_them: "The recipient's mail server has a problem, as we saw on {when}. It is for its operator to mend.",
    customer_you: "The problem is on our side. We are working on it.",
    customer_between: "Our server cannot hand mail to the recipient's mail server at present. We have to find out why, together with the other side.",
    customer_open: "We looked at it on {when} and cannot say yet where the problem is. We are looking further.",
    customer_well: "The recipient's mail server could be reached when we looked on {when}.",
    waits: "Your message waits and is tried again by itself: please do not send it again.",
    given_up: "Your message was given up: please send it again once the problem is solved.",
    either: "If you have got a failure report, please send your message again once the problem is solved; after a notice of a delay, you need not do anything.",
    again: "Please send your message again.",
    next_try: "Mail that waits should be delivered at the next try.",
    until: "Our server keeps trying until {until}. If delivery fails by then, you will get a notice.",
    no_such_domain: "The domain {domain} does not exist, as DNS says. Please check the address for a mistake.",
    null_mx: "The domain {domain} says in DNS that it takes no mail. Please check the address, or reach the recipient in another way.",
};

#[rustfmt::skip]
const GERMAN: Texts = Texts {
    customer: ("Ihre E-Mail an {domain}", "Sie haben nach Ihrer E-Mail an {domain} gefragt."),
    customer_them: "Der Mailserver des Empfängers hat ein Problem: das haben wir am {when} gesehen. Beheben kann es nur sein Betreiber.",
    customer_you: "Das Problem liegt auf unserer Seite. Wir arbeiten daran.",
    customer_between: "Unser Server kann dem des Empfängers zurzeit keine E-Mails übergeben. Warum, müssen wir gemeinsam mit der Gegenseite herausfinden.",
    customer_open: "Wir haben es am {when} geprüft und können noch nicht sagen, wo das Problem liegt. Wir suchen weiter.",
    customer_well: "Der Mailserver des Empfängers war erreichbar, als wir ihn am {when} geprüft haben.",
    waits: "Ihre Nachricht wartet und wird von selbst erneut zugestellt: bitte senden Sie sie nicht noch einmal.",
    given_up: "Die Zustellung Ihrer Nachricht wurde aufgegeben: bitte senden Sie sie erneut, sobald das Problem behoben ist.",
    either: "Wenn Sie eine Unzustellbarkeitsmeldung erhalten haben, senden Sie Ihre Nachricht bitte erneut, sobald das Problem behoben ist; nach einer Verzögerungsmeldung müssen Sie nichts tun.",
    again: "Bitte senden Sie Ihre Nachricht erneut.",
    next_try: "Wartende E-Mail sollte beim nächsten Versuch zugestellt werden.",
    until: "Unser Server versucht es bis {until} weiter. Gelingt die Zustellung bis dahin nicht, erhalten Sie eine Nachricht.",
    no_such_domain: "Die Domain {domain} gibt es laut DNS nicht. Bitte prüfen Sie die Adresse auf Tippfehler.",
    null_mx: "Die Domain {domain} erklärt im DNS, dass sie keine E-Mail annimmt. Bitte prüfen Sie die Adresse, oder erreichen Sie den Empfänger auf anderem Weg.",
};

#[rustfmt::skip]
const FRENCH: Texts = Texts {
    customer: ("Votre courrier vers {domain}", "vous nous avez interrogés sur votre courrier vers {domain}."),
    customer_them: "Le serveur de messagerie du destinataire a un problème : nous l'avons constaté le {when}. Seul son exploitant peut le résoudre.",
    customer_you: "Le problème est de notre côté. Nous y travaillons.",
    customer_between: "Notre serveur ne parvient pas actuellement à remettre de messages à celui du destinataire. Nous devons trouver pourquoi avec l'autre partie.",
    customer_open: "Nous l'avons examiné le {when} et ne pouvons pas encore dire où est le problème. Nous continuons à chercher.",
    customer_well: "Le serveur de messagerie du destinataire était joignable lors de notre examen le {when}.",
    waits: "Votre message est en attente et sera réessayé automatiquement : merci de ne pas le renvoyer.",
    given_up: "La distribution de votre message a été abandonnée : merci de le renvoyer une fois le problème résolu.",
    either: "Si vous avez reçu un avis d'échec, merci de renvoyer votre message une fois le problème résolu ; après un avis de retard, vous n'avez rien à faire.",
    again: "Merci de renvoyer votre message.",
    next_try: "Le courrier en attente devrait être distribué au prochain essai.",
    until: "Notre serveur continue d'essayer jusqu'au {until}. Si la distribution échoue d'ici là, vous recevrez un avis.",
    no_such_domain: "Le domaine {domain} n'existe pas, d'après le DNS. Merci de vérifier l'adresse.",
    null_mx: "Le domaine {domain} déclare dans le DNS qu'il n'accepte pas de courrier. Merci de vérifier l'adresse, ou de joindre le destinataire autrement.",
};

#[rustfmt::skip]
const SPANISH: Texts = Texts {
    customer: ("Su correo a {domain}", "nos ha preguntado por su correo a {domain}."),
    customer_them: "El servidor de correo del destinatario tiene un problema: lo hemos visto el {when}. Solo su operador puede resolverlo.",
    customer_you: "El problema está en nuestro lado. Estamos trabajando en ello.",
    customer_between: "Nuestro servidor no consigue por ahora entregar mensajes al del destinatario. Tenemos que averiguar el motivo con la otra parte.",
    customer_open: "Lo hemos comprobado el {when} y aún no podemos decir dónde está el problema. Seguimos buscando.",
    customer_well: "El servidor de correo del destinatario era accesible cuando lo comprobamos el {when}.",
    waits: "Su mensaje está en espera y se reintentará automáticamente: por favor, no lo envíe de nuevo.",
    given_up: "La entrega de su mensaje se ha abandonado: por favor, envíelo de nuevo cuando el problema esté resuelto.",
    either: "Si ha recibido un aviso de fallo, envíe su mensaje de nuevo cuando el problema esté resuelto; tras un aviso de retraso no tiene que hacer nada.",
    again: "Por favor, envíe su mensaje de nuevo.",
    next_try: "El correo en espera debería entregarse en el próximo intento.",
    until: "Nuestro servidor seguirá intentándolo hasta el {until}. Si la entrega falla hasta entonces, recibirá un aviso.",
    no_such_domain: "El dominio {domain} no existe, según el DNS. Por favor, compruebe la dirección.",
    null_mx: "El dominio {domain} declara en el DNS que no acepta correo. Por favor, compruebe la dirección o contacte con el destinatario por otra vía.",
};
