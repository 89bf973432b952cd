//! Calls of functions: instrumented functions, their outcomes, and fields of calls.

mod call_fields;
mod instrumented_calls;
mod instrumented_shapes;
mod outcomes;
