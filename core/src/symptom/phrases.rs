//! The phrase table: what mail software and operating systems say, in lower case, and what it means.
//!
//! Rules for what software says, by its format strings; never for one text. Longer phrases win where they overlap.

use super::cause::Cause::{self, *};
use super::marks::{Mark, Marks};
use super::systems;
use crate::smtp::Stage;

/// What a phrase tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tells {
    /// What ended the attempt, in the sender's own words.
    Fact(Cause, Option<Stage>),
    /// What the sender did about it: counts only where no fact stands beside it.
    Consequence(Cause),
    /// The stage, without a cause of its own.
    At(Stage),
    /// The message was given up.
    GivenUp,
    /// The words after this are a remote server's.
    RemoteSpeaks(Option<Stage>),
    /// What a server means by a refusal: counts only in a reply.
    Refusal(Cause),
}

use Stage::{Connect, Data, Dns, Ehlo, Greeting, Mail, Queue, Rcpt, Starttls};
use Tells::{At, Consequence, Fact, GivenUp, Refusal, RemoteSpeaks};

const fn fact(cause: Cause, stage: Stage) -> Tells {
    Fact(cause, Some(stage))
}

/// The table.
#[rustfmt::skip]
const PHRASES: &[(&str, Tells)] = &[
    // Remote servers that speak, and the senders that quote them.
    (" said:", RemoteSpeaks(None)), ("remote host said", RemoteSpeaks(None)), ("in reply to", RemoteSpeaks(None)),
    ("refused to talk to me:", RemoteSpeaks(Some(Greeting))), ("banner rejected:", RemoteSpeaks(Some(Greeting))),
    ("smtp error from remote mail server after initial connection", RemoteSpeaks(Some(Greeting))),
    ("smtp error from remote mail server after ehlo", RemoteSpeaks(Some(Ehlo))), ("smtp error from remote mail server after helo", RemoteSpeaks(Some(Ehlo))),
    ("smtp error from remote mail server after starttls", RemoteSpeaks(Some(Starttls))),
    ("smtp error from remote mail server after mail from", RemoteSpeaks(Some(Mail))), ("smtp error from remote mail server after rcpt to", RemoteSpeaks(Some(Rcpt))),
    ("smtp error from remote mail server after pipelined", RemoteSpeaks(Some(Rcpt))),
    ("smtp error from remote mail server after end of data", RemoteSpeaks(Some(Data))), ("smtp error from remote mail server", RemoteSpeaks(None)),
    ("smtp error from remote server", RemoteSpeaks(None)), ("smtp error from remote mailer", RemoteSpeaks(None)),
    ("the error that the other server returned was", RemoteSpeaks(None)), ("the response from the remote server was", RemoteSpeaks(None)),
    (" but greeting failed", RemoteSpeaks(Some(Greeting))), (" but my name was rejected", RemoteSpeaks(Some(Ehlo))), (" but sender was rejected", RemoteSpeaks(Some(Mail))),
    ("does not like recipient", RemoteSpeaks(Some(Rcpt))), ("failed after i sent the message", RemoteSpeaks(Some(Data))),
    ("<<< ", RemoteSpeaks(None)), ("refused to accept your message", RemoteSpeaks(Some(Data))), 
    ("(in reply to rcpt to command)", RemoteSpeaks(Some(Rcpt))), ("(in reply to mail from command)", RemoteSpeaks(Some(Mail))),
    ("(in reply to end of data command)", RemoteSpeaks(Some(Data))), ("(in reply to ehlo command)", RemoteSpeaks(Some(Ehlo))), ("(in reply to data command)", RemoteSpeaks(Some(Data))),

    ("certificate validation failure", fact(TlsFailed, Starttls)), ("certificate validation failed", fact(TlsFailed, Starttls)), ("certificate verification failed", fact(TlsFailed, Starttls)), ("remote certificate is invalid", fact(TlsFailed, Starttls)), ("remote certificate was rejected", fact(TlsFailed, Starttls)),
    ("read operation timed out", fact(SessionTimedOut, Ehlo)), ("socket.timeout: the read operation timed out", fact(SessionTimedOut, Ehlo)), ("write operation timed out", fact(SessionTimedOut, Ehlo)),
    ("unexpectedly disconnected", fact(SessionDropped, Ehlo)), ("connection unexpectedly closed: timed out", fact(SessionTimedOut, Ehlo)), ("connection unexpectedly closed: the read operation timed out", fact(SessionTimedOut, Ehlo)),
    ("ssmtp: cannot open ", fact(ConnectFailed, Connect)), ("net::smtpserverbusy", RemoteSpeaks(None)), ("net::smtpfatalerror", RemoteSpeaks(None)), ("net::smtpsyntaxerror", RemoteSpeaks(None)), ("net::smtpauthenticationerror", RemoteSpeaks(None)), ("net::smtpunknownerror", RemoteSpeaks(None)), ("smtpauthenticationerror", RemoteSpeaks(None)), ("smtp-server: ", RemoteSpeaks(None)),
    ("smtprecipientsrefused(", RemoteSpeaks(Some(Rcpt))), ("smtpsenderrefused(", RemoteSpeaks(Some(Mail))), ("smtpdataerror(", RemoteSpeaks(Some(Data))), ("smtpheloerror(", RemoteSpeaks(Some(Ehlo))), ("smtpresponseexception(", RemoteSpeaks(None)),
    ("timedout while connecting", fact(ConnectTimedOut, Connect)), ("connection has ended", fact(SessionDropped, Ehlo)),
    ("has been closed unexpectedly", fact(SessionDropped, Ehlo)), ("messagingexception: [eof]", fact(SessionDropped, Ehlo)), ("please run connect() first", fact(SessionDropped, Ehlo)), ("starttls extension not supported", fact(TlsFailed, Starttls)),
    ("smtpreadtimeouterror", fact(SessionTimedOut, Ehlo)), ("smtpconnecterror: (", RemoteSpeaks(Some(Greeting))), ("smtpconnecterror(", RemoteSpeaks(Some(Greeting))), ("error connecting to ", fact(ConnectFailed, Connect)), ("permanent(code {", RemoteSpeaks(None)), ("transient(code {", RemoteSpeaks(None)),
    ("sslhandshakeexception", fact(TlsFailed, Starttls)), ("could not convert socket to tls", fact(TlsFailed, Starttls)), ("unable to connect to mx servers", fact(ConnectFailed, Connect)), ("smtpconnecttimeouterror", fact(ConnectTimedOut, Connect)), ("smtpconnectresponseerror", RemoteSpeaks(Some(Greeting))),
    ("server responded with", RemoteSpeaks(None)), ("server replied with", RemoteSpeaks(None)), ("server answered with", RemoteSpeaks(None)),
    // What client libraries say of a server's reply.
    ("smtpcommandexception:", RemoteSpeaks(None)), ("smtprecipientsrefused:", RemoteSpeaks(Some(Rcpt))), ("smtpsenderrefused:", RemoteSpeaks(Some(Mail))),
    ("smtpdataerror:", RemoteSpeaks(Some(Data))), ("smtpheloerror:", RemoteSpeaks(Some(Ehlo))), ("smtpresponseexception:", RemoteSpeaks(None)),
    ("transient(response {", RemoteSpeaks(None)), ("permanent(response {", RemoteSpeaks(None)), ("remote server replied:", RemoteSpeaks(None)), ("remote server responded:", RemoteSpeaks(None)),
    ("smtp protocol returned", RemoteSpeaks(None)), ("the server response was:", RemoteSpeaks(None)), ("smtpsendfailedexception:", RemoteSpeaks(None)), ("smtpaddressfailedexception:", RemoteSpeaks(Some(Rcpt))),
    ("smtpsenderfailedexception:", RemoteSpeaks(Some(Mail))), ("but got code ", RemoteSpeaks(None)), ("responsecode: ", RemoteSpeaks(None)), ("server refused mail at end of data", RemoteSpeaks(Some(Data))),
    ("read timed out", fact(SessionTimedOut, Ehlo)), ("sockettimeoutexception: read timed out", fact(SessionTimedOut, Ehlo)), ("socket read timed out", fact(SessionTimedOut, Ehlo)),
    ("security status ", fact(TlsFailed, Starttls)), ("host down", fact(ConnectFailed, Connect)), ("failed. error connecting to smtp server", fact(ConnectFailed, Connect)), ("error connecting to smtp server", fact(ConnectFailed, Connect)),
    ("name resolution of ", fact(DnsFailed, Dns)), ("delivery error: dd", Refusal(Mailbox)), ("discontinued", Refusal(Mailbox)),
    ("spamcop.net", Refusal(Policy)), ("blocked using", Refusal(Policy)), ("cannot achieve exchange server authentication", Refusal(Authentication)),
    // The TCP handshake: operating systems, in their languages.
    ("connection timed out", fact(ConnectTimedOut, Connect)), ("connect timed out", fact(ConnectTimedOut, Connect)), ("connection timed out during", fact(SessionTimedOut, Ehlo)), ("operation timed out", fact(ConnectTimedOut, Connect)),
    ("connection timeout", fact(ConnectTimedOut, Connect)), ("connection attempt timed out", fact(ConnectTimedOut, Connect)), ("socket.timeout", fact(ConnectTimedOut, Connect)), ("connect timeout", fact(ConnectTimedOut, Connect)), ("timed out while connecting", fact(ConnectTimedOut, Connect)),
    ("timed out while attempting to connect", fact(ConnectTimedOut, Connect)), ("timeout while connecting", fact(ConnectTimedOut, Connect)), ("s while connecting to", fact(ConnectTimedOut, Connect)), ("(timedout:", fact(ConnectTimedOut, Connect)), ("(connectionrefused:", fact(ConnectRefused, Connect)),
 ("etimedout", fact(ConnectTimedOut, Connect)), ("econntimeout", fact(ConnectTimedOut, Connect)),
    ("sockettimedout", fact(ConnectTimedOut, Connect)), ("sockettimeout", fact(ConnectTimedOut, Connect)), ("i/o timeout", fact(ConnectTimedOut, Connect)), ("connected party did not properly respond", fact(ConnectTimedOut, Connect)),
    (": timed out]", fact(ConnectTimedOut, Connect)), ("connect error (110)", fact(ConnectTimedOut, Connect)), ("unable to connect (timeout)", fact(ConnectTimedOut, Connect)), ("connecttimeout", fact(ConnectTimedOut, Connect)),
    ("execution expired", fact(ConnectTimedOut, Connect)), ("deadline exceeded", fact(ConnectTimedOut, Connect)), ("deadline_exceeded", fact(ConnectTimedOut, Connect)), ("timed out connecting", fact(ConnectTimedOut, Connect)),
    ("no answer from host", Consequence(ConnectFailed)), ("curl: (28)", fact(ConnectTimedOut, Connect)), ("request timed out", fact(ConnectTimedOut, Connect)), ("warning: tcp connect to ", fact(ConnectFailed, Connect)), ("tcptestsucceeded : false", fact(ConnectFailed, Connect)), ("tcptestsucceeded: false", fact(ConnectFailed, Connect)),
 ("zeitüberschreitung", fact(ConnectTimedOut, Connect)), ("wartezeit für die verbindung", fact(ConnectTimedOut, Connect)), ("délai de connexion", fact(ConnectTimedOut, Connect)),
    ("terminée par expiration du délai", fact(ConnectTimedOut, Connect)), ("expiró el tiempo de conexión", fact(ConnectTimedOut, Connect)), ("tiempo de espera", fact(ConnectTimedOut, Connect)), ("タイムアウト", fact(ConnectTimedOut, Connect)), ("连接超时", fact(ConnectTimedOut, Connect)), ("连接尝试失败", fact(ConnectTimedOut, Connect)),
    ("connection refused", fact(ConnectRefused, Connect)), ("connect refused", fact(ConnectRefused, Connect)), ("econnrefused", fact(ConnectRefused, Connect)), ("actively refused", fact(ConnectRefused, Connect)), ("socketconnectionrefused", fact(ConnectRefused, Connect)),
    ("verbindungsaufbau abgelehnt", fact(ConnectRefused, Connect)), ("verbindung verweigert", fact(ConnectRefused, Connect)), ("connexion refusée", fact(ConnectRefused, Connect)), ("connexion refusee", fact(ConnectRefused, Connect)), ("conexión rehusada", fact(ConnectRefused, Connect)), ("conexión rechazada", fact(ConnectRefused, Connect)), ("接続を拒否", fact(ConnectRefused, Connect)), ("接続が拒否", fact(ConnectRefused, Connect)), ("拒绝连接", fact(ConnectRefused, Connect)), ("积极拒绝", fact(ConnectRefused, Connect)),
    ("no route to host", fact(HostUnreachable, Connect)), ("host is unreachable", fact(HostUnreachable, Connect)), ("host unreachable", fact(HostUnreachable, Connect)), ("ehostunreach", fact(HostUnreachable, Connect)), ("host is down", fact(HostUnreachable, Connect)), ("unreachable host", fact(HostUnreachable, Connect)),
    ("keine route zum zielrechner", fact(HostUnreachable, Connect)), ("chemin d'accès pour atteindre", fact(HostUnreachable, Connect)), ("no existe ninguna ruta hasta el", fact(HostUnreachable, Connect)),
    ("network is unreachable", fact(NetworkUnreachable, Connect)), ("network unreachable", fact(NetworkUnreachable, Connect)), ("enetunreach", fact(NetworkUnreachable, Connect)), ("unreachable network", fact(NetworkUnreachable, Connect)), ("das netzwerk ist nicht erreichbar", fact(NetworkUnreachable, Connect)), ("le réseau n'est pas accessible", fact(NetworkUnreachable, Connect)), ("la red es inaccesible", fact(NetworkUnreachable, Connect)),
    // The same in more languages. Only ASCII is put into lower case: a phrase leaves out a first letter that has two.
    ("fehlgeschlagen, da die gegenstelle", fact(ConnectTimedOut, Connect)), ("connexion terminée par time-out", fact(ConnectTimedOut, Connect)), ("connessione scaduta", fact(ConnectTimedOut, Connect)), ("tempo esgotado para conexão", fact(ConnectTimedOut, Connect)), ("ремя ожидания соединения истекло", fact(ConnectTimedOut, Connect)), ("upłynął limit czasu połączenia", fact(ConnectTimedOut, Connect)), ("przekroczony czas oczekiwania", fact(ConnectTimedOut, Connect)), ("verbinding is verlopen", fact(ConnectTimedOut, Connect)), ("connessione rifiutata", fact(ConnectRefused, Connect)), ("conexão recusada", fact(ConnectRefused, Connect)), (" соединении отказано", fact(ConnectRefused, Connect)), ("połączenie odrzucone", fact(ConnectRefused, Connect)), ("verbinding is geweigerd", fact(ConnectRefused, Connect)), ("nessun instradamento per l'host", fact(HostUnreachable, Connect)), ("não há rota para o host", fact(HostUnreachable, Connect)), ("ет маршрута до узла", fact(HostUnreachable, Connect)), ("brak trasy do hosta", fact(HostUnreachable, Connect)), ("geen route naar host", fact(HostUnreachable, Connect)), ("ホストへの経路がありません", fact(HostUnreachable, Connect)), ("没有到主机的路由", fact(HostUnreachable, Connect)), ("rete non è raggiungibile", fact(NetworkUnreachable, Connect)), ("rede está fora de alcance", fact(NetworkUnreachable, Connect)), ("еть недоступна", fact(NetworkUnreachable, Connect)), ("sieć jest niedostępna", fact(NetworkUnreachable, Connect)), ("netwerk is onbereikbaar", fact(NetworkUnreachable, Connect)), ("ネットワークに届きません", fact(NetworkUnreachable, Connect)), ("网络不可达", fact(NetworkUnreachable, Connect)), ("vom kommunikationspartner zurückgesetzt", fact(SessionDropped, Ehlo)), ("reinicializada por la máquina", fact(SessionDropped, Ehlo)), ("接続が相手からリセット", fact(SessionDropped, Ehlo)),
    // Windows, in its languages: no number need stand beside these.
    ("le parti connecté n'a pas répondu", fact(ConnectTimedOut, Connect)),
    ("la parte conectada no respondió", fact(ConnectTimedOut, Connect)),
    ("正しく応答しなかった", fact(ConnectTimedOut, Connect)),
    ("o componente conectado não respondeu", fact(ConnectTimedOut, Connect)),
    ("la parte connessa non ha risposto", fact(ConnectTimedOut, Connect)),
    ("не получен нужный отклик", fact(ConnectTimedOut, Connect)),
    ("strona nie odpowiedziała", fact(ConnectTimedOut, Connect)),
    ("verbonden partij niet juist", fact(ConnectTimedOut, Connect)),
    ("연결된 구성원으로부터 응답이 없어", fact(ConnectTimedOut, Connect)),
    ("l'a expressément refusée", fact(ConnectRefused, Connect)),
    ("denegó expresamente dicha conexión", fact(ConnectRefused, Connect)),
    ("対象のコンピューターによって拒否された", fact(ConnectRefused, Connect)),
    ("対象のコンピュータによって拒否された", fact(ConnectRefused, Connect)),
    ("as recusou ativamente", fact(ConnectRefused, Connect)),
    ("rifiuto persistente del computer", fact(ConnectRefused, Connect)),
    ("отверг запрос на подключение", fact(ConnectRefused, Connect)),
    ("aktywnie jej odmawia", fact(ConnectRefused, Connect)),
    ("deze actief heeft geweigerd", fact(ConnectRefused, Connect)),
    ("대상 컴퓨터에서 연결을 거부했으므로", fact(ConnectRefused, Connect)),
    ("nicht verfügbares netzwerk", fact(NetworkUnreachable, Connect)),
    ("réseau impossible à atteindre", fact(NetworkUnreachable, Connect)),
    ("red no accesible", fact(NetworkUnreachable, Connect)),
    ("到達できないネットワーク", fact(NetworkUnreachable, Connect)),
    ("nicht verfügbaren host", fact(HostUnreachable, Connect)),
    ("hôte impossible à atteindre", fact(HostUnreachable, Connect)),
    ("到達できないホスト", fact(HostUnreachable, Connect)),
    ("vom remotehost geschlossen", fact(SessionDropped, Ehlo)),
    ("dû être fermée par l'hôte", fact(SessionDropped, Ehlo)),
    ("conexión existente por el host remoto", fact(SessionDropped, Ehlo)),
    ("リモート ホストに強制的に切断", fact(SessionDropped, Ehlo)),
    ("远程主机强迫关闭", fact(SessionDropped, Ehlo)),
    ("not valid in its context", fact(SenderLocal, Connect)),
    ("in diesem kontext ungültig", fact(SenderLocal, Connect)),
    ("zugriffsrechte des sockets", fact(SenderLocal, Connect)),
    ("adresse kann nicht zugewiesen", fact(SenderLocal, Connect)),
    ("assigner l'adresse demandée", fact(SenderLocal, Connect)),
    ("asignar la dirección solicitada", fact(SenderLocal, Connect)),
    ("アドレスに割り当てられません", fact(SenderLocal, Connect)),
    ("impossible d'ouvrir une connexion", fact(ConnectFailed, Connect)),
    ("échec lors de la connexion", fact(ConnectFailed, Connect)),
    ("puede abrir la conexión al host", fact(ConnectFailed, Connect)),
    ("verbinden fehlgeschlagen", fact(ConnectFailed, Connect)),
    ("ホストへ接続できませんでした", fact(ConnectFailed, Connect)),
    // Programs and their own words.
    ("(tcp) timed out", fact(ConnectTimedOut, Connect)),
    ("timed out: operation now in progress", fact(ConnectTimedOut, Connect)),
    ("ncat: timeout", fact(ConnectTimedOut, Connect)),
    ("connect: timeout", fact(ConnectTimedOut, Connect)),
    ("did not respond to a connection attempt", fact(ConnectTimedOut, Connect)),
    ("timeout connecting to", fact(ConnectTimedOut, Connect)),
    ("host down (", fact(ConnectTimedOut, Connect)),
    ("connection time out", fact(ConnectTimedOut, Connect)),
    ("connect time out", fact(ConnectTimedOut, Connect)),
    ("rcpt handle timeout", fact(ConnectTimedOut, Connect)),
    ("not respond within the timeout period", fact(ConnectTimedOut, Connect)),
    ("['timeout']", fact(ConnectTimedOut, Connect)),
    ("{error,timeout}", fact(ConnectTimedOut, Connect)),
    (" timed out. try again", fact(ConnectTimedOut, Connect)),
    ("refused an attempted connect", fact(ConnectRefused, Connect)),
    ("route to the remote host is not", fact(HostUnreachable, Connect)),
    ("a remote socket was reset", fact(SessionDropped, Ehlo)),
    ("reply: read error", fact(SessionDropped, Ehlo)),
    ("lost in the middle of the transaction", fact(SessionDropped, Ehlo)),
    ("mta error reason=timeout", fact(SessionTimedOut, Ehlo)),
    ("connect to milter service", fact(SenderLocal, Connect)),
    ("[private/", fact(SenderLocal, Connect)),
    ("sendmail: cannot open ", fact(ConnectFailed, Connect)),
    ("connecting to outgoing server", fact(ConnectFailed, Connect)),
    ("リモート サーバーに接続できません", fact(ConnectFailed, Connect)),
    ("remoteserver kann nicht hergestellt", fact(ConnectFailed, Connect)),
    ("es posible conectar con el servidor", fact(ConnectFailed, Connect)),
    ("server busy", Refusal(TooBusy)),
    ("connection timed out during user open", fact(ConnectTimedOut, Connect)),
    ("timed out during client greeting", fact(GreetingTimedOut, Greeting)),
    ("could not connect and send", fact(ConnectFailed, Connect)),
    ("unable to contact host", fact(ConnectFailed, Connect)),
    ("no valid route to remote mx", fact(ConnectFailed, Connect)),
    ("no valid route to destination", fact(ConnectFailed, Connect)),
    ("all routes to destination blocked", fact(ConnectFailed, Connect)),
    ("family mismatch on destination", fact(ConnectFailed, Connect)),
    ("could not retrieve source address", fact(SenderLocal, Connect)),
    ("could not retrieve credentials", fact(SenderLocal, Connect)),
    ("illegal host/domain name", fact(NoSuchDomain, Dns)),
    ("destination email system is unknown or invalid", fact(NoSuchDomain, Dns)),

    ("host not found", fact(NoSuchDomain, Dns)),
    ("records for the destination computer", fact(NoMailHost, Dns)),
    ("answer with no data", fact(NoMailHost, Dns)),
    ("general queue timeout", GivenUp),
    ("cannot send message within", GivenUp),
    ("listed as a best-preference mx", fact(MailLoop, Dns)),
    ("mailfolder is full", Refusal(Mailbox)),
    ("mailbox exceeds", Refusal(Mailbox)),
    ("not listed in public name", Refusal(Mailbox)),
    ("check if address is correct", Refusal(Mailbox)),
    ("mailbox has exceeded", Refusal(Mailbox)),
    ("storage quota", Refusal(Mailbox)),
    ("administrative prohibition", Refusal(Policy)),
    ("prohibited", Refusal(Policy)),
    ("verifying sender", Refusal(Policy)),
    ("verify sender", Refusal(Policy)),
    ("error connecting to server", fact(ConnectFailed, Connect)),
    ("failed to establish connection", fact(ConnectFailed, Connect)),
    ("failed to establish a connection", fact(ConnectFailed, Connect)),
    ("failed to establish a new connection", fact(ConnectFailed, Connect)),
    ("unable to establish connection", fact(ConnectFailed, Connect)),
    ("unable to establish a connection", fact(ConnectFailed, Connect)),
    ("could not establish connection", fact(ConnectFailed, Connect)),
    ("could not establish a connection", fact(ConnectFailed, Connect)),
    ("connection could not be established", fact(ConnectFailed, Connect)),
    ("connection to recipients server failed", fact(ConnectFailed, Connect)),
    ("server is not reachable", fact(ConnectFailed, Connect)),
    ("host is not reachable", fact(ConnectFailed, Connect)),
    ("] not reachable", fact(ConnectFailed, Connect)),
    ("host is not responding", fact(ConnectFailed, Connect)),
    ("server is not responding", fact(ConnectFailed, Connect)),
    ("tried all mxs", fact(ConnectFailed, Connect)),
    ("connection refused or timed out", fact(ConnectFailed, Connect)),
    ("closed connection while", fact(SessionDropped, Ehlo)),
    ("closed the connection while", fact(SessionDropped, Ehlo)),
    ("remote system no longer responding", fact(SessionDropped, Ehlo)),
    ("nonexistentdomain", fact(NoSuchDomain, Dns)),
    ("nonexistent domain", fact(NoSuchDomain, Dns)),
    ("non-existent domain", fact(NoSuchDomain, Dns)),
    ("not a known tcp/ip host", fact(NoSuchDomain, Dns)),
    ("unable to lookup dns", fact(DnsFailed, Dns)),
    ("temporary failure in mx lookup", fact(DnsFailed, Dns)),
    ("failed to resolve mx", fact(DnsFailed, Dns)),
    ("unable to bind to the destination server in dns", fact(DnsFailed, Dns)),
    ("dial tcp: lookup ", At(Dns)),
    (": read udp ", At(Dns)),
    ("message will be deleted from queue", GivenUp),
    ("message in the time limit specified", GivenUp),
    ("no available ipv4 route", fact(ConnectFailed, Connect)),
    // Programs: what their formats say of the stage, and of what ended it.
    ("socket timeout waiting on", fact(SessionTimedOut, Ehlo)),
    ("socket timeout waiting on connect", fact(GreetingTimedOut, Greeting)),
    ("querya", At(Dns)),
    ("querymx", At(Dns)),
    ("data from the transport connection", At(Ehlo)),
    ("net_io_connectionclosed", fact(SessionDropped, Ehlo)),
    ("in connect (code, msg) = self.getreply", At(Greeting)),
    ("return self.getreply", At(Ehlo)),
    ("timeouterror: timed out", fact(ConnectTimedOut, Connect)),
    ("net::opentimeout", fact(ConnectTimedOut, Connect)),
    ("net::readtimeout", fact(SessionTimedOut, Ehlo)),
    ("create smtp client: eof", fact(DroppedAtGreeting, Greeting)),
    ("(permission denied", fact(SenderLocal, Connect)),
    ("permission denied (13", fact(SenderLocal, Connect)),
    ("permission denied #13", fact(SenderLocal, Connect)),
    ("exceeded the max defers", fact(SenderLocal, Queue)),
    ("exceeded the max emails", fact(SenderLocal, Queue)),
    ("connection timed out. total session duration", fact(SessionTimedOut, Ehlo)),
    ("timeout waiting for data", fact(SessionTimedOut, Ehlo)),
    ("failed to resolve ip address for", fact(DnsFailed, Dns)),
    ("host map: lookup (", fact(DnsFailed, Dns)),
    ("unable to get mx info", Consequence(DnsFailed)),
    ("too frequent", Refusal(RateLimited)),
    (":error, :timeout}", fact(ConnectTimedOut, Connect)),
    ("server sent an empty reply", fact(SessionDropped, Ehlo)),
    ("sslexception", fact(TlsFailed, Starttls)),
    ("sslhandshake", fact(TlsFailed, Starttls)),
    ("no routing hosts are reachable", fact(ConnectFailed, Connect)),
    ("trying to read from smtp server", fact(SessionTimedOut, Ehlo)),
    ("[debug] connected", At(Ehlo)),
    // The sender's own host.
    ("cannot assign requested address", fact(SenderLocal, Connect)), ("address not available", fact(SenderLocal, Connect)), ("eaddrnotavail", fact(SenderLocal, Connect)), ("too many open files", fact(SenderLocal, Connect)), ("cannot allocate memory", fact(SenderLocal, Queue)), ("no buffer space", fact(SenderLocal, Connect)), ("operation not permitted", fact(SenderLocal, Connect)), ("forbidden by its access permissions", fact(SenderLocal, Connect)), ("blocked by port blocking rule", fact(SenderLocal, Connect)), ("smtp_connect_addr: bind", fact(SenderLocal, Connect)), ("unable to bind", fact(SenderLocal, Connect)), (":25: permission denied", fact(SenderLocal, Connect)), ("connect: permission denied", fact(SenderLocal, Connect)), ("eacces", fact(SenderLocal, Connect)), ("mail system configuration error", fact(SenderLocal, Queue)), ("mail transport unavailable", fact(SenderLocal, Queue)), ("unknown mail transport error", fact(SenderLocal, Queue)), ("no space left on device", fact(SenderLocal, Queue)), ("file too large", fact(SenderLocal, Queue)),
    // No connection, cause not stated.
    ("wasn't able to establish an smtp connection", fact(ConnectFailed, Connect)), ("unable to establish an smtp connection", fact(ConnectFailed, Connect)), ("network error on destination mxs", fact(ConnectFailed, Connect)), ("unable to connect", fact(ConnectFailed, Connect)), ("could not connect to", fact(ConnectFailed, Connect)), ("couldn't connect to", fact(ConnectFailed, Connect)), ("can not connect to", fact(ConnectFailed, Connect)), ("cannot connect to", fact(ConnectFailed, Connect)), ("can't connect to", fact(ConnectFailed, Connect)), ("failed to connect", fact(ConnectFailed, Connect)), ("connection failed", fact(ConnectFailed, Connect)), ("connect failed", fact(ConnectFailed, Connect)), ("unable to contact destination", fact(ConnectFailed, Connect)), ("did not accept our requests to connect", fact(ConnectFailed, Connect)), (": socket error]", fact(ConnectFailed, Connect)), ("host not reachable", fact(ConnectFailed, Connect)), ("no answer from any hosts listed in mx", fact(ConnectFailed, Connect)), ("no smtp servers were available", fact(ConnectFailed, Connect)), ("the host did not respond", fact(ConnectFailed, Connect)), ("remote mta not responding", fact(ConnectFailed, Connect)), ("server not responding", fact(ConnectFailed, Connect)), ("host not responding", fact(ConnectFailed, Connect)), ("could not be contacted", fact(ConnectFailed, Connect)), ("can't create connection", fact(ConnectFailed, Connect)), ("error communicating with target host", Consequence(ConnectFailed)), ("communicating with primary target", Consequence(ConnectFailed)), ("domain is not reachable", fact(ConnectFailed, Connect)), ("konnte keine verbindung", fact(ConnectFailed, Connect)), ("impossible de se connecter", fact(ConnectFailed, Connect)), ("could not reach", fact(ConnectFailed, Connect)), ("all hosts have been failing", Consequence(ConnectFailed)), ("have been failing for a long time", GivenUp), ("errconnect", Consequence(ConnectFailed)), ("connect error (0)", fact(ConnectFailed, Connect)), ("failed_precondition: connect error", Consequence(ConnectFailed)),
    // The greeting.
    ("timed out while receiving the initial server greeting", fact(GreetingTimedOut, Greeting)), ("smtp timeout after initial connection", fact(GreetingTimedOut, Greeting)), ("timeout waiting for the initial server greeting", fact(GreetingTimedOut, Greeting)), ("timed out waiting for greeting", fact(GreetingTimedOut, Greeting)), ("greeting never received", fact(GreetingTimedOut, Greeting)), ("timeout waiting for greeting", fact(GreetingTimedOut, Greeting)), ("waiting for banner", fact(GreetingTimedOut, Greeting)), ("no response to banner", fact(GreetingTimedOut, Greeting)), ("[internal] no banner", fact(GreetingTimedOut, Greeting)), ("did not receive initial greeting", fact(GreetingTimedOut, Greeting)), ("smtp connect() failed: timeout", fact(GreetingTimedOut, Greeting)), ("timeout on connect banner", fact(GreetingTimedOut, Greeting)),
 ("in response to initial connection", At(Greeting)), ("after initial connection", At(Greeting)), ("waiting for greeting", At(Greeting)), ("after pipelined", At(Rcpt)), ("after pipelined data", At(Data)), ("initial server greeting", At(Greeting)), ("server closed the connection before greeting", fact(DroppedAtGreeting, Greeting)), ("closed connection in response to initial connection", fact(DroppedAtGreeting, Greeting)), ("while waiting for the greeting", At(Greeting)),
    // The session.
    ("lost connection with", fact(SessionDropped, Ehlo)), ("server dropped connection", fact(SessionDropped, Ehlo)), ("remote host closed connection", fact(SessionDropped, Ehlo)), ("remote host unexpectedly closed connection", fact(SessionDropped, Ehlo)), ("connection closed unexpectedly", fact(SessionDropped, Ehlo)), ("connection unexpectedly closed", fact(SessionDropped, Ehlo)), ("closed connection unexpectedly", fact(SessionDropped, Ehlo)), ("connection reset", fact(SessionDropped, Ehlo)), ("econnreset", fact(SessionDropped, Ehlo)), ("connectionreset", fact(SessionDropped, Ehlo)), ("connection dropped", fact(SessionDropped, Ehlo)), ("connection died", fact(SessionDropped, Ehlo)), ("connection was dropped", fact(SessionDropped, Ehlo)), ("connection was closed abruptly", fact(SessionDropped, Ehlo)), ("remote server disconnected abruptly", fact(SessionDropped, Ehlo)), ("suspiciousremoteservererror", fact(SessionDropped, Ehlo)), ("broken pipe", fact(SessionDropped, Ehlo)), ("premature close", fact(SessionDropped, Ehlo)), ("unexpected eof", fact(SessionDropped, Ehlo)), ("connection aborted", fact(SessionDropped, Ehlo)), ("forcibly closed by the remote host", fact(SessionDropped, Ehlo)), ("connection lost", fact(SessionDropped, Ehlo)), ("connection closed by remote", fact(SessionDropped, Ehlo)), ("socket closed unexpectedly", fact(SessionDropped, Ehlo)), ("von der gegenstelle zurückgesetzt", fact(SessionDropped, Ehlo)), ("connexion ré-initialisée", fact(SessionDropped, Ehlo)), ("dropped by remote host", fact(SessionDropped, Ehlo)),
    ("connection dropped due to timeout", fact(SessionTimedOut, Ehlo)), ("connection dropped due to timedout", fact(SessionTimedOut, Ehlo)), ("] timed out", fact(SessionTimedOut, Ehlo)), ("smtp timeout", fact(SessionTimedOut, Ehlo)), ("timeout waiting for response", fact(SessionTimedOut, Ehlo)), ("timed out waiting", fact(SessionTimedOut, Ehlo)), ("no response to", fact(SessionTimedOut, Ehlo)), ("timeout after data", fact(SessionTimedOut, Data)), ("session timeout", fact(SessionTimedOut, Ehlo)), ("read timeout", fact(SessionTimedOut, Ehlo)), ("timeout during", fact(SessionTimedOut, Ehlo)), ("command timeout", fact(SessionTimedOut, Ehlo)), ("idle timeout", fact(SessionTimedOut, Ehlo)), ("conversation timed out", fact(SessionTimedOut, Ehlo)), ("timeout exceeded", fact(SessionTimedOut, Ehlo)), ("response timeout", fact(SessionTimedOut, Ehlo)),
    ("while performing the ehlo handshake", At(Ehlo)), ("while performing the helo handshake", At(Ehlo)), ("in response to ehlo", At(Ehlo)), ("in response to helo", At(Ehlo)), ("while performing the tls handshake", At(Starttls)), ("in response to starttls", At(Starttls)), ("while sending mail from", At(Mail)), ("in response to mail from", At(Mail)), ("after mail from", At(Mail)), ("for response to mail", At(Mail)), ("while sending rcpt to", At(Rcpt)), ("in response to rcpt to", At(Rcpt)), ("after rcpt to", At(Rcpt)), ("for response to rcpt", At(Rcpt)), ("while sending data command", At(Data)), ("while sending message body", At(Data)), ("while sending end of data", At(Data)), ("after end of data", At(Data)), ("after data", At(Data)), ("during result wait", At(Data)), ("for response to data", At(Data)), ("in response to end of data", At(Data)),
    // TLS.
    ("cannot start tls", fact(TlsFailed, Starttls)), ("tls handshake", fact(TlsFailed, Starttls)), ("tls session:", fact(TlsFailed, Starttls)), ("ssl_connect", fact(TlsFailed, Starttls)), ("ssl routines", fact(TlsFailed, Starttls)), ("tls negotiation failed", fact(TlsFailed, Starttls)), ("tls error on connection", fact(TlsFailed, Starttls)), ("certificate verify failed", fact(TlsFailed, Starttls)), ("certificateexpired", fact(TlsFailed, Starttls)), ("server certificate not trusted", fact(TlsFailed, Starttls)), ("server certificate not verified", fact(TlsFailed, Starttls)), ("tls is required, but was not offered", fact(TlsFailed, Starttls)), ("tls connection failed", fact(TlsFailed, Starttls)), ("starttls failed", fact(TlsFailed, Starttls)), ("subject mismatch", fact(TlsFailed, Starttls)), ("x509: certificate", fact(TlsFailed, Starttls)), ("failed to verify certificate", fact(TlsFailed, Starttls)), ("subjectmismatch", fact(TlsFailed, Starttls)), ("untrustedroot", fact(TlsFailed, Starttls)), ("certificate was not trusted", fact(TlsFailed, Starttls)), ("a tls session is required", fact(TlsFailed, Starttls)), ("no peer certificate available", fact(TlsFailed, Starttls)), ("didn't find starttls in server response", fact(TlsFailed, Starttls)), ("ssl handshake has read", At(Starttls)), ("tls required but not supported", fact(TlsFailed, Starttls)), ("tlsa lookup error", fact(DnsFailed, Dns)), ("wrong version number", fact(TlsFailed, Starttls)), ("handshake failure", fact(TlsFailed, Starttls)), ("no starttls offered", fact(TlsFailed, Starttls)), ("failed to start tls", fact(TlsFailed, Starttls)), ("ssl handshake", fact(TlsFailed, Starttls)), ("starttls is required to send mail", fact(TlsFailed, Starttls)), ("starttls must be offered", fact(TlsFailed, Starttls)),
    // DNS.
 ("host not found, try again", fact(DnsFailed, Dns)), ("malformed or unexpected name server reply", fact(DnsFailed, Dns)), ("no record of requested type", fact(NoMailHost, Dns)), ("host found but no data record", fact(NoMailHost, Dns)), ("valid hostname but no ip", fact(NoMailHost, Dns)),
    ("host or domain name not found", Consequence(NoSuchDomain)), ("domain not found", fact(NoSuchDomain, Dns)), ("domain name not found", fact(NoSuchDomain, Dns)), ("unrouteable address", fact(NoSuchDomain, Dns)), ("unrouteable mail domain", fact(NoSuchDomain, Dns)), ("unroutable address", fact(NoSuchDomain, Dns)), ("host unknown", fact(NoSuchDomain, Dns)), ("unknown host", fact(NoSuchDomain, Dns)), ("nxdomain", fact(NoSuchDomain, Dns)), ("no such domain", fact(NoSuchDomain, Dns)), ("domain does not exist", fact(NoSuchDomain, Dns)), ("invalid domain", fact(NoSuchDomain, Dns)), ("couldn't find any host named", fact(NoSuchDomain, Dns)), ("couldn't be found", Consequence(NoSuchDomain)), ("no such host", fact(NoSuchDomain, Dns)), ("name or service not known", fact(NoSuchDomain, Dns)), ("enotfound", fact(NoSuchDomain, Dns)), ("unable to resolve", fact(DnsFailed, Dns)), ("nodename nor servname", fact(NoSuchDomain, Dns)), ("unknown domain", fact(NoSuchDomain, Dns)), ("dnsdomaindoesnotexist", fact(NoSuchDomain, Dns)), ("infodomainnonexistent", fact(NoSuchDomain, Dns)), ("bad destination host", fact(NoSuchDomain, Dns)), ("domain part does not resolve", fact(NoSuchDomain, Dns)), ("could not resolve host", fact(NoSuchDomain, Dns)), ("rr type=mx lookup of", At(Dns)), ("email routing issue", Consequence(NoSuchDomain)),
    ("mx records point to non-existent", fact(NoMailHost, Dns)), ("find a mail exchanger or ip", fact(NoMailHost, Dns)), ("no mx found", fact(NoMailHost, Dns)), ("no mx for", fact(NoMailHost, Dns)), ("no mx record", fact(NoMailHost, Dns)), ("no mx or a records", fact(NoMailHost, Dns)), ("mx record found for domain", fact(NoMailHost, Dns)), ("could not resolve any ip addresses for the mx server", fact(NoMailHost, Dns)), ("no mail hosts", fact(NoMailHost, Dns)), ("no mail exchanger", fact(NoMailHost, Dns)), ("mx points to", fact(NoMailHost, Dns)), ("no valid hosts", fact(NoMailHost, Dns)), ("no valid hosts (unable to make any connections", fact(ConnectFailed, Connect)), ("for this domain could be reached", fact(ConnectFailed, Connect)), ("no mx or a for domain", fact(NoMailHost, Dns)), ("all host address lookups failed", fact(NoMailHost, Dns)), ("mail for domain has no mx", fact(NoMailHost, Dns)), ("no valid mx", fact(NoMailHost, Dns)), ("no working mx", fact(NoMailHost, Dns)),
    ("host does not accept mail", fact(NullMx, Dns)), ("nullmx", fact(NullMx, Dns)), ("null mx", fact(NullMx, Dns)), ("does not accept messages (null", fact(NullMx, Dns)), ("record indicated no smtp service", fact(NullMx, Dns)), ("rfc7505", fact(NullMx, Dns)),
 ("lookup did not complete", fact(DnsFailed, Dns)), ("host name lookup failure", fact(DnsFailed, Dns)), ("name server timeout", fact(DnsFailed, Dns)), ("cname lookup failed temporarily", fact(DnsFailed, Dns)), ("servfail", fact(DnsFailed, Dns)), ("server failure", fact(DnsFailed, Dns)), ("serverfailure", fact(DnsFailed, Dns)), ("dns query failed", Consequence(DnsFailed)), ("server misbehaving", fact(DnsFailed, Dns)), (" etimeout", fact(DnsFailed, Dns)), ("dns lookup failure", Consequence(DnsFailed)), ("dns lookup failure: host", fact(NoSuchDomain, Dns)), ("dns error", Consequence(DnsFailed)), ("temporary failure in name resolution", fact(DnsFailed, Dns)), ("esercfail", fact(DnsFailed, Dns)), ("lookup failed", Consequence(DnsFailed)), ("try again later, dns", fact(DnsFailed, Dns)), ("dns timeout", fact(DnsFailed, Dns)), ("name service error", Consequence(DnsFailed)), ("host lookup failed", fact(DnsFailed, Dns)), ("eai_again", fact(DnsFailed, Dns)), ("dns failure", fact(DnsFailed, Dns)), ("dns resolution failed", fact(DnsFailed, Dns)), ("infonorecords", fact(NoMailHost, Dns)), ("connection timed out; no servers could be reached", fact(DnsFailed, Dns)), ("no servers could be reached", fact(DnsFailed, Dns)),
    ("loops back to myself", fact(MailLoop, Dns)), ("too many hops", fact(MailLoop, Dns)), ("hop count exceeded", fact(MailLoop, Dns)), ("maximum hop count", fact(MailLoop, Dns)), ("mail loop", fact(MailLoop, Dns)), ("routing loop", fact(MailLoop, Dns)), ("more than the maximum allowed times", fact(MailLoop, Dns)), ("mail forwarding loop", fact(MailLoop, Dns)), ("local configuration error", fact(MailLoop, Dns)), ("too many received", fact(MailLoop, Dns)), ("record points to local host", fact(MailLoop, Dns)), ("loop detected", fact(MailLoop, Dns)),
    // The sender's queue.
    ("delivery temporarily suspended", Consequence(DeferredByQueue)), ("retry time not reached", Consequence(DeferredByQueue)), ("connection was not attempted", fact(DeferredByQueue, Queue)), ("domain is marked down", fact(DeferredByQueue, Queue)), ("domain marked down", fact(DeferredByQueue, Queue)), ("deferring due to", Consequence(DeferredByQueue)), ("message delayed", Consequence(DeferredByQueue)), ("deferred[", Consequence(DeferredByQueue)), ("temp failing", Consequence(DeferredByQueue)),
    ("message expired", GivenUp), ("queue.expired", GivenUp), ("envelope expired", GivenUp), ("exceeded max time without delivery", GivenUp), ("retry timeout exceeded", GivenUp), ("delivery retry timeout", GivenUp), ("not going to try again", GivenUp), ("in the queue too long", GivenUp), ("giving up", GivenUp), ("could not send message for past", GivenUp), ("cannot send message for", GivenUp), ("unable to deliver this message after", GivenUp), ("unable to deliver in", GivenUp), ("delivery failed 20 attempts", GivenUp), ("too old", GivenUp), ("exceeds the expiry time", GivenUp), ("delivery time expired", GivenUp), ("delivery expired", GivenUp), ("message timed out", GivenUp), ("could not be delivered in the allotted time", GivenUp), ("undeliverable for", GivenUp), ("has been in the queue for", GivenUp), ("returned to sender after", GivenUp), ("maximum number of delivery attempts", GivenUp), ("queue lifetime", GivenUp), ("delivery attempts exceeded", GivenUp), ("after multiple retries", GivenUp), ("unable to deliver message after", GivenUp), ("will be retried for", Consequence(Expired)), ("delivery has been delayed", Consequence(Expired)), ("status=expired", GivenUp), ("retention time", GivenUp),
    // What servers mean by a refusal, and what asks for patience.
    ("greylist", Refusal(Greylisted)), ("graylist", Refusal(Greylisted)), ("grey-list", Refusal(Greylisted)), ("grey list", Refusal(Greylisted)), ("please try again in", Refusal(Greylisted)), ("postgrey", Refusal(Greylisted)),
    ("too many connections", Refusal(TooBusy)), ("too many concurrent", Refusal(TooBusy)), ("too many sessions", Refusal(TooBusy)), ("too many simultaneous", Refusal(TooBusy)), ("too busy", Refusal(TooBusy)), ("service not available", Refusal(TooBusy)), ("service unavailable, closing", Refusal(TooBusy)), ("service temporarily unavailable", Refusal(TooBusy)), ("connection limit", Refusal(TooBusy)), ("load too high", Refusal(TooBusy)), ("system resources", Refusal(TooBusy)), ("insufficient system", Refusal(TooBusy)), ("maximum number of connections", Refusal(TooBusy)), ("maximum connections", Refusal(TooBusy)),
    ("unexpected volume", Refusal(RateLimited)), ("rate limit", Refusal(RateLimited)), ("rate-limit", Refusal(RateLimited)), ("ratelimit", Refusal(RateLimited)), ("throttl", Refusal(RateLimited)), ("unusual rate", Refusal(RateLimited)), ("too many messages", Refusal(RateLimited)), ("too much mail", Refusal(RateLimited)), ("too fast", Refusal(RateLimited)), ("too many emails", Refusal(RateLimited)), ("sending too much", Refusal(RateLimited)), ("too many recipients received", Refusal(RateLimited)), ("temporarily deferred due to", Refusal(RateLimited)), ("exceeded the rate", Refusal(RateLimited)), ("receiving mail at a rate", Refusal(RateLimited)),
    ("user unknown", Refusal(Mailbox)), ("unknown user", Refusal(Mailbox)), ("no such user", Refusal(Mailbox)), ("mailbox unavailable", Refusal(Mailbox)), ("does not exist", Refusal(Mailbox)), ("recipient rejected", Refusal(Mailbox)), ("invalid recipient", Refusal(Mailbox)), ("recipient unknown", Refusal(Mailbox)), ("unknown recipient", Refusal(Mailbox)), ("no such recipient", Refusal(Mailbox)), ("no mailbox", Refusal(Mailbox)), ("mailbox full", Refusal(Mailbox)), ("mailbox is full", Refusal(Mailbox)), ("over quota", Refusal(Mailbox)), ("quota exceeded", Refusal(Mailbox)), ("exceeded storage", Refusal(Mailbox)), ("is disabled", Refusal(Mailbox)), ("account disabled", Refusal(Mailbox)), ("inactive", Refusal(Mailbox)), ("no longer", Refusal(Mailbox)), ("not our customer", Refusal(Mailbox)), ("undeliverable address", Refusal(Mailbox)), ("address rejected", Refusal(Mailbox)), ("unknown address", Refusal(Mailbox)), ("invalid mailbox", Refusal(Mailbox)), ("no such mailbox", Refusal(Mailbox)), ("unknown local", Refusal(Mailbox)), ("user doesn't exist", Refusal(Mailbox)), ("user doesnt exist", Refusal(Mailbox)), ("resolver.adr", Refusal(Mailbox)), ("not found", Refusal(Mailbox)), ("mailbox disabled", Refusal(Mailbox)), ("unknown in virtual", Refusal(Mailbox)), ("unknown in local", Refusal(Mailbox)), ("no mail box", Refusal(Mailbox)),
    ("access denied", Refusal(Policy)), ("recipient address rejected: access denied", Refusal(Policy)), ("sender verify", Refusal(Policy)), ("sender verification", Refusal(Policy)), ("helo name", Refusal(Policy)), ("of sender address", Refusal(Policy)), ("your ip", Refusal(Policy)), ("listed at", Refusal(Policy)), ("listed in", Refusal(Policy)), ("listed by", Refusal(Policy)), ("no ptr", Refusal(Policy)), ("callout", Refusal(Policy)), ("unverifiable", Refusal(Policy)), ("blocked", Refusal(Policy)), ("blacklist", Refusal(Policy)), ("block list", Refusal(Policy)), ("blocklist", Refusal(Policy)), ("reputation", Refusal(Policy)), ("spamhaus", Refusal(Policy)), ("not permitted", Refusal(Policy)), ("not allowed", Refusal(Policy)), ("banned", Refusal(Policy)), ("policy", Refusal(Policy)), ("rejected due to", Refusal(Policy)), ("reverse dns", Refusal(Policy)), ("ptr record", Refusal(Policy)), ("dns ptr", Refusal(Policy)), (" rdns", Refusal(Policy)), ("helo command rejected", Refusal(Policy)), ("sender address rejected", Refusal(Policy)), ("client host rejected", Refusal(Policy)), ("cannot find your hostname", Refusal(Policy)), ("dnsbl", Refusal(Policy)), ("rbl", Refusal(Policy)), ("sender domain", Refusal(Policy)),
    ("spf", Refusal(Authentication)), ("sender policy framework", Refusal(Authentication)), ("dkim", Refusal(Authentication)), ("dmarc", Refusal(Authentication)), ("authenticat", Refusal(Authentication)),
    ("spam", Refusal(Content)), ("virus", Refusal(Content)), ("malware", Refusal(Content)), ("content rejected", Refusal(Content)), ("message content", Refusal(Content)), ("attachment", Refusal(Content)), ("phish", Refusal(Content)),
    ("message size", Refusal(Size)), ("too large", Refusal(Size)), ("too big", Refusal(Size)), ("size limit", Refusal(Size)), ("exceeds size", Refusal(Size)), ("maximum size", Refusal(Size)),
    ("relay access denied", Refusal(Relaying)), ("relaying denied", Refusal(Relaying)), ("unable to relay", Refusal(Relaying)), ("not permitted to relay", Refusal(Relaying)), ("relay not permitted", Refusal(Relaying)), ("relaying not", Refusal(Relaying)), ("relay denied", Refusal(Relaying)), ("not a relay", Refusal(Relaying)), ("relaying disallowed", Refusal(Relaying)), ("relaying is not", Refusal(Relaying)), ("not allowed to relay", Refusal(Relaying)), ("relay not allowed", Refusal(Relaying)), ("relaying prohibited", Refusal(Relaying)), ("relayed", Refusal(Relaying)),
    ("syntax error", Refusal(Syntax)), ("command unrecognized", Refusal(Syntax)), ("bad sequence", Refusal(Syntax)), ("unrecognized command", Refusal(Syntax)), ("not implemented", Refusal(Syntax)), ("8bit", Refusal(Syntax)), ("protocol error", Refusal(Syntax)), ("remote protocol error", fact(RejectedOther, Mail)), ("remote protocol error: connection reset", fact(SessionDropped, Data)),
];

