//! `native` buckets of a histogram.

use darling::FromMeta;
use proc_macro2::{Ident, Span};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Expr, Lit, Meta, Token};

use super::is_near;
use super::list::list;
use super::time::{A_TIME, time};
use super::value::mistake;

/// What is said of native buckets.
pub(crate) struct Native {
    /// What the runtime calls each option, and its value.
    pub(crate) options: Vec<(Ident, NativeValue)>,
    pub(crate) span: Span,
}

/// The value of an option of `native`.
pub(crate) enum NativeValue {
    /// A number that is to become a float.
    Float(Expr),
    /// A constant of the runtime's type.
    Constant(Expr),
    /// So many milliseconds, which are written at this place.
    Milliseconds(u64, Span),
}

impl NativeValue {
    /// Where it is written.
    pub(crate) fn span(&self) -> Span {
        match self {
            NativeValue::Float(value) | NativeValue::Constant(value) => value.span(),
            NativeValue::Milliseconds(_, span) => *span,
        }
    }
}

/// The options of `native`, each with an example.
const NATIVE: [(&str, &str); 6] = [
    // How many times as high each bucket ends as the one before, at most. Default: 1.1.
    ("factor", "1.1"),
    // How fine the buckets are, from -4 to 8, instead of `factor`.
    ("schema", "3"),
    // How far from 0 a value may be that counts in the zero bucket.
    ("zero_threshold", "1e-9"),
    // The most buckets. Default: 160.
    ("max_buckets", "160"),
    // The least time between two resets of a histogram with too many buckets. Default: 1h.
    ("min_reset", "\"1h\""),
    // How far the zero bucket may be widened where there are too many buckets.
    ("max_zero_threshold", "1e-6"),
];

impl FromMeta for Native {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        let help = "write `native(factor = 1.1, max_buckets = 160, min_reset = \"1h\")`, or leave it out for just that";
        let options: Vec<(Ident, NativeValue)> = list(meta, help, |input| {
            let pairs = Punctuated::<_, Token![,]>::parse_terminated_with(input, native_option)?;
            Ok(pairs.into_iter().collect())
        })?;
        if options.is_empty() {
            return Err(mistake(meta, "`native` is empty", help));
        }
        for (index, (name, _)) in options.iter().enumerate() {
            if options[..index].iter().any(|(other, _)| other == name) {
                return Err(mistake(name, &format!("`{name}` is given twice"), "remove one"));
            }
        }
        let find = |wanted: &str| options.iter().find(|(name, _)| name == wanted);
        if let (Some(_), Some((schema, _))) = (find("factor"), find("schema")) {
            let problem = "`factor` and `schema` set the same thing";
            return Err(mistake(schema, problem, "remove one"));
        }
        Ok(Native { options, span: meta.path().span() })
    }
}

fn native_option(input: ParseStream<'_>) -> syn::Result<(Ident, NativeValue)> {
    let name = input.call(Ident::parse_any)?;
    let Some((_, example)) = NATIVE.iter().find(|(known, _)| name == known) else {
        let text = name.to_string();
        let help = match NATIVE.iter().find(|(known, _)| is_near(&text, known)) {
            Some((known, example)) => format!("write `{known} = {example}`"),
            None => {
                format!("write one of {}", NATIVE.map(|(known, _)| format!("`{known}`")).join(", "))
            }
        };
        let problem = format!("`native` has no option `{name}`\nhelp: {help}");
        return Err(syn::Error::new(name.span(), problem));
    };
    if !input.peek(Token![=]) {
        let needs_value = format!("`{name}` needs a value\nhelp: write `{name} = {example}`");
        return Err(syn::Error::new(name.span(), needs_value));
    }
    input.parse::<Token![=]>()?;
    let value = input.parse::<Expr>()?;
    native_value(&name, example, value).map(|value| (name, value))
}

fn native_value(name: &Ident, example: &str, value: Expr) -> syn::Result<NativeValue> {
    let mistaken = |problem: &str| {
        let help = format!("`{name}` takes {problem}\nhelp: write `{name} = {example}`");
        Err(syn::Error::new(value.span(), help))
    };
    let literal = match &value {
        Expr::Lit(literal) => Some(&literal.lit),
        _ => None,
    };
    match (name.to_string().as_str(), literal) {
        ("min_reset", Some(Lit::Int(zero))) if zero.base10_digits() == "0" => {
            Ok(NativeValue::Milliseconds(0, zero.span()))
        }
        ("min_reset", Some(literal)) => match time(literal) {
            Some(milliseconds) => Ok(NativeValue::Milliseconds(milliseconds, literal.span())),
            None => mistaken(A_TIME),
        },
        ("schema" | "max_buckets", Some(Lit::Int(_)) | None) => Ok(NativeValue::Constant(value)),
        ("schema" | "max_buckets", Some(_)) => mistaken("a whole number"),
        ("min_reset", None) => Ok(NativeValue::Constant(value)),
        (_, Some(Lit::Int(_) | Lit::Float(_)) | None) => Ok(NativeValue::Float(value)),
        (_, Some(_)) => mistaken("a number"),
    }
}
