//! What the probe is, and how to be left out: the page that stands behind the EHLO name.

use super::frame::{self, Page, Site};
use maud::html;

/// `/probe`.
pub(super) fn page(site: &Site) -> Page {
    let main = html! {
        div .prose {
            p .crumbs { a href="/" { "noanswer" } " / the probe" }
            h1 { "What the probe is" }
            p .lead { "A connection from noanswer has brought you here, or you want to know what a check does to the other side." }
            section {
                h2 { "What it does" }
                p { "Somebody’s mail to a domain met no answer, and they asked why. The probe then connects to port 25 of the hosts that the domain’s own MX records name, once each, waits for the greeting, says " code { "EHLO" } ", says " code { "STARTTLS" } " where it is offered, and says " code { "QUIT" } "." }
                p { "It cannot do more: its program has no other command. It never says " code { "MAIL" } ", " code { "RCPT" } ", " code { "DATA" } ", " code { "VRFY" } " or " code { "AUTH" } ", it speaks on no port but 25 of your host, and it takes no address but those of the MX records, which each prober looks up itself. Where something odd answers, it sends a few SYNs that end on the way, to port 25 and beside it to port 443, to find out where; whoever hears one hears nothing else." }
            }
            section {
                h2 { "How often" }
                ul {
                    li { "One connection at a time to an address; at most four at a time to hosts of one operator." }
                    li { "At most 10 connections a minute to an address and 20 to its network (/24, or /48 in IPv6) from one prober, whoever asks and for whatever domain." }
                    li { "Two rounds at most in a check, half a minute apart." }
                    li { "What an address showed within the last minute is told again, not asked again." }
                    li { "At most 10 hosts and 20 addresses of a domain; at most 64 KiB read." }
                }
            }
            section {
                h2 { "How to be left out" }
                p { "Refuse it: a reply such as " code { "554 no probes" } " in the greeting ends the connection, is shown to the asker as what your server said, and costs you nothing else. To be left out for good, write to the postmaster of the domain in the probe’s EHLO name, with your addresses, networks or domains: every prober of noanswer keeps such a list (" code { "--opt-out" } "), and connects to nobody on it, whoever asks." }
            }
        }
    };
    let description = "What noanswer’s probe says to a mail server, how often, and how to be left out.";
    Page { status: 200, html: frame::plain(site, "What the probe is · noanswer", description, main) }
}
