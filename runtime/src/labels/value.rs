//! Label values.

use std::borrow::Cow;
use std::fmt::{self, Display, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::num::{
    NonZeroI8, NonZeroI16, NonZeroI32, NonZeroI64, NonZeroI128, NonZeroIsize, NonZeroU8,
    NonZeroU16, NonZeroU32, NonZeroU64, NonZeroU128, NonZeroUsize,
};
use std::rc::Rc;
use std::sync::Arc;

/// A type whose values are those of one label.
///
/// Derive it for enums: every value is then known at compile time, the label is *closed*, and
/// looking a series up is an index. Strings, integers and network addresses are *open*: any value
/// may occur, so a family that has them needs a limit, `max_series`. Types with
/// `#[label(display)]`, which use their `Display`, are open as well.
///
/// An empty value is the same as no label, and so is `None`: an `Option` makes any label optional.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the value of a label",
    label = "not a label value",
    note = "a label is an enum with `#[derive(LabelValue)]`, `bool`, a string (`&str`, `String`, `Cow<str>`, `Arc<str>`), an integer, an address (`IpAddr`, `SocketAddr`), or an `Option` of one of these; a field whose type has `Display` is marked `#[label(display)]`, another label set `#[label(flatten)]`, and anything else `#[label(skip)]`"
)]
pub trait LabelValue {
    /// The known values.
    #[doc(hidden)]
    const VALUES: ValueSet;

    /// Returns the index of the value; 0 if the label is open.
    #[doc(hidden)]
    fn position(&self) -> usize;

    /// Calls `visit` with the value, if the label is open.
    #[doc(hidden)]
    fn visit_open(&self, visit: &mut impl FnMut(&str));
}

/// The known values of a label.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ValueSet {
    known: Option<&'static [&'static str]>,
    /// Whether an empty value precedes the known ones.
    is_optional: bool,
    /// Whether most values never occur, so that no zeros are exposed.
    is_sparse: bool,
}

impl ValueSet {
    /// Any value may occur.
    pub const OPEN: ValueSet = ValueSet { known: None, is_optional: false, is_sparse: false };

    /// Creates a closed set of these values.
    pub const fn known(values: &'static [&'static str]) -> ValueSet {
        ValueSet { known: Some(values), ..ValueSet::OPEN }
    }

    /// Creates a closed set of values, most of which never occur.
    pub(crate) const fn sparse(values: &'static [&'static str]) -> ValueSet {
        ValueSet { is_sparse: true, ..ValueSet::known(values) }
    }

    /// Returns whether most values never occur.
    pub(crate) const fn is_sparse(&self) -> bool {
        self.is_sparse
    }

    /// Returns these values and the empty one.
    pub(crate) const fn or_none(self) -> ValueSet {
        match self.empty() {
            Some(_) => self,
            None => ValueSet { is_optional: true, ..self },
        }
    }

    /// Returns the index of the empty value, which is the same as no label.
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

    /// Returns whether every value is known.
    pub const fn is_closed(&self) -> bool {
        self.known.is_some()
    }

    /// Returns the number of values; an open label counts as one.
    pub const fn count(&self) -> usize {
        match self.known {
            Some(known) => known.len() + self.is_optional as usize,
            None => 1,
        }
    }

    /// Returns the value of a closed label at `position`.
    pub(crate) fn get(&self, position: usize) -> &'static str {
        let index = position.checked_sub(usize::from(self.is_optional));
        index.zip(self.known).and_then(|(index, known)| known.get(index)).copied().unwrap_or("")
    }
}

impl LabelValue for bool {
    const VALUES: ValueSet = ValueSet::known(&["false", "true"]);

    fn position(&self) -> usize {
        usize::from(*self)
    }

    fn visit_open(&self, _: &mut impl FnMut(&str)) {}
}

