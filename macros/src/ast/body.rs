//! What is done with the body of an instrumented function, as far as its tokens show.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::visit::{self, Visit};
use syn::{Block, Expr, Pat, ReturnType, Signature, Stmt, Type, parse_quote_spanned};

use super::endings;
use super::returned::{Returned, writable_type};
use crate::fragments;

/// What is done with the body of an instrumented function.
pub(crate) enum Body {
    /// It stays where it is: no value that it returns can be an error.
    InPlace,
    /// The value that it returns is examined: the body becomes a closure of this return type.
    Returning(ReturnType),
    /// The body is that of a future, of this output if the type can be written.
    Async(Option<Type>),
    /// `#[tracing::instrument]` has made a future of the body already, between these statements. It is
    /// reused, since nesting another would use up half of the depth that the compiler allows.
    Traced { before: TokenStream, future: TokenStream, after: TokenStream },
    /// What it returns is a future.
    Future(FutureBody),
}

/// A body that returns a future.
pub(crate) enum FutureBody {
    /// It ends with a future, after these statements.
    Tail { before: TokenStream, future: TokenStream, wrap: Wrap },
    /// Whatever it returns, in a box or not.
    Whole { is_boxed: bool },
}

/// What wraps a future that is returned.
pub(crate) enum Wrap {
    Nothing,
    /// `Box::pin(…)`, by the path that is written.
    Call(TokenStream),
    /// `….boxed()`
    Method(Ident),
}

impl Body {
    /// Decides what is done with a body. `is_fallible` tells whether its value may be an error.
    pub(super) fn of(
        sig: &Signature,
        block: &TokenStream,
        returned: &Returned<'_>,
        is_fallible: bool,
    ) -> Self {
        if sig.asyncness.is_none() {
            return match returned {
                Returned::Future { is_boxed, .. } => Body::Future(future_body(block, *is_boxed)),
                _ if is_fallible => Body::returning(&sig.output),
                _ => Body::InPlace,
            };
        }
        // A future that never waits and cannot fail ends when it is first polled. Others cannot be
        // in a closure, since the compiler would no longer say that an `await` is missing.
        if !is_fallible && !endings::may_await(block) {
            return Body::InPlace;
        }
        if let Some(traced) = traced(block) {
            return traced;
        }
        Body::Async(match &sig.output {
            ReturnType::Default => {
                let unit = sig.paren_token.span.join();
                Some(parse_quote_spanned!(unit=> ()))
            }
            ReturnType::Type(_, ty) => writable_type(ty),
        })
    }

    /// A closure without a return type if there is none: that is an error of the compiler, at the
    /// options.
    fn returning(output: &ReturnType) -> Self {
        Body::Returning(match output {
            ReturnType::Type(arrow, ty) => {
                let writable = |ty| ReturnType::Type(*arrow, Box::new(ty));
                writable_type(ty).map_or(ReturnType::Default, writable)
            }
            ReturnType::Default => ReturnType::Default,
        })
    }

    /// Returns whether arguments are dropped in the same order as without the attribute.
    pub(super) fn keeps_order(&self) -> bool {
        matches!(self, Body::InPlace | Body::Traced { .. } | Body::Future(FutureBody::Tail { .. }))
    }
}

/// Looks for the future that `#[tracing::instrument]` makes of a body.
fn traced(block: &TokenStream) -> Option<Body> {
    let Block { stmts, .. } = syn::parse2(fragments::open(block.clone())).ok()?;
    // Usually the block contains just another block.
    if let [Stmt::Expr(Expr::Block(inner), None)] = &stmts[..] {
        return traced(&inner.block.to_token_stream());
    }
    let is_future = |stmt: &Stmt| match stmt {
        Stmt::Local(local) => matches!(&local.pat, Pat::Ident(name) if name.ident == TRACED),
        _ => false,
    };
    let index = stmts.iter().position(is_future)?;
    let (before, rest) = stmts.split_at(index);
    let (Stmt::Local(local), after) = rest.split_first()? else { return None };
    let (pat, future) = (&local.pat, &local.init.as_ref()?.expr);
    Some(Body::Traced {
        before: quote!(#(#before)* let #pat =),
        future: future.to_token_stream(),
        after: quote!(; #(#after)*),
    })
}

/// The name that `#[tracing::instrument]` gives to the future.
const TRACED: &str = "__tracing_instrument_future";

/// Looks for the future at the end of a body. If the body may return earlier, or ends with
/// something else, the returned future is used as a whole.
fn future_body(block: &TokenStream, is_boxed: bool) -> FutureBody {
    let whole = FutureBody::Whole { is_boxed };
    let Ok(block) = syn::parse2::<Block>(fragments::open(block.clone())) else { return whole };
    let Some((Stmt::Expr(tail, None), before)) = block.stmts.split_last() else { return whole };
    let mut leaves = Leaves(false);
    before.iter().for_each(|stmt| leaves.visit_stmt(stmt));
    if leaves.0 {
        return whole;
    }
    let before = quote!(#(#before)*);
    let tail_with = |future: &Expr, wrap| FutureBody::Tail {
        before: before.clone(),
        future: future.to_token_stream(),
        wrap,
    };
    match (is_boxed, tail) {
        (true, Expr::Call(call)) if is_box_pin(&call.func) && call.args.len() == 1 => {
            tail_with(&call.args[0], Wrap::Call(call.func.to_token_stream()))
        }
        (true, Expr::MethodCall(call))
            if call.args.is_empty() && (call.method == "boxed" || call.method == "boxed_local") =>
        {
            tail_with(&call.receiver, Wrap::Method(call.method.clone()))
        }
        (false, Expr::Async(_) | Expr::Call(_) | Expr::MethodCall(_) | Expr::Path(_)) => {
            tail_with(tail, Wrap::Nothing)
        }
        _ => whole,
    }
}

fn is_box_pin(function: &Expr) -> bool {
    let Expr::Path(path) = function else { return false };
    let mut names = path.path.segments.iter().rev().map(|segment| segment.ident.to_string());
    names.next().is_some_and(|name| name == "pin") && names.next().is_some_and(|name| name == "Box")
}

/// Finds whether a body may return before its end.
struct Leaves(bool);

impl<'ast> Visit<'ast> for Leaves {
    fn visit_expr_return(&mut self, _: &'ast syn::ExprReturn) {
        self.0 = true;
    }

    fn visit_expr_try(&mut self, _: &'ast syn::ExprTry) {
        self.0 = true;
    }

    /// A macro may expand to anything.
    fn visit_macro(&mut self, _: &'ast syn::Macro) {
        self.0 = true;
    }

    fn visit_expr_closure(&mut self, _: &'ast syn::ExprClosure) {}
    fn visit_expr_async(&mut self, _: &'ast syn::ExprAsync) {}
    fn visit_item(&mut self, _: &'ast syn::Item) {}

    fn visit_stmt(&mut self, stmt: &'ast Stmt) {
        if !self.0 {
            visit::visit_stmt(self, stmt);
        }
    }
}
