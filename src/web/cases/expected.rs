//! What young counts are expected to become, in words.

use super::Cases;
use crate::{
    surveillance::{
        charts::Unit,
        completeness::COMPLETE_SHARE,
        headline::Headline,
        series::{INCOMPLETE_DAYS, Point, Status},
    },
    web::words,
};

/// What to bear in mind of the figures that end with `headline.latest`: nothing, where all of
/// their days are old enough.
pub fn caveat(cases: &Cases, headline: &Headline) -> Option<String> {
    let learnt = &cases.completeness;
    let Some(from) = learnt.complete_from else {
        let latest = cases
            .locations
            .iter()
            .filter_map(|place| place.last_day)
            .max()?;
        let young = (latest - headline.latest).num_days() < INCOMPLETE_DAYS.cast_signed();
        return young.then(|| {
            let uploads = match learnt.uploads {
                1 => "1 upload".to_owned(),
                uploads => format!("{} uploads", words::whole(uploads)),
            };
            format!(
                "The last {INCOMPLETE_DAYS} reported days are taken to be incomplete: late reports usually \
                 still arrive. How much they add cannot be said yet, from a history of {uploads}."
            )
        });
    };
    learnt
        .is_incomplete(headline.latest)
        .filter(|young| *young)?;
    let days = if from == 1 {
        "1 day".to_owned()
    } else {
        format!("{from} days")
    };
    Some(format!(
        "Counts less than {days} old on {} are incomplete: late reports usually add more than {} to them.",
        words::day(learnt.as_of),
        percent(1.0 - COMPLETE_SHARE),
    ))
}

/// What the chart shows of it, for those who do not see it.
pub fn describe(cases: &Cases, unit: Unit) -> Option<String> {
    let points = &cases.points;
    let incomplete = points
        .iter()
        .filter(|point| point.status == Status::Incomplete)
        .count();
    if incomplete == 0 {
        return None;
    }
    let (point, expected) = points
        .iter()
        .rev()
        .find_map(|point| Some((point, point.expected?)))?;
    let number = |expected| number(expected, unit);
    Some(format!(
        "Of {incomplete} incomplete, the latest, {} with {} so far, is expected to end at {}, and 9 times in 10 \
         between {} and {}",
        words::day(point.date),
        words::rounded(point.value.unwrap_or_default()),
        number(expected.median),
        number(expected.low),
        number(expected.high),
    ))
}

/// `52 (47 to 60)`, or a dash.
pub fn cell(point: &Point, unit: Unit) -> String {
    let number = |expected| number(expected, unit);
    point.expected.map_or_else(
        || "–".to_owned(),
        |expected| {
            format!(
                "{} ({} to {})",
                number(expected.median),
                number(expected.low),
                number(expected.high)
            )
        },
    )
}

/// Whole cases; a rate has its decimals.
fn number(expected: f64, unit: Unit) -> String {
    match unit {
        Unit::NewCases => words::rounded(expected.round()),
        Unit::Per100k => words::rounded(expected),
    }
}

/// `95 %`.
pub fn percent(share: f64) -> String {
    format!("{}\u{a0}%", words::rounded((100.0 * share).round()))
}
