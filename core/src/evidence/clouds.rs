//! Clouds and platforms that close, limit or forbid outbound port 25, and how that is lifted. The table is
//! [`Table::Clouds`]: every row carries its source and the month of it.

use crate::facts::{Month, Row, Table};
use std::net::IpAddr;
use std::sync::LazyLock;

/// A cloud, its policy on outbound port 25, and how that is lifted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cloud {
    /// The key that [`HostFacts::cloud`](super::HostFacts::cloud) names.
    pub key: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What its firmware (DMI) says of itself: any of these words in vendor, product, board or asset tag.
    pub dmi: Vec<&'static str>,
    /// The autonomous systems that it announces its addresses from (RFC 1930). Other customers of theirs stand there too:
    /// a system's number suggests the cloud, firmware tells it.
    pub asn: Vec<u32>,
    /// Its policy.
    pub policy: &'static str,
    /// How a customer has it lifted, or sends all the same.
    pub how_lifted: &'static str,
    /// What the request must name; empty where nothing is requested.
    pub needs: &'static str,
    /// The month of the source, `YYYY-MM`.
    pub as_of: String,
}

impl Cloud {
    fn of(row: Row, read: Option<Month>) -> Self {
        Self {
            key: row.cell(0),
            name: row.cell(1),
            dmi: row.list(2).collect(),
            asn: row.list(3).filter_map(|number| number.parse().ok()).collect(),
            policy: row.cell(4),
            how_lifted: row.cell(5),
            needs: row.cell(6),
            as_of: read.map(|month| month.to_string()).unwrap_or_default(),
        }
    }

    /// Whether there is somebody to ask.
    pub fn can_be_asked(&self) -> bool {
        self.needs.starts_with("your") || self.needs.starts_with("the ")
    }

    /// What a request to the cloud's support must name, line by line, with brackets where only the customer knows it;
    /// `None` where nobody lifts it.
    pub fn particulars(&self, address: Option<IpAddr>) -> Option<String> {
        let address = named(address);
        self.can_be_asked().then(|| {
            format!(
                "- Reverse DNS name: [mail.example.org], which resolves to {address}\n\
                 - What we send: [who writes to whom, about how many messages a day]\n\
                 - SPF, DKIM and DMARC of our domain: [published]\n\
                 - Abuse reports reach us at: [abuse@example.org]\n\n\
                 (You ask for: {}.)\n",
                self.needs,
            )
        })
    }

    /// A request to the cloud's support, ready to send but for what stands in brackets; `None` where nobody lifts it.
    pub fn request(&self, address: Option<IpAddr>) -> Option<String> {
        let particulars = self.particulars(address)?;
        let address = named(address);
        Some(format!(
            "Subject: Please open outbound TCP port 25 for {address}\n\n\
             Hello,\n\n\
             our mail server at {address} cannot open connections to port 25 of any mail exchange: connections to \
             mail hosts of several operators fail in the same minute, while other ports work. As far as we know, \
             {policy} ({as_of}).\n\n\
             Please open outbound TCP port 25 for this server.\n\n\
             {particulars}\n\
             Thank you.\n",
            policy = self.policy,
            as_of = self.as_of,
        ))
    }
}

fn named(address: Option<IpAddr>) -> String {
    address.map_or_else(|| "[address]".to_owned(), |address| address.to_string())
}

/// The clouds that are known; policies change, and a cloud that is missing here may block all the same.
pub fn clouds() -> &'static [Cloud] {
    static CLOUDS: LazyLock<Vec<Cloud>> = LazyLock::new(|| {
        let rows = Table::Clouds.rows().zip(Table::Clouds.provenances());
        rows.map(|(row, from)| Cloud::of(row, from.read)).collect()
    });
    &CLOUDS
}

/// The cloud of that key.
pub fn cloud(key: &str) -> Option<&'static Cloud> {
    clouds().iter().find(|cloud| cloud.key == key)
}

/// The cloud whose firmware says `words`. A generic hypervisor's words (OpenStack alone) name none.
pub fn cloud_of_dmi(words: &str) -> Option<&'static Cloud> {
    clouds().iter().find(|cloud| cloud.dmi.iter().any(|mark| words.contains(mark)))
}

/// The cloud that announces addresses from the autonomous system `asn`.
pub fn cloud_of_asn(asn: u32) -> Option<&'static Cloud> {
    clouds().iter().find(|cloud| cloud.asn.contains(&asn))
}

/// How a cloud was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToldBy {
    /// By the host's firmware: it stands there.
    Firmware,
    /// By the AS that announces its address: it stands there, or with somebody who rents there.
    Network(u32),
}

/// The cloud of that key, which the firmware told, else the one that announces addresses from `asn`.
pub(super) fn seen(key: Option<&str>, asn: Option<u32>) -> Option<(&'static Cloud, ToldBy)> {
    let by_firmware = key.and_then(cloud).map(|cloud| (cloud, ToldBy::Firmware));
    by_firmware.or_else(|| asn.and_then(|asn| Some((cloud_of_asn(asn)?, ToldBy::Network(asn)))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cloud_is_found_by_firmware_and_by_network() {
        assert_eq!(cloud_of_dmi("Amazon EC2 Amazon EC2 1.0 t3.small").unwrap().key, "aws");
        assert_eq!(cloud_of_asn(24_940).unwrap().key, "hetzner");
        assert_eq!(cloud_of_dmi("QEMU OpenStack Foundation"), None);
        // A laptop of that maker is no cloud.
        assert_eq!(cloud_of_dmi("Google Google_Volteer Pixelbook"), None);
        assert_eq!(cloud_of_asn(64_500), None);
    }

    /// Firmware stands where it is; an address may be rented.
    #[test]
    fn firmware_is_heeded_before_the_network() {
        let (cloud, by) = seen(Some("aws"), Some(24_940)).unwrap();
        assert_eq!((cloud.key, by), ("aws", ToldBy::Firmware));
        let (cloud, by) = seen(None, Some(24_940)).unwrap();
        assert_eq!((cloud.key, by), ("hetzner", ToldBy::Network(24_940)));
        assert_eq!(seen(None, Some(64_500)), None);
    }

    #[test]
    fn no_network_and_no_firmware_is_two_clouds() {
        for (index, one) in clouds().iter().enumerate() {
            for other in &clouds()[index + 1..] {
                assert!(!one.asn.iter().any(|asn| other.asn.contains(asn)), "{} {}", one.key, other.key);
                assert!(one.dmi.iter().all(|mark| !other.dmi.contains(mark)), "{} {}", one.key, other.key);
            }
        }
    }

    #[test]
    fn a_request_is_ready_to_send_where_somebody_can_be_asked() {
        let request = cloud("hetzner").unwrap().request(Some("192.0.2.7".parse().unwrap())).unwrap();
        assert!(request.contains("192.0.2.7") && request.contains("port 25"), "{request}");
        assert_eq!(cloud("cloudflare_workers").unwrap().request(None), None);
        for cloud in clouds() {
            assert!(
                !cloud.policy.is_empty() && !cloud.how_lifted.is_empty() && !cloud.as_of.is_empty(),
                "{}",
                cloud.key
            );
            assert_ne!(cloud.can_be_asked(), cloud.needs.starts_with("nothing"), "{}", cloud.key);
        }
    }
}
