//! Measures measurand beside the crates that people would otherwise take.
//!
//! `cargo run --release --manifest-path benches/Cargo.toml`, and `-- --help` for the options.

mod allocator;
mod contestants;
mod input;
mod machine;
mod options;
mod report;
mod round;
mod work;

use std::process::ExitCode;

use options::Options;

fn main() -> ExitCode {
    match Options::parse().and_then(|options| options.map_or(Ok(()), |options| run(&options))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), Box<dyn std::error::Error>> {
    // Before the load is that of this run.
    let machine = machine::describe();
    let rows = if options.build {
        let mut rows = work::build::run(options)?;
        rows.extend(work::rebuild::run(options)?);
        rows.extend(work::declare::run(options)?);
        rows
    } else {
        // New series come first, since they cost measurand the more the more threads there ever
        // were, and last with many of them.
        let created = work::creation::run(options, &[(1_000, 1), (10_000, 1)]);
        let sights = work::first_sight::run(options);
        let mut rows = work::update::run(options);
        rows.extend(work::calls::run(options));
        rows.extend(work::middleware::run(options));
        rows.extend(work::exposition::run(options));
        let mut memory = work::memory::run(options);
        memory.extend(work::calls::allocations(options));
        rows.extend(created);
        rows.extend(work::creation::run(options, &[(1_000, 64)]));
        rows.extend(sights);
        rows.extend(memory);
        rows
    };
    if let Some(path) = &options.json {
        std::fs::write(path, report::json(&rows))?;
    }
    println!("{machine}\n");
    println!("{}\n", report::legend(options));
    print!("{}", report::table(&rows));
    Ok(())
}
