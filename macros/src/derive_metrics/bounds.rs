//! Bounds of buckets as numbers: whole numbers of any size, floats, constants, expressions.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{BinOp, Expr, ExprCast, ExprLit, Lit, LitInt, Stmt, Type, UnOp};

use crate::attr::buckets::{Bounds, Buckets};

/// The buckets of a field.
pub(super) fn bounds(
    private: &TokenStream,
    buckets: &Buckets,
    field: &TokenStream,
    here: Span,
) -> TokenStream {
    let mut origin = quote_spanned!(here=> #private::Origin::Written);
    let bounds = match &buckets.bounds {
        Bounds::List(bounds) => {
            let bounds = bounds.iter().map(number);
            quote_spanned!(here=> &[#(#bounds),*])
        }
        Bounds::Progression(name, args) => {
            let [first, second, count] = &**args;
            // By default, since lints would see braces around a literal.
            let count = quote!({ #count });
            let (first, second) = (number(first), number(second));
            origin = quote_spanned!(here=> #private::Origin::#name(#first, #second));
            quote_spanned! {here=>
                &#private::progression::<#field, #count>(__MEASURAND_ORIGIN)
            }
        }
        Bounds::Const(bounds) => quote_spanned!(bounds.span()=> &#bounds),
    };
    quote_spanned! {here=>{
        #[allow(trivial_numeric_casts, reason = "a bound may be a float already")]
        const __MEASURAND_ORIGIN: #private::Origin = #origin;
        #[allow(trivial_numeric_casts, reason = "a bound may be a float already")]
        const __MEASURAND_BOUNDS: &[::core::primitive::f64] = #bounds;
        #private::Buckets {
            bounds: __MEASURAND_BOUNDS,
            stored: &#private::stored::<#field, { __MEASURAND_BOUNDS.len() }>(__MEASURAND_BOUNDS),
            origin: __MEASURAND_ORIGIN,
        }
    }}
}

/// A bound as a float, whatever number it is written as.
pub(super) fn number(bound: &Expr) -> TokenStream {
    let mut bound = bound.clone();
    Casts.visit_expr_mut(&mut bound);
    widen(&mut bound);
    quote!((#bound) as ::core::primitive::f64)
}

/// Gives whole numbers a type that has room for them, unless they get one from something else: in
/// `4 * MIB` they are what the constant is.
fn widen(expr: &mut Expr) {
    if !is_typed(expr) {
        Widen.visit_expr_mut(expr);
    }
}

/// Whether what is written says which type of number it is.
fn is_typed(expr: &Expr) -> bool {
    match expr {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => !number.suffix().is_empty(),
        Expr::Group(inner) => is_typed(&inner.expr),
        Expr::Paren(inner) => is_typed(&inner.expr),
        Expr::Unary(unary) => {
            !matches!(unary.op, UnOp::Neg(_) | UnOp::Not(_)) || is_typed(&unary.expr)
        }
        Expr::Binary(binary) => match binary.op {
            BinOp::Shl(_) | BinOp::Shr(_) => is_typed(&binary.left),
            _ => is_typed(&binary.left) || is_typed(&binary.right),
        },
        Expr::MethodCall(call) => is_typed(&call.receiver),
        Expr::Block(block) => {
            block.label.is_some() || last(&block.block.stmts).is_none_or(is_typed)
        }
        Expr::Const(block) => last(&block.block.stmts).is_none_or(is_typed),
        _ => true,
    }
}

/// What is all of a block.
fn last(stmts: &[Stmt]) -> Option<&Expr> {
    match stmts {
        [Stmt::Expr(expr, None)] => Some(expr),
        _ => None,
    }
}

/// Widens what is not typed, operand by operand.
struct Widen;

impl VisitMut for Widen {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) if number.suffix().is_empty() => {
                if let Ok(value) = number.base10_parse::<i128>() {
                    *number = LitInt::new(&format!("{value}i128"), number.span());
                }
            }
            Expr::Group(_) | Expr::Paren(_) | Expr::Unary(_) | Expr::Block(_) | Expr::Const(_) => {
                visit_mut::visit_expr_mut(self, expr);
            }
            // By how much something is shifted is of a type of its own, and so are arguments.
            Expr::Binary(binary) if matches!(binary.op, BinOp::Shl(_) | BinOp::Shr(_)) => {
                self.visit_expr_mut(&mut binary.left);
            }
            Expr::Binary(_) => visit_mut::visit_expr_mut(self, expr),
            Expr::MethodCall(call) => self.visit_expr_mut(&mut call.receiver),
            _ => {}
        }
    }
}

/// Widens what is cast to a float: that gives it no type.
struct Casts;

impl VisitMut for Casts {
    fn visit_expr_cast_mut(&mut self, cast: &mut ExprCast) {
        visit_mut::visit_expr_cast_mut(self, cast);
        let is_float = matches!(&*cast.ty, Type::Path(path)
            if path.path.segments.last().is_some_and(|last| last.ident == "f64" || last.ident == "f32"));
        if is_float {
            widen(&mut cast.expr);
        }
    }
}
