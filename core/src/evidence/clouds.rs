//! Clouds that block outbound port 25 by default, and how that is lifted. Every statement carries its date.

/// A cloud, its policy on outbound port 25, and how it is lifted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cloud {
    /// The key that [`HostFacts::cloud`](super::HostFacts::cloud) names.
    pub key: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What its firmware (DMI) says of itself: any of these words in vendor, product, board or asset tag.
    pub dmi: &'static [&'static str],
    /// Its policy.
    pub policy: &'static str,
    /// How a customer has it lifted.
    pub how_lifted: &'static str,
    /// When this was last read, `YYYY-MM`.
    pub as_of: &'static str,
}

/// The clouds, complete for those that are known to block; policies change.
#[rustfmt::skip]
pub const CLOUDS: &[Cloud] = &[
    Cloud { key: "aws", name: "Amazon Web Services", dmi: &["Amazon EC2", "amazon"], policy: "EC2 and Lambda block outbound TCP 25 by default", how_lifted: "fill in the form \"Request to remove email sending limitations\" with your Elastic IPs and a use case, or send by SES or a relay on port 587", as_of: "2026-11" },
    Cloud { key: "google", name: "Google Cloud", dmi: &["Google Compute Engine", "Google"], policy: "outbound TCP 25 to external addresses is blocked", how_lifted: "send by a relay on port 587 or 465; the block is lifted for a few customers only", as_of: "2026-11" },
    Cloud { key: "azure", name: "Microsoft Azure", dmi: &["7783-7084-3265-9085-8269-3286-77"], policy: "outbound TCP 25 is blocked for most subscription types", how_lifted: "use an Enterprise agreement or send by an authenticated relay on port 587", as_of: "2026-11" },
    Cloud { key: "digitalocean", name: "DigitalOcean", dmi: &["DigitalOcean"], policy: "SMTP ports are blocked on Droplets by default", how_lifted: "send by a relay's API or an open port; support decides on requests", as_of: "2026-11" },
    Cloud { key: "hetzner", name: "Hetzner Cloud", dmi: &["Hetzner"], policy: "ports 25 and 465 are blocked for new accounts", how_lifted: "after the first paid invoice, send a limit request in the console", as_of: "2026-11" },
    Cloud { key: "vultr", name: "Vultr", dmi: &["Vultr"], policy: "outbound port 25 is blocked by default", how_lifted: "open a support ticket that describes the mail you send", as_of: "2026-11" },
    Cloud { key: "linode", name: "Akamai (Linode)", dmi: &["Linode", "Akamai Connected Cloud"], policy: "ports 25, 465 and 587 are blocked for new accounts", how_lifted: "open a support ticket, after setting A and reverse DNS records", as_of: "2026-11" },
    Cloud { key: "ovh", name: "OVHcloud", dmi: &["OVH"], policy: "port 25 may be closed on abuse, and on some public cloud offers by default", how_lifted: "open it in the anti-spam page of the manager, or by a ticket", as_of: "2026-11" },
    Cloud { key: "oracle", name: "Oracle Cloud", dmi: &["OracleCloud.com"], policy: "outbound TCP 25 is blocked for most tenancies", how_lifted: "ask for an exemption in a service limit request, or send by Email Delivery", as_of: "2026-11" },
    Cloud { key: "alibaba", name: "Alibaba Cloud", dmi: &["Alibaba Cloud"], policy: "outbound TCP 25 is blocked by default", how_lifted: "ask to unblock TCP port 25 in the security control console", as_of: "2026-11" },
    Cloud { key: "scaleway", name: "Scaleway", dmi: &["Scaleway"], policy: "SMTP ports are blocked by default", how_lifted: "verify your identity and turn SMTP on in the security group", as_of: "2026-11" },
];

/// The cloud of that key.
pub fn cloud(key: &str) -> Option<&'static Cloud> {
    CLOUDS.iter().find(|cloud| cloud.key == key)
}

/// The cloud whose firmware says `words`. A generic hypervisor's words (OpenStack alone) name none.
pub fn cloud_of_dmi(words: &str) -> Option<&'static Cloud> {
    CLOUDS.iter().find(|cloud| cloud.dmi.iter().any(|mark| words.contains(mark)))
}
