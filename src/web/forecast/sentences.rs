//! The forecast in words.

use chrono::NaiveDate;

use super::answer::Forecast;
use crate::{
    forecasting::{
        outlook::{Model, Outlook},
        record::{COVERAGE_95, ENOUGH_ORIGINS, WORST_RELATIVE_WIS},
    },
    surveillance::charts::ReproductionDay,
    web::words,
};

/// What to expect, in one sentence.
pub fn expect(forecast: &Forecast) -> String {
    let rises = probability(forecast.outlook.rises);
    let rise = format!("the chance that cases rise over two weeks is {rises}");
    let (when, median, low, high) =
        if let Some(week) = forecast.weeks.iter().find(|week| week.ahead == 7) {
            let day = words::day(week.last_day());
            let (low, high) = (week.at(0.025), week.at(0.975));
            (format!("In the week to {day}"), week.median(), low, high)
        } else if let Some(day) = forecast.fan.last() {
            let (low, high) = day.nearly_all;
            (
                format!("On {}", words::day(day.date)),
                day.median,
                low,
                high,
            )
        } else {
            return format!("{}{}.", rise[..1].to_uppercase(), &rise[1..]);
        };
    format!(
        "{when} expect about {} (95\u{a0}%: {} to {}); {rise}.",
        cases(median),
        about(low),
        about(high),
    )
}

/// Whose forecast is shown, and why.
pub fn whose(outlook: &Outlook) -> String {
    let record = outlook.record();
    let [least, most] = COVERAGE_95;
    let limits = format!(
        "asked are at most {WORST_RELATIVE_WIS:.2}, and {:.0} to {:.0}\u{a0}%",
        100.0 * least,
        100.0 * most
    );
    match outlook.model {
        Model::Twin => {
            let errors = match (record.relative_wis, record.relative_log_wis) {
                (Some(wis), Some(log)) => format!(
                    "its errors were {wis:.2} times those of a flat line, and {log:.2} times in proportion"
                ),
                _ => "it was good enough".to_owned(),
            };
            let held = record
                .coverage_95
                .map(|share| {
                    format!(
                        "; its 95\u{a0}% intervals held {} of what happened",
                        percent(share)
                    )
                })
                .unwrap_or_default();
            format!(
                "The model's own forecast is shown, because of its record: at {} moments {errors}{held} ({limits}).",
                record.origins
            )
        }
        Model::Baseline => {
            let objections: Vec<String> = record
                .objections()
                .iter()
                .map(ToString::to_string)
                .collect();
            let why = match objections.as_slice() {
                [] => "its record did not allow it when it was made".to_owned(),
                some => some.join("; "),
            };
            let at_once = if record.origins == 0 {
                " A replay of history gives it one at once."
            } else {
                ""
            };
            format!(
                "A flat line is shown, which expects as many cases as last week, as far off as such lines were \
                 before. The model's own forecast is not shown, because {why}.{at_once}"
            )
        }
    }
}

/// What the points over a fan are: days whose reports had hardly begun to arrive, and later ones.
fn drawn_over(young: usize, since: usize) -> String {
    let mut said = String::new();
    match young {
        0 => {}
        1 => said += " A day after it was not used, because most of its reports had yet to arrive.",
        days => {
            said += &format!(
                " {days} days after it were not used, because most of their reports had yet to arrive."
            );
        }
    }
    match since {
        0 => {}
        1 => said += " One day was reported since.",
        days => said += &format!(" {days} days were reported since."),
    }
    if young + since > 0 {
        said += " What is known of them is drawn over it.";
    }
    said
}

/// What the reproduction number says.
pub fn reproduction(day: &ReproductionDay) -> String {
    let (low, high) = day.nearly_all;
    let direction = if low > 1.0 {
        "infections are growing"
    } else if high < 1.0 {
        "infections are falling"
    } else if day.half.0 > 1.0 {
        "infections are probably growing"
    } else if day.half.1 < 1.0 {
        "infections are probably falling"
    } else {
        "infections may be growing or falling"
    };
    format!(
        "On {} one infectious person infected about {:.2} others (95\u{a0}%: {low:.2} to {high:.2}): {direction}.",
        words::day(day.date),
        day.median
    )
}

/// What a chart of the fan shows, for those who do not see it; `as_of`: the day up to which the
/// run knew what was reported.
pub fn describe_fan(forecast: &Forecast, as_of: NaiveDate) -> String {
    let origin = words::day(forecast.outlook.origin);
    let whose = match forecast.outlook.model {
        Model::Twin => "the model's forecast",
        Model::Baseline => "the flat line",
    };
    let Some(last) = forecast.fan.last() else {
        return format!("Bars up to {origin}; there is no forecast of this place.");
    };
    let (low, high) = last.nearly_all;
    let wide = words::day(last.date);
    let used = forecast.outlook.origin;
    let reported = |from: NaiveDate, to: NaiveDate| {
        let points = forecast.cases.points.iter();
        let on = points.filter(|point| from < point.date && point.date <= to);
        on.filter(|point| point.value.is_some()).count()
    };
    let young = reported(used, as_of);
    let since = reported(as_of.max(used), NaiveDate::MAX);
    let drawn = drawn_over(young, since);
    format!(
        "Bars up to {origin}, the last day that it used, then {whose}, day by day: for {wide} a median of {} \
         cases, 50\u{a0}% between {} and {}, 80\u{a0}% between {} and {}, 95\u{a0}% between {} and {}.{drawn} The \
         same numbers stand in the table below.",
        words::rounded(last.median.round()),
        words::rounded(last.half.0.round()),
        words::rounded(last.half.1.round()),
        words::rounded(last.most.0.round()),
        words::rounded(last.most.1.round()),
        words::rounded(low.round()),
        words::rounded(high.round()),
    )
}

