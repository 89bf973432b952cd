//! What is done at `SIGTERM`, before it ends the process.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

use signal_hook::consts::SIGTERM;
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use super::exit::Exit;
use crate::sync::unpoisoned;

/// What is to be pushed, in one list: the first thread that has pushed ends the process, so there is only one.
struct Exits {
    all: Vec<Arc<Exit>>,
    is_waiting: bool,
}

static EXITS: Mutex<Exits> = Mutex::new(Exits { all: Vec::new(), is_waiting: false });

fn exits() -> MutexGuard<'static, Exits> {
    unpoisoned(EXITS.lock())
}

pub(super) fn add(exit: &Arc<Exit>) -> io::Result<()> {
    let mut exits = exits();
    if !exits.is_waiting {
        let signals = Signals::new([SIGTERM])?;
        thread::Builder::new().name("measurand-exit".to_owned()).spawn(|| wait(signals))?;
        exits.is_waiting = true;
    }
    exits.all.push(exit.clone());
    Ok(())
}

pub(super) fn remove(exit: &Arc<Exit>) {
    let is_it = |other: &mut Arc<Exit>| Arc::ptr_eq(other, exit);
    let removed: Vec<_> = exits().all.extract_if(.., is_it).collect();
    // What it pushes from is the user's, and dropped where nobody waits for it.
    drop(removed);
}

/// It waits also where there is nothing to push any more: who handles a signal cannot give it back.
fn wait(mut signals: Signals) {
    for signal in &mut signals {
        let all = exits().all.clone();
        all.iter().for_each(|exit| exit.once_logged());
        // The process ends here.
        if let Err(error) = emulate_default_handler(signal) {
            log::error!("cannot end the process: {error}");
        }
    }
}
