//! A worker on a queue whose partitions come and go: each has its own series, which leave the page with it.
//!
//! ```sh
//! cargo run -p worker
//! curl -s http://127.0.0.1:9091/metrics | grep worker_ # again after some seconds
//! ```

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::error::Error;
use std::time::{Duration, Instant};
use std::{env, thread};

use measurand::actix::Server;
use measurand::registry::Registered;
use measurand::{Counter, Gauge, Metrics, Registry};

/// What the worker reports, whatever partitions it has. These totals survive a rebalance.
#[derive(Metrics)]
#[metrics(namespace = "worker", global = WORKER)]
struct WorkerMetrics {
    /// Jobs done.
    jobs_total: Counter,
    /// Rebalances, each of which gives the worker other partitions.
    rebalances_total: Counter,
}

/// What the worker reports of one partition.
#[derive(Metrics)]
#[metrics(namespace = "worker_partition", instance(partition: u32))]
struct PartitionMetrics {
    /// Jobs done since the partition was assigned.
    jobs_total: Counter,
    /// Jobs that wait.
    waiting_jobs: Gauge,
}

/// Stands for doing a job.
fn work(partition: &PartitionMetrics) {
    thread::sleep(Duration::from_millis(20));
    partition.waiting_jobs.dec();
    partition.jobs_total.inc();
    WORKER.jobs_total.inc();
}

fn main() -> Result<(), Box<dyn Error>> {
    let address = env::args().nth(1).unwrap_or_else(|| "127.0.0.1:9091".to_owned());
    let server = Server::bind(address)?.spawn()?;
    println!("metrics are at http://{}/metrics", server.local_addr());

    // The series of a partition leave the registry when its `Registered` is dropped.
    let mut partitions: BTreeMap<u32, Registered<PartitionMetrics>> = BTreeMap::new();
    for assigned in [&[0, 1, 2][..], &[1, 2, 3], &[2]].into_iter().cycle() {
        partitions.retain(|number, _| assigned.contains(number));
        for &number in assigned {
            if let Entry::Vacant(entry) = partitions.entry(number) {
                let metrics = PartitionMetrics::register(Registry::global(), number)?;
                metrics.waiting_jobs.set(1_000);
                entry.insert(metrics);
            }
        }
        WORKER.rebalances_total.inc();
        println!("assigned are {assigned:?}");

        let rebalance = Instant::now() + Duration::from_secs(2);
        while Instant::now() < rebalance {
            partitions.values().for_each(|partition| work(partition));
        }
    }
    Ok(())
}
