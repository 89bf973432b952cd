//! What is measured.

pub(crate) mod build;
pub(crate) mod creation;
pub(crate) mod exposition;
pub(crate) mod first_sight;
pub(crate) mod memory;
pub(crate) mod update;
