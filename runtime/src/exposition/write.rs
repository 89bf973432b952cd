//! Pages that are written somewhere by hand: to any writer, to a file, again and again.

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

/// The room of pages that were written.
static ROOMS: Idle<Vec<u8>> = Idle::new();

impl Encoder {
    /// The page of what `source` gathers.
    ///
    /// # Errors
    ///
    /// If there is no memory for it, or the gather says so.
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

    /// Writes the page of what `source` gathers, at once when all of it is known.
    ///
    /// # Errors
    ///
    /// If the writer fails, or there is no page.
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

    /// Writes the page of what `source` gathers to a file, such as one for node_exporter's textfile collector,
    /// which reads `*.prom` in text format 0.0.4.
    ///
    /// It is written aside and then put in place, so that a reader finds the whole page or the whole one before
    /// it, also if the disk is full or the process ends meanwhile.
    ///
    /// # Errors
    ///
    /// If the file cannot be written, with its path; the old one is then as it was. If there is no page.
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
            // What is left of it is of no use.
            let _ = fs::remove_file(&aside);
        }
        placed.map_err(|error| {
            io::Error::new(error.kind(), format!("cannot write {}: {error}", path.display()))
        })
    }

    /// Does something with this encoder at an interval, on a thread of its own, until what is returned is
    /// dropped: then once more, so that what was counted last is there.
    ///
    /// What fails is logged, and tried again after the interval.
    ///
    /// # Errors
    ///
    /// If the system gives no thread.
    ///
    /// ```
    /// use std::time::Duration;
    /// use measurand::Registry;
    /// use measurand::exposition::Encoder;
    ///
    /// // In development: the page on stdout, every minute.
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

/// A path beside another one that nobody else writes to.
fn aside(path: &Path) -> io::Result<PathBuf> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let Some(name) = path.file_name() else {
        let why = format!("{} is no path of a file; end it with a name", path.display());
        return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
    };
    let mut aside = std::ffi::OsString::from(".");
    aside.push(name);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    // No reader takes it for a page: it does not end as one.
    aside.push(format!(".{}-{number}.tmp", std::process::id()));
    Ok(path.with_file_name(aside))
}

/// Something that is done at an interval, until it is dropped. Made by [`Encoder::every`].
#[must_use = "it stops when this is dropped: bind it, as in `let _pages = …`"]
pub struct Periodic {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Periodic {
    /// Waits for the last time.
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // It has said in stderr that it has panicked.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Periodic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Periodic")
    }
}

impl Registry {
    /// The exposition in text format 0.0.4.
    ///
    /// ```
    /// assert_eq!(measurand::Registry::new().to_text(), "");
    /// ```
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        self.encode_text(&mut text);
        text
    }

    /// Writes the exposition in a format.
    ///
    /// # Errors
    ///
    /// If the writer fails, or there is no memory for the page.
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
