//! The sentences of the letters, one table a language. A table of the compiler's own: a sentence that one language lacks
//! does not build, and no reader of another format is carried into the page.

use super::language::Language;

/// The sentences of the letters in one language; `{domain}`, `{when}`, `{until}` and `{words}` are filled in.
pub(super) struct Texts {
    pub(super) hello: &'static str,
    pub(super) thanks: &'static str,
    pub(super) observed: &'static str,
    pub(super) postmaster: (&'static str, &'static str),
    pub(super) postmaster_ask: &'static str,
    pub(super) provider: (&'static str, &'static str),
    pub(super) provider_ask: &'static str,
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
    pub(super) no_mail_sent: &'static str,
    pub(super) no_such_domain: &'static str,
    pub(super) null_mx: &'static str,
    pub(super) wrote: &'static str,
}

pub(super) const fn texts(language: Language) -> &'static Texts {
    match language {
        Language::En => &ENGLISH,
        Language::De => &GERMAN,
        Language::Fr => &FRENCH,
        Language::Es => &SPANISH,
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
    no_mail_sent: "No message was sent for this: the greeting was read, then only EHLO (or HELO), STARTTLS and QUIT were said.",
    no_such_domain: "The domain {domain} does not exist, as DNS says. Please check the address for a mistake.",
    null_mx: "The domain {domain} says in DNS that it takes no mail. Please check the address, or reach the recipient in another way.",
    wrote: "Read from what the mail software wrote: {words}",
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
    no_mail_sent: "Dafür wurde keine Nachricht gesendet: Die Begrüßung wurde gelesen, dann nur EHLO (oder HELO), STARTTLS und QUIT gesagt.",
    no_such_domain: "Die Domain {domain} gibt es laut DNS nicht. Bitte prüfen Sie die Adresse auf Tippfehler.",
    null_mx: "Die Domain {domain} erklärt im DNS, dass sie keine E-Mail annimmt. Bitte prüfen Sie die Adresse, oder erreichen Sie den Empfänger auf anderem Weg.",
    wrote: "Gelesen aus der Meldung der Mailsoftware: {words}",
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
    no_mail_sent: "Aucun message n'a été envoyé pour cela : l'accueil a été lu, puis seuls EHLO (ou HELO), STARTTLS et QUIT ont été envoyés.",
    no_such_domain: "Le domaine {domain} n'existe pas, d'après le DNS. Merci de vérifier l'adresse.",
    null_mx: "Le domaine {domain} déclare dans le DNS qu'il n'accepte pas de courrier. Merci de vérifier l'adresse, ou de joindre le destinataire autrement.",
    wrote: "Lu dans le message du logiciel de messagerie : {words}",
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
    no_mail_sent: "Para esto no se envió ningún mensaje: se leyó el saludo y solo se enviaron EHLO (o HELO), STARTTLS y QUIT.",
    no_such_domain: "El dominio {domain} no existe, según el DNS. Por favor, compruebe la dirección.",
    null_mx: "El dominio {domain} declara en el DNS que no acepta correo. Por favor, compruebe la dirección o contacte con el destinatario por otra vía.",
    wrote: "Leído en el mensaje del software de correo: {words}",
};
