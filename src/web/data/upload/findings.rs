//! What was found in an upload, as tables and a chart.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use leptos::prelude::*;

use crate::{
    Result,
    surveillance::{
        DailyCount, Window,
        charts::{Revised, Size, Step, revision_svg},
        daily::{daily_counts, weekly_counts},
        reading::{Period, Problem, Severity},
        uploads::{Report, Upload, register, store::Change},
    },
    tenancy::TenantTx,
    web::words,
};

/// Days of the chart: the latest that change.
const CHART_DAYS: u64 = 120;

/// The figures of a report.
pub fn figures(report: &Report) -> impl IntoView + use<> {
    let tally = report.tally;
    let figures: Vec<_> = [
        (tally.new, "new"),
        (tally.changed, "changed"),
        (tally.unchanged, "known already"),
        (report.refused(), "refused"),
        (report.findings.suppressed, "withheld (small)"),
        (report.findings.missing, "not reported"),
    ]
    .into_iter()
    .enumerate()
    // The first four always; the others where there are any.
    .filter(|(at, (rows, _))| *at < 4 || *rows > 0)
    .map(|(_, (rows, what))| {
        let rows = words::whole(i64::try_from(rows).unwrap_or(i64::MAX));
        view! { <div class="stat"><dt>{what}</dt><dd><strong>{rows}</strong></dd></div> }
    })
    .collect();
    view! { <dl class="stats counts">{figures}</dl> }
}

/// What an accepted upload did.
pub fn figures_of(upload: &Upload) -> impl IntoView + use<> {
    let figures: Vec<_> = [
        (upload.new_rows, "new"),
        (upload.changed_rows, "changed"),
        (upload.unchanged_rows, "known already"),
        (upload.refused_rows, "refused"),
    ]
    .into_iter()
    .map(|(rows, what)| {
        view! { <div class="stat"><dt>{what}</dt><dd><strong>{words::whole(rows)}</strong></dd></div> }
    })
    .collect();
    view! { <dl class="stats counts">{figures}</dl> }
}

/// Each problem with its line, and what to do about it.
pub fn problems(upload: &Upload, kept: bool) -> Option<impl IntoView + use<>> {
    let report = &upload.report;
    if report.problems.is_empty() {
        return None;
    }
    let told = report.problems.len() as u64;
    let all: u64 = report.codes().values().sum();
    let rows: Vec<_> = report.problems.iter().map(problem).collect();
    let more = (all > told).then(|| {
        format!(
            "The first {told} of {}. ",
            words::whole(i64::try_from(all).unwrap_or(i64::MAX))
        )
    });
    let file = (kept && report.refused() > 0).then(|| {
        view! {
            <a href=format!("/data/uploads/{}/refused.csv", upload.upload_no) download>
                "Download the refused rows"
            </a>
            ", each with its reason, to correct and upload again."
        }
    });
    Some(view! {
        <h2>"What to look at"</h2>
        <p class="hint">{more}{file}</p>
        <div class="scroll tall" tabindex="0" role="region" aria-label="What to look at">
            <table class="problems">
                <thead>
                    <tr>
                        <th scope="col">"Line"</th>
                        <th scope="col">"Column"</th>
                        <th scope="col">"Value"</th>
                        <th scope="col">"What is the matter"</th>
                        <th scope="col">"What to do"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    })
}

fn problem(problem: &Problem) -> impl IntoView + use<> {
    let (class, word) = match problem.severity {
        Severity::Refused => ("refused", "refused"),
        Severity::Question => ("asked", "asked"),
        Severity::Warning => ("noted", "noted"),
    };
    let line = problem.line.map_or_else(
        // Of the file as a whole.
        || view! { <td>"–"</td> }.into_any(),
        |line| view! { <th scope="row">{line}</th> }.into_any(),
    );
    view! {
        <tr class=class>
            {line}
            <td>{problem.column.clone()}</td>
            <td>{(!problem.value.is_empty()).then(|| view! { <code>{problem.value.clone()}</code> })}</td>
            <td><span class="tag">{word}</span>" "{words::quoted(&problem.message)}
                " "<code class="hint">{problem.code.as_str()}</code></td>
            <td>{words::quoted(&problem.fix)}</td>
        </tr>
    }
}

/// The first rows of the file, as they came.
pub fn sample(report: &Report) -> Option<impl IntoView + use<>> {
    if report.header.is_empty() {
        return None;
    }
    let columns = report.header.len().min(12);
    let header: Vec<_> = report.header[..columns]
        .iter()
        .map(|name| view! { <th scope="col">{name.clone()}</th> })
        .collect();
    let rows: Vec<_> = report
        .sample
        .iter()
        .map(|row| {
            let cells: Vec<_> = row
                .iter()
                .take(columns)
                .map(|cell| view! { <td>{cell.clone()}</td> })
                .collect();
            view! { <tr>{cells}</tr> }
        })
        .collect();
    Some(view! {
        <div class="scroll" tabindex="0" role="region" aria-label="The first rows of the file">
            <table><thead><tr>{header}</tr></thead><tbody>{rows}</tbody></table>
        </div>
    })
}

