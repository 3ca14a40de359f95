//! A socket that the service manager has opened already (socket activation: `LISTEN_FDS`, sd_listen_fds(3)): the server
//! needs no right to the port, and no connection is refused while it starts anew.

use std::io;
use std::sync::{Mutex, PoisonError};
use tokio::net::TcpListener;

/// What was handed over, until it is served.
static GIVEN: Mutex<Given> = Mutex::new(Given::Nothing);

#[cfg_attr(windows, expect(dead_code, reason = "nothing is handed over there"))]
enum Given {
    Nothing,
    Listener(std::net::TcpListener),
    Wrong(String),
}

/// Takes over what was handed to this process. To be called while it has one thread alone: the variables that say so are
/// removed, so that no child takes them for its own.
#[cfg(unix)]
pub(super) fn take_over() {
    let mut handed = listenfd::ListenFd::from_env();
    let given = match (handed.len(), handed.take_tcp_listener(0)) {
        (0, _) => Given::Nothing,
        (1, Ok(Some(listener))) => Given::Listener(listener),
        (1, _) => Given::Wrong("the socket that was handed over is no listening TCP socket".to_owned()),
        (count, _) => Given::Wrong(format!("{count} sockets were handed over, and one is served")),
    };
    *GIVEN.lock().unwrap_or_else(PoisonError::into_inner) = given;
}

/// The socket that was handed over, where one was.
pub(super) fn listener() -> io::Result<Option<TcpListener>> {
    let mut given = GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
    match std::mem::replace(&mut *given, Given::Nothing) {
        Given::Nothing => Ok(None),
        Given::Listener(listener) => {
            listener.set_nonblocking(true)?;
            TcpListener::from_std(listener).map(Some)
        }
        Given::Wrong(words) => Err(io::Error::other(words)),
    }
}
