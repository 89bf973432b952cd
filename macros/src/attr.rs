//! The options, as darling receivers: how they are read, and values that several attributes have.

pub(crate) mod buckets;
pub(crate) mod calls;
pub(crate) mod config;
pub(crate) mod labels;
pub(crate) mod metrics;
pub(crate) mod native;
pub(crate) mod quantiles;
pub(crate) mod time;

use darling::ast::{MetaNameValueInvalidExpr, NestedMeta};
use darling::util::Flag;
use darling::{Error, FromMeta};
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::spanned::Spanned;
use syn::{Attribute, Expr, ExprLit, Lit, LitStr, Meta, MetaNameValue, Path, Token, parse_quote};

use crate::diagnostics::Diagnostics;
use crate::fragments;

/// The options of an attribute.
pub(crate) trait Options: FromMeta + Default {
    /// What it is called.
    const ATTRIBUTE: &'static str;
    /// Where it stands, if that is not clear from what it is called: ` on a variant`.
    const PLACE: &'static str = "";
    /// How it is written.
    const FORM: &'static str;
    /// The option that a text alone may have been meant for.
    const TEXT: &'static str;
    /// Every option.
    const NAMES: &'static [&'static str];
    /// Those that have no value.
    const WORDS: &'static [&'static str];
    /// Options that someone may look for here, and where they belong.
    const ELSEWHERE: &'static [(&'static [&'static str], &'static str)];
    /// Options of other crates, and what to type here.
    const MEANT: &'static [(&'static [&'static str], &'static str)] = &[];
}

/// The names of options that could not be read.
#[derive(Default)]
pub(crate) struct Refused(Vec<String>);

impl Refused {
    /// Whether this option is one of them.
    pub(crate) fn has(&self, option: &str) -> bool {
        self.0.iter().any(|refused| refused == option)
    }
}

/// Reads all attributes of this name. What cannot be read is reported and left out, and the rest
/// still counts, so that one mistake is one error.
pub(crate) fn read<T: Options>(attrs: &[Attribute], errors: &mut Diagnostics) -> (T, Refused) {
    let name = T::ATTRIBUTE;
    let mut all = Vec::new();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident(name)) {
        let Meta::List(list) = &attr.meta else {
            errors.error(
                attr,
                &format!("`#[{name}]` has no options"),
                &format!("write `#[{name}(option)]`, or remove it"),
            );
            continue;
        };
        all.extend(parse_items::<T>(fragments::open(list.tokens.clone()), errors));
    }
    read_items(all, errors)
}

/// Reads what can be read. The rest is reported elsewhere.
pub(crate) fn read_known<T: Options>(attrs: &[Attribute]) -> T {
    read(attrs, &mut Diagnostics::default()).0
}

/// The attributes of a name.
pub(crate) fn called<'a>(
    name: &str,
    attrs: impl IntoIterator<Item = &'a Attribute>,
) -> Vec<Attribute> {
    attrs.into_iter().filter(|attr| attr.path().is_ident(name)).cloned().collect()
}

/// Where an option without a value stands, if it does.
pub(crate) fn place(option: &Flag) -> Option<Span> {
    option.is_present().then(|| option.span())
}

/// What stands in the brackets, one by one. What is not separated or written as it should be is
/// reported, and the rest still counts.
fn parse_items<T: Options>(tokens: TokenStream, errors: &mut Diagnostics) -> Vec<NestedMeta> {
    let mut items: Vec<NestedMeta> = Vec::new();
    let mut is_read = false;
    let parser = |input: ParseStream<'_>| {
        while !input.is_empty() {
            match input.parse() {
                Ok(item) => items.push(item),
                Err(error) => report_syntax::<T>(&error, errors),
            }
            if let Some(NestedMeta::Meta(Meta::Path(path))) = items.last()
                && let Some(pair) = value_without_equals(input, path, errors)
            {
                items.pop();
                items.push(NestedMeta::Meta(Meta::NameValue(pair)));
            }
            if input.is_empty() {
                break;
            }
            if input.parse::<Token![,]>().is_err() && !separate(input, errors) {
                report_syntax::<T>(&input.error("expected `,`"), errors);
                skip_to_comma(input)?;
            }
        }
        is_read = true;
        Ok(())
    };
    // What is left over in the brackets of a value is said of the value.
    if let Err(error) = parser.parse2(tokens)
        && !is_read
    {
        report_syntax::<T>(&error, errors);
    }
    items
}

