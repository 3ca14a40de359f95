//! `tests/contract/api.toml` by function URLs.

use crate::town::{CHECKS, TOKEN, Town};
use noanswer_tests::contract::api::{self, Host, Server, Servers};

#[tokio::test]
async fn every_case_of_the_contract_that_is_for_functions() {
    let town = Town::patient();
    let _instances = (town.coordinator(), town.prober("north"));
    let server = |url, token: &str| Some(Server { url, token: token.to_owned(), open: false });
    let servers = Servers {
        any: server(town.url(), CHECKS),
        lab: None,
        vantage: server(town.north.url("north"), TOKEN),
    };
    let outcome = api::run(Host::Lambda, &servers).await;
    assert!(outcome.wrong.is_empty(), "\n{}", outcome.wrong.join("\n"));
    assert!(outcome.ran > 30, "the table was read: {} cases", outcome.ran);
}
