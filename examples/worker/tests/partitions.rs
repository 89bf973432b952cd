//! The page of the example while its partitions come and go.

use std::process::Command;

use measurand_tests::{Program, samples, until};

#[test]
fn series_come_and_go_with_their_partition() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_worker"));
    let worker = Program::start(command.arg("127.0.0.1:0"));
    let url = worker.line_after("metrics are at ");
    let shows = |partitions: &[u32]| {
        until(&format!("the series of {partitions:?} alone"), || {
            // A proxy of the environment is not for loopback.
            let request = ureq::get(&url).config().proxy(None).build();
            let page = request.call().unwrap().body_mut().read_to_string().unwrap();
            let shown = samples(&page, "worker_partition_waiting_jobs{");
            let prefix =
                |number| format!("worker_partition_waiting_jobs{{partition=\"{number}\"}} ");
            let is_shown = |(line, number): (&&str, _)| line.starts_with(&prefix(number));
            let are_shown = std::iter::zip(&shown, partitions).all(is_shown);
            (shown.len() == partitions.len() && are_shown).then_some(page)
        })
    };
    assert_eq!(worker.line(), "assigned are [0, 1, 2]");
    shows(&[0, 1, 2]);
    assert_eq!(worker.line(), "assigned are [1, 2, 3]");
    let page = shows(&[1, 2, 3]);
    assert!(page.contains("\nworker_rebalances_total "), "{page}");
}
