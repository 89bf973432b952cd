//! The page that a format writes to.

use std::io;

use super::{EncodeError, Shortage};
use crate::read::Flow;

/// What to do if there is not enough memory.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum OnShortage {
    /// The process ends, as it does when a `Vec` cannot grow.
    End,
    /// Nothing more is written.
    Fail,
}

/// A consumer of a page, piece by piece.
pub(super) trait Drain {
    fn take(&mut self, piece: &[u8]) -> io::Result<()>;
}

/// The approximate length of a piece that is passed to a drain, in bytes.
#[cfg(feature = "serve")]
pub(super) const PIECE: usize = 64 << 10;

/// A page, appended to a buffer.
///
/// Capacity is reserved for many writes at once, so that single writes need no check.
pub(super) struct Page<'a> {
    pub(super) bytes: &'a mut Vec<u8>,
    /// The length of the buffer before the page.
    start: usize,
    /// Why nothing more is written.
    pub(super) error: Option<EncodeError>,
    on_shortage: OnShortage,
    drain: Option<&'a mut dyn Drain>,
    /// Where the part starts that may still change.
    held: Option<usize>,
}

impl<'a> Page<'a> {
    pub(super) fn new(bytes: &'a mut Vec<u8>, on_shortage: OnShortage) -> Page<'a> {
        Page { start: bytes.len(), bytes, error: None, on_shortage, drain: None, held: None }
    }

    /// Creates a page that is passed on while it is written: `bytes` holds only a piece of it,
    /// unless more is reserved at once.
    #[cfg(feature = "serve")]
    pub(super) fn drained(bytes: &'a mut Vec<u8>, drain: &'a mut dyn Drain) -> Page<'a> {
        Page { drain: Some(drain), ..Page::new(bytes, OnShortage::Fail) }
    }

    /// Ends the page. After an error the buffer is restored to what it was.
    pub(super) fn finish(mut self) -> Result<(), EncodeError> {
        if self.error.is_none() {
            self.hand_on();
        }
        match self.error {
            Some(error) => {
                self.bytes.truncate(self.start);
                Err(error)
            }
            None => Ok(()),
        }
    }

    /// Returns whether to go on.
    pub(super) fn flow(&self) -> Flow {
        if self.error.is_some() { Flow::Stop } else { Flow::Continue }
    }

    /// Returns whether the page is passed on while it is written.
    pub(super) fn is_drained(&self) -> bool {
        self.drain.is_some()
    }

    /// Keeps what is written from here on until it is [released](Page::release).
    pub(super) fn hold(&mut self) {
        self.held = Some(self.bytes.len());
    }

    /// Ends [`hold`](Page::hold), and returns where the held part starts, if there is one.
    pub(super) fn release(&mut self) -> Option<usize> {
        self.held.take()
    }

    /// Reserves capacity for `len` more bytes, and returns whether that succeeded.
    #[inline]
    pub(super) fn has_room(&mut self, len: usize) -> bool {
        let is_there = self.bytes.capacity() - self.bytes.len() >= len;
        (is_there && self.error.is_none()) || self.grow(len)
    }

    #[cold]
    fn grow(&mut self, len: usize) -> bool {
        if self.error.is_some() {
            return false;
        }
        if self.on_shortage == OnShortage::End {
            self.bytes.reserve(len);
            return true;
        }
        if self.drain.is_some() {
            self.hand_on();
            if self.error.is_some() || self.bytes.capacity() - self.bytes.len() >= len {
                return self.error.is_none();
            }
        }
        // Amortized growth if possible, or else exactly what is needed.
        let grown = self.bytes.try_reserve(len).or_else(|_| self.bytes.try_reserve_exact(len));
        let before = self.bytes.len();
        let shortage = |source| EncodeError(Shortage::Page { len: before, more: len, source });
        self.error = grown.err().map(shortage);
        self.error.is_none()
    }

    /// Passes on everything that is not held.
    fn hand_on(&mut self) {
        let Some(drain) = &mut self.drain else { return };
        let end = self.held.unwrap_or(self.bytes.len());
        match drain.take(&self.bytes[..end]) {
            Ok(()) => {
                self.bytes.drain(..end);
                self.held = self.held.map(|_| 0);
            }
            Err(error) => self.error = Some(EncodeError(Shortage::Drain(error.to_string()))),
        }
    }
}
