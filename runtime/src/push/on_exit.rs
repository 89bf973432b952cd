//! What is done when a job ends.

use std::fmt;
use std::sync::Arc;

use ureq::http::Method;

use super::exit::Exit;
use super::{PushError, Pushgateway};

/// Pushes once when it is dropped: where the job returns or panics.
///
/// Keep it in a variable of `main`, such as `_push`; `_` alone drops it at once. What goes wrong is logged;
/// [`finish`](PushOnExit::finish) gives it back instead. Nothing is pushed
///
/// - after [`std::process::exit`], which drops nothing: return from `main` instead, with an `ExitCode`;
/// - after [`std::process::abort`], and after a panic where panics abort (`panic = "abort"`);
/// - after a signal that ends the process, but for `SIGTERM` with `at_sigterm`.
///
/// ```no_run
/// use std::process::ExitCode;
/// use measurand::push::Pushgateway;
///
/// fn main() -> ExitCode {
///     let gateway = Pushgateway::new("http://localhost:9091", "backup").expect("a good URL");
///     let _push = gateway.instance("db-7").push_on_exit();
///     // … the job …
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

    /// Pushes at `SIGTERM` as well, by which the process is told to end: then, and not when it is dropped. The process
    /// ends afterwards, as it does by this signal without anyone who handles it.
    ///
    /// It is for a program that does not handle this signal; one that does, such as an async service, returns from its
    /// `main` and drops this. From here on a thread waits for the signal as long as the process lives.
    ///
    /// # Errors
    ///
    /// If the system gives no thread, or refuses that the signal is handled.
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

    /// Pushes now instead.
    ///
    /// # Errors
    ///
    /// As [`Pushgateway::push`]. It is no error if a signal has been faster.
    ///
    /// ```no_run
    /// use measurand::push::Pushgateway;
    ///
    /// let gateway = Pushgateway::new("http://localhost:9091", "backup")?.instance("db-7");
    /// let push = gateway.push_on_exit();
    /// // … the job; a panic is pushed all the same …
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

/// Removes a group when it is dropped; [`Pushgateway::delete_on_drop`] has an example.
#[must_use = "it removes the group when it is dropped"]
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
            log::error!("the group stays in the Pushgateway: {error}");
        }
    }
}

impl fmt::Debug for DeleteOnDrop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DeleteOnDrop").field(&self.gateway).finish()
    }
}
