//! `#[instrument_metrics(…)]`: the field that calls are counted in, and options.

use darling::FromMeta;
use darling::util::Flag;
use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Expr, ExprLit, Lit, LitInt, LitStr, Meta, Token, token};

use super::{
    CratePath, Options, Text, bracketed, is_near, mistake, option_name, parse_items, parse_within,
    read_items, separate, syntax_mistake,
};
use crate::diagnostics::Diagnostics;
use crate::fragments;

/// `#[instrument_metrics(…)]`, on a function or an `impl` block.
#[derive(Default, FromMeta)]
#[darling(default)]
pub(crate) struct CallOptions {
    /// The labels of the calls, in a field of one's own. Default: none.
    pub(crate) labels: Option<CallLabels>,
    /// Turns an error into a label. Default: errors are not told apart.
    pub(crate) error: Option<ErrorKind>,
    /// `None` counts as an error. Default: it does not.
    pub(crate) none_is_error: Flag,
    /// Decides whether a returned value is an error. Default: its type says so.
    pub(crate) is_error: Option<Decision>,
    /// Times one call in so many. Default: every call.
    pub(crate) sample: Option<Sample>,
    /// What is not counted; alone, on a method in an `impl` block, all of it.
    pub(crate) skip: Option<SkipCalls>,
    /// The type that stands before the name of a method. Default: none.
    pub(crate) self_type: Option<Text>,
    /// Where to find `measurand`. Default: `::measurand`.
    #[darling(rename = "crate")]
    pub(crate) krate: Option<CratePath>,
}

impl Options for CallOptions {
    const ATTRIBUTE: &'static str = "instrument_metrics";
    const TEXT: &'static str = "self_type";
    const FORM: &'static str =
        "#[instrument_metrics(METRICS.field, option, option = value, option(…))]";
    const NAMES: &'static [&'static str] =
        &["labels", "error", "none_is_error", "is_error", "sample", "skip", "self_type", "crate"];
    const WORDS: &'static [&'static str] = &["none_is_error"];
    const ELSEWHERE: &'static [(&'static [&'static str], &'static str)] = &[(
        &["buckets", "max_series", "max_label_bytes", "help", "rename", "namespace"],
        "the field of type `Calls`, in a struct with `#[derive(Metrics)]`",
    )];
}

/// What stands in the brackets.
#[derive(Default)]
pub(crate) struct CallAttribute {
    /// The field that the calls are counted in.
    pub(crate) field: Option<Expr>,
    pub(crate) options: CallOptions,
}

impl CallAttribute {
    /// Whether anything stands beside `skip`.
    pub(crate) fn has_more_than_skip(&self) -> bool {
        let CallOptions {
            labels,
            error,
            none_is_error,
            is_error,
            sample,
            skip: _,
            self_type,
            krate,
        } = &self.options;
        self.field.is_some()
            || labels.is_some()
            || error.is_some()
            || none_is_error.is_present()
            || is_error.is_some()
            || sample.is_some()
            || self_type.is_some()
            || krate.is_some()
    }
}

/// Reads what stands in the brackets of the attribute, on what binds these names.
pub(crate) fn read(
    tokens: TokenStream,
    bound: &[String],
    errors: &mut Diagnostics,
) -> CallAttribute {
    let parser = |input: ParseStream<'_>| {
        let field = if starts_with_field(input, bound) {
            let field = input.parse::<Expr>()?;
            if !input.is_empty() && input.parse::<Token![,]>().is_err() && !separate(input, errors)
            {
                return Err(input.error("expected `,`"));
            }
            Some(field)
        } else {
            None
        };
        Ok((field, input.parse::<TokenStream>()?))
    };
    let (field, rest) = match parser.parse2(fragments::open(tokens)) {
        Ok(parts) => parts,
        Err(error) => {
            errors.error_at(
                error.span(),
                &format!(
                    "`#[instrument_metrics(…)]` starts with the field that calls are counted in, or with an option: {error}"
                ),
                &format!("write `{}`", CallOptions::FORM),
            );
            return CallAttribute::default();
        }
    };
    if let Some(Expr::Lit(literal)) = &field {
        let help = format!("write `{}`", CallOptions::FORM);
        errors.error(literal, "calls are counted in a field, not in a literal", &help);
    }
    let (field, rest) = match field {
        Some(field) => (Some(field), rest),
        None => take_misplaced_field(rest, errors),
    };
    let items = parse_items::<CallOptions>(rest, errors);
    let options = read_items(items, errors).0;
    CallAttribute { field, options }
}

