//! What each parameter means, in words for whoever sets it.

use serde_json::Value;

use super::Problem;
use crate::surveillance::charts::number;

/// What a parameter can be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Range {
    /// A number between two.
    Number(f64, f64),
    /// A whole number between two.
    Whole(u64, u64),
    /// One of these words, each with what it says to people.
    OneOf(&'static [(&'static str, &'static str)]),
}

/// A parameter of the model.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name in code, in forms and where it is stored.
    pub name: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// Its unit; empty for a plain number.
    pub unit: &'static str,
    /// What it can be.
    pub range: Range,
    /// What it does.
    pub meaning: &'static str,
    /// Where its default comes from.
    pub source: &'static str,
}

/// Every parameter, in the order in which they are read.
pub const FIELDS: [Field; 14] = [
    Field {
        name: "latent_days",
        label: "Latent period",
        unit: "days",
        range: Range::Number(0.5, 30.0),
        meaning: "From infection to being infectious, on average.",
        source: "COVID-19: Bar-On et al. 2020, doi:10.7554/eLife.57309",
    },
    Field {
        name: "infectious_days",
        label: "Infectious period",
        unit: "days",
        range: Range::Number(0.5, 60.0),
        meaning: "From becoming infectious to no longer being so, on average.",
        source: "COVID-19: Hakki et al. 2022, doi:10.1016/S2213-2600(22)00226-0",
    },
    Field {
        name: "immunity_days",
        label: "Immunity",
        unit: "days",
        range: Range::Number(30.0, 36_500.0),
        meaning: "From recovery to being susceptible again, on average; 36,500 is for life.",
        source: "16 months, of related coronaviruses: Townsend et al. 2021, \
                 doi:10.1016/S2666-5247(21)00219-6",
    },
    Field {
        name: "reporting",
        label: "Reported share",
        unit: "of infections",
        range: Range::Number(0.001, 1.0),
        meaning: "The least share of infections taken to become a reported case. Where more cases were \
                  reported than that share of the population allows, the model takes a larger one.",
        source: "Antibody surveys at 10 sites found 6 to 24 infections for each reported case \
                 (Havers et al. 2020, doi:10.1001/jamainternmed.2020.4130)",
    },
    Field {
        name: "walk",
        label: "Change of transmission",
        unit: "sd of ln \u{3b2} in a day",
        range: Range::Number(0.001, 1.0),
        meaning: "How far transmission may change from one day to the next. More follows new data faster, and \
                  makes forecasts wider.",
        source: "Chosen for the best forecasts of weekly cases in half of 63 Canadian health regions that report \
                 daily, and checked in the other half",
    },
    Field {
        name: "damping",
        label: "Return to R\u{209c} = 1",
        unit: "share a day",
        range: Range::Number(0.0, 1.0),
        meaning: "How much of its distance from where cases neither rise nor fall transmission gives up in a day. \
                  People change what they do when cases rise; 0 lets growth go on as it is.",
        source: "Chosen like the change of transmission",
    },
    Field {
        name: "susceptible_walk",
        label: "Change of susceptibility",
        unit: "sd of the logit in a day",
        range: Range::Number(0.0, 1.0),
        meaning: "How far the susceptible share may change from one day to the next beside what infections and \
                  waning do: vaccination, new variants, people who come and go.",
        source: "Chosen like the change of transmission",
    },
    Field {
        name: "relaxation",
        label: "Relaxation to prior spread",
        unit: "share",
        range: Range::Number(0.0, 1.0),
        meaning: "How much of the spread that an observation takes from the ensemble is given back, so that it \
                  does not become too sure of itself.",
        source: "Method of Whitaker & Hamill 2012, doi:10.1175/MWR-D-11-00276.1; value chosen like the change of \
                 transmission",
    },
    Field {
        name: "day_overdispersion",
        label: "Dispersion of a day's cases",
        unit: "k",
        range: Range::Number(0.5, 100_000.0),
        meaning: "How closely a day's cases keep to what is expected: the size k of a negative binomial \
                  distribution. Small values mean bursts; very large ones are Poisson.",
        source: "Chosen like the change of transmission; k itself as in Lloyd-Smith 2007, \
                 doi:10.1371/journal.pone.0000180",
    },
    Field {
        name: "week_overdispersion",
        label: "Dispersion of a week's cases",
        unit: "k",
        range: Range::Number(0.5, 100_000.0),
        meaning: "The same for the cases of seven days together.",
        source: "Chosen like the change of transmission",
    },
    Field {
        name: "error_floor",
        label: "Error floor",
        unit: "cases",
        range: Range::Number(0.01, 100.0),
        meaning: "Cases c in the variance of a count's error on the log scale, 1/(y + c) + 1/k. Larger trusts \
                  small counts more.",
        source: "As in log(y + 1)",
    },
    Field {
        name: "members",
        label: "Members",
        unit: "of the ensemble",
        range: Range::Whole(20, 1_000),
        meaning: "How many equally likely epidemics are followed. Error falls with the root of their number; time \
                  and cost grow with it.",
        source: "The mean is then known to a tenth of the spread",
    },
    Field {
        name: "scheme",
        label: "Filter",
        unit: "",
        range: Range::OneOf(&[
            ("square_root", "square root, without noise of its own"),
            ("stochastic", "stochastic, with perturbed observations"),
        ]),
        meaning: "How the ensemble is moved towards an observation.",
        source: "Square root: Anderson 2001 and Whitaker & Hamill 2002; stochastic: Evensen 1994 and Burgers et al. \
                 1998",
    },
    Field {
        name: "seed",
        label: "Seed",
        unit: "",
        range: Range::Whole(0, 4_294_967_295),
        meaning: "Where random numbers start. The same data, parameters and seed give the same forecast to the last \
                  digit.",
        source: "Any number will do",
    },
];

impl Field {
    /// The field of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        FIELDS.iter().find(|field| field.name == name)
    }

    /// What the parameter can be, in words: `0.5 to 30 days`.
    pub fn takes(&self) -> String {
        let unit = match self.unit {
            "days" | "cases" => format!(" {}", self.unit),
            _ => String::new(),
        };
        match self.range {
            Range::Number(least, most) => format!("{} to {}{unit}", number(least), number(most)),
            Range::Whole(least, most) => format!(
                "a whole number from {least} to {}{unit}",
                number(most as f64)
            ),
            Range::OneOf(words) => {
                let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
                words.join(" or ")
            }
        }
    }

    /// What was typed for it, as it is stored.
    pub(super) fn understand(&self, text: &str) -> Result<Value, Problem> {
        let value = match self.range {
            Range::Number(least, most) => text
                .parse::<f64>()
                .ok()
                .filter(|number| (least..=most).contains(number))
                .map(Value::from),
            Range::Whole(least, most) => text
                .parse::<u64>()
                .ok()
                .filter(|number| (least..=most).contains(number))
                .map(Value::from),
            Range::OneOf(words) => words
                .iter()
                .any(|(word, _)| *word == text)
                .then(|| Value::from(text)),
        };
        value.ok_or_else(|| Problem {
            name: self.name,
            words: format!("{}: {} is what it takes", self.label, self.takes()),
        })
    }
}
