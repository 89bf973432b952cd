//! A program that a test runs, and what it prints.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;

use crate::{Killed, PATIENCE};

/// A program while it runs. It is killed when this is dropped.
#[derive(Debug)]
pub struct Program {
    /// Its process.
    pub process: Killed,
    lines: mpsc::Receiver<String>,
}

impl Program {
    /// Starts the program, whose standard output is then read line by line.
    ///
    /// # Panics
    ///
    /// If it cannot be started.
    #[track_caller]
    pub fn start(command: &mut Command) -> Program {
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut process = Killed(command.spawn().expect("the program starts"));
        let stdout = process.0.stdout.take().expect("standard output is a pipe");
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            let lines = BufReader::new(stdout).lines().map_while(Result::ok);
            // The output is read to its end, or the program would fail to print.
            lines.for_each(|line| drop(sender.send(line)));
        });
        Program { process, lines }
    }

    /// Returns the next line that it prints.
    ///
    /// # Panics
    ///
    /// If it prints none for too long.
    #[track_caller]
    pub fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("the program prints a line")
    }

    /// Returns what follows `words` in the next line that it prints.
    ///
    /// # Panics
    ///
    /// If it prints no line for too long, or one that starts otherwise.
    #[track_caller]
    pub fn line_after(&self, words: &str) -> String {
        let line = self.line();
        match line.strip_prefix(words) {
            Some(rest) => rest.to_owned(),
            None => panic!("`{line}` does not start with `{words}`"),
        }
    }
}
