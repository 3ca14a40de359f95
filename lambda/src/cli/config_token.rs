//! `noanswer config token`: a new token for a client of `noanswer serve --clients`.

use super::args::ConfigToken;
use super::paint::Out;
use super::setup::Usage;
use noanswer_site::api::clients;
use ring::rand::{SecureRandom, SystemRandom};

pub(crate) fn run(args: &ConfigToken) -> Result<u8, Usage> {
    let mut random = [0; 32];
    let filled = SystemRandom::new().fill(&mut random);
    filled.map_err(|_| Usage::Setting("this system has no randomness".to_owned()))?;
    let token = clients::token(&random);
    let lines = format!("[[client]]\nname = \"{}\"\ntoken-sha256 = \"{}\"", args.name, clients::hash(&token));
    // What is printed can be read again: a name that is none is told now.
    clients::Clients::parse(&lines, &|_| None).map_err(|error| Usage::Setting(error.to_string()))?;
    let out = Out::new();
    out.line(&format!("# The client's token, which stands nowhere else: {token}"));
    lines.lines().for_each(|line| out.line(line));
    Ok(0)
}
