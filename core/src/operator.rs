//! Who runs a host, by its name: hosts of one operator are one independent source.

/// Suffixes under which everybody may register a name: the operator is one label more.
/// Not the whole public suffix list, which is larger than all the rest of the core: the ones that mail logs show.
const SHARED: &[&str] = &[
    "ac.jp", "ac.uk", "co.in", "co.jp", "co.kr", "co.nz", "co.uk", "co.za", "com.ar", "com.au", "com.br",
    "com.cn", "com.hk", "com.mx", "com.my", "com.pl", "com.sg", "com.tr", "com.tw", "com.ua", "edu.au",
    "edu.cn", "edu.tw", "go.jp", "gov.au", "gov.uk", "ne.jp", "net.au", "net.br", "net.cn", "or.jp",
    "org.au", "org.br", "org.uk",
];

/// Suffixes that belong to one large operator under several names.
const LARGE: &[(&str, &str)] = &[
    ("google.com", "google"),
    ("googlemail.com", "google"),
    ("gmail.com", "google"),
    ("outlook.com", "microsoft"),
    ("hotmail.com", "microsoft"),
    ("live.com", "microsoft"),
    ("msn.com", "microsoft"),
    // Exchange Online's hosts for new domains since July 2026: `example-org.a-v1.mx.microsoft`.
    ("mx.microsoft", "microsoft"),
    ("office365.com", "microsoft"),
    ("yahoodns.net", "yahoo"),
    ("yahoo.com", "yahoo"),
    ("aol.com", "yahoo"),
    ("icloud.com", "apple"),
    ("me.com", "apple"),
    ("mac.com", "apple"),
    ("amazonaws.com", "amazon"),
    ("amazonses.com", "amazon"),
    ("pphosted.com", "proofpoint"),
    ("ppe-hosted.com", "proofpoint"),
    ("mimecast.com", "mimecast"),
    ("messagelabs.com", "broadcom"),
    ("barracudanetworks.com", "barracuda"),
    ("gmx.net", "1and1"),
    ("gmx.de", "1and1"),
    ("web.de", "1and1"),
    ("kundenserver.de", "1and1"),
];

/// The operator of `host`: a large one's name, or the domain that the host's name was registered under.
pub fn operator_of(host: &str) -> &str {
    let host = host.trim_end_matches('.');
    let two = labels(host, 2);
    if let Some((_, name)) = LARGE.iter().find(|(suffix, _)| is_same(two, suffix)) {
        return name;
    }
    registered_domain(host)
}

/// Whether two names are one. By their lengths first: each line of a log asks this of some sixty names.
#[inline(always)]
fn is_same(one: &str, other: &str) -> bool {
    one.len() == other.len() && one.eq_ignore_ascii_case(other)
}

/// The domain that the name of `host` was registered under.
pub fn registered_domain(host: &str) -> &str {
    let host = host.trim_end_matches('.');
    let two = labels(host, 2);
    let shared = SHARED.iter().any(|suffix| is_same(two, suffix));
    if shared { labels(host, 3) } else { two }
}

/// The last `count` labels of a name; the whole where it has fewer.
fn labels(host: &str, count: usize) -> &str {
    let cut = host.rmatch_indices('.').nth(count - 1).map_or(0, |(at, _)| at + 1);
    &host[cut..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_one_operator_are_one() {
        assert_eq!(operator_of("alt1.gmail-smtp-in.l.google.com"), operator_of("aspmx3.googlemail.com."));
        // Consumer and business names of one company are one operator.
        for host in ["outlook-com.olc.protection.outlook.com", "example-org.mail.protection.outlook.com"] {
            assert_eq!(operator_of(host), operator_of("example-org.a-v1.mx.microsoft"), "{host}");
        }
        assert_eq!(operator_of("mx00.emig.gmx.net"), operator_of("mx00.kundenserver.de"));
        assert_eq!(operator_of("mx.example.co.uk"), "example.co.uk");
        assert_eq!(operator_of("a.b.example.org"), "example.org");
        assert_eq!(operator_of("localhost"), "localhost");
        assert_eq!(operator_of(""), "");
    }
}