fn report_syntax<T: Options>(error: &syn::Error, errors: &mut Diagnostics) {
    let name = T::ATTRIBUTE;
    let problem = format!(
        "options of `#[{name}(…)]` are not separated or written as they should be: {error}"
    );
    errors.error_at(error.span(), &problem, &format!("write `{}`", T::FORM));
}

/// Whether it is clear what stands where a comma should. It is reported, and what follows can be
/// read.
fn separate(input: ParseStream<'_>, errors: &mut Diagnostics) -> bool {
    if let Ok(next) = input.fork().call(Ident::parse_any) {
        let problem = format!("there is no comma before `{next}`");
        errors.error(&next, &problem, &format!("write `, {next}`"));
        return true;
    }
    if let Ok(sign) = input.parse::<Token![;]>() {
        errors.error(&sign, "options are separated by commas", "write `,` instead of `;`");
        return true;
    }
    false
}

/// The value of an option that stands after something else than a `=`, or after nothing, which is
/// reported.
fn value_without_equals(
    input: ParseStream<'_>,
    option: &Path,
    errors: &mut Diagnostics,
) -> Option<MetaNameValue> {
    let has_colon = input.peek(Token![:]) && !input.peek(Token![::]);
    if !has_colon && !input.peek(Lit) {
        return None;
    }
    let name = option.get_ident()?;
    let place = input.span();
    let problem = format!("the value of `{name}` does not stand behind a `=`");
    errors.error_at(place, &problem, &format!("write `{name} = …`"));
    if has_colon {
        input.parse::<Token![:]>().ok()?;
    }
    let value = input.parse().ok()?;
    Some(MetaNameValue { path: option.clone(), eq_token: Token![=](place), value })
}

/// Leaves out what stands in front of the next comma, and the comma.
fn skip_to_comma(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() && input.parse::<Token![,]>().is_err() {
        input.parse::<TokenTree>()?;
    }
    Ok(())
}

/// Reads what stands in the brackets.
fn read_items<T: Options>(items: Vec<NestedMeta>, errors: &mut Diagnostics) -> (T, Refused) {
    let mut good: Vec<NestedMeta> = Vec::new();
    let mut refused = Vec::new();
    for item in items {
        if let NestedMeta::Lit(literal) = &item {
            errors.error(
                literal,
                "a value stands where an option should",
                &match literal {
                    Lit::Str(text) => format!("write `{} = {}`", T::TEXT, text.token()),
                    _ => "write `option = value`".to_owned(),
                },
            );
            continue;
        }
        let option = path(&item).unwrap_or_default();
        if !T::NAMES.contains(&option.as_str()) {
            refused.extend(unknown_option::<T>(&item, &option, errors));
            continue;
        }
        if let NestedMeta::NameValueInvalidExpr(pair) = &item {
            report_value::<T>(pair, &option, errors);
            refused.push(option);
            continue;
        }
        let is_word = matches!(&item, NestedMeta::Meta(Meta::Path(_)));
        if T::WORDS.contains(&option.as_str()) && !is_word {
            let problem = format!("`{option}` takes no value");
            errors.error(&item, &problem, &format!("write `{option}`"));
            continue;
        }
        match T::from_list(std::slice::from_ref(&item)) {
            Ok(_) if good.iter().any(|other| path(other).as_ref() == Some(&option)) => {
                let problem = format!("option `{option}` is given twice");
                errors.error(&item, &problem, "write it once, with all of its values");
            }
            Ok(_) => good.push(item),
            Err(error) => {
                refused.push(option);
                errors.darling(error);
            }
        }
    }
    let options = T::from_list(&good).unwrap_or_else(|error| {
        errors.darling(error);
        T::default()
    });
    (options, Refused(refused))
}

