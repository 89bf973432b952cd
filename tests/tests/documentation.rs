//! What is written in two places is the same.

#[test]
fn the_readme_has_the_options_of_the_macro() {
    let readme = include_str!("../../README.md");
    let options = include_str!("../../macros/docs/options.md");
    assert!(readme.contains(options), "copy macros/docs/options.md into the README");
    let options = include_str!("../../macros/docs/call_options.md");
    assert!(readme.contains(options), "copy macros/docs/call_options.md into the README");
}

#[test]
fn every_rule_is_documented() {
    let rules = include_str!("../../macros/docs/rules.md");
    for rule in measurand::naming::Rule::ALL {
        assert!(rules.contains(&format!("| `{}` |", rule.name())), "{}", rule.name());
    }
}
