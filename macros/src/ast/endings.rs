//! What the tokens of a body show of how it ends, so that no more is done to it than is needed:
//! lints look at the body too.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Block, Expr, GenericArgument, PathArguments, Stmt, Type};

use super::types::is_never_an_error;

/// Macros that await nothing and return from nothing but what stands in their delimiters.
const HARMLESS: &[&str] = &[
    "assert",
    "assert_eq",
    "assert_ne",
    "cfg",
    "column",
    "compile_error",
    "concat",
    "dbg",
    "debug",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "env",
    "eprint",
    "eprintln",
    "error",
    "file",
    "format",
    "format_args",
    "include_bytes",
    "include_str",
    "info",
    "line",
    "matches",
    "module_path",
    "option_env",
    "panic",
    "print",
    "println",
    "stringify",
    "todo",
    "trace",
    "unimplemented",
    "unreachable",
    "vec",
    "warn",
    "write",
    "writeln",
];

/// Words after which a `!` is no macro's.
const WORDS: &[&str] = &["if", "while", "match", "return", "in", "else", "break", "let", "move"];

/// Whether the body of an `async fn` may wait for something.
pub(super) fn may_await(body: &TokenStream) -> bool {
    names(body, &["await", "yield"]) || has_unknown_macro(body)
}

fn names(tokens: &TokenStream, words: &[&str]) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Ident(name) => words.contains(&name.to_string().as_str()),
        TokenTree::Group(group) => names(&group.stream(), words),
        TokenTree::Punct(sign) => words.contains(&sign.to_string().as_str()),
        TokenTree::Literal(_) => false,
    })
}

fn has_unknown_macro(tokens: &TokenStream) -> bool {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let is_macro = |tokens: &[TokenTree]| match tokens {
        [TokenTree::Ident(name), TokenTree::Punct(sign), TokenTree::Group(_)] => {
            let name = name.to_string();
            sign.as_char() == '!'
                && !WORDS.contains(&name.as_str())
                && !HARMLESS.contains(&name.as_str())
        }
        _ => false,
    };
    tokens.windows(3).any(is_macro)
        || tokens.iter().any(
            |token| matches!(token, TokenTree::Group(group) if has_unknown_macro(&group.stream())),
        )
}

/// Whether a body returns nothing but `Ok(…)` or `Some(…)` of what can be no error itself.
pub(super) fn is_always_ok(body: &TokenStream, ty: &Type) -> bool {
    let Some(wrapper) = wrapper(ty) else { return false };
    if has_unknown_macro(body) {
        return false;
    }
    let Ok(block) = syn::parse2::<Block>(body.clone()) else { return false };
    let mut returns = Returns { wrapper, is_ok: true };
    returns.visit_block(&block);
    returns.is_ok && is_ok_block(&block, wrapper)
}

/// What all values are wrapped in.
fn wrapper(ty: &Type) -> Option<&'static str> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    let wrapper = match last.ident.to_string().as_str() {
        "Result" => "Ok",
        "Option" => "Some",
        _ => return None,
    };
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first() {
        Some(GenericArgument::Type(value)) if is_never_an_error(value) => Some(wrapper),
        _ => None,
    }
}

fn is_ok_block(block: &Block, wrapper: &str) -> bool {
    match block.stmts.last() {
        Some(Stmt::Expr(Expr::Return(_), _)) => true,
        Some(Stmt::Expr(tail, None)) => is_ok(tail, wrapper),
        _ => false,
    }
}

fn is_ok(value: &Expr, wrapper: &str) -> bool {
    match value {
        Expr::Call(call) => matches!(&*call.func, Expr::Path(path) if path.path.is_ident(wrapper)),
        Expr::Block(block) => block.label.is_none() && is_ok_block(&block.block, wrapper),
        Expr::If(choice) => {
            is_ok_block(&choice.then_branch, wrapper)
                && choice.else_branch.as_ref().is_some_and(|(_, other)| is_ok(other, wrapper))
        }
        Expr::Match(choice) => choice.arms.iter().all(|arm| is_ok(&arm.body, wrapper)),
        Expr::Paren(inner) => is_ok(&inner.expr, wrapper),
        Expr::Return(_) => true,
        _ => false,
    }
}

/// Looks at where a body is left before its end.
struct Returns {
    wrapper: &'static str,
    is_ok: bool,
}

impl<'ast> Visit<'ast> for Returns {
    fn visit_expr_return(&mut self, value: &'ast syn::ExprReturn) {
        self.is_ok &= value.expr.as_ref().is_some_and(|value| is_ok(value, self.wrapper));
        visit::visit_expr_return(self, value);
    }

    fn visit_expr_try(&mut self, _: &'ast syn::ExprTry) {
        self.is_ok = false;
    }

    fn visit_macro(&mut self, used: &'ast syn::Macro) {
        self.is_ok &= !names(&used.tokens, &["return", "?"]);
    }

    // Another `Ok` may be meant.
    fn visit_item(&mut self, _: &'ast syn::Item) {
        self.is_ok = false;
    }

    fn visit_ident(&mut self, _: &'ast Ident) {}
    fn visit_expr_closure(&mut self, _: &'ast syn::ExprClosure) {}
    fn visit_expr_async(&mut self, _: &'ast syn::ExprAsync) {}
}
