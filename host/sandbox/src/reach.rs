//! What calls may reach, made once and kept: reading grants takes longer than using them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use mortise_egress::{GrantError, Reach};
use mortise_model::Namespace;
use mortise_model::plan::Operation;

/// Reaches of steps without a connection. Those with one have theirs from the connection.
#[derive(Default)]
pub(crate) struct Reaches {
    by_grant: Mutex<HashMap<Key, Arc<Reach>>>,
}

/// A plan's grants to a plugin.
type Key = (Namespace, String, Vec<String>);

/// More plans than that are seldom active at once; then it begins anew.
const KEPT_MAX: usize = 1_024;

impl Reaches {
    /// What the operation's grants reach.
    pub fn of(
        &self,
        namespace: &Namespace,
        operation: &Operation,
    ) -> Result<Arc<Reach>, GrantError> {
        let key = (
            namespace.clone(),
            operation.plugin.clone(),
            operation.hosts.clone(),
        );
        let mut kept = self.by_grant.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reach) = kept.get(&key) {
            return Ok(Arc::clone(reach));
        }
        let reach = Reach::grants(namespace.as_str(), &operation.plugin, &operation.hosts)?;
        let reach = Arc::new(reach);
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert(key, Arc::clone(&reach));
        Ok(reach)
    }
}