/// What changes on each day, drawn and as a table.
pub struct Revision {
    days: Vec<Revised>,
    changes: Vec<Change>,
    step: Step,
    more: bool,
    /// The latest day on which something stored was known, where it is after this upload's.
    later: Option<NaiveDate>,
}

impl Revision {
    /// Reads what is known on the latest days that change.
    pub async fn read(tx: &mut TenantTx, upload: &Upload) -> Result<Option<Self>> {
        let changes = &upload.report.changes;
        let (Some(first), Some(last)) = (changes.first(), changes.last()) else {
            return Ok(None);
        };
        let weekly = upload
            .reading
            .as_ref()
            .is_some_and(|reading| reading.period != Period::Day);
        let window = Window::ending(last.date, if weekly { 7 * CHART_DAYS } else { CHART_DAYS });
        let window = Window::new(window.first().max(first.date), last.date)?;
        let known = if weekly {
            weekly_counts(tx, window, &[], Some(upload.as_of)).await?
        } else {
            daily_counts(tx, window, &[], Some(upload.as_of)).await?
        };
        let shown: Vec<Change> = changes
            .iter()
            .filter(|change| change.date >= window.first())
            .copied()
            .collect();
        Ok(Some(Self {
            days: revised(&known, &shown, weekly),
            later: register::known_later(tx, upload.as_of).await?,
            more: shown.len() < changes.len(),
            changes: shown,
            step: if weekly { Step::IsoWeek } else { Step::Day },
        }))
    }

    /// The chart, and the same numbers as a table.
    pub fn view(&self) -> impl IntoView + use<> {
        let title = "New cases before and after, all places";
        let description = format!(
            "{} {}; the same numbers stand in the table below.",
            self.changes.len(),
            if self.changes.len() == 1 {
                "day changes"
            } else {
                "days change"
            },
        );
        let draw = |size, id| revision_svg(title, &description, &self.days, self.step, size, id);
        let rows: Vec<_> = self
            .changes
            .iter()
            .rev()
            .map(|change| {
                let number = |number| words::whole(number);
                view! {
                    <tr>
                        <th scope="row">{change.date.to_string()}</th>
                        <td>{number(change.new)}</td>
                        <td>{number(change.changed)}</td>
                        <td>{number(change.before)}</td>
                        <td>{number(change.after)}</td>
                    </tr>
                }
            })
            .collect();
        view! {
            <h2>"What it changes"</h2>
            {self.later.map(|later| view! {
                <p class="caution">
                    {format!(
                        "What was known up to {} is stored already. Where later files only confirmed a number, this \
                         file's takes its place until the next change: look whether that is meant.",
                        words::day(later),
                    )}
                </p>
            })}
            <figure class="epi-curve">
                <div class="wide" inner_html=draw(Size::new(960, 300), "revision-wide")></div>
                <div class="narrow" inner_html=draw(Size::new(360, 300), "revision-narrow")></div>
                <figcaption>
                    {self.more.then_some("Only the latest days that change are drawn. ")}
                    "Bars are what would be known; the line is what is known now."
                </figcaption>
            </figure>
            <details class="numbers">
                <summary>"Table of the changes by day"</summary>
                <div class="scroll" tabindex="0" role="region" aria-label="Table of the changes by day">
                    <table class="figures">
                        <thead>
                            <tr>
                                <th scope="col">"Day"</th>
                                <th scope="col">"New values"</th>
                                <th scope="col">"Changed values"</th>
                                <th scope="col">"Cases in them before"</th>
                                <th scope="col">"Cases in them after"</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            </details>
        }
    }
}

/// Known counts and changes, put together by day.
fn revised(known: &[DailyCount], changes: &[Change], weekly: bool) -> Vec<Revised> {
    let slot = |date: NaiveDate| {
        if weekly {
            let middle = date + chrono::Days::new(3);
            middle.week(chrono::Weekday::Mon).first_day()
        } else {
            date
        }
    };
    let mut days: BTreeMap<NaiveDate, Revised> = known
        .iter()
        .filter(|count| count.reporting > 0)
        .map(|count| {
            let number = Some(count.new_cases as f64);
            let day = Revised {
                date: count.date,
                before: number,
                after: number,
            };
            (count.date, day)
        })
        .collect();
    for change in changes {
        let date = slot(change.date);
        let day = days.entry(date).or_insert(Revised {
            date,
            before: None,
            after: None,
        });
        let difference = (change.after - change.before) as f64;
        day.after = Some(day.after.unwrap_or(0.0) + difference);
    }
    days.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_that_changes_keeps_what_the_other_places_reported() {
        let date: NaiveDate = "2026-03-01".parse().unwrap_or_default();
        let known = [DailyCount {
            date,
            new_cases: 30,
            reporting: 3,
            suppressed: 0,
        }];
        let change = Change {
            date,
            new: 1,
            changed: 1,
            before: 5,
            after: 12,
        };
        let days = revised(&known, &[change], false);
        assert_eq!((days[0].before, days[0].after), (Some(30.0), Some(37.0)));
        // A week from a Sunday belongs to the Monday after.
        let days = revised(&[], &[change], true);
        assert_eq!(days[0].date.to_string(), "2026-03-02");
    }
}
