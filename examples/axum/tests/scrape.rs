//! The example, scraped over HTTP.

use std::process::Command;

use measurand_tests::Program;

#[test]
fn a_scraper_gets_what_it_asks_for() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_axum-metrics"));
    let service = Program::start(command.arg("127.0.0.1:0"));
    let metrics = service.line_after("metrics are at ");
    let get = |url: &str, accept: &str| {
        // A proxy of the environment is not for loopback.
        let request = ureq::get(url).config().proxy(None).build();
        let mut response = request.header("Accept", accept).call().unwrap();
        let content_type = response.headers()["content-type"].to_str().unwrap().to_owned();
        (content_type, response.body_mut().read_to_string().unwrap())
    };
    get(&metrics.replace("/metrics", "/hello"), "*/*");
    let (content_type, page) = get(&metrics, "*/*");
    assert_eq!(content_type, "text/plain; version=0.0.4; charset=utf-8");
    assert!(page.contains("hello_greetings_total 1\n"), "{page}");
    let openmetrics = "application/openmetrics-text;version=1.0.0";
    let (content_type, page) = get(&format!("{metrics}?name[]=hello_greetings"), openmetrics);
    assert_eq!(content_type, "application/openmetrics-text; version=1.0.0; charset=utf-8");
    assert!(page.ends_with("hello_greetings_total 1\n# EOF\n"), "{page}");
}
