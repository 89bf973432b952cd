//! `buckets` of a histogram.

use darling::{Error, FromMeta};
use proc_macro2::{Ident, Span};
use quote::format_ident;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Expr, ExprLit, Lit, Meta};

use super::is_near;
use super::value::{mistake, value};

/// Upper bounds of buckets.
pub(crate) struct Buckets {
    pub(crate) bounds: Bounds,
    pub(crate) span: Span,
}

pub(crate) enum Bounds {
    /// `[0.1, 1, 10]`
    List(Vec<Expr>),
    /// `linear(start, width, count)`, and the like: the runtime's name, two arguments, the count.
    Progression(Ident, Box<[Expr; 3]>),
    /// The name of a constant.
    Const(Expr),
}

/// The progressions, as they are written and as the runtime calls them.
const PROGRESSIONS: [(&str, &str, &str); 3] = [
    ("linear", "linear(start, width, count)", "Linear"),
    ("exponential", "exponential(start, factor, count)", "Exponential"),
    ("exponential_range", "exponential_range(min, max, count)", "ExponentialRange"),
];

impl FromMeta for Buckets {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        let help =
            "write `buckets = [0.1, 1, 10]`, or `buckets = exponential(start, factor, count)`";
        let bounds = value(meta, help)?;
        let span = bounds.span();
        if let Some(error) = durations(bounds) {
            return Err(error);
        }
        let bounds = match bounds {
            Expr::Array(list) => Bounds::List(list.elems.iter().cloned().collect()),
            Expr::Lit(literal) => {
                return Err(mistake(literal, "`buckets` takes a list of upper bounds", help));
            }
            Expr::Call(call) => match progression(call)? {
                Some(progression) => progression,
                None => Bounds::Const(bounds.clone()),
            },
            other @ (Expr::Path(_) | Expr::MethodCall(_) | Expr::Block(_) | Expr::Const(_)) => {
                Bounds::Const(other.clone())
            }
            other => return Err(mistake(other, "`buckets` takes a list or a constant", help)),
        };
        Ok(Buckets { bounds, span })
    }
}

fn progression(call: &syn::ExprCall) -> darling::Result<Option<Bounds>> {
    let Expr::Path(function) = &*call.func else {
        return Ok(None);
    };
    let Some(name) = function.path.get_ident() else {
        return Ok(None);
    };
    let Some((_, form, origin)) = PROGRESSIONS.iter().find(|(known, ..)| name == known) else {
        let text = name.to_string();
        // As other crates call them: `exponential_buckets`, `exponential_buckets_range`.
        let bare = text.replace("_buckets", "").replace("buckets_", "");
        let near = PROGRESSIONS.iter().find(|(known, ..)| bare == *known || is_near(&text, known));
        return match near {
            Some((_, form, _)) => {
                let problem = format!("there is no progression `{name}`");
                Err(mistake(name, &problem, &format!("write `{form}`")))
            }
            None => Ok(None),
        };
    };
    let mut args = call.args.iter().cloned();
    match (args.next(), args.next(), args.next(), args.next()) {
        (Some(first), Some(second), Some(count), None) => Ok(Some(Bounds::Progression(
            format_ident!("{origin}"),
            Box::new([first, second, count]),
        ))),
        _ => Err(mistake(
            call,
            &format!("`{name}` takes three arguments, not {}", call.args.len()),
            &format!("write `{form}`"),
        )),
    }
}

/// Says that bounds are numbers, if one is written as a duration.
fn durations(bounds: &Expr) -> Option<Error> {
    struct Find<'a>(Option<&'a syn::ExprCall>);
    impl<'a> Visit<'a> for Find<'a> {
        fn visit_expr_call(&mut self, call: &'a syn::ExprCall) {
            match &*call.func {
                Expr::Path(path) if is_duration(&path.path) => self.0 = self.0.or(Some(call)),
                _ => visit::visit_expr_call(self, call),
            }
        }
        // `Duration::from_millis(5).as_secs_f64()` is a number.
        fn visit_expr_method_call(&mut self, _: &'a syn::ExprMethodCall) {}
    }
    let items: Vec<&Expr> = match bounds {
        Expr::Array(list) => list.elems.iter().collect(),
        Expr::Call(call) => call.args.iter().collect(),
        _ => return None,
    };
    let mut find = Find(None);
    items.into_iter().for_each(|item| find.visit_expr(item));
    let call = find.0?;
    let help = match in_seconds(call) {
        Some(seconds) => format!("write `{seconds}`"),
        None => "write the seconds, such as `0.25`".to_owned(),
    };
    Some(mistake(call, "bounds of seconds are numbers, not durations", &help))
}

fn is_duration(path: &syn::Path) -> bool {
    let mut names = path.segments.iter().rev().map(|segment| segment.ident.to_string());
    names.next().is_some_and(|name| name.starts_with("from_"))
        && names.next().is_some_and(|name| name == "Duration")
}

/// A duration as a number of seconds, if it is made of a literal.
fn in_seconds(call: &syn::ExprCall) -> Option<String> {
    let Expr::Path(path) = &*call.func else { return None };
    let number = match call.args.first()? {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => number.base10_parse::<u64>().ok()?,
        _ => return None,
    };
    let (digits, factor) = match path.path.segments.last()?.ident.to_string().as_str() {
        "from_secs" => (0, 1),
        "from_mins" => (0, 60),
        "from_hours" => (0, 3600),
        "from_millis" => (3, 1),
        "from_micros" => (6, 1),
        "from_nanos" => (9, 1),
        _ => return None,
    };
    let text = format!("{:0>width$}", number.checked_mul(factor)?, width = digits + 1);
    let (whole, part) = text.split_at(text.len() - digits);
    let part = part.trim_end_matches('0');
    Some(if part.is_empty() { whole.to_owned() } else { format!("{whole}.{part}") })
}
