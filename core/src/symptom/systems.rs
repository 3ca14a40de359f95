//! What operating systems say, in their languages: glibc's po files, musl's strerror, FreeBSD's errno table and Windows'
//! message tables, as far as the words are not in the table of phrases yet. `tests/corpus/os.tsv` holds the whole messages.
//!
//! Only ASCII is put into lower case: a phrase leaves out a first letter that has two.

use super::cause::Cause::{
    self, ConnectRefused, ConnectTimedOut, DnsFailed, HostUnreachable, NetworkUnreachable, NoSuchDomain,
    SessionDropped,
};

/// A part of each message that stands in no other, and what it means.
pub(super) const PHRASES: &[(&str, Cause)] = &[
    // getaddrinfo(3): EAI_NONAME, and Windows' 11001.
    ("name does not resolve", NoSuchDomain),
    ("name oder der dienst ist nicht bekannt", NoSuchDomain),
    ("nom ou service inconnu", NoSuchDomain),
    ("nombre o servicio desconocido", NoSuchDomain),
    ("nome o servizio sconosciuto", NoSuchDomain),
    ("nome ou serviço desconhecido", NoSuchDomain),
    ("мя или служба не известны", NoSuchDomain),
    ("nieznana nazwa lub usługa", NoSuchDomain),
    ("naam of dienst is niet bekend", NoSuchDomain),
    ("名前またはサービスが不明", NoSuchDomain),
    ("未知的名称或服务", NoSuchDomain),
    ("이름 혹은 서비스를 알 수", NoSuchDomain),
    ("angegebene host ist unbekannt", NoSuchDomain),
    ("kein solcher host bekannt", NoSuchDomain),
    ("hôte inconnu", NoSuchDomain),
    ("host desconocido", NoSuchDomain),
    ("host sconosciuto", NoSuchDomain),
    ("este host não é conhecido", NoSuchDomain),
    ("тот хост неизвестен", NoSuchDomain),
    ("nieznany host", NoSuchDomain),
    ("host is onbekend", NoSuchDomain),
    ("そのようなホストは不明", NoSuchDomain),
    ("不知道这样的主机", NoSuchDomain),
    ("알려진 호스트가 없습니다", NoSuchDomain),
    // EAI_AGAIN.
    ("fehler bei der namensauflösung", DnsFailed),
    ("chec temporaire dans la résolution du nom", DnsFailed),
    ("fallo temporal en la resolución del nombre", DnsFailed),
    ("errore temporaneo nella risoluzione del nome", DnsFailed),
    ("falha temporária na resolução de nome", DnsFailed),
    ("ременный сбой в разрешении", DnsFailed),
    ("名前解決に一時的に失敗", DnsFailed),
    ("域名解析暂时失败", DnsFailed),
    // ETIMEDOUT, 10060.
    ("연결 시간 초과", ConnectTimedOut),
    ("bağlantı zaman aşımına uğradı", ConnectTimedOut),
    ("non corretta della parte connessa", ConnectTimedOut),
    ("連線嘗試失敗", ConnectTimedOut),
    ("連線逾時", ConnectTimedOut),
    ("neboť připojená strana", ConnectTimedOut),
    ("anslutna parten inte svarade", ConnectTimedOut),
    // ECONNREFUSED, 10061.
    ("zielcomputer die verbindung verweigert", ConnectRefused),
    ("連線被拒絕", ConnectRefused),
    ("目標電腦拒絕連線", ConnectRefused),
    ("연결이 거부됨", ConnectRefused),
    ("bağlantı reddedildi", ConnectRefused),
    ("etkin olarak reddettiğinden", ConnectRefused),
    ("förbindelse vägras", ConnectRefused),
    ("måldatorn aktivt nekade", ConnectRefused),
    ("spojení odmítnuto", ConnectRefused),
    ("cílový počítač je aktivně odmítl", ConnectRefused),
    ("komputer docelowy aktywnie", ConnectRefused),
    ("doelcomputer de verbinding actief", ConnectRefused),
    // EHOSTUNREACH, ENETUNREACH, 10065, 10051.
    ("호스트로 갈 루트가 없음", HostUnreachable),
    ("socketvorgang nicht erreichbar", HostUnreachable),
    ("네트워크가 접근 불가능", NetworkUnreachable),
    // ECONNRESET, 10054.
    ("connessione interrotta dal corrispondente", SessionDropped),
    ("interrotta forzatamente dall'host", SessionDropped),
    ("conexão fechada pela outra ponta", SessionDropped),
    ("forçado o cancelamento de uma conexão", SessionDropped),
    ("оединение разорвано другой стороной", SessionDropped),
    ("принудительно разорвал", SessionDropped),
    ("połączenie zerwane przez drugą stronę", SessionDropped),
    ("zamknięte przez zdalnego hosta", SessionDropped),
    ("geforceerd gesloten door de externe", SessionDropped),
    ("连接被对方重", SessionDropped),
    ("연결이 상대편에 의해 끊어짐", SessionDropped),
    ("강제로 끊겼습니다", SessionDropped),
    ("tarafından zorla kapatıldı", SessionDropped),
    ("tvingades att stänga", SessionDropped),
    ("vynuceně ukončeno vzdáleným", SessionDropped),
];
