//! `fate ADDRESS:PORT=FATE=NAME …`: the lab's fake servers, all of one host in one process.

fn main() -> anyhow::Result<()> {
    let servers = std::env::args().skip(1).map(|argument| argument.parse()).collect::<anyhow::Result<_>>()?;
    noanswer_tests::lab::fate::serve(servers)
}
