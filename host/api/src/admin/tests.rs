//! Every route against every token: what the table says is what happens.
#![allow(clippy::unwrap_used)]

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use mortise_model::descriptor::Plugin;
use mortise_model::id::{Digest, Namespace, TokenId};
use mortise_model::{Disposition, Failure, Json, Timestamp};
use mortise_ports::audit::Deed;
use mortise_ports::memory::MemoryStore;
use mortise_ports::plugins::{Call, LoadError, Report};
use mortise_ports::tokens::{Scope, Token};
use mortise_ports::{Audit as _, Plugins, Tokens as _};
use mortise_runner::{Runner, VirtualClock};
use tower::Service as _;

use super::rights::{Place, Right, Row, Told};
use super::{router, routes};
use crate::app::{App, Hands};
use crate::listen::Peer;
use crate::settings::Settings;

/// Nobody calls a plugin here.
struct NoPlugins;

impl Plugins for NoPlugins {
    async fn load(&self, _: Vec<u8>) -> Result<Arc<Plugin>, LoadError> {
        Err(LoadError::NoRole)
    }

    fn describe(&self, _: Digest) -> Option<Arc<Plugin>> {
        None
    }

    async fn call(&self, _: Call) -> Report {
        Report {
            result: Err(failure()),
            files: Vec::new(),
            requests: Vec::new(),
            log: Vec::new(),
        }
    }

    async fn evaluate(&self, _: &str, _: Json) -> Result<Json, Failure> {
        Err(failure())
    }
}

fn failure() -> Failure {
    Failure::new(Disposition::Reject, "none", "there are no plugins")
}

const OWNERS: &str = "the-token-of-daemon-json";
/// What the clock shows.
const NOW: Timestamp = Timestamp(1_000_000);

struct World {
    app: App<MemoryStore, NoPlugins>,
    store: Arc<MemoryStore>,
}

impl World {
    async fn new(settings: Settings) -> Self {
        let store = Arc::new(MemoryStore::new());
        for (number, token) in tokens().into_iter().enumerate() {
            let number = u64::try_from(number).unwrap();
            store.keep_token(token.kept(number), deed()).await.unwrap();
        }
        let clock = Arc::new(VirtualClock::new(NOW, 1));
        let limits = mortise_runner::Settings::default();
        let runner = Runner::start(Arc::clone(&store), Arc::new(NoPlugins), clock, limits);
        let app = App::new(runner, settings, OWNERS.to_owned(), Hands::default());
        Self { app, store }
    }
}

/// A token of the tests; its text says what it is.
#[derive(Clone, Debug)]
struct Given {
    text: String,
    scopes: Vec<Scope>,
    namespace: Option<Namespace>,
    expires_at: Timestamp,
}

impl Given {
    fn kept(self, number: u64) -> Token {
        Token {
            id: TokenId::from_parts(number, 0),
            digest: Digest::of(self.text.as_bytes()),
            scopes: self.scopes,
            namespace: self.namespace,
            note: String::new(),
            by: "daemon.json".to_owned(),
            created_at: Timestamp(0),
            expires_at: self.expires_at,
        }
    }
}

/// Each scope in each namespace and in all, and pairs of scopes.
fn tokens() -> Vec<Given> {
    let mut scopes: Vec<Vec<Scope>> = Scope::ALL.iter().map(|scope| vec![*scope]).collect();
    scopes.push(vec![Scope::Read, Scope::Run]);
    scopes.push(vec![Scope::Deploy, Scope::Secrets]);
    let places = [None, Some("default"), Some("team")];
    let mut tokens: Vec<Given> = scopes
        .iter()
        .flat_map(|scopes| {
            places.map(|place| Given {
                text: format!("mrt_{scopes:?}_{place:?}"),
                scopes: scopes.clone(),
                namespace: place.map(Namespace::from),
                expires_at: NOW.plus_ms(3_600_000),
            })
        })
        .collect();
    let expired = Given {
        text: "mrt_expired".to_owned(),
        scopes: vec![Scope::Admin],
        namespace: None,
        expires_at: NOW,
    };
    tokens.push(expired);
    tokens
}

fn deed() -> Deed {
    Deed {
        at: NOW,
        who: "test".to_owned(),
        what: "tokens.create".to_owned(),
        namespace: None,
        target: String::new(),
        before: None,
        after: None,
    }
}

type Answer = (StatusCode, String, HeaderMap);

async fn ask(
    world: &World,
    (method, path): (&Method, &str),
    token: Option<&str>,
    peer: [u8; 4],
) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let mut request = request.body(Body::from("{}")).unwrap();
    request.extensions_mut().insert(Peer(IpAddr::from(peer)));
    let answered: Response<Body> = router(world.app.clone()).call(request).await.unwrap();
    let (head, body) = answered.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let text = String::from_utf8(body.to_vec()).unwrap();
    (head.status, text, head.headers)
}

