//! The example, scraped over HTTP.

use std::process::Command;

use measurand_tests::Program;

#[test]
fn a_scraper_gets_what_it_asks_for() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hyper-metrics"));
    let listener = Program::start(command.arg("127.0.0.1:0"));
    let metrics = listener.line_after("metrics are at ");
    let get = |accept: &str| {
        // A proxy of the environment is not for loopback.
        let request = ureq::get(&metrics).config().proxy(None).build();
        let mut response = request.header("Accept", accept).call().unwrap();
        let content_type = response.headers()["content-type"].to_str().unwrap().to_owned();
        (content_type, response.body_mut().read_to_string().unwrap())
    };
    let (content_type, page) = get("*/*");
    assert_eq!(content_type, "text/plain; version=0.0.4; charset=utf-8");
    assert!(page.contains("hyper_example_build_info{"), "{page}");
    let (content_type, page) = get("application/openmetrics-text;version=1.0.0");
    assert_eq!(content_type, "application/openmetrics-text; version=1.0.0; charset=utf-8");
    assert!(page.contains("# TYPE hyper_example_build info\n"), "{page}");
}
