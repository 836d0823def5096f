use tokio::io::AsyncWriteExt;
use tokio::join;

use super::peer::{OK, Peer, client, closed, read_request};
use crate::Reach;

#[tokio::test]
async fn a_connection_serves_only_the_place_it_was_made_for() {
    let (peer, client) = (Peer::start().await, client(|_| ()));
    let origin = format!("http://{}", peer.host);
    let reaches = [
        Reach::grants("default", "mortise/http", [&peer.host]).unwrap(),
        Reach::grants("other", "mortise/http", [&peer.host]).unwrap(),
        Reach::grants("default", "acme/http", [&peer.host]).unwrap(),
        Reach::connection("default", "mortise/http", [&origin]).unwrap(),
    ];
    let mut sockets = Vec::new();
    for reach in &reaches {
        let request = client.send(peer.request("GET", b""), reach, None);
        let (socket, answer) = join!(peer.answer(OK), request);
        assert_eq!(answer.unwrap().status, 200);
        sockets.push(socket);
    }
    assert_eq!(client.pool().counts(), (4, 4));
    // Each is found again, also by an equal reach that was made anew.
    let again = Reach::grants("other", "mortise/http", ["unrelated.example", &peer.host]).unwrap();
    let server = async {
        read_request(&mut sockets[1]).await;
        sockets[1].write_all(OK).await.unwrap();
    };
    let ((), answer) = join!(server, client.send(peer.request("GET", b""), &again, None));
    assert_eq!(answer.unwrap().status, 200);
}

#[tokio::test]
async fn a_kept_connection_does_not_replace_a_grant() {
    let (peer, client) = (Peer::start().await, client(|_| ()));
    let (_socket, answer) = join!(peer.answer(OK), peer.send(&client));
    assert_eq!(answer.unwrap().status, 200);
    let withdrawn = Reach::grants("default", "mortise/http", ["api.example.com"]).unwrap();
    let refused = client
        .send(peer.request("GET", b""), &withdrawn, None)
        .await;
    assert!(
        matches!(refused, Err(crate::Error::Denied(_))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_connection_that_will_close_is_not_kept() {
    let (peer, client) = (Peer::start().await, client(|_| ()));
    let answer = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok";
    let (mut socket, outcome) = join!(peer.answer(answer), peer.send(&client));
    assert_eq!(outcome.unwrap().status, 200);
    assert_eq!(client.pool().counts().0, 0);
    closed(&mut socket).await;
}

#[tokio::test]
async fn only_so_many_are_kept() {
    for (all, one, kept) in [(10, 1, 1), (1, 10, 1), (0, 10, 0), (10, 10, 2)] {
        let peer = Peer::start().await;
        let client = client(|settings| {
            settings.idle_max = all;
            settings.idle_per_origin_max = one;
        });
        let server = async {
            let (mut first, _) = peer.accept_request().await;
            let (mut second, _) = peer.accept_request().await;
            first.write_all(OK).await.unwrap();
            second.write_all(OK).await.unwrap();
            (first, second)
        };
        let (_sockets, first, second) = join!(server, peer.send(&client), peer.send(&client));
        assert_eq!((first.unwrap().status, second.unwrap().status), (200, 200));
        assert_eq!(client.pool().counts().0, kept);
    }
}

#[tokio::test]
async fn an_idle_connection_is_closed_in_time_and_its_origin_forgotten() {
    let peer = Peer::start().await;
    let client = client(|settings| settings.idle_keep_ms = 40);
    for _ in 0..2 {
        let (mut socket, answer) = join!(peer.answer(OK), peer.send(&client));
        assert_eq!(answer.unwrap().status, 200);
        assert_eq!(client.pool().counts(), (1, 1));
        closed(&mut socket).await;
        assert_eq!(client.pool().counts(), (0, 0));
    }
}

#[tokio::test]
async fn origins_that_never_answered_are_forgotten_too() {
    let client = client(|settings| settings.idle_keep_ms = 40);
    let peer = Peer::start().await;
    let (request, reach) = (
        peer.request("GET", b""),
        Reach::grants("default", "a/b", [&peer.host]).unwrap(),
    );
    drop(peer);
    client.send(request, &reach, None).await.unwrap_err();
    assert_eq!(client.pool().counts(), (0, 1));
    client.pool().swept().await;
    assert_eq!(client.pool().counts(), (0, 0));
}
