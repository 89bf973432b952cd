//! The page that a format writes to.

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

/// A page, behind what stood there before.
///
/// Room is made for much at once, so that whoever writes need not ask whether it may fail.
pub(super) struct Page<'a> {
    pub(super) bytes: &'a mut Vec<u8>,
    /// How long it was before.
    start: usize,
    /// Why nothing more is written.
    pub(super) error: Option<EncodeError>,
    on_shortage: OnShortage,
}

impl<'a> Page<'a> {
    pub(super) fn new(bytes: &'a mut Vec<u8>, on_shortage: OnShortage) -> Page<'a> {
        Page { start: bytes.len(), bytes, error: None, on_shortage }
    }

    /// Ends the page. After an error it is as it was before.
    pub(super) fn finish(self) -> Result<(), EncodeError> {
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
        // Twice as much, so that it seldom grows; or just what it takes.
        let grown = self.bytes.try_reserve(len).or_else(|_| self.bytes.try_reserve_exact(len));
        let before = self.bytes.len();
        let shortage = |source| EncodeError(Shortage::Page { len: before, more: len, source });
        self.error = grown.err().map(shortage);
        self.error.is_none()
    }
}
