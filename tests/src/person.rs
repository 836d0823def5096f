//! A person who opens links in a browser, and agrees to everything.

use std::collections::BTreeMap;

use anyhow::{Result, bail, ensure};
use url::{Position, Url};

use crate::client::Client;

/// Redirects on the way to agreeing; more are a circle.
const REDIRECTS_MAX: usize = 20;

/// Opens a link, agrees to all that is asked and is sent back.
///
/// # Errors
/// Where the way does not end at a page.
pub async fn agree(link: &str) -> Result<()> {
    let client = Client::default();
    let mut url = Url::parse(link)?;
    let mut cookies: BTreeMap<String, String> = BTreeMap::new();
    for _ in 0..REDIRECTS_MAX {
        let pairs: Vec<_> = cookies.iter().map(|(k, v)| format!("{k}={v}")).collect();
        let cookie = pairs.join("; ");
        let headers = [("cookie", cookie.as_str())];
        let answer = client.send("GET", url.as_str(), &headers, "").await?;
        for set in answer.headers.get_all("set-cookie") {
            let pair = set.to_str()?.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        match answer.header("location") {
            "" => {
                ensure!(answer.status == 200, "{url}: {}", answer.text());
                return Ok(());
            }
            location => url = url.join(location)?,
        }
    }
    bail!("{link} leads in a circle")
}

/// Opens a link to an application at its fake, and agrees.
///
/// # Errors
/// As [`agree`].
pub async fn agree_at(address: &str, link: &str) -> Result<()> {
    let link = Url::parse(link)?;
    agree(&format!("{address}{}", &link[Position::BeforePath..])).await
}
