//! Applications for plugins to talk to.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// What came, as `METHOD PATH` and, after a blank, the body.
type Seen = Arc<Mutex<Vec<String>>>;

/// Answers every request at once.
pub struct Application {
    pub address: String,
    seen: Seen,
}

impl Application {
    /// `answer` makes status and JSON of what came.
    pub async fn start(
        answer: impl Fn(&str) -> (u16, String) + Send + Sync + Copy + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let seen = Seen::default();
        let known = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serve(socket, answer, Arc::clone(&known)));
            }
        });
        Self { address, seen }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What has come since the last time.
    pub fn seen(&self) -> Vec<String> {
        std::mem::take(&mut *self.seen.lock().unwrap())
    }
}

async fn serve(socket: TcpStream, answer: impl Fn(&str) -> (u16, String), seen: Seen) {
    let mut socket = BufReader::new(socket);
    while let Some(request) = read(&mut socket).await {
        let (status, body) = answer(&request);
        seen.lock().unwrap().push(request);
        let head = format!(
            "HTTP/1.1 {status} Answer\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let answer = [head.as_bytes(), body.as_bytes()].concat();
        if socket.write_all(&answer).await.is_err() {
            return;
        }
    }
}

async fn read(socket: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    let (mut request, mut length) = (String::new(), 0);
    while socket.read_line(&mut line).await.ok()? > 2 {
        let text = line.trim_end().to_ascii_lowercase();
        if request.is_empty() {
            request = line.rsplit_once(' ')?.0.to_owned();
        } else if let Some(value) = text.strip_prefix("content-length: ") {
            length = value.parse().ok()?;
        }
        line.clear();
    }
    let mut body = vec![0; length];
    socket.read_exact(&mut body).await.ok()?;
    if request.is_empty() {
        return None;
    }
    if !body.is_empty() {
        request.push(' ');
        request.push_str(&String::from_utf8(body).ok()?);
    }
    Some(request)
}

/// Takes requests and never answers.
pub struct Silent {
    pub address: String,
    /// True for each request that came, false for each connection that ended.
    pub signs: UnboundedReceiver<bool>,
}

impl Silent {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (sender, signs) = unbounded_channel();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let sender = sender.clone();
                tokio::spawn(async move {
                    let mut socket = BufReader::new(socket);
                    while read(&mut socket).await.is_some() {
                        let _ = sender.send(true);
                    }
                    let _ = sender.send(false);
                });
            }
        });
        Self { address, signs }
    }
}
