//! The network that is measured in: addresses of 127/8, one server behind all of them, and a packet filter for fates.

use anyhow::{Context, Result, bail};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use std::net::Ipv4Addr;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpSocket, TcpStream};

/// How many targets there are.
pub const TARGETS: usize = 1_000;

/// How long each contender waits for a silent target.
pub const LIMIT: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum World {
    /// All targets answer.
    Healthy,
    /// Of ten targets, eight answer, one refuses and one swallows every packet.
    Mixed,
}

impl World {
    pub fn name(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Mixed => "mixed",
        }
    }

    /// How many of `count` targets answer, refuse and are silent.
    pub fn truth(self, count: usize) -> [usize; 3] {
        match self {
            Self::Healthy => [count, 0, 0],
            Self::Mixed => [count - 2 * (count / 10), count / 10, count / 10],
        }
    }

    /// Sets up the fates.
    pub fn install(self) -> Result<()> {
        if self == Self::Healthy {
            return Ok(());
        }
        let list = |last: usize| {
            let of = (0..TARGETS).filter(|index| index % 10 == last).map(|index| target(index).to_string());
            of.collect::<Vec<_>>().join(",")
        };
        let rules = format!(
            "add table inet bench\n\
             add chain inet bench in {{ type filter hook input priority 0; }}\n\
             add rule inet bench in ip daddr {{ {} }} tcp dport 25 reject with tcp reset\n\
             add rule inet bench in ip daddr {{ {} }} tcp dport 25 drop\n",
            list(8),
            list(9)
        );
        let status = Command::new("nft").arg(rules).status().context("cannot start nft")?;
        if status.success() { Ok(()) } else { bail!("nft took no rules") }
    }
}

/// The address of a target.
pub fn target(index: usize) -> Ipv4Addr {
    let [high, low] = u16::try_from(index + 1).unwrap_or(u16::MAX).to_be_bytes();
    Ipv4Addr::new(127, 1, high, low)
}

/// Starts this program again in a network namespace of its own. Only comes back when that fails.
pub fn enter_namespace() -> Result<()> {
    let this = std::env::current_exe()?;
    let error = Command::new("unshare")
        .args(["--user", "--map-root-user", "--net", "--"])
        .arg(this)
        .arg("inside")
        .exec();
    bail!("cannot start unshare: {error}")
}

/// Turns the loopback on, and lets every process open a socket for each target.
pub fn raise_limits() -> Result<()> {
    let status = Command::new("ip").args(["link", "set", "lo", "up"]).status().context("cannot start ip")?;
    if !status.success() {
        bail!("cannot turn on the loopback of a namespace: unshare --user --net is not allowed here");
    }
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard)?;
    Ok(())
}

/// The server, killed when dropped.
pub struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // It ends with the namespace anyway.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts the server behind all targets, and waits until it answers.
pub fn start_server() -> Result<Server> {
    let mut server = Command::new(std::env::current_exe()?).arg("serve").stdout(Stdio::piped()).spawn()?;
    let mut ready = String::new();
    let out = server.stdout.take().context("no output of the server")?;
    std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut ready)?;
    if ready.is_empty() {
        bail!("the server did not start");
    }
    Ok(Server(server))
}

/// Serves port 25 of every address.
pub fn serve() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.bind((Ipv4Addr::UNSPECIFIED, 25).into())?;
        let listener = socket.listen(4_096)?;
        println!("ready");
        loop {
            let (stream, _) = listener.accept().await?;
            // A visitor that leaves early is no failure.
            tokio::spawn(async move { session(stream).await.ok() });
        }
    })
}

async fn session(mut stream: TcpStream) -> std::io::Result<()> {
    let (read, mut write) = stream.split();
    let mut read = BufReader::new(read);
    write.write_all(b"220 mx.example ESMTP\r\n").await?;
    let mut line = String::new();
    while read.read_line(&mut line).await? > 0 {
        let quit = line.to_ascii_uppercase().starts_with("QUIT");
        let reply = match line.get(..4).unwrap_or_default().to_ascii_uppercase().as_str() {
            "QUIT" => "221 bye\r\n",
            "EHLO" => "250-mx.example\r\n250-PIPELINING\r\n250 SIZE 10240000\r\n",
            _ => "250 mx.example\r\n",
        };
        write.write_all(reply.as_bytes()).await?;
        if quit {
            break;
        }
        line.clear();
    }
    Ok(())
}
