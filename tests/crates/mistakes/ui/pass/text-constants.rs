//! Constants of text, wherever text is only shown.

#![deny(warnings)]

use measurand::{Calls, Counter, Metrics};

mod texts {
    pub const HELP: &str = " By a path.\n";
}

const VERSION: &str = env!("CARGO_PKG_VERSION");

const fn chosen() -> &'static str {
    if cfg!(debug_assertions) { "chosen" } else { "chosen" }
}

#[derive(Metrics)]
#[metrics(
    namespace = "texts",
    global = TEXTS,
    const_labels(version = VERSION, crate_name = env!("CARGO_PKG_NAME"), how = chosen(), plain = "a")
)]
struct Texts {
    #[metric(help = texts::HELP)]
    path_total: Counter,
    #[metric(help = concat!("By ", "`concat!`."))]
    concat_total: Counter,
    #[metric(help = chosen())]
    chosen_total: Counter,
    #[doc = concat!("Doc by ", "`concat!`.")]
    doc_total: Counter,
    /// Words before
    #[doc = concat!("and\nthe first\nparagraph.\n\n", "Another.")]
    /// Never seen.
    before_total: Counter,
    #[doc = concat!("\nThe first\nparagraph.\n\n", "Another.")]
    work: Calls,
    #[doc = include_str!("text-constants.txt")]
    included_total: Counter,
    #[metric(help = stringify!(a + b))]
    stringified_total: Counter,
}

#[derive(Metrics)]
#[metrics(group)]
struct Group {
    #[doc = concat!("In ", "a group")]
    grouped: Calls,
    #[metric(help = texts::HELP)]
    other_total: Counter,
}

#[derive(Metrics)]
#[metrics(namespace = "texts", subsystem = "flat")]
struct Flat {
    #[metric(flatten)]
    group: Group,
}

fn main() {
    TEXTS.path_total.inc();
    let mut text = String::new();
    measurand::encode_text(&mut text);
    for line in [
        "# HELP texts_path_total By a path.",
        "# HELP texts_concat_total By `concat!`.",
        "# HELP texts_chosen_total chosen",
        "# HELP texts_doc_total Doc by `concat!`.",
        "# HELP texts_before_total Words before and the first paragraph.",
        "# HELP texts_work_in_progress The first paragraph: calls that run now.",
        "# HELP texts_included_total Out of a file, in two lines.",
        "# HELP texts_stringified_total a + b",
        "# HELP texts_flat_grouped_in_progress In a group: calls that run now.",
        "# HELP texts_flat_other_total By a path.",
    ] {
        assert!(text.contains(&format!("{line}\n")), "{line}\nis not in\n{text}");
    }
    let labels = format!(
        "{{version=\"{VERSION}\",crate_name=\"{}\",how=\"chosen\",plain=\"a\"}} 1\n",
        env!("CARGO_PKG_NAME")
    );
    assert!(text.contains(&labels), "{labels}\nis not in\n{text}");
}
