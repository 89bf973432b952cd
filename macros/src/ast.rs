//! The checked models of what is derived. Making one reports every mistake; what is wrong with a
//! metrics struct is left out or replaced, so that the rest can still be generated.

use proc_macro2::{Ident, Span, TokenStream};
use syn::{
    Attribute, Expr, Generics, LitInt, PatIdent, Path, ReturnType, Signature, Type, Visibility,
};

use crate::attr::buckets::Buckets;
use crate::attr::calls::CallLabels;
use crate::attr::native::Native;
use crate::attr::quantiles::Quantiles;

/// The numbers of the language.
pub(crate) const NUMBERS: &[&str] = &[
    "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "f32",
    "f64",
];

/// A `#[derive(Metrics)]` struct.
pub(crate) struct MetricsStruct {
    pub(crate) ident: Ident,
    pub(crate) vis: Visibility,
    /// The keyword `struct`, which is where its declaration stands.
    ///
    /// What is generated has the span of the macro's call by default, and that names a line: the
    /// compiler would look at all of it again where one is added above. The user's own tokens are
    /// known by their place in the item.
    pub(crate) here: Span,
    /// The path of the runtime crate.
    pub(crate) krate: Path,
    pub(crate) mode: Mode,
    /// What stands before every name, in parts.
    pub(crate) prefix: Vec<PrefixPart>,
    /// With values that are constants of text.
    pub(crate) const_labels: Vec<(Ident, Expr)>,
    /// Rules that are off unless asked for.
    pub(crate) denied: Vec<Ident>,
    /// Whether the rules about names are waived for all of them.
    pub(crate) is_legacy: bool,
    /// Where, if that is written as it should be.
    pub(crate) legacy: Option<Span>,
    /// Where names of any characters are allowed.
    pub(crate) utf8: Option<Span>,
    /// Rules that namespace and labels may break.
    pub(crate) expected: Vec<Ident>,
    pub(crate) fields: Vec<Field>,
}

/// What becomes of the struct.
pub(crate) enum Mode {
    /// A static, usually in the registry of the binary.
    Static {
        global: Option<Ident>,
        /// Its names may be defined elsewhere in the crate too.
        is_local: bool,
        /// It is in the registry of the binary.
        is_linked: bool,
    },
    /// Made at run time, with these labels.
    Instance(Vec<(Ident, Type)>),
    /// Flattened into others.
    Group,
}

/// A namespace or a subsystem.
pub(crate) struct PrefixPart {
    pub(crate) option: &'static str,
    /// With the `_` or `.` after it.
    pub(crate) text: String,
    pub(crate) span: Span,
}

impl MetricsStruct {
    /// What stands before every name.
    pub(crate) fn prefix(&self) -> String {
        self.prefix.iter().map(|part| part.text.as_str()).collect()
    }
}

pub(crate) struct Field {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) role: Role,
}

pub(crate) enum Role {
    Metric(Box<Metric>),
    /// The calls of functions: three families.
    Calls(Box<Metric>),
    Group {
        prefix: Option<PrefixPart>,
    },
    /// Not a metric; starts as this.
    Skipped(Expr),
}

pub(crate) struct Metric {
    /// Its own name, without the struct's prefix.
    pub(crate) name: String,
    /// Where the name is written.
    pub(crate) span: Span,
    pub(crate) help: Help,
    pub(crate) buckets: Option<Buckets>,
    /// How fine native buckets are.
    pub(crate) native: Option<Native>,
    /// The most series of a family.
    pub(crate) max_series: Option<Expr>,
    /// The most bytes of an open label's value.
    pub(crate) max_label_bytes: Option<Expr>,
    /// How long an open series may go without an update.
    pub(crate) expire_after: Option<Expr>,
    /// Where it is asked for zeros of every series.
    pub(crate) zeros: Option<Span>,
    /// The quantiles of a summary.
    pub(crate) quantiles: Option<Quantiles>,
    /// How long they look back.
    pub(crate) max_age: Option<Expr>,
    /// In how many steps that passes.
    pub(crate) age_buckets: Option<Expr>,
    /// The function that it is read from.
    pub(crate) read: Option<Expr>,
    /// Where a name of any characters is allowed for it alone.
    pub(crate) utf8: Option<Span>,
    /// Rules that it may break.
    pub(crate) expected: Vec<Ident>,
    /// Whether its name is to be checked: not if the waiver of it is wrong itself.
    pub(crate) is_checked: bool,
}

/// The help text of a metric.
pub(crate) enum Help {
    Text(String),
    /// A constant of text.
    Constant(Expr),
    /// A doc comment, in parts of which one is a constant at least. Its first paragraph is meant.
    Documentation(Vec<Expr>),
}

/// A `#[derive(LabelValue)]` type.
pub(crate) struct LabelType {
    pub(crate) ident: Ident,
    /// Nothing but lifetimes.
    pub(crate) generics: Generics,
    /// The path of the runtime crate.
    pub(crate) krate: Path,
    pub(crate) label: Label,
    pub(crate) values: LabelValues,
}

