//! Servers of a few lines, which say what a test wants and remember what they were asked.

use noanswer_tests::own_network;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A request as it came.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The method.
    pub method: String,
    /// The path, with its query.
    pub path: String,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Asked {
    /// What the header `name` says.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    fn read(stream: &TcpStream) -> Option<Self> {
        let mut lines = BufReader::new(stream);
        let mut line = String::new();
        lines.read_line(&mut line).ok()?;
        let (method, rest) = line.split_once(' ')?;
        let path = rest.split(' ').next()?;
        let mut asked = Self { method: method.to_owned(), path: path.to_owned(), ..Self::default() };
        loop {
            line.clear();
            lines.read_line(&mut line).ok()?;
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            asked.headers.push((name.to_lowercase(), value.to_owned()));
        }
        let length = asked.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        lines.read_exact(&mut body).ok()?;
        asked.body = String::from_utf8_lossy(&body).into_owned();
        Some(asked)
    }
}

/// A running server. Its thread ends with the test's process.
pub struct Peer {
    /// Where it is: `http://127.0.0.1:PORT`.
    pub url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Peer {
    /// Starts one that answers with the status and body that `answer` gives.
    pub fn start(answer: impl Fn(&Asked) -> (u16, String) + Send + Sync + 'static) -> Self {
        Self::speaking("application/json", move |asked| {
            let (status, body) = answer(asked);
            (status, body.into_bytes())
        })
    }

    /// Starts one whose bodies are of `content_type`.
    pub fn speaking(
        content_type: &'static str,
        answer: impl Fn(&Asked) -> (u16, Vec<u8>) + Send + Sync + 'static,
    ) -> Self {
        own_network::enter().expect("a network of the tests");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let asked = Arc::<Mutex<Vec<Asked>>>::default();
        let (kept, answer) = (asked.clone(), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (kept, answer) = (kept.clone(), answer.clone());
                std::thread::spawn(move || {
                    let Some(asked) = Asked::read(&stream) else { return };
                    kept.lock().expect("unpoisoned").push(asked.clone());
                    let (status, body) = answer(&asked);
                    let head = format!(
                        "HTTP/1.1 {status} X\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                        body.len()
                    );
                    // Whoever does not wait for the answer gets none.
                    let _ = (&stream).write_all(head.as_bytes()).and_then(|()| (&stream).write_all(&body));
                });
            }
        });
        Self { url, asked }
    }

    /// What it was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("unpoisoned").clone()
    }
}
