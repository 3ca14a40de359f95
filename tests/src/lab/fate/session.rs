//! One session, from the accepted connection to whatever end its fate has.

use super::kinds::Fate;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

/// Plays `fate` on `stream`.
pub(super) fn run(
    mut stream: TcpStream,
    fate: Fate,
    name: &str,
    tls: &Arc<rustls::ServerConfig>,
) -> io::Result<()> {
    match fate {
        Fate::Accepts | Fate::ClosesAtGreeting | Fate::QueueFull => Ok(()),
        Fate::NeverGreets => listen_on(&mut stream),
        Fate::ResetsAtGreeting => reset(stream),
        Fate::Busy => stream.write_all(format!("421 4.3.2 {name} too busy\r\n").as_bytes()),
        Fate::Refuses => stream.write_all(format!("554 5.7.1 {name} no service for you\r\n").as_bytes()),
        Fate::Lists => {
            let client = stream.peer_addr()?.ip();
            let words = format!("554 5.7.1 Service unavailable; Client host [{client}] blocked using dnsbl.test; https://dnsbl.test/query\r\n");
            stream.write_all(words.as_bytes())
        }
        Fate::TryLater => stream.write_all(format!("450 4.7.1 {name} not now\r\n").as_bytes()),
        Fate::GreetsAtLength => {
            let greeting = format!("220-{name} ESMTP ready\r\n220-No spam, please.\r\n220 \r\n");
            stream.write_all(greeting.as_bytes())?;
            converse(stream, fate, name, tls)
        }
        Fate::Tarpit => {
            drip(&mut stream, &format!("220 {name} ESMTP patience\r\n"))?;
            converse(stream, fate, name, tls)
        }
        Fate::TarpitThroughout => {
            drip(&mut stream, &format!("220 {name} ESMTP patience\r\n"))?;
            drip(&mut stream, &format!("250-{name}\r\n250 8BITMIME\r\n"))?;
            drip(&mut stream, "221 bye\r\n")
        }
        Fate::Http => stream.write_all(
            b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<h1>Bad</h1>\r\n",
        ),
        Fate::EndlessGreeting => loop {
            stream.write_all(format!("220-{name} welcomes you\r\n").as_bytes())?;
        },
        Fate::HugeLine => {
            stream.write_all(b"220 ")?;
            loop {
                stream.write_all(&[b'x'; 65_536])?;
            }
        }
        Fate::Escapes => {
            stream.write_all(b"220 \x1b[2J\x1b]0;owned\x07\0\xff\xfe ESMTP\r\n")?;
            converse(stream, fate, name, tls)
        }
        Fate::Masks => {
            stream.write_all(b"220 ******************************\r\n")?;
            converse(stream, fate, name, tls)
        }
        Fate::GreetsHalf => {
            stream.write_all(format!("220 {name} ESMTP").as_bytes())?;
            listen_on(&mut stream)
        }
        Fate::BareLf => {
            stream.write_all(format!("220 {name} ESMTP\n").as_bytes())?;
            converse(stream, fate, name, tls)
        }
        Fate::GreetsAfter(wait) => {
            sleep(wait);
            speak(stream, fate, name, tls)
        }
        Fate::RelaysAfter(wait) => super::relay::connection(stream, name, wait),
        Fate::Html => page(stream, tls),
        Fate::Json => json(stream, name),
        _ => speak(stream, fate, name, tls),
    }
}

/// A plain SMTP server (RFC 5321 s4.1.1), up to where its fate says.
fn speak(mut stream: TcpStream, fate: Fate, name: &str, tls: &Arc<rustls::ServerConfig>) -> io::Result<()> {
    say(&mut stream, &format!("220 {name} ESMTP ready\r\n"))?;
    converse(stream, fate, name, tls)
}

/// What follows the greeting.
fn converse(stream: TcpStream, fate: Fate, name: &str, tls: &Arc<rustls::ServerConfig>) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let verb = line.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
        if let (Fate::AnswersAfter(wait), "EHLO" | "HELO") = (fate, verb.as_str()) {
            sleep(wait);
        }
        match verb.as_str() {
            "EHLO" | "HELO" if fate == Fate::ResetsAfterEhlo => return reset(reader.into_inner()),
            "EHLO" if fate == Fate::DropsLiterals && !is_a_name(&line) => return Ok(()),
            "EHLO" if fate == Fate::HeloOnly => say(reader.get_mut(), "500 5.5.1 what?\r\n")?,
            "HELO" => say(reader.get_mut(), &format!("250 {name}\r\n"))?,
            "EHLO" if fate == Fate::BareLf => say(reader.get_mut(), &format!("250-{name}\n250 8BITMIME\n"))?,
            "EHLO" if fate == Fate::GreetsPlain => {
                say(reader.get_mut(), &format!("250-{name}\r\n250 8BITMIME\r\n"))?
            }
            "EHLO" if fate == Fate::Masks => {
                say(reader.get_mut(), &format!("250-{name}\r\n250-8BITMIME\r\n250 XXXXXXXA\r\n"))?;
            }
            "EHLO" => say(reader.get_mut(), &format!("250-{name}\r\n250-8BITMIME\r\n250 STARTTLS\r\n"))?,
            "STARTTLS" if fate == Fate::ResetsAtStarttls => return reset(reader.into_inner()),
            "STARTTLS" => return secure(reader.into_inner(), fate, name, tls),
            "QUIT" => return say(reader.get_mut(), &format!("221 {name} bye\r\n")),
            _ => say(reader.get_mut(), "502 5.5.1 not here\r\n")?,
        }
    }
}

