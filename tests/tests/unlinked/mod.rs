//! The library as it is where the linker brings nothing: what is derived and instrumented with
//! `crate = crate::unlinked` puts nothing into the slice.

/// What generated code names.
pub(crate) mod __private_0_1 {
    pub(crate) use super::puts_nothing as link;
    pub(crate) use super::puts_nothing as link_function;
    pub(crate) use measurand::__private_0_1::*;
}

macro_rules! puts_nothing {
    ($($entry:tt)*) => {};
}
pub(crate) use puts_nothing;
