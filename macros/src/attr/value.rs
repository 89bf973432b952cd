//! Values that several options have, and errors of values.

use darling::util::Flag;
use darling::{Error, FromMeta};
use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Expr, ExprLit, Lit, Meta, Path, parse_quote};

/// Makes an error that tells what to write instead.
pub(super) fn mistake(place: &impl Spanned, problem: &str, help: &str) -> Error {
    Error::custom(format!("{problem}\nhelp: {help}")).with_span(&place.span())
}

/// Returns the name of an option, for a message.
pub(super) fn option_name(meta: &Meta) -> String {
    meta.path().get_ident().map_or_else(String::new, |ident| ident.unraw().to_string())
}

/// Returns the value of `option = value`.
pub(super) fn value<'a>(meta: &'a Meta, help: &str) -> darling::Result<&'a Expr> {
    let name = option_name(meta);
    match meta {
        Meta::NameValue(pair) => Ok(&pair.value),
        Meta::List(_) => Err(mistake(meta, &format!("`{name}` needs `=`"), help)),
        Meta::Path(_) => Err(mistake(meta, &format!("`{name}` needs a value"), help)),
    }
}

/// Returns where an option without a value is written, if it is.
pub(crate) fn place(option: &Flag) -> Option<Span> {
    option.is_present().then(|| option.span())
}

/// A string literal.
pub(crate) struct Text {
    pub(crate) value: String,
    pub(crate) span: Span,
}

impl FromMeta for Text {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        let name = option_name(meta);
        let help = format!("write `{name} = \"…\"`");
        match value(meta, &help)? {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => {
                Ok(Text { value: text.value(), span: text.span() })
            }
            other => Err(mistake(other, &format!("`{name}` takes a string literal"), &help)),
        }
    }
}

/// Returns the place of an expression that is surely not a constant of text.
pub(super) fn no_text(value: &Expr) -> Option<Span> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(_), .. }) => None,
        Expr::Lit(_) | Expr::Array(_) | Expr::Tuple(_) | Expr::Closure(_) | Expr::Range(_) => {
            Some(value.span())
        }
        _ => None,
    }
}

/// The path of a crate.
pub(crate) struct CratePath(pub(crate) Path);

impl FromMeta for CratePath {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        let help = "write `crate = path::to::measurand`";
        match value(meta, help)? {
            Expr::Path(path) if path.qself.is_none() => Ok(CratePath(path.path.clone())),
            other => Err(mistake(other, "`crate` takes a path", help)),
        }
    }
}

/// Returns the path of the runtime crate.
pub(crate) fn crate_path(option: Option<&CratePath>) -> Path {
    option.map_or_else(|| parse_quote!(::measurand), |path| path.0.clone())
}

/// The place of an option with any value.
pub(crate) struct Place(pub(crate) Span);

impl FromMeta for Place {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        Ok(Place(meta.path().span()))
    }
}
