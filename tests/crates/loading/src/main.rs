//! Loads a library while it runs, updates its metrics, and has their page written:
//! `loading libentries.so PATH`.

use std::env;
use std::error::Error;
use std::ffi::{CString, c_char, c_int};

use libloading::{Library, Symbol};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [library, page] = &arguments[..] else {
        return Err("type `loading LIBRARY PATH`".into());
    };
    let page = CString::new(page.as_str())?;
    // SAFETY: the libraries of these tests do nothing when they are loaded, and export these two
    // functions as they are called here.
    let written = unsafe {
        let library = Library::new(library)?;
        let update: Symbol<'_, extern "C" fn()> = library.get(b"entries_update")?;
        let write: Symbol<'_, unsafe extern "C" fn(*const c_char) -> c_int> =
            library.get(b"entries_write_page")?;
        update();
        let written = write(page.as_ptr());
        // Threads may have to run its destructors.
        std::mem::forget(library);
        written
    };
    if written > 0 { Ok(()) } else { Err("no page was written".into()) }
}
