//! Relays that wait: what makes a resolver or a vantage slow.

use std::io;
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::thread::{sleep, spawn};
use std::time::Duration;

/// Joins `stream` to `upstream` after `wait`.
pub(super) fn connection(stream: TcpStream, upstream: &str, wait: Duration) -> io::Result<()> {
    sleep(wait);
    let upstream = TcpStream::connect(upstream)?;
    let (mut from, mut to) = (stream.try_clone()?, upstream.try_clone()?);
    let forth = spawn(move || io::copy(&mut from, &mut to).and(to.shutdown(std::net::Shutdown::Write)));
    let (mut from, mut to) = (upstream, stream);
    io::copy(&mut from, &mut to)?;
    to.shutdown(std::net::Shutdown::Write)?;
    forth.join().unwrap_or(Ok(()))
}

/// Passes every datagram on to `upstream` and its answer back, each after `wait`.
pub(super) fn datagrams(socket: &UdpSocket, upstream: SocketAddr, wait: Duration) {
    let mut room = [0; 4096];
    while let Ok((length, from)) = socket.recv_from(&mut room) {
        let (Ok(socket), question) = (socket.try_clone(), room[..length].to_vec()) else { return };
        spawn(move || answer(&socket, upstream, &question, from, wait));
    }
}

fn answer(
    socket: &UdpSocket,
    upstream: SocketAddr,
    question: &[u8],
    from: SocketAddr,
    wait: Duration,
) -> io::Result<()> {
    let any: SocketAddr =
        if upstream.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" }.parse().map_err(io::Error::other)?;
    let own = UdpSocket::bind(any)?;
    own.set_read_timeout(Some(Duration::from_secs(5)))?;
    own.send_to(question, upstream)?;
    let mut room = [0; 4096];
    let length = own.recv(&mut room)?;
    sleep(wait);
    socket.send_to(&room[..length], from)?;
    Ok(())
}
