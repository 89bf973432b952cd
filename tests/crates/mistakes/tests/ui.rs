//! What is wrong with a declaration, and what the compiler says of it.
//!
//! Each case is one mistake. After a change of the words, `TRYBUILD=overwrite` writes them anew:
//! read the diff as someone would who has never seen the macro.

/// Errors that `cargo check` finds.
#[test]
fn mistakes_are_explained() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/name/*.rs");
    cases.compile_fail("ui/unit/*.rs");
    cases.compile_fail("ui/help/*.rs");
    cases.compile_fail("ui/label/*.rs");
    cases.compile_fail("ui/label_value/*.rs");
    cases.compile_fail("ui/label_set/*.rs");
    cases.compile_fail("ui/family/*.rs");
    cases.compile_fail("ui/bucket/*.rs");
    cases.compile_fail("ui/shape/*.rs");
    cases.compile_fail("ui/duplicate/*.rs");
    cases.compile_fail("ui/using/*.rs");
    cases.compile_fail("ui/option/*.rs");
    cases.compile_fail("ui/value/*.rs");
    cases.compile_fail("ui/waiver/*.rs");
    cases.compile_fail("ui/group/*.rs");
    cases.compile_fail("ui/kind/*.rs");
    cases.compile_fail("ui/calls/*.rs");
    cases.compile_fail("ui/instrument/*.rs");
}

/// Errors that only building finds; a case that passes makes trybuild build.
#[test]
fn mistakes_are_explained_when_building() {
    let cases = trybuild::TestCases::new();
    cases.pass("ui/pass/*.rs");
    cases.compile_fail("ui/build/*.rs");
}
