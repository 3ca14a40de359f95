use super::*;
use crate::evidence::{FamilySight, Grade, NetworkKind, Vantage};
use crate::verdict::types::Standing;

fn attempt(stage: Stage, outcome: Outcome, address: &str) -> Attempt {
    let address: IpAddr = address.parse().unwrap();
    let mut one = Attempt::untried("mx.example.org", address, smtp::PORT, 1);
    (one.stage, one.outcome, one.ended_ms) = (stage, outcome, Some(9_980.0));
    one
}

fn place(name: &str, role: Role, sight: Sight, attempts: Vec<Attempt>) -> Evidence {
    let vantage = Vantage {
        id: name.to_lowercase(),
        place: name.to_owned(),
        role,
        network: String::new(),
        grade: Grade::Smtp,
        network_kind: NetworkKind::Unknown,
    };
    let mut one = Evidence::new(&vantage, Vec::new(), attempts);
    one.sight_by_family = FamilySight { ipv4: sight, ipv6: sight };
    one
}

fn fault(fault: Fault) -> NamedFault {
    NamedFault {
        fault,
        party: fault.party(),
        standing: Standing::Established,
        family: None,
        exchange: None,
        vantage: None,
        modes: Vec::new(),
        because: vec!["two resolvers said SERVFAIL".to_owned()],
    }
}

fn letter(evidence: &[Evidence], faults: &[NamedFault], language: Language) -> Message {
    let at = Timestamp::parse("2026-11-26T15:24:31Z");
    to_postmaster(&Told { domain: "example.org", at, evidence, symptoms: &[], faults }, language)
}

/// What a stranger gets to read, whole.
#[test]
fn a_postmaster_reads_what_was_seen_by_whom_and_when() {
    let silent = || attempt(Stage::Connect, Outcome::TimedOut, "192.0.2.20");
    let evidence = [
        place("Lab: a clear view, one", Role::Region, Sight::Clear, vec![silent(), silent()]),
        place("Paris", Role::Region, Sight::Clear, vec![silent()]),
        place(
            "Blind",
            Role::Region,
            Sight::Blind,
            vec![attempt(Stage::Connect, Outcome::Refused, "192.0.2.20")],
        ),
        place("Here", Role::Sender, Sight::Clear, vec![silent()]),
    ];
    let letter = letter(&evidence, &[fault(Fault::HostDown)], Language::En);
    assert_eq!(letter.subject, "A problem with the mail servers of example.org");
    let expected = "Hello,\n\n\
        something is wrong with the mail servers of example.org, as seen from outside.\n\n\
        What was seen on 2026-11-26 15:24 UTC:\n\
        - mx.example.org [192.0.2.20], port 25: no answer to the connection (waited 10 s). \
        Seen from: Lab: a clear view, one; Paris; our own server\n\n\
        At the same time, these places reached mail servers of other operators on port 25.\n\n\
        Could you please look at it?\n\n\
        No message was sent for this test: the greeting was read, then only EHLO (or HELO), STARTTLS and QUIT were said.\n\n\
        Thank you\n";
    assert_eq!(letter.body, expected);
}

#[test]
fn one_of_two_that_is_down_is_told_and_that_mail_passes() {
    let evidence = [place(
        "Paris",
        Role::Region,
        Sight::Clear,
        vec![
            attempt(Stage::Starttls, Outcome::Completed, "192.0.2.21"),
            attempt(Stage::Connect, Outcome::TimedOut, "192.0.2.20"),
        ],
    )];
    for language in Language::ALL {
        let letter = letter(&evidence, &[fault(Fault::SomeExchangesDown)], language);
        let texts = texts(language);
        assert!(letter.body.contains(texts.postmaster_passes), "{}", letter.body);
        let (failed, works) = (letter.body.find("192.0.2.20"), letter.body.find("192.0.2.21"));
        assert!(failed.is_some() && failed < works, "{}", letter.body);
    }
}

#[test]
fn nothing_was_said_to_a_host_that_dns_does_not_name() {
    for language in Language::ALL {
        let letter = letter(&[], &[fault(Fault::DnsBroken)], language);
        assert!(letter.body.contains("two resolvers said SERVFAIL"), "{}", letter.body);
        assert!(!letter.body.contains("QUIT") && !letter.body.contains(texts(language).at_the_same_time));
    }
}

/// What a place cannot do itself is nothing that the other side could mend.
#[test]
fn what_is_of_the_place_alone_is_not_told() {
    for outcome in
        [Outcome::PermissionDenied, Outcome::AddressNotAvailable, Outcome::LocalError, Outcome::NotTried]
    {
        assert_eq!(words(&attempt(Stage::Connect, outcome, "192.0.2.20"), texts(Language::En)), None);
    }
}

/// A placeholder that one language lacks is a fact that its reader misses.
#[test]
fn every_language_fills_in_the_same() {
    let holders = |texts: &Texts| {
        let text = format!("{texts:?}");
        let fields: Vec<&str> = text.split("\", ").collect();
        let names = ["{domain}", "{when}", "{places}", "{list}", "{words}", "{s}", "{n}"];
        fields.iter().map(|field| names.map(|name| field.matches(name).count())).collect::<Vec<_>>()
    };
    for language in Language::ALL {
        assert_eq!(holders(texts(language)), holders(texts(Language::En)), "{language:?}");
        assert!(!format!("{:?}", texts(language)).contains(": \"\","), "{language:?}");
    }
}
