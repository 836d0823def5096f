use bytes::Bytes;
use http::header::HeaderValue;

use crate::grant::Reach;
use crate::request::{Invalid, Request};
use crate::settings::Settings;

fn make(method: &str, url: &str, headers: &[(&str, &str)]) -> Result<(), Invalid> {
    let reach = Reach::connection("default", "shop", ["https://a.example"]).unwrap();
    let request = Request::from_plugin(&reach, method, url, headers.iter().copied(), Bytes::new())?;
    request.check(&Settings::default()).map(|_| ())
}

#[test]
fn headers_of_the_connection_and_the_framing_are_refused() {
    for name in [
        "host",
        "Host",
        "connection",
        "transfer-encoding",
        "content-length",
        "te",
        "trailer",
        "upgrade",
        "keep-alive",
        "proxy-authorization",
        "Proxy-Connection",
        "http2-settings",
    ] {
        let refused = make("GET", "https://a.example/", &[(name, "x")]);
        assert_eq!(refused, Err(Invalid::HostHeader(name.to_lowercase())));
    }
    for name in ["authorization", "Cookie"] {
        let error = make("GET", "https://a.example/", &[(name, "x")]).unwrap_err();
        let wanted = format!(
            "the header `{}` is set by the connection `shop`: leave it out",
            name.to_lowercase()
        );
        assert_eq!(error.to_string(), wanted);
    }
}

#[test]
fn a_credential_of_its_own_is_allowed_without_a_connection() {
    let reach = Reach::grants("default", "mortise/http", ["a.example"]).unwrap();
    let headers = [("authorization", "Bearer x"), ("cookie", "a=b")];
    let request =
        Request::from_plugin(&reach, "GET", "https://a.example/", headers, Bytes::new()).unwrap();
    assert!(request.check(&Settings::default()).is_ok());
}

#[test]
fn nothing_can_be_injected_through_a_header() {
    for (name, value) in [
        ("x", "a\r\nhost: evil"),
        ("x", "a\nb"),
        ("x", "a\0b"),
        ("x", "a\x7fb"),
        ("x\r\nhost", "evil"),
        ("x y", "a"),
        ("", "a"),
        ("x:", "a"),
    ] {
        let refused = make("GET", "https://a.example/", &[(name, value)]);
        assert!(
            matches!(refused, Err(Invalid::Header(_))),
            "{name:?}: {value:?}"
        );
    }
}

#[test]
fn methods_and_urls_that_cannot_be_sent_are_refused() {
    for method in ["CONNECT", "TRACE", "", "GET /", "G\r\nT"] {
        let refused = make(method, "https://a.example/", &[]);
        assert!(matches!(refused, Err(Invalid::Method(_))), "{method:?}");
    }
    assert_eq!(make("PROPFIND", "https://a.example/", &[]), Ok(()));
    assert_eq!(
        make("GET", "https://u:p@a.example/", &[]),
        Err(Invalid::UserInfo)
    );
    assert_eq!(
        make("GET", "https://u@a.example/", &[]),
        Err(Invalid::UserInfo)
    );
    assert_eq!(
        make("GET", "file:///etc/passwd", &[]),
        Err(Invalid::Scheme("file".to_owned()))
    );
    for url in [
        "",
        "/path",
        "https://",
        "https://a.example:0/",
        "https://a b/",
        "https://[::1/",
    ] {
        assert!(
            matches!(make("GET", url, &[]), Err(Invalid::Url(_))),
            "{url:?}"
        );
    }
    let long = format!("https://a.example/{}", "x".repeat(Settings::URL_MAX_BYTES));
    assert!(matches!(
        make("GET", &long, &[]),
        Err(Invalid::UrlTooLong { .. })
    ));
    let large = "x".repeat(Settings::HEADER_BLOCK_MAX_BYTES);
    let refused = make("GET", "https://a.example/", &[("x", &large)]);
    assert!(matches!(refused, Err(Invalid::HeadersTooLarge { .. })));
}

#[test]
fn only_path_and_query_stand_in_the_request_line() {
    let reach = Reach::connection("default", "shop", ["https://a.example"]).unwrap();
    for (url, line) in [
        ("https://a.example", "/"),
        ("https://a.example?x", "/?x"),
        (
            "https://a.example/a b/\u{fc}?q=a b|[c]&d='e'`{}#f",
            "/a%20b/%C3%BC?q=a%20b|[c]&d=%27e%27`{}",
        ),
        ("https://a.example/a\r\nhost: evil", "/ahost:%20evil"),
        ("https://a.example/../../etc", "/etc"),
    ] {
        let request = Request::from_plugin(&reach, "GET", url, [], Bytes::new()).unwrap();
        assert_eq!(request.origin_form().unwrap().to_string(), line);
    }
}

#[test]
fn what_the_host_adds_is_checked_for_framing_too() {
    let reach = Reach::connection("default", "shop", ["https://a.example"]).unwrap();
    let mut request =
        Request::from_plugin(&reach, "GET", "https://a.example", [], Bytes::new()).unwrap();
    request
        .headers
        .insert("authorization", HeaderValue::from_static("Bearer x"));
    assert!(request.check(&Settings::default()).is_ok());
    request
        .headers
        .insert("connection", HeaderValue::from_static("close"));
    assert!(request.check(&Settings::default()).is_err());
}
