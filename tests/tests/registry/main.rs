//! Registries: what is registered, removed and shown, and in which order.

mod gather;
mod registry;
mod registry_properties;
mod unregister;
mod views;