impl<T: LabelValue> LabelValue for Option<T> {
    const VALUES: ValueSet = T::VALUES.or_none();

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
    const VALUES: ValueSet = T::VALUES;

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
            const VALUES: ValueSet = ValueSet::OPEN;

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
    [] NonZeroU8: self => itoa::Buffer::new().format(self.get());
    [] NonZeroU16: self => itoa::Buffer::new().format(self.get());
    [] NonZeroU32: self => itoa::Buffer::new().format(self.get());
    [] NonZeroU64: self => itoa::Buffer::new().format(self.get());
    [] NonZeroU128: self => itoa::Buffer::new().format(self.get());
    [] NonZeroUsize: self => itoa::Buffer::new().format(self.get());
    [] NonZeroI8: self => itoa::Buffer::new().format(self.get());
    [] NonZeroI16: self => itoa::Buffer::new().format(self.get());
    [] NonZeroI32: self => itoa::Buffer::new().format(self.get());
    [] NonZeroI64: self => itoa::Buffer::new().format(self.get());
    [] NonZeroI128: self => itoa::Buffer::new().format(self.get());
    [] NonZeroIsize: self => itoa::Buffer::new().format(self.get());
    [] IpAddr: self => DisplayText::of(self).as_str();
    [] Ipv4Addr: self => DisplayText::of(self).as_str();
    [] Ipv6Addr: self => DisplayText::of(self).as_str();
    [] SocketAddr: self => DisplayText::of(self).as_str();
    [] SocketAddrV4: self => DisplayText::of(self).as_str();
    [] SocketAddrV6: self => DisplayText::of(self).as_str();
}

/// A value as written by `Display`, on the stack if it is short.
struct DisplayText {
    short: [u8; 64],
    len: usize,
    /// The whole text, if it is long.
    long: String,
}

impl DisplayText {
    fn of(value: &(impl Display + ?Sized)) -> DisplayText {
        let mut shown = DisplayText { short: [0; 64], len: 0, long: String::new() };
        // If `Display` fails, what it has written is the value.
        let _ = write!(shown, "{value}");
        shown
    }

    fn as_str(&self) -> &str {
        if !self.long.is_empty() {
            return &self.long;
        }
        std::str::from_utf8(&self.short[..self.len]).unwrap_or_default()
    }
}

impl fmt::Write for DisplayText {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        match self.short.get_mut(self.len..end) {
            Some(free) if self.long.is_empty() => {
                free.copy_from_slice(text.as_bytes());
                self.len = end;
            }
            _ => {
                if self.long.is_empty() {
                    let short = self.as_str().to_owned();
                    self.long = short;
                }
                self.long.push_str(text);
            }
        }
        Ok(())
    }
}

/// A type that `#[label(display)]` makes a label value.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no `Display`, which `#[label(display)]` needs",
    label = "`Display` is missing",
    note = "implement `std::fmt::Display` for it, or remove `#[label(display)]`"
)]
pub trait Displayed {
    /// Calls `visit` with the value.
    fn show(&self, visit: &mut impl FnMut(&str));
}

#[diagnostic::do_not_recommend]
impl<T: Display + ?Sized> Displayed for T {
    fn show(&self, visit: &mut impl FnMut(&str)) {
        visit(DisplayText::of(self).as_str());
    }
}

/// A newtype with `#[label(display)]`, and the value inside. Of three methods with the same name,
/// the compiler picks the first that applies: it shows the newtype if that has `Display`, else the
/// value inside.
#[doc(hidden)]
#[derive(Debug)]
pub struct Newtype<'a, T, I: ?Sized>(pub &'a T, pub &'a I);

impl<T: Display, I: ?Sized> Newtype<'_, T, I> {
    /// Calls `visit` with the newtype's text.
    pub fn measurand_show(&self, visit: &mut impl FnMut(&str)) {
        visit(DisplayText::of(self.0).as_str());
    }
}

/// Shows the value inside a newtype.
#[doc(hidden)]
pub trait ShowInner {
    /// Calls `visit` with the text of the value inside.
    fn measurand_show(&self, visit: &mut impl FnMut(&str));
}

impl<T, I: Display + ?Sized> ShowInner for Newtype<'_, T, I> {
    fn measurand_show(&self, visit: &mut impl FnMut(&str)) {
        visit(DisplayText::of(self.1).as_str());
    }
}

/// Reports that neither has `Display`.
#[doc(hidden)]
pub trait ShowNeither<T> {
    /// Does not compile: `T` has no `Display`.
    fn measurand_show(&self, visit: &mut impl FnMut(&str))
    where
        T: Displayed;
}

impl<T, I: ?Sized> ShowNeither<T> for &Newtype<'_, T, I> {
    fn measurand_show(&self, visit: &mut impl FnMut(&str))
    where
        T: Displayed,
    {
        self.0.show(visit);
    }
}

/// Returns the value of a label as a string.
pub(crate) fn text_of<T: LabelValue + ?Sized>(value: &T) -> String {
    if T::VALUES.is_closed() {
        return T::VALUES.get(value.position()).to_owned();
    }
    let mut text = String::new();
    value.visit_open(&mut |value| value.clone_into(&mut text));
    text
}
