//! `quantiles` of a summary.

use darling::FromMeta;
use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Expr, ExprLit, Lit, LitFloat, Meta};

use super::value::{mistake, value};

/// Quantiles, each with its error.
pub(crate) struct Quantiles {
    /// A list, or a constant of one.
    pub(crate) list: Expr,
    pub(crate) span: Span,
}

impl FromMeta for Quantiles {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        let help = "write `quantiles = [(0.5, 0.05), (0.99, 0.001)]`, each with the error that its rank may have";
        let mut list = value(meta, help)?.clone();
        let span = list.span();
        match &mut list {
            Expr::Array(array) if array.elems.is_empty() => {
                Err(mistake(array, "`quantiles` is empty", help))
            }
            Expr::Array(array) => {
                for item in &mut array.elems {
                    match item {
                        Expr::Tuple(pair) if pair.elems.len() == 2 => {
                            pair.elems.iter_mut().for_each(to_float);
                        }
                        other => return Err(mistake(other, "a quantile without its error", help)),
                    }
                }
                Ok(Quantiles { list, span })
            }
            Expr::Lit(_) | Expr::Tuple(_) | Expr::Range(_) | Expr::Closure(_) => {
                Err(mistake(&list, "`quantiles` takes a list", help))
            }
            _ => Ok(Quantiles { list, span }),
        }
    }
}

/// Makes a whole number a float, as which it is meant.
fn to_float(number: &mut Expr) {
    if let Expr::Lit(ExprLit { lit, .. }) = number
        && let Lit::Int(whole) = lit
        && whole.suffix().is_empty()
    {
        *lit = Lit::Float(LitFloat::new(&format!("{}.0", whole.base10_digits()), whole.span()));
    }
}
