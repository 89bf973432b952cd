//! Fallible growth of collections whose size depends on the number of series.

use std::alloc::{Layout, handle_alloc_error};
use std::collections::TryReserveError;
use std::ops::Range;

/// Appends an item.
#[inline]
pub(crate) fn push<T>(items: &mut Vec<T>, item: T) -> Result<(), TryReserveError> {
    items.try_reserve(1)?;
    items.push(item);
    Ok(())
}

/// Appends items, and returns their range.
pub(crate) fn extend<T: Clone>(
    items: &mut Vec<T>,
    more: &[T],
) -> Result<Range<usize>, TryReserveError> {
    let start = items.len();
    items.try_reserve(more.len())?;
    items.extend_from_slice(more);
    Ok(start..items.len())
}

/// Appends a string.
#[inline]
pub(crate) fn push_str(text: &mut String, more: &str) -> Result<(), TryReserveError> {
    text.try_reserve(more.len())?;
    text.push_str(more);
    Ok(())
}

/// Collects items into a vector.
pub(crate) fn collect<T>(
    items: impl ExactSizeIterator<Item = T>,
) -> Result<Vec<T>, TryReserveError> {
    let mut all = Vec::new();
    all.try_reserve_exact(items.len())?;
    all.extend(items);
    Ok(all)
}

/// Ends the process, as the standard collections do if an allocation fails.
#[cold]
pub(crate) fn end_process(_: TryReserveError) -> ! {
    handle_alloc_error(Layout::new::<u8>())
}
