//! The values of one label.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

/// A type whose values are those of one label.
///
/// Derive it for enums: then every value is known when you compile, the label is *closed*, and
/// finding a series is an index. Strings and integers are *open*: any value may come, so a family
/// that has them carries a limit, `max_series`.
///
/// An empty value is the same as no label. So is `None`, and an `Option` makes any label optional.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the value of a label",
    label = "not a label value",
    note = "a label is an enum with `#[derive(LabelValue)]`, `bool`, a string (`&str`, `String`, `Cow<str>`, `Arc<str>`), an integer, or an `Option` of one of these; another label set is marked `#[label(flatten)]`, and anything else `#[label(skip)]`"
)]
pub trait LabelValue {
    /// What is known of the values.
    #[doc(hidden)]
    const VALUES: Values;

    /// Which of the known values this is; 0 if the label is open.
    #[doc(hidden)]
    fn position(&self) -> usize;

    /// Shows the value, if the label is open.
    #[doc(hidden)]
    fn visit_open(&self, visit: &mut impl FnMut(&str));
}

/// What is known of the values of a label.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Values {
    known: Option<&'static [&'static str]>,
    /// Whether there is one more in front, the empty one.
    is_optional: bool,
}

impl Values {
    /// Any value may come.
    pub const OPEN: Values = Values { known: None, is_optional: false };

    /// These and no others.
    pub const fn known(values: &'static [&'static str]) -> Values {
        Values { known: Some(values), is_optional: false }
    }

    /// These and the empty one, if that is none of them.
    pub(crate) const fn or_none(self) -> Values {
        match self.empty() {
            Some(_) => self,
            None => Values { is_optional: true, ..self },
        }
    }

    /// The position of the empty value, which is the same as no label.
    const fn empty(&self) -> Option<usize> {
        if self.is_optional {
            return Some(0);
        }
        let Some(known) = self.known else { return None };
        let mut i = 0;
        while i < known.len() {
            if known[i].is_empty() {
                return Some(i);
            }
            i += 1;
        }
        None
    }

    /// Whether every value is known.
    pub const fn is_closed(&self) -> bool {
        self.known.is_some()
    }

    /// How many there are; an open label counts for one.
    pub const fn count(&self) -> usize {
        match self.known {
            Some(known) => known.len() + self.is_optional as usize,
            None => 1,
        }
    }

    /// The value at a position of a closed label.
    pub(crate) fn get(&self, position: usize) -> &'static str {
        let index = position.checked_sub(usize::from(self.is_optional));
        index.zip(self.known).and_then(|(index, known)| known.get(index)).copied().unwrap_or("")
    }
}

impl LabelValue for bool {
    const VALUES: Values = Values::known(&["false", "true"]);

    fn position(&self) -> usize {
        usize::from(*self)
    }

    fn visit_open(&self, _: &mut impl FnMut(&str)) {}
}

impl<T: LabelValue> LabelValue for Option<T> {
    const VALUES: Values = T::VALUES.or_none();

    fn position(&self) -> usize {
        if !T::VALUES.is_closed() {
            return 0;
        }
        match (self, T::VALUES.empty()) {
            (Some(value), None) => value.position() + 1,
            (Some(value), Some(_)) => value.position(),
            (None, empty) => empty.unwrap_or(0),
        }
    }

    fn visit_open(&self, visit: &mut impl FnMut(&str)) {
        match self {
            Some(value) => value.visit_open(visit),
            None if T::VALUES.is_closed() => {}
            None => visit(""),
        }
    }
}

impl<T: LabelValue + ?Sized> LabelValue for &T {
    const VALUES: Values = T::VALUES;

    fn position(&self) -> usize {
        (**self).position()
    }

    fn visit_open(&self, visit: &mut impl FnMut(&str)) {
        (**self).visit_open(visit);
    }
}

macro_rules! open {
    ($([$($generics:tt)*] $type:ty: $self:ident => $text:expr;)*) => {$(
        impl<$($generics)*> LabelValue for $type {
            const VALUES: Values = Values::OPEN;

            fn position(&self) -> usize {
                0
            }

            fn visit_open(&$self, visit: &mut impl FnMut(&str)) {
                visit($text);
            }
        }
    )*};
}

open! {
    [] str: self => self;
    [] String: self => self;
    [] Box<str>: self => self;
    [] Rc<str>: self => self;
    [] Arc<str>: self => self;
    [] Cow<'_, str>: self => self;
    [] char: self => self.encode_utf8(&mut [0; 4]);
    [] u8: self => itoa::Buffer::new().format(*self);
    [] u16: self => itoa::Buffer::new().format(*self);
    [] u32: self => itoa::Buffer::new().format(*self);
    [] u64: self => itoa::Buffer::new().format(*self);
    [] u128: self => itoa::Buffer::new().format(*self);
    [] usize: self => itoa::Buffer::new().format(*self);
    [] i8: self => itoa::Buffer::new().format(*self);
    [] i16: self => itoa::Buffer::new().format(*self);
    [] i32: self => itoa::Buffer::new().format(*self);
    [] i64: self => itoa::Buffer::new().format(*self);
    [] i128: self => itoa::Buffer::new().format(*self);
    [] isize: self => itoa::Buffer::new().format(*self);
}
