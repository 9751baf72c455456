//! Turns, medians, and the table at the end.

use std::fmt;

use crate::Outcome;

/// The medians of what `subject` and `baseline` return, in `rounds` rounds. They take turns,
/// and turns at going first, so that whatever else the machine does falls on both.
pub async fn take_turns(
    rounds: usize,
    mut subject: impl AsyncFnMut(usize) -> Outcome<f64>,
    mut baseline: impl AsyncFnMut(usize) -> Outcome<f64>,
) -> Outcome<(f64, f64)> {
    let (mut subjects, mut baselines) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        if round % 2 == 0 {
            subjects.push(subject(round).await?);
            baselines.push(baseline(round).await?);
        } else {
            baselines.push(baseline(round).await?);
            subjects.push(subject(round).await?);
        }
    }
    Ok((quantile(&mut subjects, 0.5), quantile(&mut baselines, 0.5)))
}

/// The value below which a share `q` of `values` lies.
pub fn quantile(values: &mut [f64], q: f64) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let at = (q * values.len() as f64) as usize;
    values
        .get(at.min(values.len().saturating_sub(1)))
        .copied()
        .unwrap_or(f64::NAN)
}

/// What was measured, against what.
#[derive(Default)]
pub struct Table {
    machine: Vec<String>,
    rows: Vec<[String; 5]>,
}

impl Table {
    /// Adds to the description of the machine.
    pub fn machine(&mut self, part: String) {
        self.machine.push(part);
    }

    /// A figure beside its baseline. `show` gives both their unit.
    pub fn compare(
        &mut self,
        (what, figure): (&str, f64),
        (against, baseline): (&str, f64),
        show: impl Fn(f64) -> String,
        aim: &str,
    ) {
        let ratio = format!("{:.2}", figure / baseline);
        let against = format!("{}: {against}", show(baseline));
        self.row([
            what.to_owned(),
            show(figure),
            against,
            ratio,
            aim.to_owned(),
        ]);
    }

    /// A figure that has an aim and no baseline.
    pub fn state(&mut self, what: &str, figure: String, aim: &str) {
        self.row([
            what.to_owned(),
            figure,
            String::new(),
            String::new(),
            aim.to_owned(),
        ]);
    }

    fn row(&mut self, row: [String; 5]) {
        // Said at once, since the whole table takes minutes.
        eprintln!("{}", row.join("  "));
        self.rows.push(row);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let memory = first_number("/proc/meminfo", "MemTotal:").unwrap_or(0) / 1024 / 1024;
        let mut machine = vec![
            format!("{cores} cores, {memory} GiB"),
            std::env::consts::ARCH.to_owned(),
        ];
        machine.extend(self.machine.iter().cloned());
        writeln!(f, "Measured on {}\n", machine.join(", "))?;

        let heads = ["what", "figure", "against", "ratio", "aim"].map(str::to_owned);
        let rule = ["-", "-", "-", "-", "-"].map(str::to_owned);
        let mut widths = [0; 5];
        for row in self.rows.iter().chain([&heads]) {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = cell.chars().count().max(*width);
            }
        }
        for row in [&heads, &rule].into_iter().chain(&self.rows) {
            let fill = if row == &rule { '-' } else { ' ' };
            for (width, cell) in widths.iter().zip(row) {
                let padding = fill.to_string().repeat(width - cell.chars().count());
                write!(f, "| {cell}{padding} ")?;
            }
            writeln!(f, "|")?;
        }
        Ok(())
    }
}

/// The number after `label` in one of the kernel's tables.
pub fn first_number(file: &str, label: &str) -> Option<u64> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(label))?;
    line.split_whitespace().next()?.parse().ok()
}

/// A duration in seconds as milliseconds or microseconds.
pub fn time(seconds: f64) -> String {
    if seconds < 1e-3 {
        format!("{:.0} µs", 1e6 * seconds)
    } else {
        format!("{:.2} ms", 1e3 * seconds)
    }
}
