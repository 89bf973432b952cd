//! What is measured.

pub(crate) mod build;
pub(crate) mod calls;
pub(crate) mod creation;
pub(crate) mod declare;
pub(crate) mod exposition;
pub(crate) mod first_sight;
pub(crate) mod memory;
pub(crate) mod middleware;
mod package;
pub(crate) mod rebuild;
pub(crate) mod update;