/// A path with something in the places of its names.
fn filled(row: &Row, namespace: Option<&str>) -> String {
    let path = row.path.replace("{id}", "01ARZ3NDEKTSV4RRFFQ69G5FAV");
    let path = path.replace("{run}", "01ARZ3NDEKTSV4RRFFQ69G5FAV");
    let path = path.replace("{step}", "ok").replace("{name}", "orders");
    let path = path
        .replace("{owner}", "acme")
        .replace("{version}", "1.0.0");
    let path = path.replace("{file}", &Digest::of(b"x").to_string());
    match namespace {
        Some(namespace) => format!("{path}?namespace={namespace}"),
        None => path,
    }
}

/// What the table says, in words of its own: the scope and the place of each route are written out
/// here a second time, so that a change of one of them is seen.
#[test]
fn scopes_are_as_they_are_documented() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _inside = runtime.enter();
    let world = runtime.block_on(World::new(Settings::default()));
    let rows = routes(world.app.clone());
    let mut seen = HashSet::new();
    for Row {
        method,
        path,
        right,
    } in &rows
    {
        assert!(
            seen.insert((method.clone(), *path)),
            "{path} is there twice"
        );
        let is_get = method == Method::GET;
        let about = |what: &str| path.starts_with(&format!("/api/v1/{what}"));
        let ends = |what: &str| path.ends_with(what);
        let wanted = if ["tokens", "audit", "keys", "registry"]
            .into_iter()
            .any(about)
        {
            Some(Scope::Admin)
        } else if ends("/version") {
            None
        } else if is_get {
            Some(Scope::Read)
        } else if about("connections") {
            Some(Scope::Secrets)
        } else if [
            "/reload",
            "/pause",
            "/resume",
            "/move",
            "/rollout",
            "/rollback",
        ]
        .into_iter()
        .any(ends)
        {
            Some(Scope::Deploy)
        } else {
            Some(Scope::Run)
        };
        assert_eq!(right.scope, wanted, "{method} {path}");
        assert_eq!(
            right.told == Told::Nowhere,
            is_get,
            "{method} {path} is told nowhere"
        );
        let of_process = ["/metrics", "/keys/rotate", "/audit/verify"];
        let of_process = of_process.into_iter().any(ends) || about("registry");
        assert_eq!(right.place == Place::Process, of_process, "{method} {path}");
    }
    assert!(rows.len() > 30, "{}", rows.len());
}