/// Says what is wrong with the value of an option, which is no expression, and how the option is written.
fn report_value<T: Options>(
    pair: &MetaNameValueInvalidExpr,
    option: &str,
    errors: &mut Diagnostics,
) {
    let error = pair.error.to_string();
    let span = match is_at_end(&error) {
        true => pair.path.span(),
        false => pair.error.span(),
    };
    // What is said where there is no value tells how one is written.
    let bare = NestedMeta::Meta(Meta::Path(pair.path.clone()));
    let said = T::from_list(&[bare]).err().map(|error| error.to_string()).unwrap_or_default();
    let help = said.split_once("\nhelp: ").map_or(T::FORM, |(_, help)| help);
    let help = help.split(" at ").next().unwrap_or(help);
    let problem = format!("the value of `{option}` is not written as it should be: {error}");
    errors.error_at(span, &problem, help);
}

/// Whether something is missing at the end, which has no place of its own.
fn is_at_end(error: &str) -> bool {
    error.starts_with("unexpected end of input")
}

/// Says which options there are, and which of them may have been meant; that one is returned.
fn unknown_option<T: Options>(
    item: &NestedMeta,
    option: &str,
    errors: &mut Diagnostics,
) -> Option<String> {
    let near = T::NAMES.iter().copied().find(|name| is_near(option, name));
    let elsewhere = T::ELSEWHERE.iter().find(|(names, _)| names.contains(&option));
    let meant = T::MEANT.iter().find(|(names, _)| names.contains(&option));
    let help = match (near, elsewhere) {
        _ if meant.is_some() => meant.map_or_else(String::new, |(_, help)| (*help).to_owned()),
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, Some((_, place))) => format!("it belongs to {place}"),
        (None, None) if T::NAMES.len() == 1 => format!("the only option is `{}`", T::NAMES[0]),
        (None, None) => format!("the options are `{}`", T::NAMES.join("`, `")),
    };
    let problem = format!("`#[{}(…)]`{} has no option `{option}`", T::ATTRIBUTE, T::PLACE);
    errors.error(item, &problem, &help);
    near.map(str::to_owned)
}

/// Whether one is the other with one or two characters changed, added, left out or swapped.
fn is_near(a: &str, b: &str) -> bool {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, right) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = (diagonal + usize::from(left != *right)).min(above + 1).min(row[j] + 1);
            diagonal = above;
        }
    }
    row[b.len()] <= 2 && b.len() > 3
}

/// The option's name.
fn path(item: &NestedMeta) -> Option<String> {
    match item {
        NestedMeta::Meta(meta) => meta.path().get_ident().map(Ident::to_string),
        NestedMeta::NameValueInvalidExpr(pair) => pair.path.get_ident().map(Ident::to_string),
        NestedMeta::Lit(_) => None,
    }
}

/// An error with what to write instead.
fn mistake(place: &impl Spanned, problem: &str, help: &str) -> Error {
    Error::custom(format!("{problem}\nhelp: {help}")).with_span(&place.span())
}

/// The name of an option, for a message.
fn option_name(meta: &Meta) -> String {
    meta.path().get_ident().map_or_else(String::new, |ident| ident.unraw().to_string())
}

/// The tokens in the brackets of `name(…)`.
fn bracketed<'a>(meta: &'a Meta, help: &str) -> darling::Result<&'a TokenStream> {
    match meta {
        Meta::List(list) => Ok(&list.tokens),
        other => {
            let problem = format!("`{}` takes its values in brackets", option_name(other));
            Err(mistake(other, &problem, help))
        }
    }
}

