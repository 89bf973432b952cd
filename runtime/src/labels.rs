//! Labels as types: their values, and label sets.

mod http;
mod set;
mod value;

pub use http::{Method, StatusClass, StatusCode};
pub(crate) use set::{Label, MAX_LABEL_BYTES, MAX_LABELS, check_tuple, value_of};
pub use set::{
    LabelList, LabelSet, Naming, check_flattened_labels, check_label_name, check_label_type,
    check_label_utf8, check_label_waived,
};
pub(crate) use value::text_of;
#[doc(hidden)]
pub use value::{Displayed, Newtype, ShowInner, ShowNeither};
pub use value::{LabelValue, ValueSet};
