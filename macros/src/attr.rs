//! The options, as darling receivers: how they are read, and values that several attributes have.

pub(crate) mod buckets;
pub(crate) mod call_field;
pub(crate) mod call_values;
pub(crate) mod calls;
pub(crate) mod config;
pub(crate) mod field_values;
mod items;
pub(crate) mod labels;
mod list;
pub(crate) mod metrics;
pub(crate) mod native;
pub(crate) mod quantiles;
pub(crate) mod rules;
mod struct_values;
pub(crate) mod time;
pub(crate) mod value;

use darling::FromMeta;
use darling::ast::{MetaNameValueInvalidExpr, NestedMeta};
use proc_macro2::Ident;
use syn::spanned::Spanned;
use syn::{Attribute, Lit, Meta};

use crate::diagnostics::Diagnostics;
use crate::fragments;

/// The options of an attribute.
pub(crate) trait Options: FromMeta + Default {
    /// The attribute's name.
    const ATTRIBUTE: &'static str;
    /// Where the attribute stands, if its name does not tell: ` on a variant`.
    const PLACE: &'static str = "";
    /// How the attribute is written.
    const FORM: &'static str;
    /// The option that a string literal without a name is probably for.
    const TEXT: &'static str;
    /// Every option.
    const NAMES: &'static [&'static str];
    /// The options without a value.
    const WORDS: &'static [&'static str];
    /// Options that belong elsewhere, and where.
    const ELSEWHERE: &'static [(&'static [&'static str], &'static str)];
    /// Names that other crates use, and what to type here.
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
        all.extend(items::parse::<T>(fragments::open(list.tokens.clone()), errors));
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

/// Reads what stands in the parentheses of an attribute.
fn read_items<T: Options>(items: Vec<NestedMeta>, errors: &mut Diagnostics) -> (T, Refused) {
    let mut good: Vec<NestedMeta> = Vec::new();
    let mut refused = Vec::new();
    for item in items {
        if let NestedMeta::Lit(literal) = &item {
            errors.error(
                literal,
                "this is a value without an option",
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

/// Says what is wrong with the value of an option, which is no expression, and how the option is
/// written.
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
    let problem = format!("the value of `{option}` cannot be read: {error}");
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

#[cfg(test)]
mod tests {
    use syn::{Path, parse_quote};

    use super::calls::CallOptions;
    use super::config::{ConfigFieldOptions, ConfigOptions};
    use super::labels::{InnerOptions, LabelOptions, SetOptions, ValueOptions, VariantOptions};
    use super::metrics::{FieldOptions, StructOptions};
    use super::{Meta, NestedMeta, Options};

    fn is_unknown<T: Options>(name: &str) -> bool {
        let name = syn::parse_str::<Path>(name).unwrap();
        let option = NestedMeta::Meta(Meta::Path(parse_quote!(#name)));
        T::from_list(&[option])
            .err()
            .is_some_and(|error| error.to_string().starts_with("Unknown field"))
    }

    #[track_caller]
    fn check<T: Options>() {
        assert!(is_unknown::<T>("nonsense"));
        for name in T::NAMES {
            assert!(!is_unknown::<T>(name), "{name}");
        }
        for word in T::WORDS {
            assert!(T::NAMES.contains(word), "{word}");
        }
    }

    #[test]
    fn receivers_have_the_options_that_are_named() {
        check::<StructOptions>();
        check::<FieldOptions>();
        check::<CallOptions>();
        check::<ValueOptions>();
        check::<VariantOptions>();
        check::<InnerOptions>();
        check::<SetOptions>();
        check::<LabelOptions>();
        check::<ConfigOptions>();
        check::<ConfigFieldOptions>();
    }
}
