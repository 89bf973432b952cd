//! Protobuf encoding: fields are appended to a buffer, without a tree of messages.
//!
//! The caller has reserved capacity, so that nothing here reallocates the buffer. Source:
//! <https://protobuf.dev/programming-guides/encoding/>

/// The largest length of a varint.
pub(crate) const LONGEST: usize = 10;

/// The wire types.
const VARINT: u32 = 0;
const FIXED_64: u32 = 1;
const LENGTH: u32 = 2;

/// Appends a varint: groups of seven bits.
#[inline]
pub(crate) fn push_varint(page: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        page.push(value as u8 | 0x80);
        value >>= 7;
    }
    page.push(value as u8);
}

#[inline]
fn push_key(page: &mut Vec<u8>, field: u32, wire_type: u32) {
    push_varint(page, u64::from(field << 3 | wire_type));
}

/// Appends a field of type `uint32` or `uint64`.
#[inline]
pub(crate) fn uint(page: &mut Vec<u8>, field: u32, value: u64) {
    push_key(page, field, VARINT);
    push_varint(page, value);
}

/// Appends a field of type `int64`.
pub(crate) fn int(page: &mut Vec<u8>, field: u32, value: i64) {
    uint(page, field, value as u64);
}

/// Appends a field of type `sint32` or `sint64`.
pub(crate) fn sint(page: &mut Vec<u8>, field: u32, value: i64) {
    push_key(page, field, VARINT);
    push_zigzag(page, value);
}

/// Appends a number to a packed field of type `sint64`.
pub(crate) fn push_zigzag(page: &mut Vec<u8>, value: i64) {
    push_varint(page, (value << 1 ^ value >> 63) as u64);
}

#[inline]
pub(crate) fn double(page: &mut Vec<u8>, field: u32, value: f64) {
    push_key(page, field, FIXED_64);
    page.extend_from_slice(&value.to_le_bytes());
}

/// Appends a field of type `fixed64`, or of type `sfixed64` in two's complement.
#[cfg(feature = "otlp")]
#[inline]
pub(crate) fn fixed(page: &mut Vec<u8>, field: u32, value: u64) {
    push_key(page, field, FIXED_64);
    page.extend_from_slice(&value.to_le_bytes());
}

/// Appends a packed field of type `fixed64` or `double`, given the bits of its values. Appends
/// nothing without values.
#[cfg(feature = "otlp")]
pub(crate) fn packed_fixed(
    page: &mut Vec<u8>,
    field: u32,
    values: impl ExactSizeIterator<Item = u64>,
) {
    if values.len() > 0 {
        push_key(page, field, LENGTH);
        push_varint(page, 8 * values.len() as u64);
        values.for_each(|bits| page.extend_from_slice(&bits.to_le_bytes()));
    }
}

#[inline]
pub(crate) fn text(page: &mut Vec<u8>, field: u32, value: &str) {
    bytes(page, field, value.as_bytes());
}

#[inline]
pub(crate) fn bytes(page: &mut Vec<u8>, field: u32, value: &[u8]) {
    push_key(page, field, LENGTH);
    push_varint(page, value.len() as u64);
    page.extend_from_slice(value);
}

/// Returns the number of bytes of a varint.
#[cfg(feature = "otlp")]
#[inline]
pub(crate) fn len_of_varint(value: u64) -> usize {
    (64 - (value | 1).leading_zeros() as usize).div_ceil(7)
}

/// Returns the number of bytes of a length-delimited field whose number is at most 15.
#[cfg(feature = "otlp")]
#[inline]
pub(crate) fn len_of_field(len: usize) -> usize {
    1 + len_of_varint(len as u64) + len
}

/// Begins a message whose length is known in advance.
#[cfg(feature = "otlp")]
#[inline]
pub(crate) fn begin_known(page: &mut Vec<u8>, field: u32, len: usize) {
    push_key(page, field, LENGTH);
    push_varint(page, len as u64);
}

/// Appends a message or another length-delimited field, which `fill` writes.
#[inline]
pub(crate) fn message(page: &mut Vec<u8>, field: u32, fill: impl FnOnce(&mut Vec<u8>)) {
    let message = Message::begin(page, field);
    fill(page);
    message.end(page);
}

/// The value of a field.
#[cfg(feature = "otlp-http")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WireField<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// Returns the fields of a message, up to the first that cannot be read.
#[cfg(feature = "otlp-http")]
pub(crate) fn fields(mut message: &[u8]) -> impl Iterator<Item = (u32, WireField<'_>)> {
    std::iter::from_fn(move || {
        let key = take_varint(&mut message)?;
        let field = match (key & 7) as u32 {
            VARINT => WireField::Number(take_varint(&mut message)?),
            FIXED_64 => {
                let (bytes, rest) = message.split_first_chunk()?;
                message = rest;
                WireField::Number(u64::from_le_bytes(*bytes))
            }
            LENGTH => {
                let len = usize::try_from(take_varint(&mut message)?).ok()?;
                let (bytes, rest) = message.split_at_checked(len)?;
                message = rest;
                WireField::Bytes(bytes)
            }
            // No other wire type is needed here.
            _ => return None,
        };
        Some((u32::try_from(key >> 3).ok()?, field))
    })
}

