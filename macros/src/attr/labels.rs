//! `#[label(…)]`, which has other options in each of its places.

use darling::FromMeta;
use darling::util::Flag;
use syn::{Attribute, Meta};

use super::Options;
use super::rules::Expect;
use super::value::{CratePath, Text, mistake};
use crate::case::Case;
use crate::diagnostics::Diagnostics;

/// `#[label(…)]` on a type with `#[derive(LabelValue)]`.
#[derive(Default, FromMeta)]
#[darling(default)]
pub(crate) struct ValueOptions {
    /// The label's name. Default: the type's name in snake case.
    pub(crate) name: Option<Text>,
    /// How the variants are spelt. Default: in snake case.
    pub(crate) rename_all: Option<Spelling>,
    /// The values are what `Display` writes.
    pub(crate) display: Flag,
    /// The label's name may have any characters. Default: letters, digits and `_`.
    pub(crate) utf8: Flag,
    /// Rules that the label's name breaks on purpose.
    pub(crate) expect: Option<Expect>,
    /// Where to find `measurand`. Default: `::measurand`.
    #[darling(rename = "crate")]
    pub(crate) krate: Option<CratePath>,
}

/// `#[label(…)]` on a variant.
#[derive(Default, FromMeta)]
#[darling(default)]
pub(crate) struct VariantOptions {
    /// The value. Default: the variant's name, spelt as `rename_all` says.
    pub(crate) rename: Option<Text>,
    /// The variant stands for every value that no variant has.
    pub(crate) other: Flag,
    /// Series of this variant do not have the label.
    pub(crate) skip: Flag,
}

/// `#[label(…)]` on a struct with `#[derive(LabelSet)]`.
#[derive(Default, FromMeta)]
#[darling(default)]
pub(crate) struct SetOptions {
    /// Where to find `measurand`. Default: `::measurand`.
    #[darling(rename = "crate")]
    pub(crate) krate: Option<CratePath>,
}

/// `#[label(…)]` on a field.
#[derive(Default, FromMeta)]
#[darling(default)]
pub(crate) struct LabelOptions {
    /// The label's name. Default: the field's name.
    pub(crate) rename: Option<Text>,
    /// The field is another set, whose labels become the struct's.
    pub(crate) flatten: Flag,
    /// The field is no label.
    pub(crate) skip: Flag,
    /// The value is what `Display` writes.
    pub(crate) display: Flag,
    /// The label's name may have any characters. Default: letters, digits and `_`.
    pub(crate) utf8: Flag,
    /// Rules that the label's name breaks on purpose.
    pub(crate) expect: Option<Expect>,
}

/// `#[label(…)]` on the field of a struct with `#[derive(LabelValue)]`.
#[derive(Default, FromMeta)]
#[darling(default)]
pub(crate) struct InnerOptions {
    /// The value is what `Display` writes of the field.
    pub(crate) display: Flag,
}

impl InnerOptions {
    /// Whether an attribute says `display` and nothing else.
    pub(crate) fn is_display(attr: &Attribute) -> bool {
        let mut errors = Diagnostics::default();
        let (options, _) = super::read::<InnerOptions>(std::slice::from_ref(attr), &mut errors);
        errors.is_empty() && options.display.is_present()
    }
}

const VALUE_PLACES: &[(&[&str], &str)] = &[
    (ValueOptions::NAMES, "`#[label(…)]` on the type"),
    (VariantOptions::NAMES, "`#[label(…)]` on a variant"),
    (&["flatten"], "`#[label(…)]` on a field of a struct with `#[derive(LabelSet)]`"),
];

const SET_PLACES: &[(&[&str], &str)] = &[
    (SetOptions::NAMES, "`#[label(…)]` on the struct"),
    (LabelOptions::NAMES, "`#[label(…)]` on a field"),
    (&["name", "rename_all"], "`#[label(…)]` on a type with `#[derive(LabelValue)]`"),
    (&["other"], "`#[label(…)]` on a variant of an enum with `#[derive(LabelValue)]`"),
];

const FORM: &str = "#[label(option, option = value, option(…))]";

impl Options for ValueOptions {
    const ATTRIBUTE: &'static str = "label";
    const TEXT: &'static str = "name";
    const FORM: &'static str = FORM;
    const PLACE: &'static str = " on the type";
    const NAMES: &'static [&'static str] =
        &["name", "rename_all", "display", "utf8", "expect", "crate"];
    const WORDS: &'static [&'static str] = &["display", "utf8"];
    const ELSEWHERE: &'static [(&'static [&'static str], &'static str)] = VALUE_PLACES;
}

impl Options for VariantOptions {
    const ATTRIBUTE: &'static str = "label";
    const TEXT: &'static str = "rename";
    const FORM: &'static str = FORM;
    const PLACE: &'static str = " on a variant";
    const NAMES: &'static [&'static str] = &["rename", "other", "skip"];
    const WORDS: &'static [&'static str] = &["other", "skip"];
    const ELSEWHERE: &'static [(&'static [&'static str], &'static str)] = VALUE_PLACES;
}

impl Options for InnerOptions {
    const ATTRIBUTE: &'static str = "label";
    const TEXT: &'static str = "display";
    const FORM: &'static str = FORM;
    const PLACE: &'static str = " on the field";
    const NAMES: &'static [&'static str] = &["display"];
    const WORDS: &'static [&'static str] = &["display"];
    const ELSEWHERE: &'static [(&'static [&'static str], &'static str)] = VALUE_PLACES;
}

impl Options for SetOptions {
    const ATTRIBUTE: &'static str = "label";
    const TEXT: &'static str = "crate";
    const FORM: &'static str = FORM;
    const PLACE: &'static str = " on the struct";
    const NAMES: &'static [&'static str] = &["crate"];
    const WORDS: &'static [&'static str] = &[];
    const ELSEWHERE: &'static [(&'static [&'static str], &'static str)] = SET_PLACES;
}

impl Options for LabelOptions {
    const ATTRIBUTE: &'static str = "label";
    const TEXT: &'static str = "rename";
    const FORM: &'static str = FORM;
    const PLACE: &'static str = " on a field";
    const NAMES: &'static [&'static str] =
        &["rename", "flatten", "skip", "display", "utf8", "expect"];
    const WORDS: &'static [&'static str] = &["flatten", "skip", "display", "utf8"];
    const ELSEWHERE: &'static [(&'static [&'static str], &'static str)] = SET_PLACES;
}

/// How the variants of an enum are spelt.
pub(crate) struct Spelling {
    pub(crate) case: Case,
    pub(crate) text: Text,
}

impl FromMeta for Spelling {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        let text = Text::from_meta(meta)?;
        match Case::ALL.into_iter().find(|case| case.name() == text.value) {
            Some(case) => Ok(Spelling { case, text }),
            None => {
                let names = Case::ALL.map(Case::name).join("`, `");
                let problem = format!("`rename_all` knows no spelling `{}`", text.value);
                Err(mistake(&text.span, &problem, &format!("the spellings are `{names}`")))
            }
        }
    }
}
