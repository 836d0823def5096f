//! A connection as it is kept: what anybody may read, and its secrets, sealed.

use std::collections::BTreeMap;

use mortise_model::connection::Connection as Described;
use mortise_model::{Namespace, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::credential::{Credential, Secret};
use crate::obtain::Given;
use crate::scheme::Scheme;
use crate::seal::{About, DataKey, SealError};
use crate::template::{Source, Template};
use crate::tokens::Tokens;
use crate::vault::VaultError;

/// What tokens are sealed as: no secret has this name.
const TOKENS: &str = "(tokens)";

/// A connection as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    /// What anybody may read.
    pub connection: Described,
    /// How it proves who it is, as its plugin declared it when the connection was made: a later version
    /// of the plugin cannot send the secrets elsewhere.
    pub scheme: Scheme,
    /// Who answers for it.
    pub owner: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// By name.
    pub secrets: BTreeMap<String, SealedSecret>,
    /// What the application gave for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<SealedTokens>,
    /// How many tokens it had: a number is never given twice.
    #[serde(default)]
    pub tokens_made: u64,
    /// Origins that are fixed as soon as the application has told them; templates.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub origins_to_come: Vec<String>,
    /// Why nothing works until a person does something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attention: Option<Attention>,
}

/// What an application gave, as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SealedTokens {
    /// From 1, and one more with each renewal.
    pub version: u64,
    /// In base64.
    pub sealed: String,
    /// When they were got.
    pub obtained_at: Timestamp,
    /// When they end, where the application said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// A connection that does not work until a person does something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attention {
    /// What is wrong. No secret is in the words.
    pub why: String,
    /// Since when.
    pub since: Timestamp,
}

/// Whether a connection works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It does.
    Ready,
    /// A person has to agree first.
    NeedsAuthorization,
    /// The application refuses it.
    NeedsAttention,
}

/// A secret as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SealedSecret {
    /// From 1, and one more with each rotation.
    pub version: u64,
    /// In base64.
    pub sealed: String,
    /// When it was entered.
    pub set_at: Timestamp,
    /// When the application takes it no more, where somebody said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// The one before, where it still counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub former: Option<FormerSecret>,
}

/// A secret that was replaced.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FormerSecret {
    /// Its number.
    pub version: u64,
    /// In base64.
    pub sealed: String,
    /// When it does not count any more.
    pub until: Timestamp,
}

/// A connection as people see it: no secret is in it, and no sealed one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// Whose.
    pub namespace: Namespace,
    /// Unique in its namespace.
    pub name: String,
    /// The plugin that it is for.
    pub plugin: String,
    /// The authentication scheme.
    pub scheme: String,
    /// Where its steps and its secrets may go.
    pub origins: Vec<String>,
    /// What the plugin may read.
    pub settings: mortise_model::Json,
    /// Who answers for it.
    pub owner: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Whether it works.
    pub state: State,
    /// Why it does not.
    pub attention: Option<Attention>,
    /// What the application gave for the secrets.
    pub token: Option<TokenView>,
    /// By name.
    pub secrets: Vec<SecretView>,
}

/// What may be said of a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TokenView {
    /// From 1, and one more with each renewal.
    pub version: u64,
    /// When it was got.
    pub obtained_at: Timestamp,
    /// When it ends; it is renewed before.
    pub expires_at: Option<Timestamp>,
}

/// What may be said of a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SecretView {
    /// Its name in the scheme.
    pub name: String,
    /// From 1, and one more with each rotation.
    pub version: u64,
    /// When it was entered.
    pub set_at: Timestamp,
    /// When the application takes it no more.
    pub expires_at: Option<Timestamp>,
    /// Until when the one before it counts as well.
    pub former_until: Option<Timestamp>,
}

/// A secret that somebody entered.
pub struct NewSecret {
    /// Its name in the scheme.
    pub name: String,
    /// The value.
    pub value: Zeroizing<String>,
    /// When the application takes it no more.
    pub expires_at: Option<Timestamp>,
}

impl Record {
    /// Seals a secret in the place of the one that is there, which counts until `overlap_until`.
    pub(crate) fn set(
        &mut self,
        data: &DataKey,
        namespace: &Namespace,
        secret: &NewSecret,
        (now, overlap_until): (Timestamp, Option<Timestamp>),
    ) -> Result<(), SealError> {
        let before = self.secrets.remove(&secret.name);
        let version = before.as_ref().map_or(0, |before| before.version) + 1;
        let about = About {
            namespace,
            connection: &self.connection.name,
            field: &secret.name,
            version,
        };
        let sealed = SealedSecret {
            version,
            sealed: data.seal(&about, secret.value.as_bytes())?,
            set_at: now,
            expires_at: secret.expires_at,
            former: before
                .zip(overlap_until)
                .map(|(before, until)| FormerSecret {
                    version: before.version,
                    sealed: before.sealed,
                    until,
                }),
        };
        self.secrets.insert(secret.name.clone(), sealed);
        Ok(())
    }

