use url::Url;

use crate::error::Denied;
use crate::grant::Reach;
use crate::request::Target;

fn check(reach: &Reach, url: &str) -> Result<(), Denied> {
    let url = Url::parse(url).unwrap();
    let target = Target::of(&url).unwrap();
    reach.check(&target)
}

#[test]
fn a_grant_allows_its_host_and_port_and_nothing_else() {
    let granted = [
        "api.example.com",
        "files.example.com:8443",
        "127.0.0.1:9000",
        "[::1]:9000",
        "Bücher.example",
    ];
    let reach = Reach::grants("default", "mortise/http", granted).unwrap();
    for url in [
        "https://api.example.com",
        "https://api.example.com:443/a?b#c",
        "https://API.Example.COM/",
        "https://files.example.com:8443/",
        "http://files.example.com:8443/",
        "https://127.0.0.1:9000/",
        "http://127.0.0.1:9000/",
        "http://0x7f.1:9000/",
        "http://[::1]:9000/",
        "https://b\u{fc}cher.example/",
    ] {
        assert_eq!(check(&reach, url), Ok(()), "{url}");
    }
    for url in [
        "http://api.example.com/",
        "http://api.example.com:443/",
        "https://api.example.com:8443/",
        "https://api.example.com./",
        "https://evil-api.example.com/",
        "https://api.example.com.evil.test/",
        "https://files.example.com/",
        "https://example.com/",
        "http://127.0.0.1:9001/",
        "http://[::ffff:127.0.0.1]:9000/",
    ] {
        assert!(check(&reach, url).is_err(), "{url}");
    }
}

#[test]
fn a_wildcard_allows_every_name_below_and_not_the_name_itself() {
    let reach = Reach::grants("default", "mortise/http", ["*.example.com"]).unwrap();
    assert_eq!(check(&reach, "https://a.example.com/"), Ok(()));
    assert_eq!(check(&reach, "https://a.b.example.com/"), Ok(()));
    assert!(check(&reach, "https://example.com/").is_err());
    assert!(check(&reach, "https://notexample.com/").is_err());
    assert!(check(&reach, "http://a.example.com/").is_err());
    assert!(check(&reach, "https://a.example.com:8443/").is_err());
}

#[test]
fn a_connection_reaches_its_exact_origins() {
    let origins = ["https://api.example.com", "http://127.0.0.1:9000/"];
    let reach = Reach::connection("default", "shop", origins).unwrap();
    assert_eq!(check(&reach, "https://api.example.com:443/v1"), Ok(()));
    assert_eq!(check(&reach, "http://127.0.0.1:9000/v1"), Ok(()));
    assert!(check(&reach, "http://api.example.com/").is_err());
    assert!(check(&reach, "https://127.0.0.1:9000/").is_err());
    assert!(check(&reach, "https://www.api.example.com/").is_err());
}

#[test]
fn a_refusal_names_the_line_that_would_grant_it() {
    let nothing: [&str; 0] = [];
    let reach = Reach::grants("default", "mortise/http", nothing).unwrap();
    let text = |reach: &Reach, url| check(reach, url).unwrap_err().to_string();
    assert_eq!(
        text(&reach, "https://api.example.com/secret?token=1"),
        "`api.example.com` is not granted: add it under `grants: { mortise/http: { hosts: [\"api.example.com\"] } }`"
    );
    assert_eq!(
        text(&reach, "http://127.0.0.1:9000/"),
        "`127.0.0.1:9000` is not granted: add it under `grants: { mortise/http: { hosts: [\"127.0.0.1:9000\"] } }`"
    );
    let reach = Reach::connection("default", "shop", ["https://api.example.com"]).unwrap();
    assert_eq!(
        text(&reach, "https://files.example.com/"),
        "`https://files.example.com` is not an origin of the connection `shop`: add it under `shop: { origins: [\"https://files.example.com\"] }` in `connections.yaml`"
    );
}

#[test]
fn what_is_no_host_or_origin_is_refused() {
    for host in [
        "",
        "*",
        "*.",
        "*.com",
        "*.127.0.0.1",
        "a.*.example.com",
        "https://a.example.com",
        "a.example.com/",
        "a.example.com/v1",
        "user@a.example.com",
        "a b",
        "a.example.com:0",
        "a.example.com:99999",
        "a?b",
        "a#b",
        "a\\b",
    ] {
        let error = Reach::grants("default", "mortise/http", [host]).unwrap_err();
        assert_eq!(error.text, host);
    }
    for origin in [
        "",
        "api.example.com",
        "ftp://a.example.com",
        "https://a.example.com/v1",
        "https://*.example.com",
        "https://a.example.com?x",
        "https://a.example.com/#x",
        "https://u:p@a.example.com",
    ] {
        let error = Reach::connection("default", "shop", [origin]).unwrap_err();
        assert_eq!(error.text, origin);
    }
}
