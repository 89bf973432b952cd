//! The functions as they are.

super::functions!({}, "floor: bare call", None);
