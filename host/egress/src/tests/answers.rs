use bytes::Bytes;
use tokio::io::AsyncWriteExt;
use tokio::join;

use super::peer::{OK, Peer, client, read_request};
use crate::Request;

#[tokio::test]
async fn a_request_goes_out_as_it_was_made() {
    let peer = Peer::start().await;
    let client = client(|settings| settings.user_agent = "tester".to_owned());
    let headers = [("x-one", "1"), ("accept", "a"), ("accept", "b \u{fc}")];
    let url = format!("http://{}/a b?c=d#e", peer.host);
    let request =
        Request::from_plugin(&peer.reach, "POST", &url, headers, Bytes::from("hello")).unwrap();
    let ((mut socket, text), answer) = join!(
        async {
            let (mut socket, text) = peer.accept_request().await;
            socket.write_all(b"HTTP/1.1 201 Created\r\nx-id: 7\r\nset-cookie: a\r\nset-cookie: b\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
            (socket, text)
        },
        client.send(request, &peer.reach, None)
    );
    let expected = format!(
        "POST /a%20b?c=d HTTP/1.1\r\nhost: {}\r\nx-one: 1\r\naccept: a\r\naccept: b \u{fc}\r\nuser-agent: tester\r\ncontent-length: 5\r\n\r\nhello",
        peer.host
    );
    assert_eq!(text, expected);
    let answer = answer.unwrap();
    assert_eq!(
        (answer.status, answer.body.as_ref()),
        (201, b"ok".as_slice())
    );
    assert_eq!(answer.headers["x-id"], "7");
    assert_eq!(answer.headers.get_all("set-cookie").iter().count(), 2);

    // The second request uses the same connection.
    let (text, answer) = join!(
        async {
            let text = read_request(&mut socket).await;
            socket.write_all(OK).await.unwrap();
            text
        },
        client.send(peer.request("GET", b""), &peer.reach, None)
    );
    assert!(text.starts_with("GET /path?query HTTP/1.1\r\n") && !text.contains("content-length"));
    assert_eq!(answer.unwrap().status, 200);
}

#[tokio::test]
async fn every_way_to_end_a_body_is_understood() {
    for (method, answer, body) in [
        (
            "GET",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
            "abcde",
        ),
        (
            "GET",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\nx-trailer: 1\r\n\r\n",
            "a",
        ),
        (
            "GET",
            "HTTP/1.1 200 OK\r\n\r\nuntil the end",
            "until the end",
        ),
        ("GET", "HTTP/1.0 200 OK\r\n\r\nold", "old"),
        ("GET", "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", ""),
        ("POST", "HTTP/1.1 204 No Content\r\n\r\n", ""),
        (
            "HEAD",
            "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n",
            "",
        ),
        (
            "GET",
            "HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n",
            "",
        ),
        (
            "POST",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx",
            "x",
        ),
    ] {
        let peer = Peer::start().await;
        let client = client(|_| ());
        let request = client.send(peer.request(method, b""), &peer.reach, None);
        let ((), outcome) = join!(
            async { drop(peer.answer(answer.as_bytes()).await) },
            request
        );
        assert_eq!(outcome.unwrap().body, body, "{answer}");
    }
}

#[tokio::test]
async fn a_large_body_comes_whole() {
    let peer = Peer::start().await;
    let client = client(|_| ());
    let body: Vec<u8> = (0..3_000_000_u32).map(|i| (i * 7 / 3) as u8).collect();
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
    let whole = [head.as_bytes(), &body].concat();
    let (_socket, answer) = join!(peer.answer(&whole), peer.send(&client));
    assert_eq!(answer.unwrap().body, body);
    assert_eq!(client.pool().counts().0, 1, "the connection is kept");
}

#[tokio::test]
async fn a_redirect_is_handed_over_and_not_followed() {
    let peer = Peer::start().await;
    let client = client(|_| ());
    let answer = format!(
        "HTTP/1.1 302 Found\r\nlocation: http://{}/b\r\ncontent-length: 0\r\n\r\n",
        peer.host
    );
    let (_socket, answer) = join!(peer.answer(answer.as_bytes()), peer.send(&client));
    assert_eq!(answer.unwrap().status, 302);
}

#[tokio::test]
async fn an_empty_post_says_that_it_is_empty() {
    let peer = Peer::start().await;
    let client = client(|_| ());
    let server = async {
        let (mut socket, text) = peer.accept_request().await;
        socket.write_all(OK).await.unwrap();
        (socket, text)
    };
    let ((_socket, text), answer) = join!(
        server,
        client.send(peer.request("PUT", b""), &peer.reach, None)
    );
    assert!(text.contains("\r\ncontent-length: 0\r\n"));
    assert_eq!(answer.unwrap().status, 200);
}

#[tokio::test]
async fn an_answer_that_comes_before_the_body_is_taken_counts() {
    let peer = Peer::start().await;
    let client = client(|_| ());
    let mut request = peer.request("POST", b"");
    request.body = Bytes::from(vec![b'x'; 16 * 1024 * 1024]);
    let server = async {
        let mut socket = peer.accept().await;
        socket.readable().await.unwrap();
        socket
            .write_all(b"HTTP/1.1 413 Content Too Large\r\ncontent-length: 0\r\n\r\n")
            .await
            .unwrap();
        socket
    };
    let (_socket, answer) = join!(server, client.send(request, &peer.reach, None));
    assert_eq!(answer.unwrap().status, 413);
    assert_eq!(
        client.pool().counts().0,
        0,
        "a connection with half a request on it is not kept"
    );
}