/// Parses what is in the brackets of an option. The end of that has no place of its own, so the option
/// stands for it.
fn parse_within<T>(
    meta: &Meta,
    tokens: &TokenStream,
    parser: impl FnOnce(ParseStream<'_>) -> syn::Result<T>,
) -> syn::Result<T> {
    let mut brackets = Group::new(Delimiter::Parenthesis, tokens.clone());
    brackets.set_span(meta.path().span());
    let parser = |input: ParseStream<'_>| {
        let inside;
        syn::parenthesized!(inside in input);
        let value = parser(&inside)?;
        match inside.is_empty() {
            true => Ok(value),
            false => Err(inside.error("unexpected token")),
        }
    };
    parser.parse2(TokenTree::Group(brackets).into())
}

fn syntax_mistake(meta: &Meta, error: &syn::Error, help: &str) -> Error {
    let name = option_name(meta);
    let problem = format!("the values of `{name}` are not written as they should be: {error}");
    mistake(&error.span(), &problem, help)
}

/// A string literal.
pub(crate) struct Text {
    pub(crate) value: String,
    pub(crate) span: Span,
}

impl FromMeta for Text {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        let name = option_name(meta);
        let help = format!("write `{name} = \"…\"`");
        match meta {
            Meta::NameValue(pair) => match &pair.value {
                Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => {
                    Ok(Text { value: text.value(), span: text.span() })
                }
                other => Err(mistake(other, &format!("`{name}` takes a string literal"), &help)),
            },
            other => Err(mistake(other, &format!("`{name}` needs a value"), &help)),
        }
    }
}

/// Where a crate is.
pub(crate) struct CratePath(pub(crate) Path);

impl FromMeta for CratePath {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        let help = "write `crate = path::to::measurand`";
        match meta {
            Meta::NameValue(pair) => match &pair.value {
                Expr::Path(path) if path.qself.is_none() => Ok(CratePath(path.path.clone())),
                other => Err(mistake(other, "`crate` takes a path", help)),
            },
            other => Err(mistake(other, "`crate` needs a path", help)),
        }
    }
}

/// The path of the runtime crate.
pub(crate) fn crate_path(option: Option<&CratePath>) -> Path {
    option.map_or_else(|| parse_quote!(::measurand), |path| path.0.clone())
}

/// Rules that are broken on purpose, and why.
pub(crate) struct Expect {
    pub(crate) rules: Vec<Ident>,
}

/// The rules that are broken on purpose.
pub(crate) fn rules(option: Option<&Expect>) -> &[Ident] {
    option.map_or(&[], |expect| &expect.rules)
}

impl FromMeta for Expect {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        let help = "write `expect(rule, reason = \"why the name has to be so\")`";
        let tokens = bracketed(meta, help)?;
        let mut rules = Vec::new();
        let mut reason = None;
        let parser = |input: ParseStream<'_>| {
            while !input.is_empty() {
                let name = input.call(Ident::parse_any)?;
                if input.peek(Token![=]) {
                    if name != "reason" {
                        return Err(syn::Error::new(name.span(), "only `reason` has a value"));
                    }
                    input.parse::<Token![=]>()?;
                    let text = input.parse::<LitStr>()?;
                    if reason.replace(text).is_some() {
                        return Err(syn::Error::new(name.span(), "there are two reasons"));
                    }
                } else {
                    if rules.contains(&name) {
                        let problem = format!("rule `{name}` is named twice");
                        return Err(syn::Error::new(name.span(), problem));
                    }
                    rules.push(name);
                }
                if !input.is_empty() {
                    input.parse::<Token![,]>()?;
                }
            }
            Ok(())
        };
        if let Err(error) = parse_within(meta, tokens, parser) {
            return Err(syntax_mistake(meta, &error, help));
        }
        if rules.is_empty() {
            return Err(mistake(meta, "`expect` names no rule", help));
        }
        match reason {
            None => Err(mistake(meta, "`expect` gives no reason", help)),
            Some(reason) if reason.value().trim().is_empty() => {
                Err(mistake(&reason, "the reason of `expect` is empty", help))
            }
            Some(_) => Ok(Expect { rules }),
        }
    }
}
