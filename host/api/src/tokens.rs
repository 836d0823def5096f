//! Tokens: made, listed and revoked. The text of one is told once, to whoever made it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mortise_model::id::{Digest, Namespace, TokenId};
use mortise_model::{Timestamp, duration};
use mortise_ports::audit::Deed;
use mortise_ports::tokens::{Scope, Token};
use mortise_ports::{Store, StoreError};
use rand::TryRngCore as _;
use rand::rngs::OsRng;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use thiserror::Error;

use crate::audit::digest;
use crate::settings::Settings;

/// What the text of a token begins with, so that whoever finds one knows what it is.
pub const PREFIX: &str = "mrt_";
/// How long a token lives where nothing is said.
pub const LIFE_DEFAULT: &str = "30d";
/// The longest note in bytes.
const NOTE_MAX_BYTES: usize = 200;
/// Random bytes of a token: what 256 bits are is not found by trying, so a plain sha256 hides it.
const SECRET_BYTES: usize = 32;

/// A token to be made.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Make {
    /// `read`, or several with a comma or a space between them.
    pub scope: String,
    /// How long it lives: `30d`.
    #[serde(default = "life")]
    pub expires: String,
    /// It is for all namespaces, and not only for the one of the request.
    #[serde(default)]
    pub all_namespaces: bool,
    /// What it is for.
    #[serde(default)]
    pub note: String,
}

fn life() -> String {
    LIFE_DEFAULT.to_owned()
}

/// A token that was made.
#[derive(Debug, Serialize)]
pub struct Made {
    #[serde(flatten)]
    view: View,
    /// What opens. It is not shown again.
    token: String,
}

/// What may be read of a token.
#[derive(Debug, Serialize)]
pub struct View {
    id: TokenId,
    scope: String,
    namespace: Option<Namespace>,
    note: String,
    by: String,
    created_at: Timestamp,
    expires_at: Timestamp,
    expired: bool,
}

/// All tokens.
#[derive(Debug, Serialize)]
pub struct List {
    items: Vec<View>,
    next: Option<()>,
}

/// Why a token is not made or revoked.
#[derive(Debug, Error)]
pub enum TokenError {
    /// A word is no scope.
    #[error(
        "`{0}` is no scope: it is one of `read`, `run`, `deploy`, `secrets`, `registry:pull`, `registry:push` and `admin`"
    )]
    Scope(String),
    /// It names none.
    #[error(
        "say what the token may: `read`, `run`, `deploy`, `secrets`, `registry:pull`, `registry:push` or `admin`"
    )]
    NoScope,
    /// Its life is no time, or too long.
    #[error("a token lives from `1s` to `admin.token-life-max-ms` of {max_ms}, and not `{given}`")]
    Life {
        /// What was asked for.
        given: String,
        /// What is allowed.
        max_ms: u64,
    },
    /// The note is too long.
    #[error("the note has more than {NOTE_MAX_BYTES} bytes")]
    Note,
    /// There are as many as may be.
    #[error("there are `admin.tokens-max` of {0} tokens already: revoke those that nobody needs")]
    TooMany(usize),
    /// There is none of this id.
    #[error("there is no token `{0}`")]
    Unknown(String),
    /// The system gives no randomness.
    #[error("the system has no randomness to give: {0}")]
    Random(String),
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Who does something to tokens, when, and within which namespace; none means all of them.
#[derive(Clone, Debug)]
pub struct By {
    /// Who.
    pub who: String,
    /// When.
    pub at: Timestamp,
    /// The only namespace whose tokens may be seen.
    pub within: Option<Namespace>,
}

