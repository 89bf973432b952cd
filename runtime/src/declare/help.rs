//! Help from constants: the first paragraph of a doc comment, joined at compile time.

/// Returns the length of the first paragraph of a doc comment with these parts.
pub const fn paragraph_len(parts: &[&str]) -> usize {
    write_paragraph(parts, &mut [])
}

/// Returns the first paragraph of a doc comment, with its lines joined.
pub const fn paragraph<const N: usize>(parts: &[&str]) -> [u8; N] {
    let mut text = [0; N];
    write_paragraph(parts, &mut text);
    text
}

/// Writes as much as fits, and returns the length of the whole paragraph.
const fn write_paragraph(parts: &[&str], text: &mut [u8]) -> usize {
    let mut len = 0;
    let mut i = 0;
    while i < parts.len() {
        let mut rest = parts[i];
        loop {
            let (line, after) = split_line(rest);
            let line = line.trim_ascii();
            if line.is_empty() && len > 0 {
                return len;
            }
            if !line.is_empty() && len > 0 {
                len = write(" ", text, len);
            }
            len = write(line, text, len);
            match after {
                Some(after) => rest = after,
                None => break,
            }
        }
        i += 1;
    }
    len
}

/// Returns the first line, and the lines after it, if any.
const fn split_line(text: &str) -> (&str, Option<&str>) {
    let mut i = 0;
    while i < text.len() {
        if text.as_bytes()[i] == b'\n' {
            let (line, after) = text.split_at(i);
            return (line, Some(after.split_at(1).1));
        }
        i += 1;
    }
    (text, None)
}

/// Returns the total length of the parts.
pub const fn joined_len(parts: &[&str]) -> usize {
    write_joined(parts, &mut [])
}

/// Returns the parts joined to one text.
pub const fn joined<const N: usize>(parts: &[&str]) -> [u8; N] {
    let mut text = [0; N];
    write_joined(parts, &mut text);
    text
}

const fn write_joined(parts: &[&str], text: &mut [u8]) -> usize {
    let mut len = 0;
    let mut i = 0;
    while i < parts.len() {
        len = write(parts[i], text, len);
        i += 1;
    }
    len
}

/// Writes as much as fits at `start`, and returns where the whole part would end.
const fn write(part: &str, text: &mut [u8], start: usize) -> usize {
    let mut i = 0;
    while i < part.len() {
        if start + i < text.len() {
            text[start + i] = part.as_bytes()[i];
        }
        i += 1;
    }
    start + part.len()
}

/// Converts joined parts to a string, which they are since all parts are.
pub const fn text(bytes: &[u8]) -> &str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => panic!("the parts of a text are text"),
    }
}

/// Returns the text without the full stops at its end.
pub const fn without_full_stop(text: &str) -> &str {
    let mut text = text;
    while let [.., b'.'] = text.as_bytes() {
        text = text.split_at(text.len() - 1).0;
    }
    text
}

/// Stops the compilation if `is_wrong` is set, for what the macros cannot know of a constant.
#[track_caller]
pub const fn refuse_if(is_wrong: bool, message: &str) {
    if is_wrong {
        panic!("{}", message);
    }
}

#[cfg(test)]
mod tests {
    use super::{paragraph, paragraph_len, text};

    #[track_caller]
    fn check<const N: usize>(parts: &[&str], expected: &str) {
        assert_eq!(paragraph_len(parts), N);
        assert_eq!(text(&paragraph::<N>(parts)), expected);
    }

    #[test]
    fn the_first_paragraph_is_found() {
        check::<3>(&["One"], "One");
        check::<8>(&[" One ", "two.\n\nThree."], "One two.");
        check::<4>(&["", "\n \n", "One.\r\n\r\nTwo."], "One.");
        check::<7>(&["Größe\n"], "Größe");
        check::<0>(&["", " \n"], "");
    }
}
