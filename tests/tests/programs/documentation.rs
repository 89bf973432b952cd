//! What is documented is what there is.

#[test]
fn every_rule_is_documented() {
    let rules = include_str!("../../../macros/docs/rules.md");
    for rule in measurand::naming::Rule::ALL {
        assert!(rules.contains(&format!("| `{}` |", rule.as_str())), "{}", rule.as_str());
    }
}
