//! Rules that options name. The runtime checks that there are rules of these names.

use darling::FromMeta;
use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{LitStr, Meta, Token};

use super::list::list;
use super::value::{mistake, option_name};

/// Rules that are broken on purpose, at least one, with a reason.
pub(crate) struct Expect {
    pub(crate) rules: Vec<Ident>,
}

/// Returns the rules that are broken on purpose.
pub(crate) fn rules(option: Option<&Expect>) -> &[Ident] {
    option.map_or(&[], |expect| &expect.rules)
}

impl FromMeta for Expect {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        let help = "write `expect(rule, reason = \"why the name has to be so\")`";
        let (rules, reason) = list(meta, help, rules_and_reason)?;
        if rules.is_empty() {
            return Err(mistake(meta, "`expect` names no rule", help));
        }
        match reason {
            None => Err(mistake(meta, "`expect` gives no reason", help)),
            Some(reason) if reason.value().trim().is_empty() => {
                Err(mistake(&reason, "the reason for `expect` is empty", help))
            }
            Some(_) => Ok(Expect { rules }),
        }
    }
}

fn rules_and_reason(input: ParseStream<'_>) -> syn::Result<(Vec<Ident>, Option<LitStr>)> {
    let mut rules = Vec::new();
    let mut reason = None;
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
    Ok((rules, reason))
}

/// Names of rules, at least one.
pub(crate) struct RuleNames(pub(crate) Vec<Ident>);

impl FromMeta for RuleNames {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        let name = option_name(meta);
        let help = format!("write `{name}(namespace)`");
        let names = list(meta, &help, Punctuated::<Ident, Token![,]>::parse_terminated)?;
        if names.is_empty() {
            return Err(mistake(meta, &format!("`{name}` names no rule"), &help));
        }
        Ok(RuleNames(names.into_iter().collect()))
    }
}
