//! What the tokens of a function show of what it returns, and what that means for its body.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{
    Block, Expr, GenericArgument, Pat, PathArguments, PathSegment, ReturnType, Signature, Stmt,
    Type, TypeParamBound, parse_quote, parse_quote_spanned,
};

use super::endings;
use super::types::{is_plain, last_name};
use crate::ast::{Body, Errors, FutureBody, Output, Wrap};
use crate::fragments;

/// What a function returns, as far as its tokens show.
pub(super) enum Returned<'a> {
    Nothing,
    Never,
    /// Something that is no error, whatever the value.
    Plain,
    Value(&'a Type),
    /// A future of this output, if it is written.
    Future {
        output: Option<&'a Type>,
        is_boxed: bool,
        /// The type, if it is an alias, which may make something else of what is written.
        alias: Option<&'a Type>,
    },
}

impl<'a> Returned<'a> {
    pub(super) fn of(sig: &'a Signature) -> Self {
        let ReturnType::Type(_, ty) = &sig.output else { return Returned::Nothing };
        match future(ty) {
            Some(future) if sig.asyncness.is_none() => future,
            _ => Returned::of_value(ty),
        }
    }

    /// Of what a call returns in the end.
    fn of_value(ty: &'a Type) -> Self {
        match ty {
            Type::Never(_) => Returned::Never,
            Type::Tuple(tuple) if tuple.elems.is_empty() => Returned::Nothing,
            ty if is_plain(ty) => Returned::Plain,
            ty => Returned::Value(ty),
        }
    }

    /// The type of what a call returns in the end, if it may say that it is an error.
    pub(super) fn fallible(&self) -> Option<&'a Type> {
        match self {
            Returned::Value(ty) => Some(ty),
            Returned::Future { output, alias: Some(alias), .. } => Some(output.unwrap_or(alias)),
            Returned::Future { output: Some(ty), .. } => Returned::of_value(ty).fallible(),
            Returned::Future { output: None, .. }
            | Returned::Nothing
            | Returned::Never
            | Returned::Plain => None,
        }
    }

    /// What is known of its type where a future gives it, that has to be looked at.
    pub(super) fn output(&self, sig: &Signature) -> Output {
        // What a `Result` or an `Option` is written as is one, in all likelihood.
        let is_container = |ty| {
            last_name(ty).is_some_and(|name| {
                name.ends_with("Result")
                    || ["Option", "Poll", "Either", "Box", "Rc", "Arc"].contains(&name.as_str())
            })
        };
        let written = match self {
            Returned::Future { output: Some(ty), alias: None, .. } => Some(*ty),
            Returned::Future { output: Some(ty), .. } if is_container(ty) => Some(*ty),
            Returned::Future { .. } => return Output::Unknown,
            Returned::Value(ty) if sig.asyncness.is_some() => Some(*ty),
            _ => None,
        };
        let written = written.and_then(writable_type).map(Box::new);
        written.map_or(Output::Found, Output::Written)
    }

    pub(super) fn is_future(&self, sig: &Signature) -> bool {
        sig.asyncness.is_some() || matches!(self, Returned::Future { .. })
    }
}

