//! Trying whether an application takes a connection's credential: its plugin knows how, and a request
//! does where it does not.

use std::sync::Arc;

use bytes::Bytes;
use mortise_api::connections::{Done, KeepError, Try};
use mortise_egress::Request;
use mortise_kit::lab::operation;
use mortise_model::descriptor::Plugin;
use mortise_model::plan::Operation;
use mortise_model::{ConnectionName, Disposition, Namespace};
use mortise_ports::Plugins as _;
use mortise_ports::plugins::{Invocation, Outcome as Given};
use mortise_vault::{Connection, RenewError};

use super::{Keeper, now, unusable};
use crate::lone;

/// What the call is known by, which belongs to no run.
const NAME: &str = "connections-test";

impl Keeper {
    /// Has the plugin's `check` see whether the credential works, or a request below the first origin where
    /// a path is wanted or the plugin has no `check`.
    pub(super) async fn try_it(
        &self,
        namespace: &Namespace,
        (name, wanted): (String, Try),
    ) -> Result<Done, KeepError> {
        let named = ConnectionName::from(name.as_str());
        let connection = self.ready(namespace, &named).await?;
        if wanted.path.is_empty()
            && let Ok(plugin) = self.plugin(&connection.described().plugin).await
            && plugin.roles.iter().any(|role| role == "check")
        {
            return self.check(namespace, named, &plugin).await;
        }
        self.request(&connection, (name, wanted)).await
    }

    async fn check(
        &self,
        namespace: &Namespace,
        name: ConnectionName,
        plugin: &Arc<Plugin>,
    ) -> Result<Done, KeepError> {
        self.refresh().await?;
        let asked = Invocation::Check;
        let operation = Operation {
            connection: Some(name.clone()),
            ..operation(plugin, None, &asked)
        };
        let call = lone::call(namespace.clone(), NAME, operation, asked);
        let (account, why) = match self.sandbox.call(call).await.result {
            Ok(Given::Account(account)) => (Some(account), None),
            Ok(_) => return Err(unusable("`check` gave something else than an account")),
            Err(failure) if failure.disposition == Disposition::Reauthorize => {
                (None, Some(failure.message))
            }
            Err(failure) => return Err(unusable(failure.message)),
        };
        let descriptor = &plugin.descriptor;
        Ok(Done::Checked {
            name: name.to_string(),
            plugin: format!("{}@{}", descriptor.name, descriptor.version),
            accepted: account.is_some(),
            account: account.map(|account| (account.id, account.label).into()),
            why,
        })
    }

    async fn request(
        &self,
        connection: &Connection,
        (name, wanted): (String, Try),
    ) -> Result<Done, KeepError> {
        let Some(origin) = connection.described().origins.first() else {
            let why = format!("the connection `{name}` has no origin to try it with");
            return Err(KeepError::Refused(why));
        };
        let url = format!("{origin}/{}", wanted.path.trim_start_matches('/'));
        let refused = |why: &dyn ToString| KeepError::Refused(why.to_string());
        let request = Request::from_plugin(connection.reach(), "GET", &url, [], Bytes::new());
        let mut request = request.map_err(|error| refused(&error))?;
        let credential = connection.ready().await.map_err(|error| match error {
            RenewError::Attention(attention) => refused(&attention.why),
            RenewError::Away(why) => unusable(why),
        })?;
        self.refresh().await?;
        if let Some(credential) = &credential {
            let applied = credential.apply(&mut request, now());
            applied.map_err(|error| refused(&error))?;
        }
        let answer = self.egress.send(request, connection.reach(), None).await;
        let answer = answer.map_err(|error| {
            let text = error.to_string();
            let scrubber = credential.as_ref().map(|one| one.scrubber());
            unusable(scrubber.map_or(text.clone(), |s| s.text(&text).into_owned()))
        })?;
        Ok(Done::Tried {
            name,
            url,
            accepted: ![401, 403, 407].contains(&answer.status),
            status: answer.status,
        })
    }
}
