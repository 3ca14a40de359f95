//! What accuses nobody: what our prober cannot do, what a host does on purpose, and what we do not know.

use super::law::*;
use crate::verdict::observe::OutcomeClass::*;
use crate::verdict::observe::outcome::{CONNECT, CONTROLS, ClassSet, SESSION, SPOKE};

/// The modes that are nobody's fault.
pub(super) const MODES: &[ModeSpec] = &[
    ModeSpec {
        id: "target.withholds_starttls",
        title: "the host does not offer STARTTLS to everybody",
        reach: Reach::Target,
        laws: &[explains(
            "target.withholds_starttls.from_some",
            &[NoStarttls, Masked],
            |one| one.class == NoStarttls,
            "a host may withhold STARTTLS from some",
        )],
        ..ROW
    },
    ModeSpec {
        id: "target.several_servers",
        title: "several servers with certificates of their own stand behind the address",
        reach: Reach::Target,
        laws: &[explains(
            "target.several_servers.certificates",
            &[OtherCertificate],
            always,
            "servers behind one address may have certificates of different issuers",
        )],
        ..ROW
    },
    ModeSpec {
        id: "prober.ehlo_name",
        title: "the host does not take the name that noanswer gives in EHLO; a mail server that gives its own may pass",
        depth: 6,
        reach: Reach::Target,
        laws: &[
            explains(
                "prober.ehlo_name.refused",
                &[EhloRefused],
                |one| !one.of_client,
                "a server may refuse the name or the address literal in EHLO (RFC 5321 s4.1.4) and take another",
            ),
            explains(
                "prober.ehlo_name.drops",
                &[Cut],
                |one| one.name_in_doubt,
                "a server may end the session at a name or an address literal that it does not take, and take another",
            ),
        ],
        ..ROW
    },
    ModeSpec {
        id: "prober.tls",
        title: "the host's TLS asks for what noanswer cannot do; a mail server's own library may",
        depth: 6,
        reach: Reach::Target,
        laws: &[explains(
            "prober.tls.unsupported",
            &[TlsUnsupported],
            always,
            "a TLS library that lacks a suite or a certificate's form fails where another passes",
        )],
        ..ROW
    },
    ModeSpec {
        id: "unknown.target",
        title: "something that is not in this list",
        cost: Cost::Is(3),
        reach: Reach::Exchange,
        laws: &[explains_any(
            "unknown.target.anything",
            CONNECT.with(SESSION).with(SPOKE).with(ClassSet::of(&[
                Busy,
                Refusing,
                Taken,
                Masked,
                NoStarttls,
                OtherCertificate,
                Mixed,
            ])),
            at_target,
            "what we do not know may look like anything",
        )],
        ..ROW
    },
    ModeSpec {
        id: "unknown.controls",
        title: "something about the control hosts that is not in this list",
        cost: Cost::Is(3),
        reach: Reach::Sender,
        laws: &[explains_any(
            "unknown.controls.anything",
            CONTROLS,
            always,
            "what we do not know may look like anything",
        )],
        ..ROW
    },
];
