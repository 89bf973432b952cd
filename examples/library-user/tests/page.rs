//! The page that the example prints.

use std::process::Command;

#[test]
fn the_page_shows_the_library_and_its_user() {
    let output = Command::new(env!("CARGO_BIN_EXE_library-user")).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let page = String::from_utf8(output.stdout).unwrap();
    for sample in [
        "geocoder_cache_hits_total 1\n",
        "geocoder_lookup_calls_total{outcome=\"error\",reason=\"unknown_place\"} 1\n",
        "geocoder_lookup_calls_total{outcome=\"ok\"} 3\n",
        "geocoder_lookup_duration_seconds_count 4\n",
        "planner_routes_total 1\n",
    ] {
        assert!(page.contains(sample), "{sample}{page}");
    }
    assert!(!page.contains("function_calls"), "{page}");
    assert_eq!(output.stderr, b"from Paris to Atlantis: no place of that name is known\n");
}
