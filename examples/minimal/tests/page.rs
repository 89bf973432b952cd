//! The page that the example prints.

use std::process::Command;

#[test]
fn the_page_shows_every_update() {
    let output = Command::new(env!("CARGO_BIN_EXE_minimal")).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let page = String::from_utf8(output.stdout).unwrap();
    for sample in [
        "thumbnailer_images_total{format=\"jpeg\"} 2\n",
        "thumbnailer_images_total{format=\"png\"} 1\n",
        "thumbnailer_in_progress 0\n",
        "thumbnailer_read_bytes_total 56547\n",
        "thumbnailer_scale_duration_seconds_count 3\n",
    ] {
        assert!(page.contains(sample), "{sample}{page}");
    }
}