    /// Opens all secrets.
    pub(crate) fn open(
        &self,
        data: &DataKey,
        namespace: &Namespace,
        now: Timestamp,
    ) -> Result<Credential, VaultError> {
        let mut secrets = BTreeMap::new();
        for (field, kept) in &self.secrets {
            let open = |version, sealed: &str| {
                let about = About {
                    namespace,
                    connection: &self.connection.name,
                    field,
                    version,
                };
                let bytes = data.open(&about, sealed)?;
                let text = std::str::from_utf8(&bytes).map_err(|_| SealError::Closed)?;
                Ok::<_, SealError>(Zeroizing::new(text.to_owned()))
            };
            let closed = |_| VaultError::Closed(self.connection.name.clone());
            let former = kept.former.as_ref().filter(|former| former.until > now);
            let former = former.map(|former| {
                let value = open(former.version, &former.sealed)?;
                Ok((value, former.until))
            });
            let secret = Secret {
                value: open(kept.version, &kept.sealed).map_err(closed)?,
                former: former.transpose().map_err(closed)?,
            };
            secrets.insert(field.clone(), secret);
        }
        let settings: Value = self.connection.settings.read().unwrap_or_default();
        let tokens = self.tokens.as_ref();
        let tokens = tokens.map(|kept| self.open_tokens(data, namespace, kept));
        let scheme = self.scheme.clone();
        Ok(Credential::new(
            scheme,
            secrets,
            settings,
            tokens.transpose()?,
        ))
    }

    fn open_tokens(
        &self,
        data: &DataKey,
        namespace: &Namespace,
        kept: &SealedTokens,
    ) -> Result<Tokens, VaultError> {
        let opened = data.open(&self.about_tokens(namespace, kept.version), &kept.sealed);
        let closed = || VaultError::Closed(self.connection.name.clone());
        let opened = opened.map_err(|_| closed())?;
        serde_json::from_slice(&opened).map_err(|_| closed())
    }

    fn about_tokens<'a>(&'a self, namespace: &'a Namespace, version: u64) -> About<'a> {
        About {
            namespace,
            connection: &self.connection.name,
            field: TOKENS,
            version,
        }
    }

    /// Seals what the application gave in the place of what was there, and fixes the origins that wait
    /// for it.
    pub(crate) fn set_tokens(
        &mut self,
        data: &DataKey,
        namespace: &Namespace,
        given: Given,
        now: Timestamp,
    ) -> Result<(), VaultError> {
        let former = self.tokens.as_ref();
        let former = former.map(|kept| self.open_tokens(data, namespace, kept));
        let mut captured = former.transpose()?.map(|former| former.captured);
        let mut captured = captured.take().unwrap_or_default();
        captured.extend(given.captured);
        let tokens = Tokens {
            version: self.tokens_made + 1,
            access: given.access,
            refresh: given.refresh,
            obtained_at: now,
            expires_at: given.expires_at,
            captured,
        };
        let text = serde_json::to_vec(&tokens).map(Zeroizing::new);
        let text = text.map_err(|error| VaultError::Unreadable(error.to_string()))?;
        let sealed = data.seal(&self.about_tokens(namespace, tokens.version), &text)?;
        self.fix_origins(&tokens);
        self.tokens_made = tokens.version;
        self.tokens = Some(SealedTokens {
            version: tokens.version,
            sealed,
            obtained_at: now,
            expires_at: tokens.expires_at,
        });
        self.attention = None;
        Ok(())
    }

    /// Once fixed, an origin stays: an application that tells another one later does not move a
    /// credential there.
    fn fix_origins(&mut self, tokens: &Tokens) {
        let wanted = std::mem::take(&mut self.origins_to_come);
        for template in wanted {
            let filled = Template::parse(&template).fill(|reference| {
                let value = tokens.captured.get(&reference.name);
                let value = value.filter(|_| reference.source == Source::Captured);
                value.cloned().map(Zeroizing::new)
            });
            match filled {
                Ok(origin) => {
                    let origin = origin.trim_end_matches('/').to_owned();
                    self.connection.origins.push(origin);
                }
                Err(_) => self.origins_to_come.push(template),
            }
        }
    }

    /// Whether it works.
    pub(crate) fn state(&self) -> State {
        match (&self.attention, &self.tokens) {
            (Some(_), _) => State::NeedsAttention,
            (None, None) if self.scheme.kind.asks_a_person() => State::NeedsAuthorization,
            (None, _) => State::Ready,
        }
    }

    /// What people see of it.
    pub(crate) fn view(&self, namespace: &Namespace) -> View {
        let secrets = self.secrets.iter().map(|(name, secret)| SecretView {
            name: name.clone(),
            version: secret.version,
            set_at: secret.set_at,
            expires_at: secret.expires_at,
            former_until: secret.former.as_ref().map(|former| former.until),
        });
        View {
            namespace: namespace.clone(),
            name: self.connection.name.to_string(),
            plugin: self.connection.plugin.clone(),
            scheme: self.scheme.id.clone(),
            origins: self.connection.origins.clone(),
            settings: self.connection.settings.clone(),
            owner: self.owner.clone(),
            created_at: self.created_at,
            state: self.state(),
            attention: self.attention.clone(),
            token: self.tokens.as_ref().map(|kept| TokenView {
                version: kept.version,
                obtained_at: kept.obtained_at,
                expires_at: kept.expires_at,
            }),
            secrets: secrets.collect(),
        }
    }
}