/// Which values a label has.
pub(crate) enum LabelValues {
    /// Those of an enum's variants.
    Variants {
        variants: Vec<Variant>,
        /// Of these, the one that stands for all other values.
        other: Option<Ident>,
    },
    /// Those of the type inside.
    Inner(Type),
    /// What `Display` writes of the type inside.
    DisplayedInner(Type),
    /// What `Display` writes of the type, or else of the one inside, if there is one; where that is
    /// asked for.
    Displayed(Span, Option<Type>),
}

pub(crate) struct Variant {
    pub(crate) ident: Ident,
    /// Empty if series of it do not have the label.
    pub(crate) value: String,
}

/// A label where it is declared.
pub(crate) struct Label {
    pub(crate) name: String,
    /// Where the name is written.
    pub(crate) span: Span,
    /// Whether it is called after its type.
    pub(crate) is_type: bool,
    /// Where a name of any characters is allowed.
    pub(crate) utf8: Option<Span>,
    /// Rules that the name may break.
    pub(crate) expected: Vec<Ident>,
}

/// A `#[derive(LabelSet)]` struct.
pub(crate) struct LabelStruct {
    pub(crate) ident: Ident,
    /// Nothing but lifetimes.
    pub(crate) generics: Generics,
    /// The path of the runtime crate.
    pub(crate) krate: Path,
    /// Without those that are skipped.
    pub(crate) fields: Vec<LabelField>,
    pub(crate) has_skipped: bool,
}

pub(crate) struct LabelField {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    /// Nothing if the field is another set.
    pub(crate) label: Option<Label>,
    /// Whether its value is what `Display` writes.
    pub(crate) is_displayed: bool,
}

/// A function with `#[instrument_metrics]`.
pub(crate) struct InstrumentedFn {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    /// `default`, where that may stand.
    pub(crate) modifiers: TokenStream,
    pub(crate) sig: Signature,
    /// With its braces; it may be half-typed.
    pub(crate) block: TokenStream,
    pub(crate) body: Body,
    /// The path of the runtime crate.
    pub(crate) krate: Path,
    /// Its name, after that of its type if that is known.
    pub(crate) name: String,
    pub(crate) counted: Counted,
    pub(crate) errors: Errors,
    pub(crate) output: Output,
    /// How often what is returned is opened, to ask what is inside how the call ended.
    pub(crate) opened: usize,
    pub(crate) timing: Timing,
    /// Arguments that the body takes over in their order, so that they are dropped as without the
    /// attribute.
    pub(crate) taken: Vec<Taken>,
    /// Where `#[track_caller]` is to be kept, although the body moves.
    pub(crate) moved: Option<Moved>,
}

/// An argument that the body takes over.
pub(crate) struct Taken {
    /// As the function has it.
    pub(crate) outer: Ident,
    /// As the body has it.
    pub(crate) inner: PatIdent,
    /// Whether it is there.
    pub(crate) conditions: Vec<Attribute>,
    /// All of its attributes.
    pub(crate) attrs: Vec<Attribute>,
}

/// What is done with the body of an instrumented function.
pub(crate) enum Body {
    /// It stays where it is: no value that it returns can be an error.
    InPlace,
    /// The value that it returns is looked at: it comes out of a closure of this type.
    Returning(ReturnType),
    /// The body is that of a future, of this output if the type can be written.
    Async(Option<Type>),
    /// `#[tracing::instrument]` has made a future of the body already, which is the one in the middle
    /// of these statements. One within the other would be half as deep as the compiler goes.
    Traced { before: TokenStream, future: TokenStream, after: TokenStream },
    /// What it returns is a future.
    Future(FutureBody),
}

/// A body that returns a future.
pub(crate) enum FutureBody {
    /// These statements, and then this future, in these tokens.
    Tail { before: TokenStream, future: TokenStream, wrap: Wrap },
    /// Whatever it returns, in a box or not.
    Whole { is_boxed: bool },
}

/// What is round a future that is returned.
pub(crate) enum Wrap {
    Nothing,
    /// `Box::pin(…)`, by the path that is written.
    Call(TokenStream),
    /// `….boxed()`
    Method(Ident),
}

/// Where calls are counted.
pub(crate) enum Counted {
    /// In the families that all functions share.
    Alone {
        /// Which outcomes can occur: `ok`, an error, and that it is cancelled.
        outcomes: [bool; 3],
        has_in_progress: bool,
    },
    /// In a field.
    Field {
        field: Box<Expr>,
        labels: Option<CallLabels>,
        /// Whether its type can be looked at without the function's arguments.
        is_free: bool,
    },
}

/// Which returned values are errors.
pub(crate) enum Errors {
    /// None is: their type cannot say so.
    Never,
    /// Those that say so.
    Fallible,
    /// The same, by the kind that this function makes of them.
    Kinds(Expr),
    /// `None`.
    Nones,
    /// Those that this function picks.
    Decided(Expr),
}

/// What is known of the type of what a call returns in the end.
pub(crate) enum Output {
    /// What the body makes of it.
    Found,
    /// It is this, which the body may leave open.
    Written(Box<Type>),
    /// It is behind an alias, so that the body may leave open what is not known here.
    Unknown,
}

/// Which calls are timed.
pub(crate) enum Timing {
    Every,
    OneIn(LitInt),
    Never,
}

/// Where the body of a function with `#[track_caller]` goes.
pub(crate) enum Moved {
    /// Into a function inside.
    Inside,
    /// Into a method beside it.
    Beside,
}
