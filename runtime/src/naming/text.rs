//! String functions that are `const`: comparing, cutting, and building messages.

pub(crate) const fn equal(a: &str, b: &str) -> bool {
    equal_bytes(a.as_bytes(), b.as_bytes())
}

pub(crate) const fn equal_bytes(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    // From the end, since words of the same length often start alike.
    let mut i = a.len();
    while i > 0 {
        i -= 1;
        if a[i] != b[i] {
            return false;
        }
    }
    true
}

pub(crate) const fn one_of(word: &str, words: &[&str]) -> bool {
    let mut i = 0;
    while i < words.len() {
        if equal(word, words[i]) {
            return true;
        }
        i += 1;
    }
    false
}

pub(crate) const fn strip_suffix<'a>(text: &'a str, suffix: &str) -> Option<&'a str> {
    if !ends_with(text.as_bytes(), suffix.as_bytes()) {
        return None;
    }
    Some(text.split_at(text.len() - suffix.len()).0)
}

/// Returns whether `text` ends with `suffix`. If both are UTF-8, so is the rest of `text`.
const fn ends_with(text: &[u8], suffix: &[u8]) -> bool {
    let (mut i, mut j) = (text.len(), suffix.len());
    if i < j {
        return false;
    }
    while j > 0 {
        i -= 1;
        j -= 1;
        if text[i] != suffix[j] {
            return false;
        }
    }
    true
}

pub(crate) const fn strip_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (bytes, start) = (text.as_bytes(), prefix.as_bytes());
    if bytes.len() < start.len() {
        return None;
    }
    let mut i = 0;
    while i < start.len() {
        if bytes[i] != start[i] {
            return None;
        }
        i += 1;
    }
    Some(text.split_at(start.len()).1)
}

/// Returns whether a byte separates words. A `.` does so in names that need UTF-8 support.
pub(crate) const fn is_separator(byte: u8) -> bool {
    matches!(byte, b'_' | b'.')
}

/// Returns the first word, and what follows its separator, if there is one.
pub(crate) const fn split_word(text: &str) -> (&str, Option<&str>) {
    let bytes = text.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        if is_separator(bytes[i]) {
            let (word, rest) = text.split_at(i);
            return (word, Some(rest.split_at(1).1));
        }
        i += 1;
    }
    (text, None)
}

/// Returns the part before the last separator, if there is one, and the last word.
pub(crate) const fn split_last_word(text: &str) -> (Option<&str>, &str) {
    let bytes = text.as_bytes();
    let mut i = bytes.len();
    while i > 0 {
        i -= 1;
        if is_separator(bytes[i]) {
            let (head, tail) = text.split_at(i);
            return (Some(head), tail.split_at(1).1);
        }
    }
    (None, text)
}

/// Returns whether `bytes` contains `byte`.
pub(crate) const fn contains(bytes: &[u8], byte: u8) -> bool {
    let mut rest = bytes;
    while let [first, after @ ..] = rest {
        if *first == byte {
            return true;
        }
        rest = after;
    }
    false
}

/// A string built at compile time.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Text<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

/// The text of an error.
pub(crate) type Message = Text<2048>;

impl<const N: usize> Text<N> {
    pub(crate) const fn new() -> Self {
        Text { bytes: [0; N], len: 0 }
    }

    /// Appends `text`, or as much of it as fits.
    pub(crate) const fn push(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let mut end = bytes.len();
        if end > N - self.len {
            end = N - self.len;
            while !text.is_char_boundary(end) {
                end -= 1;
            }
        }
        let mut i = 0;
        while i < end {
            self.bytes[self.len] = bytes[i];
            self.len += 1;
            i += 1;
        }
    }

    /// Appends each of `parts`, or as much of them as fits.
    pub(crate) const fn push_all(&mut self, parts: &[&str]) {
        let mut i = 0;
        while i < parts.len() {
            self.push(parts[i]);
            i += 1;
        }
    }

    pub(crate) const fn push_ascii(&mut self, byte: u8) {
        assert!(byte.is_ascii());
        if self.len < N {
            self.bytes[self.len] = byte;
            self.len += 1;
        }
    }

    pub(crate) const fn push_number(&mut self, mut number: usize) {
        let mut digits = [0; 20];
        let mut i = digits.len();
        loop {
            i -= 1;
            digits[i] = b'0' + (number % 10) as u8;
            number /= 10;
            if number == 0 {
                break;
            }
        }
        while i < digits.len() {
            self.push_ascii(digits[i]);
            i += 1;
        }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(crate) const fn as_str(&self) -> &str {
        match std::str::from_utf8(self.bytes.split_at(self.len).0) {
            Ok(text) => text,
            Err(_) => panic!("text is cut at character boundaries only"),
        }
    }
}
