//! Values of `#[instrument_metrics(…)]`.

use darling::FromMeta;
use proc_macro2::{Ident, Span};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Expr, ExprLit, Lit, LitInt, LitStr, Meta, Token};

use super::is_near;
use super::list::{is_empty, list};
use super::value::{mistake, option_name, value};

/// The labels of a call.
#[derive(Clone)]
pub(crate) struct CallLabels {
    pub(crate) values: LabelValues,
    pub(crate) span: Span,
}

#[derive(Clone)]
pub(crate) enum LabelValues {
    /// One value with all labels.
    Whole(Expr),
    /// A value for each label.
    Named(Vec<(Ident, Expr)>),
}

impl FromMeta for CallLabels {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        let help = "write `labels(name = value, …)`, or `labels(Labels { … })`";
        if is_empty(meta) {
            return Err(mistake(meta, "`labels` is empty", help));
        }
        let values = list(meta, help, label_values)?;
        Ok(CallLabels { values, span: meta.path().span() })
    }
}

fn label_values(input: ParseStream<'_>) -> syn::Result<LabelValues> {
    if input.peek(LitStr) && input.peek2(Token![=]) {
        let name = input.parse::<LitStr>()?;
        let problem =
            format!("the name of a label has no quotes\nhelp: write `{} = …`", name.value());
        return Err(syn::Error::new(name.span(), problem));
    }
    let is_named =
        input.peek(syn::Ident::peek_any) && input.peek2(Token![=]) && !input.peek2(Token![==]);
    if !is_named {
        let whole = input.parse::<Expr>()?;
        input.parse::<Option<Token![,]>>()?;
        if !input.is_empty() {
            let problem = "labels are one value, or each has a name\nhelp: write `labels(name = value, …)`, or `labels((value, …))`";
            return Err(input.error(problem));
        }
        return Ok(LabelValues::Whole(whole));
    }
    let pair = |input: ParseStream<'_>| {
        let name = input.call(Ident::parse_any)?;
        input.parse::<Token![=]>()?;
        Ok((name, input.parse::<Expr>()?))
    };
    let pairs = Punctuated::<_, Token![,]>::parse_terminated_with(input, pair)?;
    let pairs: Vec<(Ident, Expr)> = pairs.into_iter().collect();
    for (index, (name, _)) in pairs.iter().enumerate() {
        if pairs[..index].iter().any(|(other, _)| other == name) {
            let problem = format!("label `{name}` is given twice\nhelp: remove one");
            return Err(syn::Error::new(name.span(), problem));
        }
    }
    Ok(LabelValues::Named(pairs))
}

/// The function that turns an error into a label.
pub(crate) struct ErrorKind(pub(crate) Expr);

impl FromMeta for ErrorKind {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        let help =
            "write `error = MyError::kind`, the path of a function from `&MyError` to a label";
        function_path(meta, help).map(ErrorKind)
    }
}

/// The function that decides whether a value is an error.
pub(crate) struct Decision(pub(crate) Expr);

impl FromMeta for Decision {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        let help =
            "write `is_error = Reply::is_refused`, the path of a function from `&Reply` to `bool`";
        function_path(meta, help).map(Decision)
    }
}

/// Returns the path of a function, as the value of an option.
fn function_path(meta: &Meta, help: &str) -> darling::Result<Expr> {
    match value(meta, help)? {
        path @ Expr::Path(_) => Ok(path.clone()),
        other => {
            let problem = format!("`{}` takes the path of a function", option_name(meta));
            Err(mistake(other, &problem, help))
        }
    }
}

/// The number of calls of which one is timed.
pub(crate) struct Sample(pub(crate) LitInt);

impl FromMeta for Sample {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        let help = "write `sample = 64`, which times one call in 64";
        let number = match value(meta, help)? {
            Expr::Lit(ExprLit { lit: Lit::Int(number), .. })
                if number.suffix().is_empty() && !number.base10_digits().starts_with('-') =>
            {
                number
            }
            other => return Err(mistake(other, "`sample` takes a whole number", help)),
        };
        match number.base10_parse::<u64>() {
            Ok(0) => {
                Err(mistake(number, "`sample = 0` would time no call", "write `skip(duration)`"))
            }
            Ok(calls) if calls <= 1_000_000 => Ok(Sample(number.clone())),
            _ => Err(mistake(number, "`sample` is above 1000000", help)),
        }
    }
}

/// The parts of calls that are not counted.
pub(crate) enum SkipCalls {
    /// All of them: the call is not counted.
    All(Span),
    Parts {
        duration: Option<Span>,
        in_progress: Option<Span>,
    },
}

impl FromMeta for SkipCalls {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        let help = "write `skip(duration)`, `skip(in_progress)` or `skip(duration, in_progress)`";
        if let Meta::Path(path) = meta {
            return Ok(SkipCalls::All(path.span()));
        }
        let names = list(meta, help, Punctuated::<Ident, Token![,]>::parse_terminated)?;
        if names.is_empty() {
            return Err(mistake(meta, "`skip` names nothing", help));
        }
        let (mut duration, mut in_progress) = (None, None);
        for name in names {
            let part = match name.to_string().as_str() {
                "duration" => &mut duration,
                "in_progress" => &mut in_progress,
                other => {
                    let problem = format!("`skip` takes no `{other}`");
                    let near =
                        ["duration", "in_progress"].into_iter().find(|part| is_near(other, part));
                    let near = near.map(|near| format!("did you mean `{near}`?"));
                    return Err(mistake(&name, &problem, near.as_deref().unwrap_or(help)));
                }
            };
            if part.replace(name.span()).is_some() {
                let problem = format!("`skip` names `{name}` twice");
                return Err(mistake(&name, &problem, "name it once"));
            }
        }
        Ok(SkipCalls::Parts { duration, in_progress })
    }
}
