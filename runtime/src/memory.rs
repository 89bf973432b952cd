//! Growing what grows with the number of series, where there may be no memory for it.

use std::alloc::{Layout, handle_alloc_error};
use std::collections::TryReserveError;
use std::ops::Range;

/// Adds an item.
#[inline]
pub(crate) fn push<T>(items: &mut Vec<T>, item: T) -> Result<(), TryReserveError> {
    items.try_reserve(1)?;
    items.push(item);
    Ok(())
}

/// Adds items, and says where they are.
pub(crate) fn extend<T: Clone>(
    items: &mut Vec<T>,
    more: &[T],
) -> Result<Range<usize>, TryReserveError> {
    let start = items.len();
    items.try_reserve(more.len())?;
    items.extend_from_slice(more);
    Ok(start..items.len())
}

/// Adds a text.
#[inline]
pub(crate) fn push_str(text: &mut String, more: &str) -> Result<(), TryReserveError> {
    text.try_reserve(more.len())?;
    text.push_str(more);
    Ok(())
}

/// Puts items side by side.
pub(crate) fn collect<T>(
    items: impl ExactSizeIterator<Item = T>,
) -> Result<Vec<T>, TryReserveError> {
    let mut all = Vec::new();
    all.try_reserve_exact(items.len())?;
    all.extend(items);
    Ok(all)
}

/// Ends the process, as the standard collections do.
#[cold]
pub(crate) fn end_process(_: TryReserveError) -> ! {
    handle_alloc_error(Layout::new::<u8>())
}
