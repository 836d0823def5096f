//! What is said of a request that was not answered: not sent, or sent.

use std::pin::pin;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::join;

use super::peer::{Names, OK, Peer, client, client_with, closed, read_request, reset, settings};
use crate::connect::Connector;
use crate::link::Link;
use crate::request::Target;
use crate::watch::{Watch, Whole};
use crate::{Cause, Error, Reach, Request, Timeouts};

#[tokio::test]
async fn refused_is_not_sent() {
    let peer = Peer::start().await;
    let request = peer.request("POST", b"hello");
    let (Peer { reach, .. }, client) = (peer, client(|_| ()));
    let error = client.send(request, &reach, None).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::NotSent {
                cause: Cause::Connect(_),
                ..
            }
        ),
        "{error}"
    );
}

#[tokio::test]
async fn a_name_without_an_address_is_not_sent() {
    let reach = Reach::grants("default", "mortise/http", ["gone.example"]).unwrap();
    let request = Request::from_plugin(
        &reach,
        "GET",
        "https://gone.example/",
        [],
        Default::default(),
    )
    .unwrap();
    let (client, names) = client_with(Names::new(&[]), |_| ());
    let error = client.send(request, &reach, None).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "nothing was sent to `https://gone.example`: the name cannot be resolved: it has no address"
    );
    assert_eq!(*names.asked.lock().unwrap(), ["gone.example"]);
}

#[tokio::test]
async fn a_reset_while_the_request_is_read_is_unanswered() {
    let (peer, client) = (Peer::start().await, client(|_| ()));
    let server = async {
        let mut socket = peer.accept().await;
        socket.read_u8().await.unwrap();
        reset(socket);
    };
    let ((), outcome) = join!(server, peer.send(&client));
    assert!(
        matches!(outcome, Err(Error::Unanswered { .. })),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn a_connection_that_ends_after_the_request_leaves_it_unanswered() {
    for is_reset in [false, true] {
        for answer in [
            "",
            "HTTP/1.1 2",
            "HTTP/1.1 200 OK\r\ncontent-le",
            "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab",
        ] {
            let (peer, client) = (Peer::start().await, client(|_| ()));
            let server = async {
                let socket = peer.answer(answer.as_bytes()).await;
                if is_reset {
                    reset(socket)
                } else {
                    drop(socket)
                }
            };
            let ((), outcome) = join!(server, peer.send(&client));
            assert!(
                matches!(outcome, Err(Error::Unanswered { .. })),
                "{answer:?}: {outcome:?}"
            );
        }
    }
}

#[tokio::test]
async fn what_is_not_http_is_unanswered() {
    for answer in [
        "SSH-2.0-OpenSSH\r\n\r\n",
        "HTTP/2.0 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\na b: c\r\n\r\n",
    ] {
        let (peer, client) = (Peer::start().await, client(|_| ()));
        let (_socket, outcome) = join!(peer.answer(answer.as_bytes()), peer.send(&client));
        assert!(
            matches!(
                outcome,
                Err(Error::Unanswered {
                    cause: Cause::Http(_),
                    ..
                })
            ),
            "{outcome:?}"
        );
    }
}

#[tokio::test]
async fn a_kept_connection_that_closed_is_replaced_before_anything_is_sent() {
    for is_reset in [false, true] {
        let (peer, client) = (Peer::start().await, client(|_| ()));
        for _ in 0..3 {
            let (socket, answer) = join!(peer.answer(OK), peer.send(&client));
            assert_eq!(answer.unwrap().status, 200);
            assert_eq!(client.pool().counts().0, 1);
            // On a loopback socket the other side's kernel knows of it when this returns.
            if is_reset {
                reset(socket)
            } else {
                drop(socket)
            }
        }
    }
}

#[tokio::test]
async fn a_kept_connection_that_closes_after_the_request_leaves_it_unanswered() {
    let (peer, client) = (Peer::start().await, client(|_| ()));
    let (mut socket, answer) = join!(peer.answer(OK), peer.send(&client));
    assert_eq!(answer.unwrap().status, 200);
    let server = async {
        let request = read_request(&mut socket).await;
        drop(socket);
        request
    };
    let (request, outcome) = join!(server, peer.send(&client));
    assert!(request.ends_with("hello"));
    assert!(
        matches!(outcome, Err(Error::Unanswered { .. })),
        "{outcome:?}"
    );
    // It was not sent again: the next connection brings the next request.
    let mut next = peer.request("POST", b"next");
    next.url.set_path("/next");
    let ((_socket, text), _) = join!(
        async {
            let (mut socket, text) = peer.accept_request().await;
            socket.write_all(OK).await.unwrap();
            (socket, text)
        },
        client.send(next, &peer.reach, None)
    );
    assert!(text.starts_with("POST /next"), "{text}");
}

#[tokio::test]
async fn bytes_that_nobody_asked_for_end_a_kept_connection() {
    let (peer, client) = (Peer::start().await, client(|_| ()));
    let (mut first, answer) = join!(peer.answer(OK), peer.send(&client));
    assert_eq!(answer.unwrap().body, "ok");
    first
        .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil")
        .await
        .unwrap();
    let (_second, answer) = join!(peer.answer(OK), peer.send(&client));
    assert_eq!(answer.unwrap().body, "ok");
    closed(&mut first).await;
}

/// What no timing can bring about from outside: the connection breaks after it was found to live
/// and before it takes a byte.
#[tokio::test]
async fn a_connection_that_breaks_before_it_takes_a_byte_has_sent_nothing() {
    for fresh in [true, false] {
        let peer = Peer::start().await;
        let (mut link, settings) = (link(&peer).await, settings(|_| ()));
        let mut socket = peer.accept().await;
        let message = || {
            let mut message = http::Request::new(http_body_util::Full::from("hello"));
            *message.method_mut() = http::Method::POST;
            message
        };
        let whole = Whole::new(tokio::time::Instant::now(), 5_000, None, None);
        let sleep = pin!(tokio::time::sleep_until(whole.due));
        let mut watch = Watch::new(sleep, whole, Timeouts::default());
        if !fresh {
            let server = async {
                read_request(&mut socket).await;
                socket.write_all(OK).await.unwrap();
            };
            let ((), outcome) = join!(server, link.exchange(message(), &settings, &mut watch));
            assert_eq!(outcome.unwrap().1, "ok");
            assert!(link.is_free());
        }
        reset(socket);
        let broken = link
            .exchange(message(), &settings, &mut watch)
            .await
            .unwrap_err();
        assert!(!broken.sent && broken.is_stale(), "{broken:?}");
    }
}

#[tokio::test]
async fn a_request_that_is_given_up_closes_its_connection() {
    let (peer, client) = (Peer::start().await, client(|_| ()));
    let mut socket = tokio::select! {
        (socket, _) = peer.accept_request() => socket,
        _ = peer.send(&client) => panic!("nobody answered"),
    };
    closed(&mut socket).await;
}

async fn link(peer: &Peer) -> Box<Link> {
    let connector = Connector::new(&settings(|_| ()), Arc::new(Names::default())).unwrap();
    let request = peer.request("POST", b"");
    connector
        .connect(&Target::of(&request.url).unwrap())
        .await
        .unwrap()
}
