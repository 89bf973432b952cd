//! Profiles of the heap of a program whose allocator is jemalloc.
#![cfg(target_os = "linux")]

use std::io::Read as _;
use std::process::{Command, Output};

use flate2::read::GzDecoder;
use measurand_tests::pprof::{Profile, Sample};

fn profiled(settings: &str) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_heap"));
    program.env("_RJEM_MALLOC_CONF", settings).output().unwrap()
}

#[test]
fn a_profile_of_the_heap_names_who_allocated() {
    let program = profiled("prof:true");
    assert!(program.status.success(), "{}", String::from_utf8_lossy(&program.stderr));
    let mut bytes = Vec::new();
    GzDecoder::new(&*program.stdout).read_to_end(&mut bytes).unwrap();
    let profile = Profile::read(&bytes);
    let kinds = profile.sample_type.iter().map(|it| (profile.text(it.kind), profile.text(it.unit)));
    assert!(kinds.eq([("inuse_space", "bytes")]));
    let is_held = |sample: &&Sample| {
        sample.location_id.iter().any(|id| profile.function(*id).contains("hold_much"))
    };
    let held: i64 = profile.sample.iter().filter(is_held).map(|sample| sample.value[0]).sum();
    // It is sampled, so that it is about so much: 64 MiB.
    assert!((48 << 20..96 << 20).contains(&held), "{held}");
}

#[test]
fn where_nothing_is_sampled_it_says_what_it_takes() {
    for (settings, expected) in [
        ("", "start the program with `_RJEM_MALLOC_CONF=prof:true`"),
        ("prof:true,prof_active:false", "leave out `prof_active:false`"),
    ] {
        let program = profiled(settings);
        let said = String::from_utf8(program.stderr).unwrap();
        assert!(!program.status.success() && said.starts_with("501 "), "{said}");
        assert!(said.contains(expected), "{said}");
    }
}
