//! What is wrong with the models, as far as their tokens show. What only the compiler knows is checked
//! by the runtime's `const fn`s, which generated code calls.

pub(crate) mod config;
pub(crate) mod function;
pub(crate) mod labels;
pub(crate) mod metrics;
mod parameters;

/// So much is wrong that nothing can be generated of a model. All of it is reported.
#[derive(Debug)]
pub(crate) struct Unusable;
