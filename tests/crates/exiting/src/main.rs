//! Ends while something is to be pushed: `exiting END URL…`, with a push for each URL.

use std::error::Error;
use std::time::Duration;
use std::{env, process, thread};

use measurand::Registry;
use measurand::push::Pushgateway;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = env::args().skip(1);
    let end = args.next().unwrap_or_default();
    let mut pushes = Vec::new();
    for url in args {
        let gateway = Pushgateway::new(&url, "exiting")?.without_instance();
        pushes.push(gateway.registry(&Registry::new()).push_on_exit().at_sigterm()?);
    }
    if end == "after" {
        pushes.clear();
    }
    println!("ready");
    match &*end {
        // Neither is seen by anyone.
        "exit" => process::exit(3),
        "abort" => process::abort(),
        // While it is pushed, the signal comes.
        "meanwhile" => drop(pushes),
        _ => thread::sleep(Duration::from_secs(600)),
    }
    println!("the end");
    Ok(())
}
