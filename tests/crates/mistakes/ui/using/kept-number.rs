use measurand::Series;

struct Worker {
    jobs: Series<u64>,
}

fn main() {}
