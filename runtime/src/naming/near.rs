//! Suggestions for misspelt rules.

use super::Rule;

/// Returns the rule whose name differs from `name` in only a few letters, if there is one.
pub(super) const fn nearest_rule(name: &str) -> Option<Rule> {
    let mut nearest = None;
    // Up to a third of the letters may differ.
    let mut least = 1 + name.len() / 3;
    let mut i = 0;
    while i < Rule::ALL.len() {
        let distance = distance(name, Rule::ALL[i].as_str());
        if distance < least {
            least = distance;
            nearest = Some(Rule::ALL[i]);
        }
        i += 1;
    }
    nearest
}

/// The length from which on names are similar to nothing.
const MAX: usize = 32;

/// Returns how many letters have to be changed, added or removed.
const fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() >= MAX || b.len() >= MAX {
        return usize::MAX;
    }
    let mut row = [0; MAX];
    let mut j = 0;
    while j <= b.len() {
        row[j] = j;
        j += 1;
    }
    let mut i = 0;
    while i < a.len() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        let mut j = 0;
        while j < b.len() {
            let above = row[j + 1];
            let mut least = diagonal + (a[i] != b[j]) as usize;
            if above + 1 < least {
                least = above + 1;
            }
            if row[j] + 1 < least {
                least = row[j] + 1;
            }
            row[j + 1] = least;
            diagonal = above;
            j += 1;
        }
        i += 1;
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::{Rule, nearest_rule};

    #[track_caller]
    fn check(name: &str, expected: Option<Rule>) {
        assert_eq!(nearest_rule(name), expected);
    }

    #[test]
    fn misspelt_rules_are_found() {
        check("counter_totals", Some(Rule::CounterTotal));
        check("total_counter", None);
        check("base_units", Some(Rule::BaseUnit));
        check("snakecase", Some(Rule::SnakeCase));
        check("targetlabel", Some(Rule::TargetLabel));
        check("percentage", Some(Rule::Percent));
        check("everything", None);
        check("", None);
    }
}