/// Makes a token of a namespace, or of all of them where it is told none.
///
/// # Errors
/// Why it was not made.
pub async fn make<S: Store>(
    store: &S,
    (make, namespace): (Make, Option<Namespace>),
    by: By,
    settings: &Settings,
) -> Result<Made, TokenError> {
    let scopes = scopes(&make.scope)?;
    let max_ms = settings.token_life_max_ms;
    let life = duration::parse_ms(&make.expires).ok();
    let life = life.filter(|ms| (1_000..=max_ms).contains(ms));
    let given = make.expires;
    let life_ms = life.ok_or(TokenError::Life { given, max_ms })?;
    if make.note.len() > NOTE_MAX_BYTES {
        return Err(TokenError::Note);
    }
    if store.tokens().await?.len() >= settings.tokens_max {
        return Err(TokenError::TooMany(settings.tokens_max));
    }
    let (text, random) = new_text().map_err(|error| TokenError::Random(error.to_string()))?;
    let token = Token {
        id: TokenId::from_parts(u64::try_from(by.at.0).unwrap_or(0), random),
        digest: Digest::of(text.as_bytes()),
        scopes,
        namespace,
        note: make.note,
        by: by.who.clone(),
        created_at: by.at,
        expires_at: by.at.plus_ms(life_ms),
    };
    let view = View::of(&token, by.at);
    let deed = by.deed("tokens.create", &token, (None, Some(digest(&token))));
    store.keep_token(token, deed).await?;
    Ok(Made { view, token: text })
}

/// The tokens of whoever asks.
///
/// # Errors
/// Where they cannot be read.
pub async fn list<S: Store>(store: &S, by: &By) -> Result<List, TokenError> {
    let mut tokens = store.tokens().await?;
    tokens.retain(|token| by.sees(token));
    let items = tokens.iter().map(|token| View::of(token, by.at));
    Ok(List {
        items: items.collect(),
        next: None,
    })
}

/// Revokes a token: it opens nothing any more.
///
/// # Errors
/// Where there is none.
pub async fn revoke<S: Store>(store: &S, id: &str, by: By) -> Result<View, TokenError> {
    let tokens = store.tokens().await?;
    let mut tokens = tokens.into_iter();
    let token = tokens.find(|token| token.id.as_str() == id && by.sees(token));
    let token = token.ok_or_else(|| TokenError::Unknown(id.to_owned()))?;
    let view = View::of(&token, by.at);
    let deed = by.deed("tokens.revoke", &token, (Some(digest(&token)), None));
    store.remove_token(&token.id, deed).await?;
    Ok(view)
}

/// The token that has this text. Each is looked at, and each in constant time.
#[must_use]
pub fn find<'a>(tokens: &'a [Token], text: &str) -> Option<&'a Token> {
    let given = Digest::of(text.as_bytes());
    let mut found = None;
    for token in tokens {
        if bool::from(token.digest.0.ct_eq(&given.0)) {
            found = Some(token);
        }
    }
    found
}

/// The scopes of a text, each once.
fn scopes(text: &str) -> Result<Vec<Scope>, TokenError> {
    let words = text.split([',', ' ']).filter(|word| !word.is_empty());
    let mut scopes = Vec::new();
    for word in words {
        let scope = Scope::of_word(word).ok_or_else(|| TokenError::Scope(word.to_owned()))?;
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    match scopes.is_empty() {
        true => Err(TokenError::NoScope),
        false => Ok(scopes),
    }
}

/// The text of a new token, and randomness for its id.
fn new_text() -> Result<(String, u128), rand::rand_core::OsError> {
    let (mut secret, mut random) = ([0; SECRET_BYTES], [0; 16]);
    OsRng.try_fill_bytes(&mut secret)?;
    OsRng.try_fill_bytes(&mut random)?;
    let text = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(secret));
    Ok((text, u128::from_be_bytes(random)))
}

impl By {
    fn sees(&self, token: &Token) -> bool {
        self.within.is_none() || token.namespace == self.within
    }

