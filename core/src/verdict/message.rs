//! Texts ready to send, filled with the evidence.

use super::fault::{Fault, Party};
use super::judge::Case;
use super::{Message, NamedFault, Status};
use std::fmt::Write as _;

/// The messages for a verdict: to the sender's provider, to the recipient's postmaster, where they must act.
pub(super) fn of(case: &Case<'_>, status: Status, faults: &[NamedFault]) -> Vec<Message> {
    if status != Status::Named {
        return Vec::new();
    }
    let about = |wanted: &dyn Fn(&NamedFault) -> bool| -> Vec<&NamedFault> {
        faults.iter().filter(|one| wanted(one)).collect()
    };
    let provider = about(&|one| {
        matches!(
            one.fault,
            Fault::OutboundPort25Blocked | Fault::OutboundPort25Intercepted | Fault::SenderPathMtu
        )
    });
    let postmaster = about(&|one| {
        one.party == Party::Them && !matches!(one.fault, Fault::NoSuchDomain | Fault::NullMx)
            || matches!(one.fault, Fault::SenderFiltered | Fault::RegionalOutage)
    });
    let mut messages = Vec::new();
    if !provider.is_empty() {
        messages.push(to_provider(case, &provider));
    }
    if !postmaster.is_empty() {
        messages.push(to_postmaster(case, &postmaster));
    }
    messages
}

fn to_provider(case: &Case<'_>, faults: &[&NamedFault]) -> Message {
    let mut body = String::from("Hello,\n\nmy server cannot deliver mail: ");
    let _ = writeln!(body, "{}.", faults[0].fault.title().to_lowercase());
    body.push_str("\nWhat was observed:\n");
    list(&mut body, faults);
    if let Some(host) = case.sender().and_then(|sender| sender.host.as_ref()) {
        let addresses: Vec<String> = host.source_addresses.iter().map(ToString::to_string).collect();
        if !addresses.is_empty() {
            let _ = writeln!(body, "\nMy server's addresses: {}", addresses.join(", "));
        }
    }
    let wish = if faults.iter().any(|one| one.fault == Fault::SenderPathMtu) {
        "Please look why large packets are lost, and whether ICMP \"fragmentation needed\" is filtered."
    } else {
        "Please tell me whether outbound TCP port 25 is filtered or redirected for my server, and open it."
    };
    let _ = write!(body, "\n{wish}\n\nThank you\n");
    Message { to: "provider".to_owned(), subject: "Outbound TCP port 25 from my server".to_owned(), body }
}

fn to_postmaster(case: &Case<'_>, faults: &[&NamedFault]) -> Message {
    let mut body = format!("Hello,\n\nmail to {} cannot be delivered. What was observed:\n", case.domain);
    list(&mut body, faults);
    let places: Vec<&str> = case
        .clear_regions()
        .map(|one| if one.place.is_empty() { one.vantage.as_str() } else { one.place.as_str() })
        .collect();
    if !places.is_empty() {
        let _ = writeln!(body, "\nLooked at from: {}", places.join(", "));
    }
    if faults.iter().any(|one| one.fault == Fault::SenderFiltered)
        && let Some(host) = case.sender().and_then(|sender| sender.host.as_ref())
    {
        let addresses: Vec<String> = host.source_addresses.iter().map(ToString::to_string).collect();
        let _ = writeln!(
            body,
            "\nMy server's addresses: {}. Are they filtered at your side?",
            addresses.join(", ")
        );
    }
    body.push_str("\nNo message was sent for this: only a greeting, EHLO, STARTTLS and QUIT.\n\nThank you\n");
    Message { to: "postmaster".to_owned(), subject: format!("Mail to {} is not accepted", case.domain), body }
}

fn list(body: &mut String, faults: &[&NamedFault]) {
    for named in faults {
        let _ = writeln!(body, "- {}", named.title());
        for reason in &named.because {
            let _ = writeln!(body, "  - {reason}");
        }
    }
}
