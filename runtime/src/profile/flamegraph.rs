//! Flame graphs: each function is above its caller, with a width proportional to its time,
//! including callees.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::cpu::Stacks;

const WIDTH: f64 = 1_200.0;
const HEIGHT: usize = 18;
const MARGIN: usize = 10;

/// Narrower boxes are not drawn.
const NARROWEST: f64 = 0.3;

/// The approximate width of a letter.
const LETTER: f64 = 7.0;

/// Deeper stacks are truncated.
const DEEPEST: usize = 256;

/// A function and its callees.
#[derive(Default)]
struct Node<'a> {
    count: u64,
    called: BTreeMap<&'a str, Node<'a>>,
}

impl Node<'_> {
    fn depth(&self) -> usize {
        1 + self.called.values().map(Node::depth).max().unwrap_or(0)
    }
}

pub(super) fn draw(profile: &Stacks) -> Vec<u8> {
    let mut all = Node::default();
    for (stack, count) in &profile.stacks {
        all.count += count;
        let mut node = &mut all;
        for frame in stack.iter().rev().take(DEEPEST) {
            node = node.called.entry(&frame.function).or_default();
            node.count += count;
        }
    }
    let height = (all.depth() + 1) * HEIGHT + 2 * MARGIN;
    let mut picture = String::new();
    // Writing to a `String` cannot fail.
    let _ = writeln!(
        picture,
        "<?xml version=\"1.0\" standalone=\"no\"?>\n\
         <svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" \
         viewBox=\"0 0 {WIDTH} {height}\" font-family=\"monospace\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
         <text x=\"{MARGIN}\" y=\"{}\">{} samples in {:.1} s, {} in each second of processor time</text>",
        MARGIN + HEIGHT / 2,
        all.count,
        profile.duration.as_secs_f64(),
        profile.frequency,
    );
    let scale = WIDTH / (all.count.max(1) as f64);
    draw_node(&mut picture, "all", &all, (0.0, 0), (scale, height, all.count));
    picture.push_str("</svg>\n");
    picture.into_bytes()
}

/// Draws a function and its callees, at a position from the left and a level from below.
fn draw_node(
    picture: &mut String,
    name: &str,
    node: &Node<'_>,
    (left, level): (f64, usize),
    (scale, height, all): (f64, usize, u64),
) {
    let width = node.count as f64 * scale;
    if width < NARROWEST {
        return;
    }
    let top = height - MARGIN - (level + 1) * HEIGHT;
    let part = 100.0 * node.count as f64 / all.max(1) as f64;
    let letters = (width / LETTER) as usize;
    let shown: String = match name.chars().count() {
        length if length <= letters => name.to_owned(),
        _ if letters < 4 => String::new(),
        _ => name.chars().take(letters - 2).chain("..".chars()).collect(),
    };
    let name = escaped(name);
    let _ = writeln!(
        picture,
        "<g><title>{name}: {count} samples, {part:.2} %</title>\
         <rect x=\"{left:.1}\" y=\"{top}\" width=\"{width:.1}\" height=\"{box_height}\" fill=\"{color}\"/>\
         <text x=\"{text_left:.1}\" y=\"{text_top}\">{shown}</text></g>",
        count = node.count,
        box_height = HEIGHT - 1,
        color = color(&name),
        text_left = left + 3.0,
        text_top = top + HEIGHT - 5,
        shown = escaped(&shown),
    );
    let mut left = left;
    for (name, called) in &node.called {
        draw_node(picture, name, called, (left, level + 1), (scale, height, all));
        left += called.count as f64 * scale;
    }
}

/// Returns a warm color that depends only on the name.
fn color(name: &str) -> String {
    let hash = name.bytes().fold(5381_u32, |hash, byte| hash.wrapping_mul(33) ^ u32::from(byte));
    format!("hsl({},{}%,{}%)", hash % 55, 70 + hash / 64 % 20, 62 + hash / 4096 % 12)
}

fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            // Control characters are not valid in XML.
            control if control.is_control() => escaped.push('\u{FFFD}'),
            other => escaped.push(other),
        }
    }
    escaped
}
