//! The certificate of the listeners: read at the start, and again when its files change.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use mortise_api::listen::Tls;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::client::fingerprint;
use crate::daemon::Daemon;
use crate::exit::{Outcome, Stop};
use crate::settings::Settings;

/// Reads the certificate, where there is to be one.
///
/// # Errors
/// Where a file is missing, or says something else.
pub fn open(settings: &Settings) -> Outcome<Option<Arc<Tls>>> {
    match (&settings.tls_cert_file, &settings.tls_key_file) {
        (None, None) => Ok(None),
        (Some(cert), Some(key)) => {
            let tls = Tls::open(cert, key).map_err(Stop::environment)?;
            Ok(Some(Arc::new(tls)))
        }
        (Some(_), None) => Err(missing("tls.cert-file", "tls.key-file")),
        (None, Some(_)) => Err(missing("tls.key-file", "tls.cert-file")),
    }
}

fn missing(given: &str, missing: &str) -> Stop {
    Stop::environment(format!(
        "`{given}` is set and `{missing}` is not: a certificate is served with its key, so set both"
    ))
}

/// How `daemon.json` names the certificate.
pub fn name(tls: &Tls) -> String {
    fingerprint(&tls.leaf())
}

/// Reads the files again. What comes of it is logged; where they cannot be used, what was read
/// before stays in use.
pub async fn reload(tls: &Arc<Tls>, daemon: &Daemon, data: &Path) {
    let (tls, mut daemon, data) = (Arc::clone(tls), daemon.clone(), data.to_owned());
    let reloaded = spawn_blocking(move || match tls.reload() {
        Ok(false) => {}
        Ok(true) => {
            let certificate = name(&tls);
            tracing::info!(certificate, "new connections get another certificate");
            daemon.certificate = Some(certificate);
            if let Err(error) = daemon.replace(&data) {
                tracing::error!(%error, "`daemon.json` still names the former certificate");
            }
        }
        Err(error) => tracing::error!(%error, "the certificate was not reloaded"),
    });
    let _ = reloaded.await;
}

/// Looks at the files now and then, for ever.
pub async fn watch(tls: &Arc<Tls>, daemon: &Daemon, data: &Path, every: Duration) {
    loop {
        sleep(every).await;
        let looked = Arc::clone(tls);
        if spawn_blocking(move || looked.is_stale())
            .await
            .unwrap_or(false)
        {
            reload(tls, daemon, data).await;
        }
    }
}
