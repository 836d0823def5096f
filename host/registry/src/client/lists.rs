//! Lists: what is there.

use http::Method;
use http::header::{HeaderMap, LINK};
use mortise_model::Digest;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::send::Call;
use super::{Client, ClientError};
use crate::artifact::Blob;

/// Names asked for at once: what most registries give at most.
const PAGE: usize = 100;

#[derive(Deserialize)]
struct Tags {
    /// `null` where there are none.
    #[serde(default)]
    tags: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Catalog {
    #[serde(default)]
    repositories: Vec<String>,
}

#[derive(Deserialize)]
struct Referrers {
    #[serde(default)]
    manifests: Vec<Referrer>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Referrer {
    #[serde(flatten)]
    blob: Blob,
    #[serde(default)]
    artifact_type: Option<String>,
}

impl Client {
    /// The tags of a repository.
    ///
    /// # Errors
    /// `NotFound` where there is no such repository.
    pub async fn tags(&self, repository: &str) -> Result<Vec<String>, ClientError> {
        let url = self.url(&format!("{repository}/tags/list"));
        let scope = format!("repository:{repository}:pull");
        let what = format!("repository `{repository}`");
        self.pages(url, (&scope, &what), |page: Tags| {
            page.tags.unwrap_or_default()
        })
        .await
    }

    /// The repositories of the registry. Some registries do not say.
    ///
    /// # Errors
    /// `NotFound` where the registry does not say.
    pub async fn repositories(&self) -> Result<Vec<String>, ClientError> {
        let url = self.url("_catalog");
        let scope = ("registry:catalog:*", "list of its repositories");
        self.pages(url, scope, |page: Catalog| page.repositories)
            .await
    }

    /// The manifests that name another one as their subject and are of this kind. None where the
    /// registry does not know of such things.
    ///
    /// # Errors
    /// Where no answer comes.
    pub async fn referrers(
        &self,
        repository: &str,
        digest: &Digest,
        kind: &str,
    ) -> Result<Vec<Blob>, ClientError> {
        let mut url = self.url(&format!("{repository}/referrers/{digest}"));
        url.query_pairs_mut().append_pair("artifactType", kind);
        let call = Call::new(Method::GET, url).within(repository, "pull");
        let answer = self.send(&call).await?;
        let page = match answer.status {
            200 => serde_json::from_slice::<Referrers>(&answer.body),
            404 => return Ok(Vec::new()),
            _ => return Err(self.bad(&answer, &format!("repository `{repository}`"))),
        };
        let page = page.map_err(|error| self.strange(format!("its referrers: {error}")))?;
        let found = page.manifests.into_iter();
        // It may have left the filter out.
        let found = found.filter(|one| one.artifact_type.as_deref() == Some(kind));
        let found = found.map(|one| one.blob).take(self.settings.names_max);
        Ok(found.collect())
    }

    async fn pages<T: DeserializeOwned>(
        &self,
        mut url: Url,
        (scope, what): (&str, &str),
        names: impl Fn(T) -> Vec<String>,
    ) -> Result<Vec<String>, ClientError> {
        url.query_pairs_mut().append_pair("n", &PAGE.to_string());
        let mut all = Vec::new();
        loop {
            let call = Call::new(Method::GET, url.clone()).scope(scope);
            let answer = self.send(&call).await?;
            if answer.status != 200 {
                return Err(self.bad(&answer, what));
            }
            let page = serde_json::from_slice::<T>(&answer.body);
            let page = page.map_err(|error| self.strange(format!("its {what}: {error}")))?;
            let page = names(page);
            let is_empty = page.is_empty();
            all.extend(page);
            let next = next(&answer.headers).and_then(|next| url.join(&next).ok());
            match next {
                // A page that leads to itself, or elsewhere, would not end.
                Some(next) if next != url && next.origin() == url.origin() && !is_empty => {
                    url = next;
                }
                _ => break,
            }
            if all.len() >= self.settings.names_max {
                break;
            }
        }
        all.truncate(self.settings.names_max);
        Ok(all)
    }
}

/// The address of `Link: <…>; rel="next"`.
fn next(headers: &HeaderMap) -> Option<String> {
    let link = headers.get(LINK)?.to_str().ok()?;
    let (address, rest) = link.trim().strip_prefix('<')?.split_once('>')?;
    let rest = rest.replace([' ', '"'], "");
    rest.split(';')
        .any(|part| part == "rel=next")
        .then(|| address.to_owned())
}