/// What the past fans show.
pub fn describe_past(forecast: &Forecast) -> String {
    let held = forecast.past.fans.iter().flat_map(|fan| &fan.weeks);
    let held = held
        .zip(&forecast.past.happened)
        .filter(|(week, (_, value))| (week.nearly_all.0..=week.nearly_all.1).contains(value))
        .count();
    format!(
        "The model's own forecasts of weekly cases, each four weeks long, over what happened. Of the last {} \
         weeks {held} ended within the 95\u{a0}% band.",
        forecast.past.happened.len()
    )
}

/// Fewer outcomes say nothing of the shape of their histogram.
const ENOUGH_OUTCOMES: i64 = 40;

/// What the shape of the histogram says.
pub fn describe_tenths(tenths: &[i64; 10]) -> String {
    let all: i64 = tenths.iter().sum();
    let share = |counts: &[i64]| counts.iter().sum::<i64>() as f64 / all.max(1) as f64;
    let (below, above) = (share(&tenths[..5]), share(&tenths[5..]));
    let ends = share(&tenths[..1]) + share(&tenths[9..]);
    let shape = if all < ENOUGH_OUTCOMES {
        "That is too few to say how they should lie."
    } else if ends > 0.3 {
        "More than should be lie at the ends: forecasts were too sure."
    } else if ends < 0.1 {
        "Fewer than should be lie at the ends: forecasts were too wide."
    } else {
        "As many lie at the ends as should, or nearly so."
    };
    format!(
        "Of {} outcomes {} lay below their forecast's median and {} above. {shape}",
        words::whole(all),
        percent(below),
        percent(above)
    )
}

/// At how many moments it was judged, and how.
pub fn moments(origins: i64, replayed: i64) -> String {
    match replayed {
        _ if origins == 1 => "That is one moment.".to_owned(),
        0 => format!("All {origins} forecasts were made when their moment came."),
        all if all == origins => format!(
            "All {origins} moments were replayed afterwards, from what was known at each of them."
        ),
        some => format!(
            "Of {origins} moments {some} were replayed afterwards, from what was known at each of them; at the \
             others the forecast was made when the moment came."
        ),
    }
}

/// What is needed before the model's own forecast is shown.
pub fn enough() -> String {
    format!("≥ {ENOUGH_ORIGINS}")
}

/// `about`'s number with its noun: `1 case`, `120 cases`.
fn cases(number: f64) -> String {
    let number = about(number);
    let noun = if number == "1" { "case" } else { "cases" };
    format!("{number} {noun}")
}

/// No more digits than a forecast has to give: two, above a hundred.
pub fn about(number: f64) -> String {
    let number = number.round().max(0.0);
    if number < 100.0 {
        return words::rounded(number);
    }
    let step = 10_f64.powf(number.log10().floor() - 1.0);
    words::rounded((number / step).round() * step)
}

/// `35 %`; never certain.
pub fn probability(share: f64) -> String {
    match 100.0 * share {
        percent if percent < 1.0 => "less than 1\u{a0}%".to_owned(),
        percent if percent > 99.0 => "more than 99\u{a0}%".to_owned(),
        percent => format!("{percent:.0}\u{a0}%"),
    }
}

/// `93 %`.
pub fn percent(share: f64) -> String {
    format!("{:.0}\u{a0}%", 100.0 * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forecast_has_two_digits_to_give() {
        let shown = [0.2, 1.4, 99.6, 119.0, 1_234.0, 98_765.0].map(about);
        assert_eq!(shown, ["0", "1", "100", "120", "1,200", "99,000"]);
        assert_eq!(cases(1.0), "1 case");
    }

    #[test]
    fn what_a_forecast_left_out_is_not_called_new() {
        assert_eq!(drawn_over(0, 0), "");
        let young = drawn_over(7, 0);
        assert!(young.contains("7 days after it were not used"), "{young}");
        assert!(!young.contains("since"), "{young}");
        let since = drawn_over(0, 1);
        assert!(since.contains("One day was reported since"), "{since}");
        assert!(!since.contains("not used"), "{since}");
    }

    #[test]
    fn nothing_is_certain() {
        let shown = [0.0, 0.352, 1.0].map(probability);
        assert_eq!(
            shown,
            ["less than 1\u{a0}%", "35\u{a0}%", "more than 99\u{a0}%"]
        );
    }

    #[test]
    fn the_reproduction_number_says_no_more_than_it_knows() {
        let day = |low: f64, high: f64| ReproductionDay {
            date: "2026-03-30".parse().unwrap_or_default(),
            median: f64::midpoint(low, high),
            half: (low + 0.1, high - 0.1),
            nearly_all: (low, high),
        };
        for (low, high, said) in [
            (1.1, 1.5, "are growing"),
            (0.95, 1.5, "probably growing"),
            (0.6, 0.9, "are falling"),
            (0.7, 1.05, "probably falling"),
            (0.8, 1.2, "may be"),
        ] {
            let words = reproduction(&day(low, high));
            assert!(words.contains(said), "{words}");
        }
    }
}
