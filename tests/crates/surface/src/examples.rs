//! Which items an example shows.
//!
//! An item is shown if it has an example, or if its name is in one on the same page: of its type or
//! trait, of another method of it, or of its module.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::Value;

/// Checks that every item is shown, except for those in `reasons`: lines of a path or the last name
/// of one after `*::`, a colon and the reason.
pub(crate) fn check(rustdoc: &Value, reasons: &str) -> Result<(), String> {
    let mut pages =
        Pages { index: &rustdoc["index"], seen: HashSet::new(), missing: BTreeSet::new() };
    pages.visit(&rustdoc["root"], "", "");
    let reasons: BTreeMap<_, _> = reasons
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_once(": ").ok_or_else(|| format!("no reason is given in `{line}`")))
        .collect::<Result<_, _>>()?;
    let mut unused: BTreeSet<_> = reasons.keys().copied().collect();
    let mut problems = Vec::new();
    for path in &pages.missing {
        match reasons.keys().find(|pattern| matches(pattern, path)) {
            Some(pattern) => drop(unused.remove(pattern)),
            None => problems.push(format!("no example shows `{path}`")),
        }
    }
    problems.extend(unused.iter().map(|path| {
        format!(
            "`{path}` is in `without-example.txt`, and is shown or does not exist: remove the line"
        )
    }));
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

fn matches(pattern: &str, path: &str) -> bool {
    match pattern.strip_prefix("*") {
        Some(end) => path.ends_with(end),
        None => path == pattern,
    }
}

struct Pages<'a> {
    index: &'a Value,
    seen: HashSet<String>,
    missing: BTreeSet<String>,
}

impl<'a> Pages<'a> {
    fn item(&self, id: &Value) -> Option<&'a Value> {
        self.index.get(id.to_string().trim_matches('"'))
    }

    /// Visits an item of a module with this path and these examples.
    fn visit(&mut self, id: &Value, module: &str, module_code: &str) {
        let Some(item) = self.item(id) else { return };
        let (kind, inner) = inner_of(item);
        if kind == "use" {
            return self.visit(&inner["id"], module, module_code);
        }
        if !self.seen.insert(id.to_string()) {
            return;
        }
        let name = item["name"].as_str().unwrap_or_default();
        let path = if module.is_empty() { name.to_owned() } else { format!("{module}::{name}") };
        let own = code_of(item);
        if kind == "module" {
            for child in inner["items"].as_array().into_iter().flatten() {
                self.visit(child, &path, &own);
            }
            return;
        }
        let members = self.members(kind, inner);
        let page = std::iter::once(own.as_str())
            .chain([module_code])
            .map(str::to_owned)
            .chain(members.iter().map(|member| code_of(member)))
            .collect::<String>();
        if own.is_empty() && !has_word(&page, name) {
            self.missing.insert(path.clone());
        }
        for member in members {
            let name = member["name"].as_str().unwrap_or_default();
            if !has_word(&page, name) {
                self.missing.insert(format!("{path}::{name}"));
            }
        }
    }

    /// The methods, constants and types that have a place on the page of an item.
    fn members(&self, kind: &str, inner: &Value) -> Vec<&'a Value> {
        let ids = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let of_impls = ids(&inner["impls"]).into_iter().flat_map(|id| {
            let inherent = self.item(&id).map(inner_of).filter(|(_, it)| it["trait"].is_null());
            inherent.map(|(_, it)| ids(&it["items"])).unwrap_or_default()
        });
        let of_trait = if kind == "trait" { ids(&inner["items"]) } else { Vec::new() };
        of_impls.chain(of_trait).filter_map(|id| self.item(&id)).collect()
    }
}

fn inner_of(item: &Value) -> (&str, &Value) {
    let inner = item["inner"].as_object().and_then(|inner| inner.iter().next());
    inner.map_or(("", &Value::Null), |(kind, inner)| (kind, inner))
}

/// The code blocks of an item's documentation.
fn code_of(item: &Value) -> String {
    let docs = item["docs"].as_str().unwrap_or_default();
    let mut code = String::new();
    let mut is_code = false;
    for line in docs.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        } else if is_code {
            code.push_str(line);
            code.push('\n');
        }
    }
    code
}

fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(start, _)| {
        !text[..start].ends_with(is_part) && !text[start + word.len()..].starts_with(is_part)
    })
}