/// A phrase that was found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) tells: Tells,
}

/// Every phrase of the table.
pub(super) fn all() -> impl Iterator<Item = (&'static str, Tells)> {
    let systems = systems::PHRASES.iter().map(|(phrase, cause)| (*phrase, Fact(*cause, None)));
    PHRASES.iter().copied().chain(systems)
}

/// What the phrase at a place of the table tells.
fn tells(index: usize) -> Tells {
    let of_system =
        || systems::PHRASES.get(index - PHRASES.len()).map_or(GivenUp, |(_, cause)| Fact(*cause, None));
    PHRASES.get(index).map_or_else(of_system, |(_, tells)| *tells)
}

/// The phrases in `lower`, a text in lower case, from its beginning: of those that overlap, the one that begins first, and
/// of those that begin together the longest.
pub(super) fn find(lower: &str) -> Vec<Found> {
    static MARKS: Marks = Marks::new();
    let mut marks = MARKS.find(all().map(|(phrase, _)| phrase), lower);
    marks.sort_unstable_by_key(|mark| (mark.start, std::cmp::Reverse(mark.end)));
    let mut done = 0;
    marks.retain(|mark| {
        let apart = mark.start >= done;
        if apart {
            done = mark.end;
        }
        apart
    });
    // `Connection timeout: 5 secs` is a setting.
    marks.retain(|mark| !(lower[..mark.end].ends_with("timeout") && is_set(&lower[mark.end..])));
    marks.into_iter().map(|Mark { index, start, end }| Found { start, end, tells: tells(index) }).collect()
}

/// Whether a number is what the words before `rest` are set to.
fn is_set(rest: &str) -> bool {
    let value = rest.strip_prefix([':', '=']).unwrap_or_default();
    value.trim_start().starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sound() {
        let mut phrases: Vec<&str> = all().map(|(phrase, _)| phrase).collect();
        for phrase in &phrases {
            assert_eq!(**phrase, phrase.to_lowercase(), "phrases are compared in lower case");
        }
        phrases.sort_unstable();
        let twice: Vec<_> = phrases.windows(2).filter(|pair| pair[0] == pair[1]).collect();
        assert!(twice.is_empty(), "{twice:?}");
        assert!(!find("connect to x: connection timed out").is_empty());
    }

    /// A longer phrase that begins where a shorter one does hides it: only where it is meant to tell something else.
    #[test]
    fn no_phrase_hides_another_that_tells_the_same() {
        for (phrase, tells) in all() {
            let found = find(phrase);
            assert!(found.iter().any(|one| one.tells == tells), "{phrase:?} is hidden: {found:?}");
        }
    }
}
