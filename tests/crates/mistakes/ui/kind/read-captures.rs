use measurand::{Gauge, Metrics, Read};

fn main() {
    let waiting = vec![1, 2];

    /// The queue.
    #[derive(Metrics)]
    #[metrics(namespace = "app")]
    struct Queue {
        /// Jobs that wait.
        #[metric(read = || waiting.len())]
        waiting_jobs: Read<Gauge>,
    }
}