    fn deed(
        self,
        what: &str,
        token: &Token,
        (before, after): (Option<Digest>, Option<Digest>),
    ) -> Deed {
        Deed {
            at: self.at,
            who: self.who,
            what: what.to_owned(),
            namespace: token.namespace.clone(),
            target: token.id.to_string(),
            before,
            after,
        }
    }
}

impl View {
    fn of(token: &Token, now: Timestamp) -> Self {
        let words: Vec<&str> = token.scopes.iter().map(|scope| scope.word()).collect();
        Self {
            id: token.id.clone(),
            scope: words.join(" "),
            namespace: token.namespace.clone(),
            note: token.note.clone(),
            by: token.by.clone(),
            created_at: token.created_at,
            expires_at: token.expires_at,
            expired: token.expires_at <= now,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use mortise_ports::memory::MemoryStore;
    use mortise_ports::{Audit as _, Tokens as _};

    use super::*;

    fn wanted(scope: &str, expires: &str) -> (Make, Option<Namespace>) {
        let make = Make {
            scope: scope.to_owned(),
            expires: expires.to_owned(),
            all_namespaces: false,
            note: String::new(),
        };
        (make, Some(Namespace::from("team")))
    }

    fn by(within: Option<&str>) -> By {
        By {
            who: "daemon.json".to_owned(),
            at: Timestamp(1_000),
            within: within.map(Namespace::from),
        }
    }

    #[tokio::test]
    async fn a_token_is_told_once_and_kept_as_its_digest() {
        let (store, settings) = (MemoryStore::new(), Settings::default());
        let made = make(&store, wanted("read,run", "30d"), by(None), &settings);
        let made = made.await.unwrap();
        assert!(made.token.starts_with(PREFIX));
        assert_eq!(made.token.len(), PREFIX.len() + 43);
        let kept = store.tokens().await.unwrap();
        assert!(!format!("{kept:?}").contains(&made.token[PREFIX.len()..]));
        assert_eq!(
            find(&kept, &made.token).map(|token| &token.id),
            Some(&made.view.id)
        );
        for wrong in ["", PREFIX, &made.token[1..], &format!("{}x", made.token)] {
            assert_eq!(find(&kept, wrong), None, "{wrong}");
        }
        let listed = list(&store, &by(Some("team"))).await.unwrap();
        let listed = serde_json::to_string(&listed).unwrap();
        assert!(
            listed.contains("read run") && !listed.contains(PREFIX),
            "{listed}"
        );

        // Another team neither sees nor revokes it.
        let others = list(&store, &by(Some("others"))).await.unwrap();
        assert!(others.items.is_empty());
        let id = made.view.id.as_str();
        let refused = revoke(&store, id, by(Some("others"))).await;
        assert!(matches!(refused, Err(TokenError::Unknown(_))));
        revoke(&store, id, by(Some("team"))).await.unwrap();
        assert_eq!(store.tokens().await.unwrap(), []);
        let audited = store.audited(0, 9).await.unwrap();
        let audited: Vec<_> = audited
            .iter()
            .map(|entry| entry.deed.what.as_str())
            .collect();
        assert_eq!(audited, ["tokens.create", "tokens.revoke"]);
    }

    #[tokio::test]
    async fn what_makes_no_sense_is_refused() {
        let store = MemoryStore::new();
        let settings = Settings {
            tokens_max: 1,
            ..Settings::default()
        };
        for (scope, expires) in [
            ("write", "30d"),
            ("read,write", "30d"),
            ("", "30d"),
            (",", "30d"),
            ("read", "soon"),
            ("read", "0s"),
            ("read", "4000d"),
        ] {
            let refused = make(&store, wanted(scope, expires), by(None), &settings).await;
            assert!(refused.is_err(), "{scope} {expires}");
        }
        make(&store, wanted("read", "1s"), by(None), &settings)
            .await
            .unwrap();
        let refused = make(&store, wanted("read", "1s"), by(None), &settings).await;
        assert!(matches!(refused, Err(TokenError::TooMany(1))));
    }
}
