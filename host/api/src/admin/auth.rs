//! Who may ask.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};
use mortise_ports::{Plugins, Store};
use subtle::ConstantTimeEq as _;

use crate::app::App;
use crate::problem::Problem;

/// Lets a request pass that carries the token.
pub async fn require_token<S: Store, P: Plugins>(
    State(app): State<App<S, P>>,
    request: Request,
    next: Next,
) -> Response {
    if is_authorized(request.headers(), app.token()) {
        return next.run(request).await;
    }
    let mut response = Problem::new(
        StatusCode::UNAUTHORIZED,
        "unauthorized",
        "send `authorization: Bearer TOKEN`; the token stands in `daemon.json` of the data folder",
    )
    .into_response();
    response
        .headers_mut()
        .insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    response
}

fn is_authorized(headers: &HeaderMap, token: &str) -> bool {
    let Some(value) = headers.get(AUTHORIZATION) else {
        return false;
    };
    let Some((scheme, given)) = value.to_str().ok().and_then(|text| text.split_once(' ')) else {
        return false;
    };
    // In constant time, so that the answer's delay says nothing about the token.
    scheme.eq_ignore_ascii_case("bearer") && given.trim().as_bytes().ct_eq(token.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_the_whole_token_opens() {
        let with = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
            is_authorized(&headers, "abc")
        };
        assert!(with("Bearer abc"));
        assert!(with("bearer abc"));
        for bad in [
            "Bearer ab",
            "Bearer abcd",
            "Bearer ",
            "Basic abc",
            "abc",
            "Bearer",
        ] {
            assert!(!with(bad), "{bad}");
        }
        assert!(!is_authorized(&HeaderMap::new(), "abc"));
    }
}
