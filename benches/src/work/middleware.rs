//! What it costs to measure the requests of a web service.

use crate::contestants::MEASURAND;
use crate::contestants::middleware::{REQUESTS, actix_web_prom, measurand, unmeasured};
use crate::options::Options;
use crate::round::{self, Row};

pub(crate) fn run(options: &Options) -> Vec<Row> {
    const WORK: &str = "request_middleware";
    if !options.wants(WORK) {
        return Vec::new();
    }
    let runners = vec![
        round::alone("floor: unmeasured", REQUESTS, unmeasured()),
        round::alone(MEASURAND, REQUESTS, measurand()),
        round::alone("actix-web-prom", REQUESTS, actix_web_prom()),
    ];
    round::interleave(WORK, "ns/request", options.rounds(), runners)
}
