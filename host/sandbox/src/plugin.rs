//! A plugin that is ready to be called.

use std::collections::HashMap;
use std::sync::Arc;

use mortise_model::descriptor::{OperationDescriptor, Plugin};
use wasmtime::component::{Component, InstancePre};

use crate::contract::exports::mortise::plugin::{actions, check, polling, transform, webhooks};
use crate::guest::Guest;
use crate::link::Linkers;
use crate::outline::Outline;

/// A plugin, linked as far as can be done without an instance.
pub(crate) struct Loaded {
    pub plugin: Arc<Plugin>,
    /// What the outputs of its operations look like, by the operation's name.
    pub outlines: HashMap<String, Arc<Outline>>,
    pub connector: Option<Arc<Connector>>,
    pub transform: Option<Arc<Transform>>,
}

/// Ready to do something in an application, in the roles that it has.
pub(crate) struct Connector {
    pub instance: InstancePre<Guest>,
    pub check: Option<check::GuestIndices>,
    pub actions: Option<actions::GuestIndices>,
    pub polling: Option<polling::GuestIndices>,
    pub webhooks: Option<webhooks::GuestIndices>,
}

/// Ready to turn records into records.
pub(crate) struct Transform {
    pub instance: InstancePre<Guest>,
    pub exports: transform::GuestIndices,
}

impl Loaded {
    pub fn new(
        component: &Component,
        linkers: &Linkers,
        plugin: Arc<Plugin>,
    ) -> wasmtime::Result<Self> {
        let Roles(connector, transform) = Roles::new(component, linkers, &plugin.roles)?;
        let operations = plugin.descriptor.operations.iter();
        let outline = |operation: &OperationDescriptor| {
            let outline = Arc::new(Outline::of(&operation.output));
            (operation.name.clone(), outline)
        };
        Ok(Self {
            outlines: operations.map(outline).collect(),
            connector,
            transform,
            plugin,
        })
    }

    /// The code, as whoever links it again needs it.
    pub fn component(&self) -> Option<&Component> {
        let connector = self.connector.as_ref().map(|role| &role.instance);
        let transform = self.transform.as_ref().map(|role| &role.instance);
        connector.or(transform).map(InstancePre::component)
    }

    /// What the plugin says of an operation.
    pub fn operation(&self, name: &str) -> Option<&OperationDescriptor> {
        let mut operations = self.plugin.descriptor.operations.iter();
        operations.find(|operation| operation.name == name)
    }
}

/// What a component can be called as.
#[derive(Default)]
pub(crate) struct Roles(pub Option<Arc<Connector>>, pub Option<Arc<Transform>>);

impl Roles {
    /// Links a component in the roles that it has.
    pub fn new(
        component: &Component,
        linkers: &Linkers,
        roles: &[String],
    ) -> wasmtime::Result<Self> {
        let has = |interface: &str| roles.iter().any(|role| role == interface);
        let works = ["actions", "polling", "webhooks"].into_iter().any(has);
        let connector = works.then(|| Connector::new(component, linkers, has));
        let transform = has("transform").then(|| Transform::new(component, linkers));
        let (connector, transform) = (connector.transpose()?, transform.transpose()?);
        Ok(Self(connector.map(Arc::new), transform.map(Arc::new)))
    }
}

impl Connector {
    fn new(
        component: &Component,
        linkers: &Linkers,
        has: impl Fn(&str) -> bool,
    ) -> wasmtime::Result<Self> {
        let instance = linkers.working.instantiate_pre(component)?;
        let pre = &instance;
        let check = has("check").then(|| check::GuestIndices::new(pre));
        let actions = has("actions").then(|| actions::GuestIndices::new(pre));
        let polling = has("polling").then(|| polling::GuestIndices::new(pre));
        let webhooks = has("webhooks").then(|| webhooks::GuestIndices::new(pre));
        Ok(Self {
            check: check.transpose()?,
            actions: actions.transpose()?,
            polling: polling.transpose()?,
            webhooks: webhooks.transpose()?,
            instance,
        })
    }
}

impl Transform {
    pub fn new(component: &Component, linkers: &Linkers) -> wasmtime::Result<Self> {
        let instance = linkers.pure.instantiate_pre(component)?;
        let exports = transform::GuestIndices::new(&instance)?;
        Ok(Self { instance, exports })
    }
}
