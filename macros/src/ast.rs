//! The models of what the macros stand on. Each builds itself from the tokens and their options, and
//! decides nothing twice: what is wrong with it is for `valid` to say. Only what no model can hold is
//! reported here.

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
