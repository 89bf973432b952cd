//! Spellings of an identifier.

/// How the words of an identifier are spelt: what stands between them, the first, the others.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    name: &'static str,
    between: &'static str,
    first: Letters,
    others: Letters,
}

#[derive(Clone, Copy, Debug)]
enum Letters {
    Lower,
    Upper,
    Capitalized,
}

impl Case {
    /// The default.
    pub(crate) const SNAKE: Case = Case::new("snake_case", "_", Letters::Lower, Letters::Lower);

    /// Every spelling, in the order and by the names that serde made known.
    pub(crate) const ALL: [Case; 8] = [
        Case::new("lowercase", "", Letters::Lower, Letters::Lower),
        Case::new("UPPERCASE", "", Letters::Upper, Letters::Upper),
        Case::new("PascalCase", "", Letters::Capitalized, Letters::Capitalized),
        Case::new("camelCase", "", Letters::Lower, Letters::Capitalized),
        Case::SNAKE,
        Case::new("SCREAMING_SNAKE_CASE", "_", Letters::Upper, Letters::Upper),
        Case::new("kebab-case", "-", Letters::Lower, Letters::Lower),
        Case::new("SCREAMING-KEBAB-CASE", "-", Letters::Upper, Letters::Upper),
    ];

    const fn new(
        name: &'static str,
        between: &'static str,
        first: Letters,
        others: Letters,
    ) -> Case {
        Case { name, between, first, others }
    }

    /// What it is called.
    pub(crate) fn name(self) -> &'static str {
        self.name
    }

    /// `ident` in this spelling.
    pub(crate) fn spell(self, ident: &str) -> String {
        let words: Vec<String> = words(ident)
            .iter()
            .enumerate()
            .map(|(i, word)| if i == 0 { self.first.of(word) } else { self.others.of(word) })
            .collect();
        words.join(self.between)
    }
}

impl Letters {
    fn of(self, word: &str) -> String {
        match self {
            Letters::Lower => word.to_lowercase(),
            Letters::Upper => word.to_uppercase(),
            Letters::Capitalized => {
                let mut letters = word.chars();
                let first = letters.next().into_iter().flat_map(char::to_uppercase);
                first.chain(letters.flat_map(char::to_lowercase)).collect()
            }
        }
    }
}

/// A word starts at an upper-case letter after anything else, and at the last of several of which
/// a lower-case letter follows: `HTTPVersion` is `HTTP` and `Version`.
fn words(ident: &str) -> Vec<String> {
    let letters: Vec<char> = ident.chars().collect();
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for (i, letter) in letters.iter().enumerate() {
        let follows_another = i > 0 && !letters[i - 1].is_uppercase();
        let is_followed = letters.get(i + 1).is_some_and(|next| next.is_lowercase());
        if *letter == '_' || letter.is_uppercase() && (follows_another || is_followed) {
            words.push(std::mem::take(&mut word));
        }
        if *letter != '_' {
            word.push(*letter);
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    if words.is_empty() { vec![ident.to_owned()] } else { words }
}

#[cfg(test)]
mod tests {
    use super::Case;

    #[track_caller]
    fn check(ident: &str, expected: [&str; 8]) {
        assert_eq!(Case::ALL.map(|case| case.spell(ident)), expected);
    }

    #[test]
    fn words_are_found_and_spelt() {
        check(
            "NotFound",
            [
                "notfound",
                "NOTFOUND",
                "NotFound",
                "notFound",
                "not_found",
                "NOT_FOUND",
                "not-found",
                "NOT-FOUND",
            ],
        );
        check(
            "HTTPVersion",
            [
                "httpversion",
                "HTTPVERSION",
                "HttpVersion",
                "httpVersion",
                "http_version",
                "HTTP_VERSION",
                "http-version",
                "HTTP-VERSION",
            ],
        );
    }

    #[track_caller]
    fn check_snake(ident: &str, expected: &str) {
        assert_eq!(Case::SNAKE.spell(ident), expected);
    }

    #[test]
    fn odd_identifiers_are_spelt_too() {
        check_snake("Sha256", "sha256");
        check_snake("SHA256Sum", "sha256_sum");
        check_snake("GET", "get");
        check_snake("A", "a");
        check_snake("StatusClass", "status_class");
        check_snake("already_snake", "already_snake");
        check_snake("Not_Found_", "not_found");
        check_snake("ÄrgerÜber", "ärger_über");
        check_snake("__", "__");
    }
}
