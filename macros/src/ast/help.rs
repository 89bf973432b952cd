//! Text that may be a constant: help, doc comments and the values of labels.

use quote::quote;
use syn::{Attribute, Expr, ExprLit, Lit, Meta, parse_quote};

use crate::fragments;

/// The help text of a metric.
pub(crate) enum Help {
    Text(String),
    /// A constant of text.
    Constant(Expr),
    /// A doc comment, in parts of which one is a constant at least. Its first paragraph is meant.
    Documentation(Vec<Expr>),
}

impl Help {
    /// Reads what is written as an option.
    pub(super) fn of_option(help: &Expr) -> Self {
        match literal(help) {
            Some(text) => Help::Text(text.trim().to_owned()),
            None => Help::Constant(help.clone()),
        }
    }

    /// Whether it is known to say nothing.
    pub(crate) fn is_blank(&self) -> bool {
        matches!(self, Help::Text(text) if text.is_empty())
    }

    /// Reads the first paragraph of the doc comment, its lines joined. Where that depends on a
    /// constant, such as `concat!(…)`, the compiler looks for it.
    pub(super) fn documented(attrs: &[Attribute]) -> Self {
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
}

/// The text, if it is a literal.
pub(crate) fn literal(value: &Expr) -> Option<String> {
    match fragments::opened(value) {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
    }
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