/// The field, where it stands after an option, which is reported; and what else there is.
fn take_misplaced_field(
    tokens: TokenStream,
    errors: &mut Diagnostics,
) -> (Option<Expr>, TokenStream) {
    let (mut field, mut rest) = (None, TokenStream::new());
    let mut tokens = tokens.into_iter().peekable();
    while tokens.peek().is_some() {
        let is_comma =
            |token: &TokenTree| matches!(token, TokenTree::Punct(sign) if sign.as_char() == ',');
        let mut item: Vec<TokenTree> = Vec::new();
        let mut comma = None;
        for token in tokens.by_ref() {
            if is_comma(&token) {
                comma = Some(token);
                break;
            }
            item.push(token);
        }
        let item: TokenStream = item.into_iter().collect();
        match syn::parse2::<Expr>(item.clone()) {
            Ok(found @ (Expr::Field(_) | Expr::MethodCall(_))) if field.is_none() => {
                let problem = "the field that calls are counted in stands behind an option";
                errors.error(&found, problem, "write it first");
                field = Some(found);
            }
            _ => {
                rest.extend(item);
                rest.extend(comma);
            }
        }
    }
    (field, rest)
}

/// Reads such an attribute where it stands on a method.
pub(crate) fn read_attribute(
    attribute: &Attribute,
    bound: &[String],
    errors: &mut Diagnostics,
) -> CallAttribute {
    match &attribute.meta {
        Meta::List(list) => read(list.tokens.clone(), bound, errors),
        _ => CallAttribute::default(),
    }
}

/// Whether an expression comes first: anything that does not begin as an option does.
fn starts_with_field(input: ParseStream<'_>, bound: &[String]) -> bool {
    if input.is_empty() || input.peek(Token![crate]) && input.peek2(Token![=]) {
        return false;
    }
    if !input.peek(syn::Ident::peek_any) {
        return true;
    }
    if input.peek2(Token![=]) && !input.peek2(Token![==]) {
        return false;
    }
    let rest = input.fork();
    let Ok(name) = rest.call(Ident::parse_any) else { return true };
    let name = name.to_string();
    let brackets = rest.peek(token::Paren).then(|| rest.parse::<Group>().ok()).flatten();
    // `metrics().calls` is a field, `work()` too, and `labels(…)` an option.
    let is_alone = rest.is_empty()
        || rest.peek(Token![,])
        || rest.peek(Token![;])
        || rest.peek(syn::Ident::peek_any);
    let is_called = brackets.is_some_and(|brackets| brackets.stream().is_empty());
    // A word of lower-case letters alone is no field, but an option that there is not; unless it is
    // an argument.
    let is_word = name.chars().all(|letter| letter == '_' || letter.is_ascii_lowercase())
        && !is_called
        && !bound.contains(&name);
    let is_option = is_word || CallOptions::NAMES.iter().any(|option| is_near(&name, option));
    !(is_alone && is_option)
}

/// The labels of a call.
#[derive(Clone)]
pub(crate) struct CallLabels {
    pub(crate) values: LabelValues,
    pub(crate) span: Span,
}

#[derive(Clone)]
pub(crate) enum LabelValues {
    /// All of them as one value.
    Whole(Expr),
    /// One by one.
    Named(Vec<(Ident, Expr)>),
}

