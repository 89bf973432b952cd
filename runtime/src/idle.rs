//! Pools of idle buffers, so that a scrape allocates nothing. They are bounded in number and size.

use std::sync::{Mutex, MutexGuard, TryLockError};

/// The largest number of items in a pool. More are in use only while scrapes overlap.
const MOST_ITEMS: usize = 2;

/// The largest total size of the items in a pool, in bytes.
const MOST_BYTES: usize = 32 << 20;

/// An item that can be reused.
pub(crate) trait Reusable: Default {
    /// Returns the memory that it holds, in bytes.
    fn bytes(&self) -> usize;

    /// Clears its contents, but keeps its capacity.
    fn clear(&mut self);
}

impl Reusable for Vec<u8> {
    fn bytes(&self) -> usize {
        self.capacity()
    }

    fn clear(&mut self) {
        Vec::clear(self);
    }
}

/// A pool of idle items.
///
/// It never waits: while another thread uses the pool, an item is created or dropped instead. A
/// child that was forked meanwhile, and does not have that thread, keeps working this way.
#[derive(Debug)]
pub(crate) struct Idle<T> {
    kept: Mutex<IdleItems<T>>,
}

#[derive(Debug)]
struct IdleItems<T> {
    items: [Option<T>; MOST_ITEMS],
    bytes: usize,
}

impl<T: Reusable> Idle<T> {
    pub(crate) const fn new() -> Idle<T> {
        Idle { kept: Mutex::new(IdleItems { items: [const { None }; MOST_ITEMS], bytes: 0 }) }
    }

    /// Takes an empty item, which has kept its capacity, or creates one.
    pub(crate) fn take(&self) -> T {
        self.kept().and_then(|mut kept| kept.take()).unwrap_or_default()
    }

    /// Keeps an item for reuse, if there is room for it.
    pub(crate) fn put(&self, mut item: T) {
        item.clear();
        let refused = match self.kept() {
            Some(mut kept) => kept.put(item),
            None => Some(item),
        };
        // Dropped only now that the lock is free.
        drop(refused);
    }

    /// Locks the pool, if that is possible without waiting.
    fn kept(&self) -> Option<MutexGuard<'_, IdleItems<T>>> {
        match self.kept.try_lock() {
            Ok(kept) => Some(kept),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}

impl<T: Reusable> IdleItems<T> {
    fn take(&mut self) -> Option<T> {
        let item = self.items.iter_mut().find_map(Option::take)?;
        self.bytes = self.bytes.saturating_sub(item.bytes());
        Some(item)
    }

    /// Adds an item, or returns it if there is no room.
    fn put(&mut self, item: T) -> Option<T> {
        let bytes = self.bytes.saturating_add(item.bytes());
        let free = self.items.iter_mut().find(|kept| kept.is_none());
        match free {
            Some(free) if bytes <= MOST_BYTES => {
                self.bytes = bytes;
                *free = Some(item);
                None
            }
            _ => Some(item),
        }
    }
}

impl<T: Reusable> Default for Idle<T> {
    fn default() -> Self {
        Idle::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Texts = Idle<Vec<u8>>;

    fn kept(texts: &Texts) -> Vec<usize> {
        let kept = texts.kept.lock().unwrap();
        let sizes: Vec<_> = kept.items.iter().flatten().map(Vec::capacity).collect();
        assert_eq!(kept.bytes, sizes.iter().sum::<usize>());
        sizes
    }

    #[test]
    fn an_item_comes_back_empty_with_its_room() {
        let texts = Texts::new();
        let mut text = texts.take();
        text.extend_from_slice(&[b'a'; 1_000]);
        texts.put(text);
        let text = texts.take();
        assert!(text.is_empty() && text.capacity() >= 1_000);
        assert!(kept(&texts).is_empty());
    }

    #[test]
    fn no_more_than_a_few_items_are_kept() {
        let texts = Texts::new();
        (0..100).for_each(|_| texts.put(Vec::with_capacity(1_000)));
        assert_eq!(kept(&texts), [1_000; MOST_ITEMS]);
        (0..100).for_each(|_| drop(texts.take()));
        assert!(kept(&texts).is_empty());
    }

    #[test]
    fn no_more_than_so_many_bytes_are_kept() {
        let texts = Texts::new();
        texts.put(Vec::with_capacity(MOST_BYTES + 1));
        assert!(kept(&texts).is_empty());
        texts.put(Vec::with_capacity(MOST_BYTES - 1_000));
        texts.put(Vec::with_capacity(1_001));
        texts.put(Vec::with_capacity(1_000));
        assert_eq!(kept(&texts), [MOST_BYTES - 1_000, 1_000]);
    }

    #[test]
    fn nothing_waits_for_another_thread() {
        let texts = Texts::new();
        texts.put(Vec::with_capacity(1_000));
        let other = texts.kept.lock().unwrap();
        assert_eq!(texts.take().capacity(), 0);
        texts.put(Vec::with_capacity(1_000));
        drop(other);
        assert_eq!(kept(&texts), [1_000]);
    }
}
