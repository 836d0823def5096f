use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::join;
use tokio::time::Instant;

use super::peer::{OK, Peer, client};
use crate::{Cause, Client, Error, MessagePart, Part, Settings, Timeouts};

/// The error of a request whose answer is `answer`, after which nothing comes.
async fn error_of(client: &Client, answer: &[u8]) -> Error {
    let peer = Peer::start().await;
    let server = async {
        let (mut socket, _) = peer.accept_request().await;
        // The client may have had enough before all of it is written.
        let _ = socket.write_all(answer).await;
        socket
    };
    let (_socket, outcome) = join!(server, peer.send(client));
    outcome.unwrap_err()
}

fn client_that_waits(change: impl FnOnce(&mut Settings)) -> Client {
    client(|settings| {
        settings.first_byte_timeout_ms = 60_000;
        settings.idle_timeout_ms = 60_000;
        settings.total_timeout_ms = 60_000;
        change(settings);
    })
}

const HALF_HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nx: y";
const HALF_BODY: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf";

#[tokio::test]
async fn a_server_that_never_answers_hits_the_first_byte_timeout() {
    let client = client_that_waits(|settings| settings.first_byte_timeout_ms = 40);
    for answer in [b"".as_slice(), HALF_HEAD] {
        let error = error_of(&client, answer).await;
        assert!(
            matches!(
                error,
                Error::Unanswered {
                    cause: Cause::FirstByteTimeout(40),
                    ..
                }
            ),
            "{error:?}"
        );
        assert!(
            error
                .to_string()
                .ends_with("no answer within 40 ms (`egress.first-byte-timeout-ms`)")
        );
    }
}