#[cfg(feature = "otlp-http")]
fn take_varint(message: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for place in 0..LONGEST {
        let (digit, rest) = message.split_first()?;
        *message = rest;
        value |= u64::from(digit & 0x7f) << (7 * place);
        if digit & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// A message whose end is not written yet.
#[must_use = "its length is only written at its end"]
pub(crate) struct Message {
    start: usize,
}

impl Message {
    #[inline]
    pub(crate) fn begin(page: &mut Vec<u8>, field: u32) -> Message {
        push_key(page, field, LENGTH);
        // Most lengths take a single byte.
        page.push(0);
        Message { start: page.len() }
    }

    #[inline]
    pub(crate) fn end(self, page: &mut Vec<u8>) {
        let len = page.len() - self.start;
        match page.get_mut(self.start - 1) {
            Some(byte) if len < 0x80 => *byte = len as u8,
            _ => {
                page.remove(self.start - 1);
                put_length(page, self.start - 1);
            }
        }
    }
}

/// A message whose end is not written yet, and that may become long. Room for its length is
/// reserved, so that nothing is moved at the end. The length is a longer varint than necessary,
/// which all parsers accept.
#[cfg(feature = "otlp")]
#[derive(Clone, Copy, Debug)]
#[must_use = "its length is only written at its end"]
pub(crate) struct LongMessage {
    start: usize,
}

/// The number of bytes reserved for a length below 2^35.
#[cfg(feature = "otlp")]
const LONG: usize = 5;

#[cfg(feature = "otlp")]
impl LongMessage {
    pub(crate) fn begin(page: &mut Vec<u8>, field: u32) -> LongMessage {
        push_key(page, field, LENGTH);
        page.extend_from_slice(&[0; LONG]);
        LongMessage { start: page.len() }
    }

    pub(crate) fn end(self, page: &mut [u8]) {
        let mut len = page.len() - self.start;
        if let Some(digits) = page.get_mut(self.start - LONG..self.start) {
            for digit in digits {
                *digit = len as u8 | 0x80;
                len >>= 7;
            }
        }
        if let Some(last) = page.get_mut(self.start - 1) {
            *last &= 0x7f;
        }
    }
}

/// Inserts the length of everything from `start` on before it.
pub(crate) fn put_length(page: &mut Vec<u8>, start: usize) {
    let mut length = [0; LONGEST];
    let (mut value, mut digits) = (page.len() - start, 0);
    for digit in &mut length {
        *digit = value as u8 & 0x7f;
        value >>= 7;
        digits += 1;
        if value == 0 {
            break;
        }
        *digit |= 0x80;
    }
    // What follows is moved only once.
    page.splice(start..start, length[..digits].iter().copied());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_the_documentation_has_them() {
        let mut page = Vec::new();
        uint(&mut page, 1, 150);
        text(&mut page, 2, "testing");
        assert_eq!(page, b"\x08\x96\x01\x12\x07testing");
        page.clear();
        for value in [0, -1, 1, -2, i64::MAX, i64::MIN] {
            push_zigzag(&mut page, value);
        }
        assert_eq!(page[..4], [0, 1, 2, 3]);
        assert_eq!(page[4..14], [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]);
        assert_eq!(page[14..], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]);
    }

    #[test]
    fn a_length_stands_before_what_it_is_of() {
        for len in [0, 1, 127, 128, 300, 16_383, 16_384, 100_000] {
            let mut page = b"before".to_vec();
            message(&mut page, 3, |inner| inner.extend(std::iter::repeat_n(b'x', len)));
            let mut expected = b"before\x1a".to_vec();
            push_varint(&mut expected, len as u64);
            expected.extend(std::iter::repeat_n(b'x', len));
            assert_eq!(page, expected);
        }
    }

    #[cfg(feature = "otlp")]
    #[test]
    fn a_length_with_room_is_the_same_number() {
        for len in [0, 1, 127, 128, 16_384, 100_000] {
            let mut page = b"before".to_vec();
            let message = LongMessage::begin(&mut page, 3);
            page.extend(std::iter::repeat_n(b'x', len));
            message.end(&mut page);
            let digits = page[7..12].iter().rev();
            let read = digits.fold(0, |read, digit| read << 7 | usize::from(digit & 0x7f));
            assert_eq!((read, page.len()), (len, 12 + len));
            // Only the last byte marks the end.
            assert!(page[7..11].iter().all(|digit| digit & 0x80 != 0) && page[11] & 0x80 == 0);
        }
    }

    #[cfg(feature = "otlp-http")]
    #[test]
    fn fields_are_read_up_to_what_is_none() {
        let mut page = Vec::new();
        int(&mut page, 1, -1);
        text(&mut page, 2, "testing");
        double(&mut page, 3, 1.5);
        let all = [
            (1, WireField::Number(u64::MAX)),
            (2, WireField::Bytes(b"testing")),
            (3, WireField::Number(1.5_f64.to_bits())),
        ];
        assert_eq!(fields(&page).collect::<Vec<_>>(), all);
        for len in 0..page.len() {
            let read: Vec<_> = fields(&page[..len]).collect();
            assert!(read.len() < 3 && all.starts_with(&read), "{read:?}");
        }
        assert_eq!(fields(b"<html>").count(), 0);
        assert_eq!(fields(&[0xff; 20]).count(), 0);
    }

    #[cfg(feature = "otlp")]
    #[test]
    fn lengths_are_known_before() {
        for value in [0, 1, 127, 128, 16_383, 16_384, u64::from(u32::MAX), u64::MAX >> 1, u64::MAX]
        {
            let mut page = Vec::new();
            push_varint(&mut page, value);
            assert_eq!(len_of_varint(value), page.len(), "{value}");
        }
        for len in [0, 127, 128, 20_000] {
            let mut page = Vec::new();
            text(&mut page, 15, &"x".repeat(len));
            assert_eq!(len_of_field(len), page.len());
        }
    }
}
