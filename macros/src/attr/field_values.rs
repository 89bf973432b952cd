//! Values of `#[metric(…)]`.

use darling::FromMeta;
use darling::ast::NestedMeta;
use quote::ToTokens as _;
use syn::{Expr, ExprLit, Lit, Meta};

use super::path;
use super::value::{Text, mistake, no_text, option_name, value};

/// The help text: a constant of text.
pub(crate) struct HelpText(pub(crate) Expr);

impl FromMeta for HelpText {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        let help = "write `help = \"…\"`";
        let text = value(meta, help)?;
        match no_text(text) {
            Some(place) => Err(mistake(&place, "`help` takes text", help)),
            None => Ok(HelpText(text.clone())),
        }
    }
}

/// A group inside a struct.
pub(crate) struct Flatten {
    /// Put before the group's names, with a `_`.
    pub(crate) prefix: Option<Text>,
}

/// `flatten(…)`
#[derive(Default, FromMeta)]
#[darling(default)]
struct FlattenOptions {
    /// Put before the group's names, with a `_`. Default: none.
    prefix: Option<Text>,
}

impl FromMeta for Flatten {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        match meta {
            Meta::Path(_) => Ok(Flatten { prefix: None }),
            Meta::List(list) => {
                let items = NestedMeta::parse_meta_list(list.tokens.clone())?;
                let is_prefix = |item: &NestedMeta| path(item).is_none_or(|name| name == "prefix");
                if let Some(other) = items.iter().find(|item| !is_prefix(item)) {
                    let name = path(other).unwrap_or_default();
                    let problem = format!("`flatten` has no option `{name}`");
                    return Err(mistake(
                        other,
                        &problem,
                        "the only option is `prefix`: write `flatten(prefix = \"…\")`",
                    ));
                }
                let FlattenOptions { prefix } = FlattenOptions::from_list(&items)?;
                Ok(Flatten { prefix })
            }
            other => Err(mistake(
                other,
                "`flatten` has no value",
                "write `flatten`, or `flatten(prefix = \"…\")`",
            )),
        }
    }
}

/// A whole number, which may be a constant.
pub(crate) struct Limit(pub(crate) Expr);

impl FromMeta for Limit {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        let name = option_name(meta);
        let example = match name.as_str() {
            "max_series" => 500,
            "age_buckets" => 5,
            _ => 4096,
        };
        let help = format!("write `{name} = {example}`, or a constant instead of the number");
        match value(meta, &help)? {
            number @ Expr::Lit(ExprLit { lit: Lit::Int(literal), .. })
                if !literal.base10_digits().starts_with('-')
                    && matches!(literal.suffix(), "" | "usize") =>
            {
                Ok(Limit(number.clone()))
            }
            Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) if !number.suffix().is_empty() => {
                let problem = format!("`{name}` takes a number without a type");
                let help = format!("write `{name} = {}`", number.base10_digits());
                Err(mistake(number, &problem, &help))
            }
            other @ (Expr::Lit(_)
            | Expr::Unary(_)
            | Expr::Array(_)
            | Expr::Tuple(_)
            | Expr::Range(_)) => {
                Err(mistake(other, &format!("`{name}` takes a whole number"), &help))
            }
            constant => Ok(Limit(constant.clone())),
        }
    }
}

/// The function that a metric is read from.
pub(crate) struct ReadFunction(pub(crate) Expr);

impl FromMeta for ReadFunction {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        let help = "write `read = path::to::function`, or `read = || …`";
        let function = value(meta, help)?;
        match function {
            Expr::Lit(_) | Expr::Array(_) | Expr::Tuple(_) | Expr::Range(_) => {
                Err(mistake(function, "`read` takes a function", help))
            }
            Expr::Call(call) if call.args.is_empty() => {
                let problem = "`read` takes the function, not what it returns";
                let called = call.func.to_token_stream().to_string().replace(' ', "");
                Err(mistake(function, problem, &format!("write `read = {called}`")))
            }
            Expr::Closure(closure) if !closure.inputs.is_empty() => {
                let problem = "`read` calls the function without arguments";
                Err(mistake(&closure.inputs, problem, help))
            }
            function => Ok(ReadFunction(function.clone())),
        }
    }
}

/// The initial value of a field that is not a metric.
pub(crate) struct Skip(pub(crate) Expr);

impl FromMeta for Skip {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        match meta {
            Meta::NameValue(pair) => Ok(Skip(pair.value.clone())),
            other => Err(mistake(
                other,
                "`skip` does not say what the field starts as",
                "write `skip = …` with a constant expression, such as `skip = String::new()`",
            )),
        }
    }
}
