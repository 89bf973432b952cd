//! How long something is.

use darling::FromMeta;
use syn::{Expr, ExprLit, Lit, Meta, parse_quote_spanned};

use super::value::{mistake, option_name, value};

/// How long something is: `expire_after` or `max_age`.
pub(crate) struct Time(pub(crate) Expr);

impl FromMeta for Time {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        let name = option_name(meta);
        let help = format!("write `{name} = \"10m\"`, or `{name} = Duration::from_secs(600)`");
        match value(meta, &help)? {
            Expr::Lit(ExprLit { lit, .. }) => match time(lit) {
                Some(milliseconds) => Ok(Time(parse_quote_spanned! {lit.span()=>
                    ::core::time::Duration::from_millis(#milliseconds)
                })),
                None => Err(mistake(lit, &format!("`{name}` takes {A_TIME}"), &help)),
            },
            value => Ok(Time(value.clone())),
        }
    }
}

/// What a time is written as.
pub(super) const A_TIME: &str = "a time such as \"90s\", \"15m\" or \"1h\", or a `Duration`";

/// How many milliseconds a text such as `"1h"` says.
pub(super) fn time(literal: &Lit) -> Option<u64> {
    let Lit::Str(text) = literal else { return None };
    let text = text.value();
    let digits = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor = match unit.trim_start() {
        "ms" => 1,
        "s" => 1_000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}
