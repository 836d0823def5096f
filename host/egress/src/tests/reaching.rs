use tokio::join;

use super::peer::{Names, OK, Peer, client, client_with};
use crate::{AddressClass, Client, Denied, Error, Reach, Request, Settings};

fn request(reach: &Reach, url: &str) -> Request {
    Request::from_plugin(reach, "GET", url, [], Default::default()).unwrap()
}

async fn denied(client: &Client, url: &str) -> Denied {
    let port = url::Url::parse(url).unwrap().port().unwrap_or(443);
    let hosts = [
        format!("granted.example:{port}"),
        "granted.example".to_owned(),
        format!("127.0.0.1:{port}"),
    ];
    let reach = Reach::grants("default", "mortise/http", hosts).unwrap();
    match client.send(request(&reach, url), &reach, None).await {
        Err(Error::Denied(denied)) => denied,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_granted_name_at_a_private_address_is_refused() {
    for (address, class, network) in [
        ("127.0.0.1", AddressClass::Loopback, "127.0.0.1/32"),
        ("10.1.2.3", AddressClass::Private, "10.1.2.3/32"),
        (
            "169.254.169.254",
            AddressClass::Metadata,
            "169.254.169.254/32",
        ),
        ("::1", AddressClass::Loopback, "::1/128"),
        (
            "::ffff:127.0.0.1",
            AddressClass::Embedding,
            "::ffff:127.0.0.1/128",
        ),
    ] {
        let (client, _) = client_with(Names::new(&[address]), |settings| {
            settings.allow_private.clear()
        });
        let found = denied(&client, "https://granted.example/").await;
        let wanted = format!(
            "`granted.example` is at the {class} address `{address}`: allow it with the setting `egress.allow-private: [{network}]`"
        );
        assert_eq!(found.to_string(), wanted);
    }
}

#[tokio::test]
async fn a_granted_address_that_is_private_is_refused_too() {
    let client = Client::new(Settings::default()).unwrap();
    for url in ["http://127.0.0.1:9000/", "https://127.0.0.1:9000/"] {
        let found = denied(&client, url).await;
        assert!(matches!(found, Denied::PrivateAddress { .. }), "{found}");
    }
}

#[tokio::test]
async fn plain_http_goes_only_where_the_operator_said() {
    let (client, _) = client_with(Names::new(&["93.184.216.34"]), |_| ());
    let found = denied(&client, "http://granted.example:8080").await;
    assert_eq!(
        found.to_string(),
        "plain `http` to `granted.example` at `93.184.216.34` is not allowed: use `https`, or allow the address with the setting `egress.allow-private: [93.184.216.34/32]`"
    );
}

#[tokio::test]
async fn only_the_addresses_that_pass_are_connected_to() {
    let peer = Peer::start().await;
    // The first two are not allowed, the third takes no connection, in the other family.
    let (client, names) = client_with(
        Names::new(&["10.0.0.1", "fe80::1", "::1", "127.0.0.1"]),
        |_| (),
    );
    let host = format!("granted.example:{}", peer.port());
    let reach = Reach::grants("default", "mortise/http", [&host]).unwrap();
    let request = request(&reach, &format!("http://{host}/"));
    let (_socket, answer) = join!(peer.answer(OK), client.send(request, &reach, None));
    assert_eq!(answer.unwrap().status, 200);
    assert_eq!(*names.asked.lock().unwrap(), ["granted.example"]);
}

#[tokio::test]
async fn an_address_that_refuses_is_followed_by_the_next() {
    let peer = Peer::start().await;
    let (client, _) = client_with(Names::new(&["127.0.0.2", "127.0.0.1"]), |_| ());
    let host = format!("granted.example:{}", peer.port());
    let reach = Reach::grants("default", "mortise/http", [&host]).unwrap();
    let request = request(&reach, &format!("http://{host}/"));
    let (_socket, answer) = join!(peer.answer(OK), client.send(request, &reach, None));
    assert_eq!(answer.unwrap().status, 200);
}

#[tokio::test]
async fn a_literal_address_is_never_looked_up() {
    let peer = Peer::start().await;
    let (client, names) = client_with(Names::new(&["10.0.0.1"]), |_| ());
    let (_socket, answer) = join!(peer.answer(OK), peer.send(&client));
    assert_eq!(answer.unwrap().status, 200);
    assert!(names.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn the_system_resolver_knows_localhost() {
    let peer = Peer::start().await;
    let host = format!("localhost:{}", peer.port());
    let reach = Reach::grants("default", "mortise/http", [&host]).unwrap();
    let request = request(&reach, &format!("http://{host}/"));
    let client = client(|_| ());
    let (_socket, answer) = join!(peer.answer(OK), client.send(request, &reach, None));
    assert_eq!(answer.unwrap().status, 200);
}
