use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::AsyncWriteExt;
use tokio::join;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::peer::{Names, OK, Peer, client_with, read_request};
use crate::{Cause, Client, Error, Reach, Request, Settings};

/// A server with a certificate of its own for `granted.example`.
struct SecurePeer {
    peer: Peer,
    acceptor: TlsAcceptor,
    certificate: CertificateDer<'static>,
    reach: Reach,
}

impl SecurePeer {
    async fn start() -> Self {
        let made = rcgen::generate_simple_self_signed(["granted.example".to_owned()]).unwrap();
        let certificate = made.cert.der().clone();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key)
            .unwrap();
        let peer = Peer::start().await;
        let hosts = ["granted", "other"].map(|name| format!("{name}.example:{}", peer.port()));
        let reach = Reach::grants("default", "mortise/http", hosts).unwrap();
        Self {
            peer,
            acceptor: TlsAcceptor::from(Arc::new(config)),
            certificate,
            reach,
        }
    }

    fn client(&self, change: impl FnOnce(&mut Settings)) -> Client {
        client_with(Names::new(&["127.0.0.1"]), change).0
    }

    fn request(&self, name: &str) -> Request {
        let url = format!("https://{name}.example:{}/", self.peer.port());
        Request::from_plugin(&self.reach, "GET", &url, [], Default::default()).unwrap()
    }

    async fn answer(&self) -> TlsStream<TcpStream> {
        let mut stream = self
            .acceptor
            .accept(self.peer.accept().await)
            .await
            .unwrap();
        answer(&mut stream).await;
        stream
    }
}

async fn answer(stream: &mut TlsStream<TcpStream>) {
    read_request(stream).await;
    stream.write_all(OK).await.unwrap();
    stream.flush().await.unwrap();
}

#[tokio::test]
async fn a_trusted_server_is_reached_and_its_connection_kept() {
    let peer = SecurePeer::start().await;
    let client = peer.client(|settings| settings.extra_roots.push(peer.certificate.clone()));
    let send = || client.send(peer.request("granted"), &peer.reach, None);
    let (mut stream, outcome) = join!(peer.answer(), send());
    assert_eq!(outcome.unwrap().status, 200);
    for _ in 0..2 {
        let ((), outcome) = join!(answer(&mut stream), send());
        assert_eq!(outcome.unwrap().status, 200);
    }
    // Closed in good order while idle, and closed without a word: a new one both times.
    stream.shutdown().await.unwrap();
    let (stream, outcome) = join!(peer.answer(), send());
    assert_eq!(outcome.unwrap().status, 200);
    drop(stream);
    let (_stream, outcome) = join!(peer.answer(), send());
    assert_eq!(outcome.unwrap().status, 200);
}

#[tokio::test]
async fn a_server_that_is_not_trusted_gets_nothing() {
    let peer = SecurePeer::start().await;
    let trusting = peer.client(|settings| settings.extra_roots.push(peer.certificate.clone()));
    let doubting = peer.client(|_| ());
    for (client, name) in [(doubting, "granted"), (trusting, "other")] {
        let server = async { peer.acceptor.accept(peer.peer.accept().await).await };
        let (_, outcome) = join!(server, client.send(peer.request(name), &peer.reach, None));
        let error = outcome.unwrap_err();
        assert!(
            matches!(
                error,
                Error::NotSent {
                    cause: Cause::Tls(_),
                    ..
                }
            ),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_gets_nothing() {
    let peer = SecurePeer::start().await;
    let client = peer.client(|settings| settings.connect_timeout_ms = 40);
    let request = || client.send(peer.request("granted"), &peer.reach, None);
    let server = async {
        let mut socket = peer.peer.accept().await;
        socket
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .await
            .unwrap();
        socket
    };
    let (_socket, outcome) = join!(server, request());
    let error = outcome.unwrap_err();
    assert!(
        matches!(
            error,
            Error::NotSent {
                cause: Cause::Tls(_),
                ..
            }
        ),
        "{error:?}"
    );
    // And one that says nothing at all.
    let (_socket, outcome) = join!(peer.peer.accept(), request());
    let error = outcome.unwrap_err();
    assert!(
        matches!(
            error,
            Error::NotSent {
                cause: Cause::ConnectTimeout(40),
                ..
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn an_answer_that_is_cut_off_is_not_taken_for_whole() {
    let peer = SecurePeer::start().await;
    let client = peer.client(|settings| settings.extra_roots.push(peer.certificate.clone()));
    let server = async {
        let mut stream = peer
            .acceptor
            .accept(peer.peer.accept().await)
            .await
            .unwrap();
        read_request(&mut stream).await;
        stream
            .write_all(b"HTTP/1.1 200 OK\r\n\r\nhalf")
            .await
            .unwrap();
        stream.flush().await.unwrap();
        // Without the alert that ends a TLS connection: anyone on the way could have cut it.
        drop(stream);
    };
    let ((), outcome) = join!(
        server,
        client.send(peer.request("granted"), &peer.reach, None)
    );
    let error = outcome.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Unanswered {
                cause: Cause::Http(_),
                ..
            }
        ),
        "{error:?}"
    );
}
