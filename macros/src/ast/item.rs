//! The item that `#[instrument_metrics]` is applied to, as it is written.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{AttrStyle, Attribute, ImplItemFn, ItemImpl, Signature, Token, Visibility, token};

use super::names::{bound_names, names_any};
use crate::attr::Options as _;
use crate::attr::call_field::read_attribute;
use crate::attr::call_values::SkipCalls;
use crate::attr::calls::{CallAttribute, CallOptions};
use crate::diagnostics::Diagnostics;
use crate::fragments;

/// What a function is part of.
pub(crate) enum Context<'a> {
    /// Unknown: the attribute stands on the function alone.
    Alone,
    /// An `impl` block that has the attribute.
    Impl {
        self_type: &'a str,
        is_of_trait: bool,
        /// The names of its generic parameters.
        generics: &'a [String],
    },
}

impl Context<'_> {
    /// Returns the names of the generic parameters of the `impl` block.
    pub(crate) fn generics(&self) -> &[String] {
        match self {
            Context::Alone => &[],
            Context::Impl { generics, .. } => generics,
        }
    }
}

/// A function whose body is not parsed, so that it may be half-typed.
pub(crate) struct RawFn {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) modifiers: TokenStream,
    pub(crate) sig: Signature,
    /// With its braces.
    pub(crate) block: Option<TokenStream>,
}

impl Parse for RawFn {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        let mut sig = input.parse()?;
        fragments::open_signature(&mut sig);
        let block = if input.peek(token::Brace) {
            let mut block: TokenTree = input.parse()?;
            attrs.extend(take_inner_attributes(&mut block));
            Some(generated_braces(block))
        } else {
            input.parse::<Token![;]>()?;
            None
        };
        Ok(RawFn { attrs, vis, modifiers: TokenStream::new(), sig, block })
    }
}

impl From<ImplItemFn> for RawFn {
    fn from(method: ImplItemFn) -> Self {
        let ImplItemFn { mut attrs, vis, modifiers, mut sig, block } = method;
        fragments::open_signature(&mut sig);
        attrs.iter_mut().for_each(|attr| attr.style = AttrStyle::Outer);
        let modifiers = modifiers.defaultness.into_token_stream();
        let block = block.into_token_stream().into_iter().map(generated_braces).collect();
        RawFn { attrs, vis, modifiers, sig, block: Some(block) }
    }
}

impl RawFn {
    /// Returns whether `#[tracing::instrument]` comes after this attribute. It has to be expanded
    /// first, since its future can then be reused.
    pub(crate) fn is_traced_later(&self) -> bool {
        let is_tracing = |attr: &Attribute| {
            attr.path().segments.last().is_some_and(|last| last.ident == "instrument")
        };
        self.sig.asyncness.is_some() && self.block.is_some() && self.attrs.iter().any(is_tracing)
    }

    /// Returns further attributes of this name.
    pub(crate) fn own_attributes(&self) -> impl Iterator<Item = &Attribute> {
        self.attrs.iter().filter(|attr| is_own(attr))
    }
}

/// Returns whether an attribute is `#[instrument_metrics]`.
fn is_own(attr: &Attribute) -> bool {
    attr.path().segments.last().is_some_and(|last| last.ident == CallOptions::ATTRIBUTE)
}

/// The attributes of a method in an instrumented `impl` block.
pub(crate) struct OwnAttribute {
    /// Its `#[instrument_metrics]`, if there is one.
    pub(crate) attribute: Option<CallAttribute>,
    /// Further attributes of that name.
    pub(crate) repeated: Vec<Attribute>,
    /// `cfg_attr` attributes that may expand to it.
    pub(crate) conditional: Vec<Attribute>,
}

