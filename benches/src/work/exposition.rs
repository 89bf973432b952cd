//! Writing the text of a scrape.

use std::hint::black_box;

use crate::contestants::formats::{FORMATS, Formatted};
use crate::contestants::{self, Contestant, MEASURAND, Page};
use crate::input::{self, Until};
use crate::options::Options;
use crate::round::{self, Outcome, Row};

pub(crate) fn run(options: &Options) -> Vec<Row> {
    let all = &contestants::ALL[..];
    let ours = &all[..1];
    let mut sizes = vec![(1_000, all), (10_000, all), (100_000, all)];
    if !options.quick {
        // A line for the whole of a fleet shows whether the cost of one grows with their number.
        sizes.push((1_000_000, ours));
    }

    let mut rows = Vec::new();
    for (count, contestants) in sizes {
        let work = format!("text_counters/{count}");
        if options.wants(&work) {
            let series = input::series(count);
            rows.extend(measure(options, &work, "ns/series", count, contestants, |one| {
                let mut series = Until::new(series.iter(), options.patience());
                let page = (one.counters)(&mut series);
                (!series.is_late).then_some((page, count))
            }));
        }
    }
    for format in FORMATS {
        for count in [1_000, 100_000] {
            let work = format!("{}_counters/{count}", format.name);
            if options.wants(&work) {
                rows.extend(measure_format(options, &work, count, format));
            }
        }
    }
    let count = 10_000;
    let work = format!("text_instances/{count}");
    if options.wants(&work) {
        let series = input::series(count);
        rows.extend(measure(options, &work, "ns/series", count, &contestants::INSTANCES, |one| {
            Some(((one.counters)(&mut series.iter()), count))
        }));
    }
    let count = 1_000;
    let work = format!("text_histograms/{count}");
    if options.wants(&work) {
        let routes = input::routes(count);
        rows.extend(measure(options, &work, "ns/histogram", count, all, |one| {
            // Twelve buckets, the sum and the count.
            Some(((one.histograms)(&mut routes.iter()), 14 * count))
        }));
    }
    rows
}

/// Measures scrapes of the pages that `make` gives, with the number of lines that they must have.
fn measure(
    options: &Options,
    work: &str,
    unit: &'static str,
    count: usize,
    contestants: &[Contestant],
    make: impl Fn(&Contestant) -> Option<(Page, usize)>,
) -> Vec<Row> {
    let mut runners = Vec::new();
    let mut left_out = Vec::new();
    for contestant in contestants {
        let name = contestant.name;
        match make(contestant) {
            Some((mut page, lines)) => {
                page.scrape();
                check(work, name, page.text(), lines);
                if options.pages {
                    show(name, page.text());
                }
                if name == MEASURAND {
                    let text = page.text().to_vec();
                    let mut buffer = Vec::new();
                    runners.push(round::alone("floor: memcpy", count, move || {
                        buffer.clear();
                        buffer.extend_from_slice(black_box(&text));
                        black_box(&buffer);
                    }));
                }
                runners.push(round::alone(name, count, move || {
                    page.scrape();
                    black_box(page.text());
                }));
            }
            None => left_out.push(Row {
                work: work.to_owned(),
                contestant: name,
                unit,
                result: Outcome::LeftOut("series not made in time"),
            }),
        }
    }
    let mut rows = round::interleave(work, unit, options.rounds(), runners);
    rows.append(&mut left_out);
    rows
}

/// Measures scrapes in a format that not all have.
fn measure_format(options: &Options, work: &str, count: usize, format: &Formatted) -> Vec<Row> {
    let series = input::series(count);
    let runners = format.contestants.iter().map(|(name, counters)| {
        let mut page = counters(&mut series.iter());
        page.scrape();
        let there = page.text().windows(format.each.len()).filter(|it| *it == format.each).count();
        assert_eq!(there, count, "{work}: {name} wrote another number of series");
        round::alone(name, count, move || {
            page.scrape();
            black_box(page.text());
        })
    });
    round::interleave(work, "ns/series", options.rounds(), runners.collect())
}

/// Refuses to time a page on which anything is missing.
fn check(work: &str, contestant: &str, text: &[u8], lines: usize) {
    let samples =
        text.split(|byte| *byte == b'\n').filter(|line| line.starts_with(b"bench_")).count();
    assert_eq!(samples, lines, "{work}: {contestant} wrote another number of lines");
}

/// Shows what a contestant writes, for whoever wants to see that it is the same.
fn show(contestant: &str, text: &[u8]) {
    let text = String::from_utf8_lossy(text);
    let start: Vec<_> = text.lines().take(17).collect();
    eprintln!("{contestant}: {} bytes\n{}\n", text.len(), start.join("\n"));
}
