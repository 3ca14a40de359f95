//! `cargo xtask deploy aws`: each step can be done again, so that running it again completes what failed.

use super::cli::Aws;
use super::code::{Code, Parameters};
use super::region::Prober;
use super::token::Token;
use super::{account, bucket, home, request, sight, vantages};
use crate::build::{self, Arch};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

/// Whether a prober stands behind an address of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Shape {
    /// Costs nothing, and is blind: AWS blocks port 25
    Plain,
    /// A VPC with an Elastic IP, for which AWS can open port 25
    Vpc,
}

/// What leads out of the VPC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Nat {
    /// A NAT gateway: about 36 USD a month and region
    Gateway,
    /// A small instance: about 7 USD a month and region
    Instance,
}

/// The arguments of `cargo xtask deploy aws`.
#[derive(clap::Args)]
pub struct Up {
    /// The region of the API and the page; it has a prober too
    #[arg(long, value_name = "REGION")]
    home: String,
    /// The other regions, separated by commas
    #[arg(long, value_name = "REGION", value_delimiter = ',')]
    regions: Vec<String>,
    /// Of the probers; lambda/deploy/README.md says what each costs and sees
    #[arg(long, value_enum, default_value = "plain")]
    shape: Shape,
    /// Of the shape vpc
    #[arg(long, value_enum, default_value = "gateway")]
    nat: Nat,
    /// The processor of the functions
    #[arg(long, value_enum, default_value = "arm64")]
    arch: Arch,
    /// The function's zip, instead of one built now (an older one is a rollback)
    #[arg(long, value_name = "FILE")]
    zip: Option<PathBuf>,
    /// Lets everybody check, within limits; else a check needs the token
    #[arg(long)]
    public: bool,
    /// Makes another token; the old one is worth nothing then
    #[arg(long, conflicts_with = "public")]
    new_token: bool,
    /// DNS-over-HTTPS servers, instead of the built-in ones
    #[arg(long, value_name = "URL")]
    doh: Vec<String>,
    /// A controls file, instead of the built-in controls
    #[arg(long, value_name = "FILE")]
    controls: Option<PathBuf>,
    /// A vantages file with hosts elsewhere, which the API asks too
    #[arg(long, value_name = "FILE")]
    vantages: Option<PathBuf>,
    /// How many of a function may run at once; 0 reserves nothing (as new accounts must)
    #[arg(long, value_name = "COUNT", default_value_t = 10)]
    concurrency: u32,
    /// An SNS topic of the home region that hears of the coordinator's errors
    #[arg(long, value_name = "ARN")]
    alarm_topic: Option<String>,
    /// So many USD a month of the whole account, of which the topic hears before and when they are spent
    #[arg(long, value_name = "USD", requires = "alarm_topic")]
    budget: Option<u32>,
    /// The name of the managed policy that bounds the functions' roles (lambda/deploy/boundary-policy.json)
    #[arg(long, value_name = "POLICY")]
    boundary: Option<String>,
    /// The API alone: the page is served elsewhere, by the Worker or a CDN
    #[arg(long)]
    no_page: bool,
    /// Does not ask the API afterwards which regions see port 25
    #[arg(long)]
    no_self_test: bool,
}

impl Up {
    /// Deploys, and says what stands, what failed, and who sees port 25.
    ///
    /// # Errors
    /// When nothing could be begun; or, after all that could be done was done, when any region failed.
    pub fn run(self) -> Result<()> {
        Aws::need()?;
        let mut regions = vec![self.home.clone()];
        for region in &self.regions {
            if !regions.contains(region) {
                regions.push(region.clone());
            }
        }
        account::check_names(&regions)?;
        let code = self.code()?;
        let common = self.common()?;
        let (elsewhere, elsewhere_token) = vantages::elsewhere(self.vantages.as_deref())?;
        let home = Aws::new(&self.home);
        let account = account::number(&home)?;
        println!("account {account}, {} regions, {}", regions.len(), code.key);

        // The bucket is the first to come: where one is, `destroy` looks. The home's prober fills it.
        bucket::make(&home, &account)?;
        let token = if self.public { None } else { Some(Token::keep(&home, self.new_token)?) };
        if let Some(token) = token.as_ref().filter(|token| token.is_new) {
            println!("the token of checks, shown this once:\n\n    {}\n", token.text);
        }
        let mut prober_parameters = common.clone();
        prober_parameters.extend([("Shape", name(self.shape)), ("Nat", name(self.nat))]);
        let (probers, failed) = deploy_probers(&regions, &account, &code, &prober_parameters);

        let text = vantages::text(&probers, &elsewhere)?;
        let mut parameters = common;
        parameters.extend([
            ("Vantages", text.clone()),
            ("VantageToken", elsewhere_token),
            ("AlarmTopic", self.alarm_topic.clone().unwrap_or_default()),
            ("BudgetUsd", self.budget.unwrap_or_default().to_string()),
            ("Page", if self.no_page { "elsewhere" } else { "function" }.to_owned()),
        ]);
        let url = home::deploy(&home, &account, &code, &parameters, &probers, token.as_ref())
            .with_context(|| format!("the coordinator in {}: FAILED", self.home))?;
        println!("the API and the page:  {url}/");
        println!("the vantages file:     {}", vantages::write(&text)?.display());

        if !self.no_self_test {
            let blind = sight::report(&url)?;
            request::print(&probers, &blind);
        }
        if !failed.is_empty() {
            bail!("not up to date: {}. Run the same command again to complete it", failed.join(", "));
        }
        Ok(())
    }

    fn code(&self) -> Result<Code> {
        Code::read(match &self.zip {
            Some(zip) => zip.clone(),
            None => build::lambda(self.arch)?,
        })
    }

    /// What every stack is told.
    fn common(&self) -> Result<Parameters> {
        let read = |path: &Path| std::fs::read_to_string(path).with_context(|| path.display().to_string());
        Ok(vec![
            ("Arch", self.arch.name().to_owned()),
            ("Doh", self.doh.join(" ")),
            ("Controls", self.controls.as_deref().map(read).transpose()?.unwrap_or_default()),
            ("Concurrency", self.concurrency.to_string()),
            ("Boundary", self.boundary.clone().unwrap_or_default()),
        ])
    }
}

/// Deploys a prober to each region, and says of each how it went. Those that stand, and the regions that failed: a
/// prober of an earlier deployment stands on where a change to it failed.
fn deploy_probers(
    regions: &[String],
    account: &str,
    code: &Code,
    parameters: &Parameters,
) -> (Vec<Prober>, Vec<String>) {
    let done = account::in_each(regions, |aws| {
        let result = Prober::deploy(aws, account, code, parameters);
        let standing = match &result {
            Ok(prober) => Some(prober.clone()),
            Err(_) => Prober::standing(aws).unwrap_or_default(),
        };
        match (&result, &standing) {
            (Ok(prober), _) => println!("{:<15} up      {}", aws.region, prober.url),
            (Err(error), None) => println!("{:<15} FAILED  {error:#}", aws.region),
            (Err(error), Some(_)) => {
                println!("{:<15} FAILED  {error:#} (what stood before stands on)", aws.region)
            }
        }
        (standing, result.is_err())
    });
    let failed = done.iter().filter(|(_, (_, failed))| *failed).map(|(region, _)| region.clone()).collect();
    (done.into_iter().filter_map(|(_, (standing, _))| standing).collect(), failed)
}

fn name(value: impl clap::ValueEnum) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}
