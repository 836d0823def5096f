//! Serves the one request with which a person comes back from agreeing, on an address of its own.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::header::{CACHE_CONTROL, REFERRER_POLICY};
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use http::StatusCode;
use subtle::ConstantTimeEq as _;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// The path that people come back to.
pub const PATH: &str = "/callback";

/// Parameters of a callback by name.
pub type Parameters = BTreeMap<String, String>;

/// Where people come back to.
pub struct Callback {
    listener: TcpListener,
    state: String,
}

#[derive(Clone)]
struct Desk {
    state: String,
    sender: mpsc::Sender<Parameters>,
}

impl Callback {
    /// Listens at an address for the person whose link carries `state`.
    ///
    /// # Errors
    /// Where the address cannot be listened on.
    pub async fn listen(address: &str, state: &str) -> std::io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let state = state.to_owned();
        Ok(Self { listener, state })
    }

    /// The address, with the port that the system chose.
    ///
    /// # Errors
    /// Where the system does not say.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Waits until the person comes back. Requests without the state of the link are turned away, and it is
    /// waited on.
    ///
    /// # Errors
    /// Where the listener breaks down.
    pub async fn wait(self) -> std::io::Result<Parameters> {
        let (sender, mut receiver) = mpsc::channel(1);
        let desk = Desk {
            state: self.state,
            sender,
        };
        let router = Router::new().route(PATH, get(come_back)).with_state(desk);
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let served = axum::serve(self.listener, router).with_graceful_shutdown(async {
            let _ = stopped.await;
        });
        let serving = tokio::spawn(async move { served.await });
        let parameters = receiver.recv().await;
        // The page that says so is still on its way.
        let _ = stop.send(());
        serving.await.map_err(std::io::Error::other)??;
        parameters.ok_or_else(|| std::io::Error::other("nobody came back"))
    }
}

async fn come_back(
    State(desk): State<Desk>,
    Query(parameters): Query<Parameters>,
) -> impl IntoResponse {
    let state = parameters.get("state").map_or("", String::as_str);
    let is_ours: bool = state.as_bytes().ct_eq(desk.state.as_bytes()).into();
    let (status, text) = if !is_ours {
        (
            StatusCode::BAD_REQUEST,
            "This is not the link that was printed. Open that one.",
        )
    } else if parameters.contains_key("code") {
        (StatusCode::OK, "Done. You can close this window.")
    } else {
        (
            StatusCode::OK,
            "The application did not agree. The terminal says why.",
        )
    };
    if is_ours {
        let _ = desk.sender.try_send(parameters);
    }
    let page = format!("<!doctype html><meta charset=utf-8><title>Mortise</title><p>{text}</p>");
    let headers = [
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
    ];
    (status, headers, Html(page))
}
