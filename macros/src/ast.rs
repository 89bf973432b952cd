//! The models of the items that the macros are applied to. Each builds itself from tokens and
//! options.
//! `valid` checks it afterwards; only an item that no model can hold is reported here.

pub(crate) mod arguments;
pub(crate) mod body;
pub(crate) mod config;
mod endings;
pub(crate) mod function;
pub(crate) mod help;
pub(crate) mod item;
pub(crate) mod kinds;
pub(crate) mod labels;
pub(crate) mod metrics;
pub(crate) mod names;
pub(crate) mod returned;
mod shape;
pub(crate) mod types;
