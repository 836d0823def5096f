//! A plugin that is ready to be called.

use std::sync::Arc;

use mortise_model::descriptor::Plugin;
use wasmtime::component::{Component, InstancePre};

use crate::contract::exports::mortise::plugin::{actions, transform};
use crate::guest::Guest;
use crate::link::Linkers;

/// A plugin, linked as far as can be done without an instance.
pub(crate) struct Loaded {
    pub plugin: Arc<Plugin>,
    pub actions: Option<Actions>,
    pub transform: Option<Transform>,
}

/// Ready to do something.
pub(crate) struct Actions {
    pub instance: InstancePre<Guest>,
    pub exports: actions::GuestIndices,
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
        let has = |interface: &str| plugin.roles.iter().any(|role| role == interface);
        let (mut actions, mut transform) = (None, None);
        if has("actions") {
            let instance = linkers.working.instantiate_pre(component)?;
            let exports = actions::GuestIndices::new(&instance)?;
            actions = Some(Actions { instance, exports });
        }
        if has("transform") {
            transform = Some(Transform::new(component, linkers)?);
        }
        Ok(Self {
            plugin,
            actions,
            transform,
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
