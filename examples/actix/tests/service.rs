//! The example, asked over HTTP.

use std::process::Command;

use measurand_tests::{Program, until};

#[test]
fn requests_and_queries_are_measured() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_actix-metrics"));
    let service = Program::start(command.args(["127.0.0.1:0", "127.0.0.1:0"]));
    let metrics = service.line_after("metrics are at ");
    let order = service.line_after("orders are at ");
    // A proxy of the environment is not for loopback.
    let config = ureq::Agent::config_builder().http_status_as_error(false).proxy(None);
    let agent: ureq::Agent = config.build().into();
    let get = |url: &str| {
        let mut response = agent.get(url).call().unwrap();
        (response.status().as_u16(), response.body_mut().read_to_string().unwrap())
    };
    assert_eq!(get(&order), (200, "order 7\n".to_owned()));
    assert_eq!(get(&format!("{order}00")), (404, "no such order\n".to_owned()));
    let ready = metrics.replace("/metrics", "/readyz");
    assert_eq!(get(&ready), (200, "ready\ndatabase: ok\n".to_owned()));

    // A request is counted after its answer was sent.
    until("both requests", || {
        let (_, page) = get(&metrics);
        let has = |sample| page.contains(&format!("{sample}\n"));
        let labels =
            |status| format!("method=\"GET\",route=\"/orders/{{id}}\",status=\"{status}\"");
        let requests = |status| {
            has(format!("http_server_requests_total{{{},outcome=\"ok\"}} 1", labels(status)))
        };
        let is_counted = requests("2xx") && requests("4xx");
        let is_queried = has("shop_query_calls_total{outcome=\"ok\"} 2".to_owned());
        (is_counted && is_queried && page.contains("process_start_time_seconds ")).then_some(())
    });
}
