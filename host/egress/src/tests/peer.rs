//! The other side of a request, scripted by the test.

use std::io;
use std::net::IpAddr;
use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::{Client, Error, Lookup, Reach, Request, Resolve, Response, Settings};

/// An answer that leaves the connection open.
pub const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// A server that answers nothing by itself.
pub struct Peer {
    listener: TcpListener,
    pub host: String,
    pub reach: Reach,
}

impl Peer {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let reach = Reach::grants("default", "mortise/http", [&host]).unwrap();
        Self {
            listener,
            host,
            reach,
        }
    }

    /// The next connection. Fails where none comes: the client then waits on another one.
    pub async fn accept(&self) -> TcpStream {
        let next = tokio::time::timeout(Duration::from_secs(20), self.listener.accept());
        next.await.expect("a connection comes").unwrap().0
    }

    /// The next connection, after its first request.
    pub async fn accept_request(&self) -> (TcpStream, String) {
        let mut socket = self.accept().await;
        let request = read_request(&mut socket).await;
        (socket, request)
    }

    /// The next connection, after its first request is answered.
    pub async fn answer(&self, answer: &[u8]) -> TcpStream {
        let (mut socket, _) = self.accept_request().await;
        socket.write_all(answer).await.unwrap();
        socket
    }

    pub fn port(&self) -> u16 {
        self.listener.local_addr().unwrap().port()
    }

    pub fn request(&self, method: &str, body: &'static [u8]) -> Request {
        let url = format!("http://{}/path?query", self.host);
        Request::from_plugin(&self.reach, method, &url, [], Bytes::from_static(body)).unwrap()
    }

    /// One `POST` with a small body.
    pub async fn send(&self, client: &Client) -> Result<Response, Error> {
        client
            .send(self.request("POST", b"hello"), &self.reach, None)
            .await
    }
}

/// A client that may reach loopback addresses, with settings changed by the test.
pub fn client(change: impl FnOnce(&mut Settings)) -> Client {
    Client::new(settings(change)).unwrap()
}

/// As [`client`], with names resolved by the test.
pub fn client_with(
    names: Names,
    change: impl FnOnce(&mut Settings),
) -> (Client, std::sync::Arc<Names>) {
    let names = std::sync::Arc::new(names);
    (
        Client::with_resolver(settings(change), names.clone()).unwrap(),
        names,
    )
}

pub fn settings(change: impl FnOnce(&mut Settings)) -> Settings {
    let allow_private = vec!["127.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()];
    let mut settings = Settings {
        allow_private,
        ..Settings::default()
    };
    change(&mut settings);
    settings
}

/// Resolves every name to the same addresses, or to none, and keeps what it was asked.
#[derive(Default)]
pub struct Names {
    addresses: Vec<IpAddr>,
    pub asked: Mutex<Vec<String>>,
}

impl Names {
    pub fn new(addresses: &[&str]) -> Self {
        let addresses = addresses
            .iter()
            .map(|address| address.parse().unwrap())
            .collect();
        Self {
            addresses,
            asked: Mutex::default(),
        }
    }
}

impl Resolve for Names {
    fn resolve<'a>(&'a self, host: &'a str) -> Lookup<'a> {
        self.asked.lock().unwrap().push(host.to_owned());
        Box::pin(async { Ok(self.addresses.clone()) })
    }
}

/// Reads one request: the head, then as much as `content-length` says.
pub async fn read_request(socket: &mut (impl AsyncRead + Unpin)) -> String {
    let mut text = Vec::new();
    while !text.ends_with(b"\r\n\r\n") {
        text.push(socket.read_u8().await.unwrap());
    }
    let head = String::from_utf8(text).unwrap();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    socket.read_exact(&mut body).await.unwrap();
    head + &String::from_utf8(body).unwrap()
}

/// Waits until the client has closed its side.
pub async fn closed(socket: &mut TcpStream) {
    match socket.read_u8().await {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {}
        Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {}
        other => panic!("not closed: {other:?}"),
    }
}

/// Closes with a reset instead of an orderly end.
pub fn reset(socket: TcpStream) {
    socket.set_zero_linger().unwrap();
}
