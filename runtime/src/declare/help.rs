//! Help out of constants: the first paragraph of a doc comment, put together at compile time.

/// How long the first paragraph of a doc comment is, of which these are the parts.
pub const fn paragraph_len(parts: &[&str]) -> usize {
    write_paragraph(parts, &mut [])
}

/// The first paragraph of a doc comment, its lines joined.
pub const fn paragraph<const N: usize>(parts: &[&str]) -> [u8; N] {
    let mut text = [0; N];
    write_paragraph(parts, &mut text);
    text
}

/// Writes as much as there is room for, and says how much there was.
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

/// The first line, and what follows it, if anything.
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

/// How long the parts are together.
pub const fn joined_len(parts: &[&str]) -> usize {
    write_joined(parts, &mut [])
}

/// The parts as one text.
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

/// Writes as much as there is room for at `start`, and says where all of it would end.
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

/// What is written is text, since its parts are.
pub const fn text(bytes: &[u8]) -> &str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => panic!("the parts of a text are text"),
    }
}

/// The text without the full stops at its end.
pub const fn without_full_stop(text: &str) -> &str {
    let mut text = text;
    while let [.., b'.'] = text.as_bytes() {
        text = text.split_at(text.len() - 1).0;
    }
    text
}

/// Stops the compilation, for what the macros cannot see of a constant.
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
