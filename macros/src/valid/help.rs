//! Text that may be a constant: help, doc comments and the values of labels.

use quote::quote;
use syn::{Attribute, Expr, ExprLit, Lit, Meta, parse_quote};

use crate::ast::Help;
use crate::fragments;

/// The text, if it is a literal.
pub(super) fn literal(value: &Expr) -> Option<String> {
    match fragments::opened(value) {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
    }
}

pub(crate) fn is_literal(value: &Expr) -> bool {
    literal(value).is_some()
}

/// The first paragraph of the doc comment, its lines joined. Where that depends on a constant, such
/// as `concat!(…)`, the compiler looks for it.
pub(super) fn documentation(attrs: &[Attribute]) -> Help {
    let mut paragraph: Vec<String> = Vec::new();
    let mut parts: Vec<Expr> = Vec::new();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("doc")) {
        let Meta::NameValue(pair) = &attr.meta else {
            continue;
        };
        let Some(text) = literal(&pair.value) else {
            parts.extend(constant(&std::mem::take(&mut paragraph)));
            parts.push(fragments::opened(&pair.value).clone());
            continue;
        };
        for line in lines(&text) {
            match (line.is_empty(), paragraph.is_empty() && parts.is_empty()) {
                (true, true) => {}
                // What comes before may be blank.
                (true, false) if parts.is_empty() => return Help::Text(paragraph.join(" ")),
                _ => paragraph.push(line),
            }
        }
    }
    if parts.is_empty() {
        return Help::Text(paragraph.join(" "));
    }
    parts.extend(constant(&paragraph));
    Help::Documentation(parts)
}

/// Lines as an expression, if there are any.
fn constant(lines: &[String]) -> Option<Expr> {
    let text = lines.join("\n");
    (!lines.is_empty()).then(|| parse_quote!(#text))
}

/// The lines of one comment, without what stands around the text.
fn lines(text: &str) -> Vec<String> {
    let is_block = text.contains('\n');
    // A block comment may have a star before each line.
    let bare = |line: &str| match is_block {
        true => line.trim().trim_start_matches("* ").trim_matches('*').trim().to_owned(),
        false => line.trim().to_owned(),
    };
    text.split('\n').map(bare).collect()
}

/// The first part of a doc comment that is no literal: where its errors stand.
pub(crate) fn first_constant(parts: &[Expr]) -> impl quote::ToTokens {
    let part = parts.iter().find(|part| literal(part).is_none());
    quote!(#part)
}
