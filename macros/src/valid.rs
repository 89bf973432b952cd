//! Checks of the models, as far as tokens show mistakes. What only the compiler knows is checked by
//! the runtime's `const fn`s, which generated code calls.

pub(crate) mod config;
pub(crate) mod function;
pub(crate) mod labels;
pub(crate) mod metrics;
mod parameters;

/// The error of a model from which nothing can be generated. Its mistakes have been reported.
#[derive(Debug)]
pub(crate) struct Unusable;
