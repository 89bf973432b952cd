//! Guards for the end of a job.

use std::fmt;
use std::sync::Arc;

use ureq::http::Method;

use super::exit::Exit;
use super::{PushError, Pushgateway};

/// A guard that pushes once when it is dropped, as when the job returns or panics.
///
/// Keep it in a variable of `main`, such as `_push`; `_` alone drops it at once. Errors are logged;
/// [`finish`](PushOnExit::finish) returns them instead. Nothing is pushed
///
/// - after [`std::process::exit`], which drops nothing: return an `ExitCode` from `main` instead;
/// - after [`std::process::abort`], and after a panic if panics abort (`panic = "abort"`);
/// - after a signal that ends the process, except `SIGTERM` with `at_sigterm`.
///
/// ```no_run
/// use std::process::ExitCode;
/// use measurand::push::Pushgateway;
///
/// fn main() -> ExitCode {
///     let gateway = Pushgateway::new("http://localhost:9091", "backup").expect("a good URL");
///     let _push = gateway.instance("db-7").push_on_exit();
///     // … run the job …
///     ExitCode::from(3)
/// }
/// ```
#[must_use = "it pushes when it is dropped"]
pub struct PushOnExit {
    exit: Arc<Exit>,
}

impl PushOnExit {
    pub(super) fn new(gateway: Pushgateway, method: Method) -> PushOnExit {
        PushOnExit { exit: Arc::new(Exit::new(gateway, method)) }
    }

    /// Also pushes at `SIGTERM`, before the signal ends the process as it would by default. The
    /// drop then does nothing.
    ///
    /// Use it in programs that do not handle this signal. One that does, such as an async service,
    /// can return from its `main` and drop this guard. A thread waits for the signal for the rest
    /// of the process.
    ///
    /// # Errors
    ///
    /// Returns an error if no thread can be spawned, or if the signal cannot be handled.
    ///
    /// ```no_run
    /// use measurand::push::Pushgateway;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let gateway = Pushgateway::new("http://localhost:9091", "backup")?.instance("db-7");
    /// let _push = gateway.push_on_exit().at_sigterm()?;
    /// // … the job …
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(unix)]
    pub fn at_sigterm(self) -> std::io::Result<PushOnExit> {
        super::signal::add(&self.exit)?;
        Ok(self)
    }

    /// Pushes now, and returns the error if it fails.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Pushgateway::push`]. It is not an error if `SIGTERM` caused the push
    /// before.
    ///
    /// ```no_run
    /// use measurand::push::Pushgateway;
    ///
    /// let gateway = Pushgateway::new("http://localhost:9091", "backup")?.instance("db-7");
    /// let push = gateway.push_on_exit();
    /// // … run the job; if it panics, dropping `push` pushes …
    /// push.finish()?;
    /// # Ok::<(), measurand::push::PushError>(())
    /// ```
    pub fn finish(self) -> Result<(), PushError> {
        self.exit.once().unwrap_or(Ok(()))
    }
}

impl Drop for PushOnExit {
    fn drop(&mut self) {
        self.exit.once_logged();
        #[cfg(unix)]
        super::signal::remove(&self.exit);
    }
}

impl fmt::Debug for PushOnExit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PushOnExit").field("exit", &self.exit).finish_non_exhaustive()
    }
}

/// A guard that deletes a group when it is dropped; [`Pushgateway::delete_on_drop`] has an example.
///
/// ```no_run
/// use measurand::push::{DeleteOnDrop, PushError, Pushgateway};
///
/// /// A job whose metrics matter only while it runs.
/// struct Job {
///     gateway: Pushgateway,
///     _group: DeleteOnDrop,
/// }
///
/// impl Job {
///     fn start() -> Result<Job, PushError> {
///         let gateway = Pushgateway::new("http://localhost:9091", "backup")?.instance_of_process();
///         Ok(Job { _group: gateway.delete_on_drop(), gateway })
///     }
///
///     fn show_progress(&self) -> Result<(), PushError> {
///         self.gateway.push()
///     }
/// }
/// # Job::start()?.show_progress()?;
/// # Ok::<(), PushError>(())
/// ```
#[must_use = "it deletes the group when it is dropped"]
pub struct DeleteOnDrop {
    gateway: Pushgateway,
}

impl DeleteOnDrop {
    pub(super) fn new(gateway: Pushgateway) -> DeleteOnDrop {
        DeleteOnDrop { gateway }
    }
}

impl Drop for DeleteOnDrop {
    fn drop(&mut self) {
        if let Err(error) = self.gateway.delete() {
            log::error!("the group could not be deleted from the Pushgateway: {error}");
        }
    }
}

impl fmt::Debug for DeleteOnDrop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DeleteOnDrop").field(&self.gateway).finish()
    }
}
