//! What to ask AWS for, filled in with the deployment's addresses.

use super::region::{Prober, place};
use std::fmt::Write;

/// AWS's form, "Request to remove email sending limitations".
const FORM: &str = "https://console.aws.amazon.com/support/contacts#/rdns-limits";

/// Prints what the operator must do so that those regions see that do not, `blind`; nothing when all see.
pub fn print(probers: &[Prober], blind: &[String]) {
    let blind: Vec<&Prober> = probers.iter().filter(|prober| blind.contains(&prober.region)).collect();
    if !blind.is_empty() {
        println!("\n{}", text(&blind));
    }
}

fn text(blind: &[&Prober]) -> String {
    let addresses: Vec<(&str, &str, &str)> = blind
        .iter()
        .filter_map(|prober| {
            let (address, id) = prober.elastic_ip.as_ref()?;
            Some((prober.region.as_str(), address.as_str(), id.as_str()))
        })
        .collect();
    let mut text = "AWS blocks outbound port 25 until you ask for it to be opened.\n".to_owned();
    if addresses.len() < blind.len() {
        let plain: Vec<&str> =
            blind.iter().filter(|prober| prober.elastic_ip.is_none()).map(|p| p.region.as_str()).collect();
        let _ = writeln!(
            text,
            "It cannot be opened for {}: the shape plain has no address of its own. Deploy with --shape vpc, or\n\
             add a host whose port 25 is open (--vantages FILE).",
            plain.join(", ")
        );
    }
    if addresses.is_empty() {
        return text;
    }
    let _ = writeln!(text, "\n1. Give each address a name: an A record in your DNS, then its reverse:\n");
    for (region, _, id) in &addresses {
        let _ = writeln!(
            text,
            "   aws ec2 modify-address-attribute --region {region} --allocation-id {id} \\\n       \
             --domain-name probe-{region}.YOUR-DOMAIN"
        );
    }
    let _ = writeln!(
        text,
        "\n2. Sign in as the account's root user and send this, as the use case, with the form\n   {FORM}\n"
    );
    let _ = writeln!(
        text,
        "   Please remove the restriction on outbound TCP port 25 for these Elastic IP addresses. Each belongs to the\n   \
         NAT of a VPC in which an AWS Lambda function (noanswer-prober) runs:\n"
    );
    for (region, address, _) in &addresses {
        let _ = writeln!(
            text,
            "     {address:<15}  {region} ({}), reverse DNS probe-{region}.YOUR-DOMAIN",
            place(region)
        );
    }
    let _ = write!(
        text,
        "\n   Use case: a diagnostic tool for mail administrators whose mail gets \"no answer from host\". On request the\n   \
         functions connect to port 25 of the mail hosts that a domain's MX records name, read the greeting, say EHLO\n   \
         and STARTTLS, and QUIT. They cannot send mail: MAIL, RCPT and DATA do not exist in the program. One\n   \
         connection at a time to an address, with limits per client and per target network; the page behind the API\n   \
         says what the probe is and how to opt out. No mail is sent, so there is no list and there are no bounces."
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prober(region: &str, address: Option<&str>) -> Prober {
        Prober {
            region: region.to_owned(),
            url: String::new(),
            arn: String::new(),
            elastic_ip: address.map(|address| (address.to_owned(), "eipalloc-1".to_owned())),
        }
    }

    #[test]
    fn the_request_names_each_address() {
        let [one, other] =
            [prober("us-east-1", Some("198.51.100.7")), prober("eu-west-1", Some("198.51.100.8"))];
        let text = text(&[&one, &other]);
        for part in
            ["198.51.100.7 ", "198.51.100.8 ", "N. Virginia", "--region eu-west-1 --allocation-id eipalloc-1"]
        {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains("--shape vpc"), "{text}");
    }

    #[test]
    fn a_plain_region_is_told_what_would_help() {
        let text = text(&[&prober("us-east-1", None)]);
        assert!(text.contains("for us-east-1: the shape plain") && !text.contains("use case"), "{text}");
    }
}
