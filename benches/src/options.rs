//! What the command line says.

use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

const HELP: &str = "\
Measures measurand beside its peers and prints a table.

    --quick        fewer rounds, no million series, no 64 threads: under a minute
    --build        measure build times and binary size instead
    --only TEXT    only works whose name contains the text
    --pages        show how the page of each contestant begins
    --json FILE    also write one JSON object per line
    --help         print this";

/// The options of a run.
pub(crate) struct Options {
    pub(crate) quick: bool,
    pub(crate) build: bool,
    pub(crate) only: Option<String>,
    pub(crate) pages: bool,
    pub(crate) json: Option<PathBuf>,
}

impl Options {
    /// Reads the command line; `None` if it only asked for help.
    pub(crate) fn parse() -> Result<Option<Options>, Box<dyn Error>> {
        use lexopt::prelude::*;

        let mut options =
            Options { quick: false, build: false, only: None, pages: false, json: None };
        let mut parser = lexopt::Parser::from_env();
        while let Some(argument) = parser.next()? {
            match argument {
                Long("quick") => options.quick = true,
                Long("build") => options.build = true,
                Long("only") => options.only = Some(parser.value()?.string()?),
                Long("pages") => options.pages = true,
                Long("json") => options.json = Some(parser.value()?.into()),
                Long("help") | Short('h') => {
                    println!("{HELP}");
                    return Ok(None);
                }
                _ => return Err(argument.unexpected().into()),
            }
        }
        Ok(Some(options))
    }

    /// Whether this work is to be done; says so if it is, for the works take a while.
    pub(crate) fn wants(&self, work: &str) -> bool {
        let wants = self.only.as_ref().is_none_or(|only| work.contains(only.as_str()));
        if wants {
            eprintln!("{work} …");
        }
        wants
    }

    /// How many rounds each contestant runs. Odd, so that the median is a sample.
    pub(crate) fn rounds(&self) -> usize {
        if self.quick { 5 } else { 21 }
    }

    /// How long a contestant may take to make the series of a work before it is left out.
    pub(crate) fn patience(&self) -> Duration {
        Duration::from_secs(if self.quick { 4 } else { 120 })
    }
}
