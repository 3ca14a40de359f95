//! `noanswer config token`: a new token for a client of `noanswer serve --clients`.

use super::args::ConfigToken;
use super::paint::Out;
use super::setup::Usage;
use crate::random;
use noanswer_site::api::clients;

pub(crate) fn run(args: &ConfigToken) -> Result<u8, Usage> {
    let none = || Usage::Setting("this system has no randomness".to_owned());
    let random: [u8; 32] = random::bytes().ok_or_else(none)?;
    let token = clients::token(&random);
    let lines = format!("[[client]]\nname = \"{}\"\ntoken-sha256 = \"{}\"", args.name, clients::hash(&token));
    // What is printed can be read again: a name that is none is told now.
    clients::Clients::parse(&lines, &|_| None).map_err(|error| Usage::Setting(error.to_string()))?;
    let out = Out::new();
    out.line(&format!("# The client's token, which stands nowhere else: {token}"));
    lines.lines().for_each(|line| out.line(line));
    Ok(0)
}