impl OwnAttribute {
    /// Takes these attributes off a method.
    pub(crate) fn take(method: &mut ImplItemFn, errors: &mut Diagnostics) -> Self {
        let is_conditional = |attr: &&Attribute| {
            attr.path().is_ident("cfg_attr")
                && names_any(attr.meta.to_token_stream(), &[CallOptions::ATTRIBUTE])
        };
        let conditional = method.attrs.iter().filter(is_conditional).cloned().collect();
        let (own, others): (Vec<_>, Vec<_>) =
            std::mem::take(&mut method.attrs).into_iter().partition(is_own);
        method.attrs = others;
        let mut own = own.into_iter();
        let bound = bound_names(&method.sig, &[]);
        let attribute = own.next().map(|first| read_attribute(&first, &bound, errors));
        OwnAttribute { attribute, repeated: own.collect(), conditional }
    }

    /// Returns whether the method is left out.
    pub(crate) fn is_skipped(&self) -> bool {
        let skip = self.attribute.as_ref().and_then(|attribute| attribute.options.skip.as_ref());
        matches!(skip, Some(SkipCalls::All(_)))
    }
}

/// Takes the inner attributes out of a block: they are for the function, and are not allowed on a
/// closure.
fn take_inner_attributes(block: &mut TokenTree) -> Vec<Attribute> {
    let TokenTree::Group(group) = block else { return Vec::new() };
    let parser = |input: ParseStream<'_>| {
        Ok((input.call(Attribute::parse_inner)?, input.parse::<TokenStream>()?))
    };
    let Ok((mut attrs, rest)) = parser.parse2(group.stream()) else { return Vec::new() };
    attrs.iter_mut().for_each(|attr| attr.style = AttrStyle::Outer);
    if !attrs.is_empty() {
        let span = group.span();
        *group = Group::new(group.delimiter(), rest);
        group.set_span(span);
    }
    attrs
}

/// Returns the block in generated braces, which no lint calls needless.
fn generated_braces(block: TokenTree) -> TokenStream {
    let TokenTree::Group(group) = block else { return block.into() };
    // A fragment of a macro has braces inside.
    if group.delimiter() == Delimiter::None {
        return group.stream().into_iter().map(generated_braces).collect();
    }
    let span = group.span().resolved_at(Span::mixed_site());
    let mut group = Group::new(group.delimiter(), group.stream());
    group.set_span(span);
    TokenTree::Group(group).into()
}

/// An item that the attribute is applied to.
pub(crate) enum Instrumented {
    Function(Box<RawFn>),
    Impl(Box<ItemImpl>),
    /// Nothing that can be instrumented.
    Other(Box<syn::Item>),
    /// An incomplete item, which the compiler reports.
    Unfinished,
}

impl Instrumented {
    /// Reads an item.
    pub(crate) fn read(item: TokenStream) -> Self {
        if let Ok(function) = syn::parse2(item.clone()) {
            return Instrumented::Function(Box::new(function));
        }
        match syn::parse2(fragments::open(item.clone())) {
            Ok(item) => Instrumented::Impl(Box::new(item)),
            Err(_) => match syn::parse2(item) {
                Ok(item) => Instrumented::Other(Box::new(item)),
                Err(_) => Instrumented::Unfinished,
            },
        }
    }
}

/// Returns an incomplete `impl` block without the attributes of its methods, which only the one on
/// the block can read.
pub(crate) fn without_own_attributes(item: TokenStream) -> TokenStream {
    let mut kept = TokenStream::new();
    let mut tokens = item.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let is_attribute = matches!(&token, TokenTree::Punct(sign) if sign.as_char() == '#')
            && matches!(tokens.peek(), Some(TokenTree::Group(group)) if is_own_group(group));
        if is_attribute {
            tokens.next();
            continue;
        }
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                let mut inner =
                    Group::new(Delimiter::Brace, without_own_attributes(group.stream()));
                inner.set_span(group.span());
                kept.extend([TokenTree::Group(inner)]);
            }
            token => kept.extend([token]),
        }
    }
    kept
}

fn is_own_group(group: &Group) -> bool {
    group.delimiter() == Delimiter::Bracket
        && group
            .stream()
            .into_iter()
            .any(|token| matches!(token, TokenTree::Ident(name) if name == CallOptions::ATTRIBUTE))
}
