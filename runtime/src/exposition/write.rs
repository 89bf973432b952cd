//! Writing pages to a writer or a file, once or at an interval.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::{EncodeError, Encoder, Format};
use crate::idle::Idle;
use crate::registry::{Gather, Registry};

/// The buffers of written pages.
static ROOMS: Idle<Vec<u8>> = Idle::new();

impl Encoder {
    /// Gathers `source`, and returns the page.
    ///
    /// # Errors
    ///
    /// Returns an error if there is not enough memory, or if the gather fails.
    ///
    /// ```
    /// use measurand::Registry;
    /// use measurand::exposition::{Encoder, Format};
    ///
    /// let page = Encoder::new(Format::OpenMetrics).to_bytes(&Registry::new())?;
    /// assert_eq!(page, b"# EOF\n");
    /// # Ok::<(), measurand::exposition::EncodeError>(())
    /// ```
    pub fn to_bytes(&self, source: &(impl Gather + ?Sized)) -> Result<Vec<u8>, EncodeError> {
        let mut page = Vec::new();
        self.encode(source, &mut page)?;
        Ok(page)
    }

    /// Gathers `source`, and writes the page once it is complete.
    ///
    /// # Errors
    ///
    /// Returns an error if the writer fails, or if the page cannot be encoded.
    ///
    /// ```
    /// use measurand::Registry;
    /// use measurand::exposition::Encoder;
    ///
    /// Encoder::default().write_to(Registry::global(), std::io::sink())?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn write_to(
        &self,
        source: &(impl Gather + ?Sized),
        mut writer: impl Write,
    ) -> io::Result<()> {
        let mut page = ROOMS.take();
        self.encode(source, &mut page).map_err(io::Error::other)?;
        let written = writer.write_all(&page).and_then(|()| writer.flush());
        ROOMS.put(page);
        written
    }

    /// Gathers `source`, and writes the page to a file, for example for the textfile collector of
    /// node_exporter, which reads `*.prom` in text format 0.0.4.
    ///
    /// The file is replaced atomically: readers see the complete new page or the complete old one,
    /// even if the disk is full or the process ends meanwhile.
    ///
    /// # Errors
    ///
    /// Returns an error, with the path, if the page cannot be encoded or the file cannot be
    /// written; the old file is then unchanged.
    ///
    /// ```
    /// use measurand::Registry;
    /// use measurand::exposition::Encoder;
    ///
    /// let path = std::env::temp_dir().join("measurand-doc-write-file.prom");
    /// Encoder::default().write_file(Registry::global(), &path)?;
    /// # std::fs::remove_file(path)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[doc(alias = "WriteToTextfile")]
    pub fn write_file(
        &self,
        source: &(impl Gather + ?Sized),
        path: impl AsRef<Path>,
    ) -> io::Result<()> {
        let path = path.as_ref();
        let aside = aside(path)?;
        let written = File::create(&aside).and_then(|file| {
            self.write_to(source, &file)?;
            file.sync_all()
        });
        let placed = written.and_then(|()| fs::rename(&aside, path));
        if placed.is_err() {
            // An incomplete file is of no use.
            let _ = fs::remove_file(&aside);
        }
        placed.map_err(|error| {
            io::Error::new(error.kind(), format!("cannot write {}: {error}", path.display()))
        })
    }

    /// Calls `write` with this encoder at an interval, on its own thread, until the returned value
    /// is dropped. It is then called once more, for the last updates.
    ///
    /// Errors are logged, and the next call comes after the interval.
    ///
    /// # Errors
    ///
    /// Returns an error if no thread can be spawned.
    ///
    /// ```
    /// use std::time::Duration;
    /// use measurand::Registry;
    /// use measurand::exposition::Encoder;
    ///
    /// // For development: print the page every minute.
    /// let minute = Duration::from_secs(60);
    /// let _pages = Encoder::default()
    ///     .every(minute, |encoder| encoder.write_to(Registry::global(), std::io::stdout()))?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn every(
        self,
        interval: Duration,
        mut write: impl FnMut(&Encoder) -> io::Result<()> + Send + 'static,
    ) -> io::Result<Periodic> {
        let (stop, stopped) = mpsc::channel();
        let work = move || {
            loop {
                let is_last = stopped.recv_timeout(interval) != Err(RecvTimeoutError::Timeout);
                if let Err(error) = write(&self) {
                    log::error!("the metrics could not be written: {error}");
                }
                if is_last {
                    return;
                }
            }
        };
        let thread = thread::Builder::new().name("metrics-write".to_owned()).spawn(work)?;
        Ok(Periodic { stop: Some(stop), thread: Some(thread) })
    }
}

/// Returns the path of a unique temporary file in the same directory.
fn aside(path: &Path) -> io::Result<PathBuf> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let Some(name) = path.file_name() else {
        let why = format!("{} is not the path of a file; end it with a file name", path.display());
        return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
    };
    let mut aside = std::ffi::OsString::from(".");
    aside.push(name);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    // The extension keeps readers from taking it for a page.
    aside.push(format!(".{}-{number}.tmp", std::process::id()));
    Ok(path.with_file_name(aside))
}

/// A thread that writes pages at an interval until this is dropped. Created by [`Encoder::every`].
///
/// ```
/// use std::time::Duration;
/// use measurand::Registry;
/// use measurand::exposition::{Encoder, Periodic};
///
/// let path = std::env::temp_dir().join("measurand-doc-periodic.prom");
/// let file = path.clone();
/// let pages: Periodic = Encoder::default()
///     .every(Duration::from_secs(60), move |encoder| encoder.write_file(Registry::global(), &file))?;
/// // … run the job …
/// drop(pages);
/// assert!(path.exists());
/// # std::fs::remove_file(path)?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use = "it stops when this is dropped: bind it, as in `let _pages = …`"]
pub struct Periodic {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Periodic {
    /// Writes once more, and waits for that.
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // If the thread panicked, the panic hook has reported it.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Periodic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Periodic").finish_non_exhaustive()
    }
}

impl Registry {
    /// Returns all metrics in Prometheus's text format 0.0.4.
    ///
    /// ```
    /// assert_eq!(measurand::Registry::new().to_text(), "");
    /// ```
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        self.encode_text(&mut text);
        text
    }

    /// Writes all metrics in a format.
    ///
    /// # Errors
    ///
    /// Returns an error if the writer fails, or if the page cannot be encoded.
    ///
    /// ```
    /// use measurand::Registry;
    /// use measurand::exposition::Format;
    ///
    /// let mut page = Vec::new();
    /// Registry::global().write_to(Format::OpenMetrics, &mut page)?;
    /// assert!(page.ends_with(b"# EOF\n"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn write_to(&self, format: Format, writer: impl Write) -> io::Result<()> {
        Encoder::new(format).write_to(self, writer)
    }
}