impl FromMeta for CallLabels {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        let help = "write `labels(name = value, …)`, or `labels(Labels { … })`";
        let tokens = bracketed(meta, help)?;
        let span = meta.path().span();
        let parser = |input: ParseStream<'_>| {
            let is_named = input.peek(syn::Ident::peek_any)
                && input.peek2(Token![=])
                && !input.peek2(Token![==]);
            if input.peek(LitStr) && input.peek2(Token![=]) {
                let name = input.parse::<LitStr>()?;
                let problem = format!(
                    "the name of a label has no quotes\nhelp: write `{} = …`",
                    name.value()
                );
                return Err(syn::Error::new(name.span(), problem));
            }
            if !is_named {
                let whole = input.parse::<Expr>()?;
                input.parse::<Option<Token![,]>>()?;
                if !input.is_empty() {
                    let problem = "labels are one value, or each has its name\nhelp: write `labels(name = value, …)`, or `labels((value, …))`";
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
        };
        if tokens.is_empty() {
            return Err(mistake(meta, "`labels` is empty", help));
        }
        match parse_within(meta, tokens, parser) {
            Ok(values) => Ok(CallLabels { values, span }),
            // What is said above is complete.
            Err(error) if error.to_string().contains("help:") => Err(error.into()),
            Err(error) => Err(syntax_mistake(meta, &error, help)),
        }
    }
}

/// What turns an error into a label.
pub(crate) struct ErrorKind(pub(crate) Expr);

impl FromMeta for ErrorKind {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        let help =
            "write `error = MyError::kind`, the path of a function from `&MyError` to a label";
        function_path(meta, help).map(ErrorKind)
    }
}

/// What decides whether a value is an error.
pub(crate) struct Decision(pub(crate) Expr);

impl FromMeta for Decision {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        let help =
            "write `is_error = Reply::is_refused`, the path of a function from `&Reply` to `bool`";
        function_path(meta, help).map(Decision)
    }
}

/// The path of a function, as the value of an option.
fn function_path(meta: &Meta, help: &str) -> darling::Result<Expr> {
    let name = option_name(meta);
    match meta {
        Meta::NameValue(pair) => match &pair.value {
            path @ Expr::Path(_) => Ok(path.clone()),
            other => Err(mistake(other, &format!("`{name}` takes the path of a function"), help)),
        },
        Meta::List(list) => {
            Err(mistake(list, &format!("`{name}` takes its value behind a `=`"), help))
        }
        other => Err(mistake(other, &format!("`{name}` needs a value"), help)),
    }
}

/// One call in so many is timed.
pub(crate) struct Sample(pub(crate) LitInt);

impl FromMeta for Sample {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        let help = "write `sample = 64`, which times one call in 64";
        let number = match meta {
            Meta::NameValue(pair) => match &pair.value {
                Expr::Lit(ExprLit { lit: Lit::Int(number), .. })
                    if number.suffix().is_empty() && !number.base10_digits().starts_with('-') =>
                {
                    number
                }
                other => {
                    return Err(mistake(other, "`sample` takes a whole number", help));
                }
            },
            Meta::List(list) => {
                return Err(mistake(list, "`sample` takes its value behind a `=`", help));
            }
            other => return Err(mistake(other, "`sample` needs a value", help)),
        };
        match number.base10_parse::<u64>() {
            Ok(0) => {
                Err(mistake(number, "`sample = 0` would time no call", "write `skip(duration)`"))
            }
            // A macro may be told so.
            Ok(calls) if calls <= 1_000_000 => Ok(Sample(number.clone())),
            _ => Err(mistake(number, "`sample` is above 1000000", help)),
        }
    }
}

/// What is not counted of calls.
pub(crate) enum SkipCalls {
    /// Nothing is.
    All(Span),
    Parts {
        duration: Option<Span>,
        in_progress: Option<Span>,
    },
}

impl FromMeta for SkipCalls {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        let help = "write `skip(duration)`, `skip(in_progress)` or `skip(duration, in_progress)`";
        let tokens = match meta {
            Meta::Path(path) => return Ok(SkipCalls::All(path.span())),
            Meta::List(list) => &list.tokens,
            other => return Err(mistake(other, "`skip` takes its values in brackets", help)),
        };
        let parser = Punctuated::<Ident, Token![,]>::parse_terminated;
        let names = match parse_within(meta, tokens, parser) {
            Ok(names) if names.is_empty() => {
                return Err(mistake(meta, "`skip` names nothing", help));
            }
            Ok(names) => names,
            Err(error) => return Err(syntax_mistake(meta, &error, help)),
        };
        let (mut duration, mut in_progress) = (None, None);
        for name in names {
            let part = match name.to_string().as_str() {
                "duration" => &mut duration,
                "in_progress" => &mut in_progress,
                other => {
                    let problem = format!("`skip` knows no `{other}`");
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