/// A type that is written as a future: `impl Future<Output = T>`, or a box of one.
fn future(ty: &Type) -> Option<Returned<'_>> {
    match ty {
        Type::Paren(inner) => future(&inner.elem),
        Type::ImplTrait(bounds) => {
            let output = output(bounds.bounds.iter())?;
            Some(Returned::Future { output, is_boxed: false, alias: None })
        }
        Type::Path(path) => {
            let last = path.path.segments.last()?;
            match last.ident.to_string().as_str() {
                "Pin" => {
                    let Type::Path(boxed) = first_type(last)? else { return None };
                    let boxed = boxed.path.segments.last().filter(|last| last.ident == "Box")?;
                    let Type::TraitObject(object) = first_type(boxed)? else { return None };
                    let output = output(object.bounds.iter())?;
                    Some(Returned::Future { output, is_boxed: true, alias: None })
                }
                "BoxFuture" | "LocalBoxFuture" => {
                    let output = first_type(last);
                    Some(Returned::Future { output, is_boxed: true, alias: Some(ty) })
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// The output of the future among some bounds, if there is one.
fn output<'a>(mut bounds: impl Iterator<Item = &'a TypeParamBound>) -> Option<Option<&'a Type>> {
    bounds.find_map(|bound| {
        let TypeParamBound::Trait(bound) = bound else { return None };
        let last = bound.path.segments.last().filter(|last| last.ident == "Future")?;
        let PathArguments::AngleBracketed(arguments) = &last.arguments else { return Some(None) };
        Some(arguments.args.iter().find_map(|argument| match argument {
            GenericArgument::AssocType(pair) if pair.ident == "Output" => Some(&pair.ty),
            _ => None,
        }))
    })
}

fn first_type(segment: &PathSegment) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// What is done with the body.
pub(super) fn body(
    sig: &Signature,
    block: &TokenStream,
    returned: &Returned<'_>,
    errors: &Errors,
) -> Body {
    // What never waits, and cannot fail, is done when it is first polled, as any other function when
    // it is called. A closure would not do for the rest: in it nobody is told that an `await` is missing.
    let stays = matches!(errors, Errors::Never) && !endings::may_await(block);
    if sig.asyncness.is_some() && !stays {
        if let Some(traced) = traced(block) {
            return traced;
        }
        return Body::Async(match &sig.output {
            ReturnType::Default => {
                let unit = sig.paren_token.span.join();
                Some(parse_quote_spanned!(unit=> ()))
            }
            ReturnType::Type(_, ty) => writable_type(ty),
        });
    }
    match (returned, &sig.output) {
        (Returned::Future { is_boxed, .. }, _) if sig.asyncness.is_none() => {
            Body::Future(future_body(block, *is_boxed))
        }
        _ if matches!(errors, Errors::Never) => Body::InPlace,
        // What is asked for where nothing is returned is an error of the compiler, at the type.
        (_, output) => Body::Returning(match output {
            ReturnType::Type(arrow, ty) => {
                let writable = |ty| ReturnType::Type(*arrow, Box::new(ty));
                writable_type(ty).map_or(ReturnType::Default, writable)
            }
            ReturnType::Default => ReturnType::Default,
        }),
    }
}

/// Looks for the future that `#[tracing::instrument]` makes of a body.
fn traced(block: &TokenStream) -> Option<Body> {
    let Block { stmts, .. } = syn::parse2(fragments::open(block.clone())).ok()?;
    // Usually there is a block in the block.
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

/// What `#[tracing::instrument]` calls the future that it makes of a body.
const TRACED: &str = "__tracing_instrument_future";

/// The type as it can be written elsewhere than where a function returns it: each `impl Trait` is
/// for the compiler to find.
fn writable_type(ty: &Type) -> Option<Type> {
    struct Find;
    impl VisitMut for Find {
        fn visit_type_mut(&mut self, ty: &mut Type) {
            match ty {
                Type::ImplTrait(_) => *ty = parse_quote!(_),
                other => visit_mut::visit_type_mut(self, other),
            }
        }
    }
    if matches!(ty, Type::Never(_)) {
        return None;
    }
    let mut ty = ty.clone();
    Find.visit_type_mut(&mut ty);
    Some(ty)
}

/// Looks for the future at the end of a body. If the body can be left elsewhere, or ends in
/// something else, what it returns is taken as it is.
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

/// Finds where a body can be left before its end.
struct Leaves(bool);

impl<'ast> Visit<'ast> for Leaves {
    fn visit_expr_return(&mut self, _: &'ast syn::ExprReturn) {
        self.0 = true;
    }

    fn visit_expr_try(&mut self, _: &'ast syn::ExprTry) {
        self.0 = true;
    }

    /// What is in a macro nobody knows.
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
