//! The page that a format writes to.

use std::io;

use super::{EncodeError, Shortage};
use crate::read::Flow;

/// What to do where there is no memory.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum OnShortage {
    /// The process ends, as it does where a `Vec` grows.
    End,
    /// Nothing more is written.
    Fail,
}

/// What takes a page piece by piece.
pub(super) trait Drain {
    fn take(&mut self, piece: &[u8]) -> io::Result<()>;
}

/// A page with a drain is drained where it is about as long as this.
#[cfg(feature = "serve")]
pub(super) const PIECE: usize = 64 << 10;

/// A page, after what stood there before.
///
/// Room is made for much at once, so that whoever writes need not ask whether it may fail.
pub(super) struct Page<'a> {
    pub(super) bytes: &'a mut Vec<u8>,
    /// How long it was before.
    start: usize,
    /// Why nothing more is written.
    pub(super) error: Option<EncodeError>,
    on_shortage: OnShortage,
    drain: Option<&'a mut dyn Drain>,
    /// From where on it is not final.
    held: Option<usize>,
}

impl<'a> Page<'a> {
    pub(super) fn new(bytes: &'a mut Vec<u8>, on_shortage: OnShortage) -> Page<'a> {
        Page { start: bytes.len(), bytes, error: None, on_shortage, drain: None, held: None }
    }

    /// A page that is handed on while it is made: `bytes` holds no more than a piece of it, as long as no more is
    /// asked for at once.
    #[cfg(feature = "serve")]
    pub(super) fn drained(bytes: &'a mut Vec<u8>, drain: &'a mut dyn Drain) -> Page<'a> {
        Page { drain: Some(drain), ..Page::new(bytes, OnShortage::Fail) }
    }

    /// Ends the page. After an error it is as it was before.
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

    /// Whether more is written.
    pub(super) fn flow(&self) -> Flow {
        if self.error.is_some() { Flow::Stop } else { Flow::Continue }
    }

    /// Whether it is handed on while it is made.
    pub(super) fn is_drained(&self) -> bool {
        self.drain.is_some()
    }

    /// What is written from here on is not final until it is [released](Page::release).
    pub(super) fn hold(&mut self) {
        self.held = Some(self.bytes.len());
    }

    /// Where that starts, if there is anything of the kind; it is final from now on.
    pub(super) fn release(&mut self) -> Option<usize> {
        self.held.take()
    }

    /// Makes room for so many bytes more, and says whether there is.
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
        // Twice as much, so that it seldom grows; or just what it takes.
        let grown = self.bytes.try_reserve(len).or_else(|_| self.bytes.try_reserve_exact(len));
        let before = self.bytes.len();
        let shortage = |source| EncodeError(Shortage::Page { len: before, more: len, source });
        self.error = grown.err().map(shortage);
        self.error.is_none()
    }

    /// Hands on what is final.
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