/// Whether a command gives a name with a dot, and no address literal.
fn is_a_name(line: &str) -> bool {
    line.split_whitespace().nth(1).is_some_and(|name| name.contains('.') && !name.starts_with('['))
}

fn secure(mut stream: TcpStream, fate: Fate, name: &str, tls: &Arc<rustls::ServerConfig>) -> io::Result<()> {
    if fate == Fate::Injects {
        stream.write_all(b"220 go ahead\r\n250-injected\r\n250 AUTH PLAIN\r\n")?;
    } else {
        stream.write_all(b"220 go ahead\r\n")?;
    }
    match fate {
        Fate::TlsSilent => return listen_on(&mut stream),
        Fate::TlsGarbage => {
            stream.write_all(b"500 what was that?\r\n")?;
            return listen_on(&mut stream);
        }
        _ => {}
    }
    let session = rustls::ServerConnection::new(tls.clone()).map_err(io::Error::other)?;
    let mut reader = BufReader::new(rustls::StreamOwned::new(session, stream));
    let mut line = String::new();
    while reader.read_line(&mut line)? > 0 {
        if line.to_ascii_uppercase().starts_with("QUIT") {
            return say(reader.get_mut(), &format!("221 {name} bye\r\n"));
        }
        say(reader.get_mut(), &format!("250 {name}\r\n"))?;
        line.clear();
    }
    Ok(())
}

/// Says `reply` one byte a second.
fn drip(to: &mut impl Write, reply: &str) -> io::Result<()> {
    reply.bytes().try_for_each(|byte| {
        sleep(Duration::from_secs(1));
        to.write_all(&[byte])
    })
}

/// Says a whole reply at once: a reply in pieces would be another fate.
fn say(to: &mut impl Write, reply: &str) -> io::Result<()> {
    to.write_all(reply.as_bytes())?;
    to.flush()
}

/// The page of a captive portal, to whatever was asked.
fn page(stream: TcpStream, tls: &Arc<rustls::ServerConfig>) -> io::Result<()> {
    let session = rustls::ServerConnection::new(tls.clone()).map_err(io::Error::other)?;
    let mut stream = rustls::StreamOwned::new(session, stream);
    let mut room = [0; 4096];
    let _ = stream.read(&mut room)?;
    say(
        &mut stream,
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 18\r\n\r\n<h1>Log in</h1>\r\n\r\n",
    )
}

/// The JSON of a file, to whatever was asked: requests are read up to their length first.
fn json(stream: TcpStream, path: &str) -> io::Result<()> {
    let body = std::fs::read_to_string(path)?;
    let mut reader = BufReader::new(stream);
    let (mut line, mut length) = (String::new(), 0);
    while reader.read_line(&mut line)? > 2 {
        let lower = line.to_ascii_lowercase();
        length = lower.strip_prefix("content-length:").and_then(|n| n.trim().parse().ok()).unwrap_or(length);
        line.clear();
    }
    io::copy(&mut reader.by_ref().take(length), &mut io::sink())?;
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close";
    say(reader.get_mut(), &format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()))
}

/// Reads until the peer is tired of it.
fn listen_on(stream: &mut TcpStream) -> io::Result<()> {
    let mut room = [0; 1024];
    while stream.read(&mut room)? > 0 {}
    Ok(())
}

/// Ends the connection by RST instead of FIN.
fn reset(stream: TcpStream) -> io::Result<()> {
    let linger = libc::linger { l_onoff: 1, l_linger: 0 };
    // SAFETY: the descriptor is the stream's own, the option's value is a `linger` of its size.
    let result = unsafe {
        libc::setsockopt(
            stream.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_LINGER,
            (&raw const linger).cast(),
            size_of::<libc::linger>() as libc::socklen_t,
        )
    };
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