#[tokio::test]
async fn every_route_lets_in_whom_its_row_says() {
    let world = World::new(Settings::default()).await;
    let rows = routes(world.app.clone());
    let me = [192, 0, 2, 1];
    for row in &rows {
        let whole = Given {
            text: OWNERS.to_owned(),
            scopes: vec![Scope::Admin],
            namespace: None,
            expires_at: Timestamp::last(),
        };
        let valid = tokens().into_iter().filter(|token| token.expires_at > NOW);
        for token in valid.chain([whole]) {
            for named in [None, Some("default"), Some("team"), Some("nobodys")] {
                let path = filled(row, named);
                let (status, text, _) =
                    ask(&world, (&row.method, &path), Some(&token.text), me).await;
                let at = format!("{} {path} with {token:?}: {status} {text}", row.method);
                assert_ne!(status, StatusCode::UNAUTHORIZED, "{at}");
                assert_ne!(status, StatusCode::TOO_MANY_REQUESTS, "{at}");
                let allowed = is_allowed(&row.right, &token, named);
                assert_eq!(status != StatusCode::FORBIDDEN, allowed, "{at}");
                assert!(allowed || text.contains(r#""code":"forbidden""#), "{at}");
            }
        }
        for token in [None, Some("mrt_expired"), Some("")] {
            let path = filled(row, None);
            let (status, text, headers) = ask(&world, (&row.method, &path), token, me).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{path} {token:?} {text}");
            assert_eq!(headers["www-authenticate"], "Bearer");
        }
    }
}

/// The rule of rights, told without the code that carries it out.
fn is_allowed(right: &Right, token: &Given, named: Option<&str>) -> bool {
    let has = |scope| token.scopes.contains(&scope) || token.scopes.contains(&Scope::Admin);
    let in_place = match &token.namespace {
        None => true,
        Some(own) => {
            right.place == Place::Namespace && named.is_none_or(|named| named == own.as_str())
                || right.scope.is_none() && named.is_none_or(|named| named == own.as_str())
        }
    };
    right.scope.is_none_or(has) && in_place
}

#[tokio::test]
async fn what_has_no_row_is_answered_to_nobody() {
    let world = World::new(Settings::default()).await;
    let me = [192, 0, 2, 1];
    for path in [
        "/",
        "/api/v1",
        "/api/v1/secrets",
        "/api/v1/runs/a/b/c",
        "/metrics/",
    ] {
        let (status, ..) = ask(&world, (&Method::GET, path), None, me).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{path}");
        let (status, ..) = ask(&world, (&Method::GET, path), Some(OWNERS), me).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
    for method in [Method::DELETE, Method::PUT, Method::PATCH, Method::OPTIONS] {
        let (status, ..) = ask(&world, (&method, "/api/v1/runs"), None, me).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{method}");
        let (status, ..) = ask(&world, (&method, "/api/v1/runs"), Some(OWNERS), me).await;
        assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
    }
    let (status, ..) = ask(&world, (&Method::GET, "/healthz"), None, me).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn a_refusal_says_what_is_missing_and_how_to_get_it() {
    let world = World::new(Settings::default()).await;
    let me = [192, 0, 2, 1];
    let path = (&Method::POST, "/api/v1/workflows/orders/runs");
    let token = &tokens()[0].text;
    let (status, text, headers) = ask(&world, path, Some(token), me).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(headers["content-type"], "application/problem+json");
    assert!(
        text.contains("scope `run`") && text.contains("tokens create --scope run"),
        "{text}"
    );
}

#[tokio::test]
async fn a_token_opens_until_it_is_revoked() {
    let world = World::new(Settings::default()).await;
    let me = [192, 0, 2, 1];
    let (status, text, _) = ask(&world, (&Method::GET, "/api/v1/tokens"), Some(OWNERS), me).await;
    assert_eq!(status, StatusCode::OK);
    assert!(!text.contains("mrt_"), "{text}");
    let reader = tokens()[0].clone();
    let runs = (&Method::GET, "/api/v1/runs");
    assert_eq!(
        ask(&world, runs, Some(&reader.text), me).await.0,
        StatusCode::OK
    );
    let id = reader.kept(0).id;
    let revoke = format!("/api/v1/tokens/{id}/revoke");
    // An administrator of another namespace does not even find it.
    let others = tokens().into_iter().find(|token| {
        token.scopes == [Scope::Admin] && token.namespace == Some(Namespace::from("team"))
    });
    let others = others.unwrap().text;
    let refused = ask(&world, (&Method::POST, &revoke), Some(&others), me).await;
    assert_eq!(refused.0, StatusCode::NOT_FOUND);
    let done = ask(&world, (&Method::POST, &revoke), Some(OWNERS), me).await;
    assert_eq!(done.0, StatusCode::OK, "{}", done.1);
    let token = &tokens()[0].text;
    assert_eq!(
        ask(&world, runs, Some(token), me).await.0,
        StatusCode::UNAUTHORIZED
    );
    let last = world.store.audit_head().await.unwrap().unwrap().number;
    let last = world.store.audited(last - 1, 1).await.unwrap().remove(0);
    assert_eq!(
        (last.deed.what.as_str(), last.deed.target),
        ("tokens.revoke", id.to_string())
    );
    assert_eq!(last.deed.who, "daemon.json");
}

#[tokio::test]
async fn whoever_guesses_is_slowed_down_and_others_are_not() {
    let settings = Settings {
        failed_logins_max: 3,
        ..Settings::default()
    };
    let world = World::new(settings).await;
    let runs = (&Method::GET, "/api/v1/runs");
    let (guesser, other) = ([192, 0, 2, 1], [192, 0, 2, 2]);
    for number in 0..3 {
        let guess = format!("mrt_{number}");
        let (status, ..) = ask(&world, runs, Some(&guess), guesser).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
    // Not even the right one is looked at, so that guesses are not tried on the way.
    let right = &tokens()[0].text;
    for token in ["mrt_4", right] {
        let (status, text, headers) = ask(&world, runs, Some(token), guesser).await;
        assert_eq!(status, StatusCode::TOO_MANY_REQUESTS, "{text}");
        let secs: u64 = headers["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=7).contains(&secs), "{secs}");
    }
    for (token, peer) in [(OWNERS, guesser), (right, other)] {
        let (status, ..) = ask(&world, runs, Some(token), peer).await;
        assert_eq!(status, StatusCode::OK, "{token}");
    }
    // Who brings no token guesses nothing.
    for _ in 0..5 {
        let (status, ..) = ask(&world, runs, None, other).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
    let (status, ..) = ask(&world, runs, Some(right), other).await;
    assert_eq!(status, StatusCode::OK);
}
