//! A region: a bucket with the code, and a prober that runs it.

use super::cli::Aws;
use super::code::{Code, Parameters};
use super::stack::{Outputs, Stack};
use super::{PROBER, bucket};
use anyhow::{Context, Result};

/// A prober that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prober {
    /// Its region.
    pub region: String,
    /// Its function URL, which takes signed calls alone.
    pub url: String,
    /// Its function, for the coordinator's rights.
    pub arn: String,
    /// The address that port 25 is to be opened for, and its id; none in the shape `plain`.
    pub elastic_ip: Option<(String, String)>,
}

impl Prober {
    /// The prober of the region as it stands, whatever became of the last try to change it.
    pub fn standing(aws: &Aws) -> Result<Option<Self>> {
        let outputs = Stack::new(aws, PROBER).outputs()?;
        Ok(outputs.and_then(|outputs| Self::of(&aws.region, &outputs)))
    }

    fn of(region: &str, outputs: &Outputs) -> Option<Self> {
        let address = outputs.get("ElasticIp").zip(outputs.get("ElasticIpAllocation"));
        Some(Self {
            region: region.to_owned(),
            url: outputs.get("FunctionUrl")?.clone(),
            arn: outputs.get("FunctionArn")?.clone(),
            elastic_ip: address.map(|(address, id)| (address.clone(), id.clone())),
        })
    }

    /// Makes the region's bucket and prober, or brings them up to date.
    pub fn deploy(aws: &Aws, account: &str, code: &Code, parameters: &Parameters) -> Result<Self> {
        let bucket = bucket::fill(aws, account, &code.zip, &code.key)?;
        let mut parameters = parameters.clone();
        parameters.extend([
            ("Role", "prober".to_owned()),
            ("CodeBucket", bucket),
            ("CodeKey", code.key.clone()),
            ("Place", place(&aws.region).to_owned()),
        ]);
        let outputs = Stack::new(aws, PROBER).deploy(&parameters)?;
        Self::of(&aws.region, &outputs).context("the prober stands, and has no function URL")
    }
}

/// Where a region is, as AWS names it; a region that this list lacks is called by its name. As of 2026-11.
pub fn place(region: &str) -> &str {
    const PLACES: &[(&str, &str)] = &[
        ("af-south-1", "Cape Town"),
        ("ap-east-1", "Hong Kong"),
        ("ap-east-2", "Taipei"),
        ("ap-northeast-1", "Tokyo"),
        ("ap-northeast-2", "Seoul"),
        ("ap-northeast-3", "Osaka"),
        ("ap-south-1", "Mumbai"),
        ("ap-south-2", "Hyderabad"),
        ("ap-southeast-1", "Singapore"),
        ("ap-southeast-2", "Sydney"),
        ("ap-southeast-3", "Jakarta"),
        ("ap-southeast-4", "Melbourne"),
        ("ap-southeast-5", "Malaysia"),
        ("ap-southeast-6", "New Zealand"),
        ("ap-southeast-7", "Thailand"),
        ("ca-central-1", "Canada Central"),
        ("ca-west-1", "Calgary"),
        ("eu-central-1", "Frankfurt"),
        ("eu-central-2", "Zurich"),
        ("eu-north-1", "Stockholm"),
        ("eu-south-1", "Milan"),
        ("eu-south-2", "Spain"),
        ("eu-west-1", "Ireland"),
        ("eu-west-2", "London"),
        ("eu-west-3", "Paris"),
        ("il-central-1", "Tel Aviv"),
        ("me-central-1", "UAE"),
        ("me-south-1", "Bahrain"),
        ("mx-central-1", "Mexico Central"),
        ("sa-east-1", "São Paulo"),
        ("us-east-1", "N. Virginia"),
        ("us-east-2", "Ohio"),
        ("us-west-1", "N. California"),
        ("us-west-2", "Oregon"),
    ];
    PLACES.iter().find(|(name, _)| *name == region).map_or(region, |(_, place)| place)
}
