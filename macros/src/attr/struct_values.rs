//! Values of `#[metrics(…)]`.

use darling::FromMeta;
use proc_macro2::{Ident, Span};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Expr, LitStr, Meta, Token, Type};

use super::list::{is_empty, list};
use super::value::{mistake, no_text, value};

/// The name of a static.
pub(crate) struct StaticName(pub(crate) Ident);

impl FromMeta for StaticName {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        let help = "write `global = METRICS`, which makes a static of that name";
        match value(meta, help)? {
            Expr::Path(path) => match path.path.get_ident() {
                Some(ident) => Ok(StaticName(ident.clone())),
                None => Err(mistake(path, "`global` takes a name, not a path", help)),
            },
            other => Err(mistake(other, "`global` takes a name", help)),
        }
    }
}

/// `name = "value"` pairs, at least one; the values may be constants of text.
pub(crate) struct ConstLabels(pub(crate) Vec<(Ident, Expr)>);

impl FromMeta for ConstLabels {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        let help = "write `const_labels(name = \"value\", …)`";
        let parse_pair = |input: ParseStream<'_>| {
            let name = input.call(Ident::parse_any)?;
            input.parse::<Token![=]>()?;
            let value = input.parse::<Expr>()?;
            if let Some(literal) = no_text(&value) {
                let problem = format!("the value of label `{name}` is not text");
                return Err(syn::Error::new(literal, problem));
            }
            Ok((name, value))
        };
        let pairs = list(meta, help, |input| {
            Punctuated::<_, Token![,]>::parse_terminated_with(input, parse_pair)
        })?;
        if pairs.is_empty() {
            return Err(mistake(meta, "`const_labels` is empty", help));
        }
        Ok(ConstLabels(pairs.into_iter().collect()))
    }
}

/// The waiver of the rules for all names of a struct, and where it is written.
pub(crate) struct Legacy(pub(crate) Span);

impl FromMeta for Legacy {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        let help = "write `legacy(reason = \"why the names have to stay so\")`";
        if !matches!(meta, Meta::List(_)) || is_empty(meta) {
            return Err(mistake(meta, "`legacy` gives no reason", help));
        }
        let reason = list(meta, help, |input| {
            let name = input.call(Ident::parse_any)?;
            if name != "reason" {
                let problem = format!("it takes no `{name}`, and waives all rules about names");
                return Err(syn::Error::new(name.span(), problem));
            }
            input.parse::<Token![=]>()?;
            let reason = input.parse::<LitStr>()?;
            input.parse::<Option<Token![,]>>()?;
            Ok(reason)
        })?;
        if reason.value().trim().is_empty() {
            return Err(mistake(&reason, "the reason for `legacy` is empty", help));
        }
        Ok(Legacy(meta.path().span()))
    }
}

/// `name: type` pairs, and where they are written.
pub(crate) struct InstanceLabels {
    pub(crate) labels: Vec<(Ident, Type)>,
    pub(crate) span: Span,
}

impl FromMeta for InstanceLabels {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        let help = "write `instance(name: &str, …)`, one for each label that tells instances apart, or `instance` if there are none";
        let span = meta.path().span();
        if let Meta::Path(_) = meta {
            return Ok(InstanceLabels { labels: Vec::new(), span });
        }
        let parse_pair = |input: ParseStream<'_>| {
            let name = input.call(Ident::parse_any)?;
            input.parse::<Token![:]>()?;
            Ok((name, input.parse::<Type>()?))
        };
        let pairs = list(meta, help, |input| {
            Punctuated::<_, Token![,]>::parse_terminated_with(input, parse_pair)
        })?;
        Ok(InstanceLabels { labels: pairs.into_iter().collect(), span })
    }
}
