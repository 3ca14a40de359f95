//! AWS's partitions: each has names of its own for the same services.

/// How the names of services end in the partition of `region` (AWS, "Endpoints and quotas"; the endpoints file of AWS's
/// own SDKs).
fn suffix(region: &str) -> &'static str {
    const OTHERS: [(&str, &str); 6] = [
        ("cn-", "amazonaws.com.cn"),
        ("eusc-", "amazonaws.eu"),
        ("us-iso-", "c2s.ic.gov"),
        ("us-isob-", "sc2s.sgov.gov"),
        ("eu-isoe-", "cloud.adc-e.uk"),
        ("us-isof-", "csp.hci.ic.gov"),
    ];
    let other = OTHERS.iter().find(|(prefix, _)| region.starts_with(prefix));
    // GovCloud (us-gov-) has the names of the commercial partition.
    other.map_or("amazonaws.com", |(_, suffix)| suffix)
}

/// Where `service` is in `region`.
pub(super) fn endpoint(service: &str, region: &str) -> String {
    format!("https://{service}.{region}.{}/", suffix(region))
}

#[cfg(test)]
mod tests {
    use super::endpoint;

    #[test]
    fn every_partition_has_its_own_names() {
        for (region, url) in [
            ("eu-west-1", "https://dynamodb.eu-west-1.amazonaws.com/"),
            ("us-gov-west-1", "https://dynamodb.us-gov-west-1.amazonaws.com/"),
            ("cn-north-1", "https://dynamodb.cn-north-1.amazonaws.com.cn/"),
            ("eusc-de-east-1", "https://dynamodb.eusc-de-east-1.amazonaws.eu/"),
            ("us-iso-east-1", "https://dynamodb.us-iso-east-1.c2s.ic.gov/"),
            ("us-isob-east-1", "https://dynamodb.us-isob-east-1.sc2s.sgov.gov/"),
        ] {
            assert_eq!(endpoint("dynamodb", region), url);
        }
    }
}
