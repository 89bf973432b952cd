//! Which module of each crate may use which: arrows run downwards only.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Of the runtime, from the top to the ground. What is on one line knows nothing of its neighbours.
const RUNTIME: &[&[&str]] = &[
    &["lib"],
    &["guide"],
    &["private"],
    &["hints", "build_info"],
    &["actix", "testing"],
    &["access", "health", "otlp", "profile", "push", "requests", "scrape"],
    &["outgoing", "export"],
    &["exposition"],
    &["runtime", "config", "collectors", "facade"],
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
    &["exemplar"],
    &["naming"],
    &["unit"],
    &["number", "kind", "clock", "process", "idle", "memory", "wire"],
    &["isolation"],
    &["sync"],
];

/// Of the macros. What generates and what checks know nothing of each other, and of models alike.
const MACROS: &[&[&str]] = &[
    &["lib", "snapshots"],
    &["expand"],
    &[
        "valid",
        "derive_config_metrics",
        "derive_label_set",
        "derive_label_value",
        "derive_metrics",
        "fallback",
        "instrument",
    ],
    &["checks", "label_tokens"],
    &["ast"],
    &["attr"],
    &["case", "diagnostics", "fragments", "slice", "written"],
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

/// The rooms that a source names behind `crate::`.
fn uses(source: &str) -> BTreeSet<String> {
    named_behind("crate::", source)
}

/// What a source names behind a prefix of a path, outside comments, macros and tests.
fn named_behind(prefix: &str, source: &str) -> BTreeSet<String> {
    let source = source.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let is_code = |line: &&str| !line.trim_start().starts_with("//");
    let code = source.lines().filter(is_code).collect::<Vec<_>>().join("\n");
    let mut uses = BTreeSet::new();
    for (start, _) in code.match_indices(prefix) {
        // `$crate` is the user's view, for macros, and `super::super` is another folder.
        if code[..start].ends_with(['$', ':']) || code[start + prefix.len()..].starts_with(prefix) {
            continue;
        }
        let after = &code[start + prefix.len()..];
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

/// Where a file names what is not below it.
fn wrong_arrows(root: &Path, rooms: &[&[&str]]) -> Vec<String> {
    let floor = |room: &str| rooms.iter().position(|floor| floor.contains(&room));
    let mut files = Vec::new();
    sources(root, &mut files);
    let mut wrong = Vec::new();
    for file in files.iter().filter(|file| file.extension().is_some_and(|ext| ext == "rs")) {
        let path = file.strip_prefix(root).unwrap();
        let first = path.iter().next().unwrap().to_str().unwrap();
        let room = first.trim_end_matches(".rs");
        let own = floor(room).unwrap_or_else(|| panic!("room `{room}` has no place in this list"));
        for used in uses(&fs::read_to_string(file).unwrap()) {
            let is_below = floor(&used).is_some_and(|floor| floor > own);
            // Macros are at the root, whoever defines them.
            if used != room && !is_below && !used.starts_with("__") {
                wrong.push(format!("{}: `{used}`", path.display()));
            }
        }
    }
    wrong
}

#[test]
fn arrows_between_rooms_run_downwards() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut wrong = wrong_arrows(&root.join("runtime/src"), RUNTIME);
    wrong.extend(wrong_arrows(&root.join("macros/src"), MACROS));
    assert!(wrong.is_empty(), "these use what is not below them:\n{}", wrong.join("\n"));
}

/// The files of each folder, and which of their neighbours each of them names.
fn neighbours(root: &Path, root_prefix: &str) -> Vec<BTreeMap<String, BTreeSet<String>>> {
    let mut files = Vec::new();
    sources(root, &mut files);
    let mut folders = BTreeMap::<_, BTreeMap<_, _>>::new();
    for file in files.iter().filter(|file| file.extension().is_some_and(|ext| ext == "rs")) {
        let folder = file.parent().unwrap();
        let prefix = if folder == root { root_prefix } else { "super::" };
        let named = named_behind(prefix, &fs::read_to_string(file).unwrap());
        let stem = file.file_stem().unwrap().to_str().unwrap().to_owned();
        folders.entry(folder.to_owned()).or_default().insert(stem, named);
    }
    folders.into_values().collect()
}

/// The files that can be reached from themselves.
fn in_circles(files: &BTreeMap<String, BTreeSet<String>>) -> Vec<&str> {
    let reaches_itself = |start: &&String| {
        let mut reached = BTreeSet::new();
        // That a file names itself is no circle.
        let mut next: Vec<_> = files[*start].iter().filter(|file| file != start).collect();
        while let Some(file) = next.pop() {
            if reached.insert(file) {
                next.extend(files.get(file).into_iter().flatten());
            }
        }
        reached.contains(*start)
    };
    files.keys().filter(reaches_itself).map(String::as_str).collect()
}

#[test]
fn no_files_of_a_folder_stand_in_a_circle() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    // The top of the runtime is the rooms.
    let mut folders = neighbours(&root.join("runtime/src"), "no prefix");
    folders.extend(neighbours(&root.join("macros/src"), "crate::"));
    let circles: Vec<_> = folders.iter().flat_map(in_circles).collect();
    assert!(circles.is_empty(), "these use each other: {}", circles.join(", "));
}

#[test]
fn a_circle_is_found() {
    let files = [("a", &["b", "x"][..]), ("b", &["c"]), ("c", &["b"]), ("d", &["d", "a"])];
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let files = files.map(|(file, named)| (file.to_owned(), names(named)));
    assert_eq!(in_circles(&files.into()), ["b", "c"]);
}

#[test]
fn uses_are_found() {
    let source = "use crate::a::B;\nuse crate::{c, d::{E, F}, g};\n// use crate::x;\n$crate::y!();\n\
                  fn f() { crate::h::i() }\n#[cfg(test)]\nmod tests { use crate::z; }";
    assert_eq!(Vec::from_iter(uses(source)), ["a", "c", "d", "g", "h"]);
    let source = "use super::a::B;\nuse super::super::b::C;\nuse super::{c::D, E};";
    assert_eq!(Vec::from_iter(named_behind("super::", source)), ["E", "a", "c"]);
}
