//! The table, and the same for programs.

use std::fmt::Write;

use crate::contestants::{FLOOR, MEASURAND};
use crate::machine;
use crate::options::Options;
use crate::round::{Outcome, Quartiles, Row};

/// How to read the table.
pub(crate) fn legend(options: &Options) -> String {
    if options.build {
        return "Medians of interleaved builds, q1–q3 in brackets: clean release builds of a small \
                program, and builds of one of 500 functions, or of one that declares 1,000 \
                metrics, whose dependencies are there. Ratio: the best peer's median through measurand's."
            .to_owned();
    }
    format!(
        "Medians of {} interleaved rounds, q1–q3 in brackets. Ratio: the best peer's median through \
         measurand's, so above 1 measurand needs less. With several threads: wall time / operations \
         of all threads × min(threads, {} cores), so that perfect scaling shows the figure of one \
         thread.",
        options.rounds(),
        machine::cores(),
    )
}

/// A Markdown table with one line per work.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut table = String::from(
        "| work | floor | measurand | best peer | ratio | the others |\n|---|---|---|---|---|---|\n",
    );
    for rows in rows.chunk_by(|one, other| one.work == other.work) {
        line(&mut table, rows);
    }
    table
}

fn line(table: &mut String, rows: &[Row]) {
    let is_floor = |row: &&Row| row.contestant.starts_with(FLOOR);
    let floors: Vec<_> = rows.iter().filter(is_floor).map(floor).collect();
    let ours = rows.iter().find(|row| row.contestant == MEASURAND);
    let mut peers: Vec<_> =
        rows.iter().filter(|row| !is_floor(row) && row.contestant != MEASURAND).collect();
    peers.sort_by(|one, other| median(one).total_cmp(&median(other)));

    let best = peers.first().filter(|row| median(row).is_finite());
    let others = peers.iter().skip(usize::from(best.is_some()));
    let others: Vec<_> = others.map(|row| format!("{} {}", row.contestant, figure(row))).collect();
    let ratio = match (ours, best) {
        (Some(ours), Some(best)) if has_ratio(ours) && has_ratio(best) => {
            short(median(best) / median(ours))
        }
        _ => "–".to_owned(),
    };
    // Writing to a string cannot fail.
    let _ = writeln!(
        table,
        "| {}, {} | {} | {} | {} | {ratio} | {} |",
        rows[0].work,
        rows[0].unit,
        or_dash(floors.join("; ")),
        ours.map_or("–".to_owned(), spread),
        best.map_or("–".to_owned(), |row| format!("{} {}", row.contestant, spread(row))),
        or_dash(others.join("; ")),
    );
}

/// What sorts behind everything if it was left out.
fn median(row: &Row) -> f64 {
    match row.result {
        Outcome::Measured(Quartiles { median, .. }) => median,
        Outcome::LeftOut(_) => f64::INFINITY,
    }
}

/// Nothing divided by something, or the other way round, tells nobody how much better it is.
fn has_ratio(row: &Row) -> bool {
    median(row).is_finite() && median(row) > 0.0
}

fn floor(row: &Row) -> String {
    let name = row.contestant.trim_start_matches(FLOOR).trim_start_matches([':', ' ']);
    format!("{name} {}", figure(row))
}

fn figure(row: &Row) -> String {
    match row.result {
        Outcome::Measured(Quartiles { median, .. }) => short(median),
        Outcome::LeftOut(why) => format!("({why})"),
    }
}

fn spread(row: &Row) -> String {
    match row.result {
        Outcome::Measured(Quartiles { q1, median, q3 }) if q1 != q3 => {
            format!("{} [{}–{}]", short(median), short(q1), short(q3))
        }
        _ => figure(row),
    }
}

/// About three digits.
fn short(figure: f64) -> String {
    match figure {
        _ if figure >= 100.0 || figure == 0.0 => grouped(figure),
        _ if figure >= 10.0 => format!("{figure:.1}"),
        _ if figure >= 0.1 => format!("{figure:.2}"),
        _ => format!("{figure:.4}"),
    }
}

/// A whole number with a comma before every three digits.
fn grouped(figure: f64) -> String {
    let digits = format!("{figure:.0}");
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

fn or_dash(text: String) -> String {
    if text.is_empty() { "–".to_owned() } else { text }
}

/// One object per line; what was left out has no line.
pub(crate) fn json(rows: &[Row]) -> String {
    let mut lines = String::new();
    for row in rows {
        if let Outcome::Measured(Quartiles { q1, median, q3 }) = row.result {
            let object = serde_json::json!({
                "work": row.work,
                "contestant": row.contestant,
                "unit": row.unit,
                "median": median,
                "q1": q1,
                "q3": q3,
            });
            let _ = writeln!(lines, "{object}");
        }
    }
    lines
}