#[tokio::test]
async fn a_body_that_stops_hits_the_idle_timeout() {
    let client = client_that_waits(|settings| settings.idle_timeout_ms = 40);
    let error = error_of(&client, HALF_BODY).await;
    assert!(
        matches!(
            error,
            Error::Unanswered {
                cause: Cause::IdleTimeout(40),
                ..
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn the_whole_has_a_limit_of_its_own() {
    let client = client_that_waits(|settings| settings.total_timeout_ms = 40);
    for answer in [b"".as_slice(), HALF_HEAD, HALF_BODY] {
        let error = error_of(&client, answer).await;
        assert!(
            matches!(
                error,
                Error::Unanswered {
                    cause: Cause::TotalTimeout(40),
                    ..
                }
            ),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn the_request_and_the_caller_can_set_less() {
    let (peer, client) = (Peer::start().await, client_that_waits(|_| ()));
    let mut request = peer.request("GET", b"");
    request.timeout_ms = Some(40);
    let ((_socket, _), outcome) = join!(
        peer.accept_request(),
        client.send(request.clone(), &peer.reach, None)
    );
    let error = outcome.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Unanswered {
                cause: Cause::RequestTimeout(40),
                ..
            }
        ),
        "{error:?}"
    );

    request.timeout_ms = Some(50_000);
    let deadline = Instant::now() + Duration::from_millis(40);
    let ((_socket, _), outcome) = join!(
        peer.accept_request(),
        client.send(request, &peer.reach, Some(deadline))
    );
    let error = outcome.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Unanswered {
                cause: Cause::Deadline,
                ..
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn the_request_can_set_less_for_its_parts() {
    let client = client_that_waits(|_| ());
    for (answer, part) in [(b"".as_slice(), Part::Answer), (HALF_BODY, Part::Rest)] {
        let peer = Peer::start().await;
        let mut request = peer.request("GET", b"");
        request.timeouts = Timeouts {
            connect_ms: Some(70_000),
            first_byte_ms: (part == Part::Answer).then_some(40),
            idle_ms: (part == Part::Rest).then_some(40),
        };
        let server = async {
            let (mut socket, _) = peer.accept_request().await;
            let _ = socket.write_all(answer).await;
            socket
        };
        let (_socket, outcome) = join!(server, client.send(request, &peer.reach, None));
        let error = outcome.unwrap_err();
        assert!(
            matches!(error, Error::Unanswered { cause: Cause::OwnTimeout(of, 40), .. } if of == part),
            "{error:?}"
        );
        assert!(
            error
                .to_string()
                .ends_with("within 40 ms, the request's own limit"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_deadline_that_has_passed_sends_nothing() {
    let (peer, client) = (Peer::start().await, client(|_| ()));
    let (mut socket, answer) = join!(peer.answer(OK), peer.send(&client));
    assert_eq!(answer.unwrap().status, 200);
    let past = Instant::now() - Duration::from_millis(1);
    let error = client
        .send(peer.request("POST", b"x"), &peer.reach, Some(past))
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::NotSent {
                cause: Cause::Deadline,
                ..
            }
        ),
        "{error:?}"
    );
    drop(client);
    super::peer::closed(&mut socket).await;
}

#[tokio::test]
async fn headers_have_a_limit() {
    let client = client_that_waits(|settings| settings.header_block_max_bytes = 10_000);
    let fits = format!(
        "HTTP/1.1 200 OK\r\nx: {}\r\ncontent-length: 0\r\n\r\n",
        "y".repeat(9_000)
    );
    let peer = Peer::start().await;
    let (_socket, answer) = join!(peer.answer(fits.as_bytes()), peer.send(&client));
    assert_eq!(answer.unwrap().headers["x"].len(), 9_000);

    let one_large = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "y".repeat(11_000));
    let endless = format!("HTTP/1.1 200 OK\r\n{}", "x: y\r\n".repeat(100_000));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "x: y\r\n".repeat(200));
    for answer in [one_large, endless, many] {
        let error = error_of(&client, answer.as_bytes()).await;
        assert!(
            matches!(
                error,
                Error::TooLarge {
                    part: MessagePart::Headers,
                    limit_bytes: 10_000,
                    ..
                }
            ),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn a_body_has_a_limit() {
    let client = client_that_waits(|settings| settings.body_max_bytes = 1000);
    let announced = "HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n".to_owned();
    let chunk = format!("258\r\n{}\r\n", "x".repeat(600));
    let chunked = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{chunk}{chunk}");
    let unframed = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(1001));
    for answer in [announced, chunked, unframed] {
        let error = error_of(&client, answer.as_bytes()).await;
        assert!(
            matches!(
                error,
                Error::TooLarge {
                    part: MessagePart::Body,
                    limit_bytes: 1000,
                    ..
                }
            ),
            "{error:?}"
        );
        assert!(error.to_string().ends_with(
            "is too large: its body has more than 1000 bytes (`egress.body-max-bytes`)"
        ));
    }
    let exact = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{}",
        "x".repeat(1000)
    );
    let peer = Peer::start().await;
    let (_socket, answer) = join!(peer.answer(exact.as_bytes()), peer.send(&client));
    assert_eq!(answer.unwrap().body.len(), 1000);
}

#[tokio::test]
async fn one_origin_has_so_many_places() {
    let peer = Peer::start().await;
    let client = client(|settings| settings.requests_per_origin_max = 1);
    let mut held = tokio::select! {
        biased;
        _ = peer.send(&client) => unreachable!("nobody answered"),
        held = async {
            let (held, _) = peer.accept_request().await;
            let mut second = peer.request("POST", b"second");
            second.timeout_ms = Some(40);
            let error = client.send(second, &peer.reach, None).await.unwrap_err();
            assert!(matches!(error, Error::NotSent { cause: Cause::RequestTimeout(40), .. }), "{error:?}");
            held
        } => held,
    };
    // The first was given up, so there is a place again.
    super::peer::closed(&mut held).await;
    let (_socket, answer) = join!(peer.answer(OK), peer.send(&client));
    assert_eq!(answer.unwrap().status, 200);
}
