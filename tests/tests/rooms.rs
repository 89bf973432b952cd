//! Which module of the runtime may use which: arrows run downwards only.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// From the top to the ground. What is on one line knows nothing of its neighbours.
const ROOMS: &[&[&str]] = &[
    &["lib"],
    &["private"],
    &["hints"],
    &["actix"],
    &["exposition"],
    &["runtime"],
    &["registry"],
    &["declare"],
    &["calls"],
    &["family"],
    &["metric"],
    &["series"],
    &["link"],
    &["read"],
    &["labels"],
    &["storage"],
    &["turn"],
    &["place"],
    &["descriptor"],
    &["naming"],
    &["unit"],
    &["number", "kind", "clock", "process", "idle", "memory", "sync"],
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => sources(&path, found),
            false => found.push(path),
        }
    }
}

/// The rooms that a source names behind `crate::`, outside comments, macros and tests.
fn uses(source: &str) -> BTreeSet<String> {
    let source = source.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let is_code = |line: &&str| !line.trim_start().starts_with("//");
    let code = source.lines().filter(is_code).collect::<Vec<_>>().join("\n");
    let mut uses = BTreeSet::new();
    for (start, _) in code.match_indices("crate::") {
        // `$crate` is the user's view, for macros.
        if code[..start].ends_with('$') {
            continue;
        }
        let after = &code[start + "crate::".len()..];
        let word = |text: &str| -> String {
            text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
        };
        match after.strip_prefix('{') {
            None => drop(uses.insert(word(after))),
            Some(list) => {
                let (mut depth, mut item) = (0, String::new());
                for c in list.chars() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => drop(uses.insert(word(&std::mem::take(&mut item)))),
                        _ if depth == 0 => item.push(c),
                        _ => {}
                    }
                }
                uses.insert(word(&item));
            }
        }
    }
    uses.remove("");
    uses
}

#[test]
fn arrows_between_rooms_run_downwards() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime/src");
    let floor = |room: &str| ROOMS.iter().position(|rooms| rooms.contains(&room));
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut wrong = Vec::new();
    for file in files {
        let path = file.strip_prefix(&root).unwrap();
        let first = path.iter().next().unwrap().to_str().unwrap();
        let room = first.trim_end_matches(".rs");
        let own = floor(room).unwrap_or_else(|| panic!("room `{room}` has no place in this list"));
        for used in uses(&fs::read_to_string(&file).unwrap()) {
            let is_below = floor(&used).is_some_and(|floor| floor > own);
            // Macros are at the root, whoever defines them.
            if used != room && !is_below && !used.starts_with("__") {
                wrong.push(format!("{}: `{used}`", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "these use what is not below them:\n{}", wrong.join("\n"));
}

#[test]
fn uses_are_found() {
    let source = "use crate::a::B;\nuse crate::{c, d::{E, F}, g};\n// use crate::x;\n$crate::y!();\n\
                  fn f() { crate::h::i() }\n#[cfg(test)]\nmod tests { use crate::z; }";
    assert_eq!(Vec::from_iter(uses(source)), ["a", "c", "d", "g", "h"]);
}
