//! The parameters a department's model is run with: what each means, in which unit, from where.
//!
//! A department may set its own; what was run before keeps the version it was run with. A
//! parameter that a stored version does not know yet takes its default.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::seir::Parameters;

mod fields;

pub use fields::{FIELDS, Field, Range};

/// How the ensemble is moved towards an observation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// Without noise of its own: mean and spread are moved to what they should be
    /// (Anderson 2001; Whitaker & Hamill 2002).
    #[default]
    SquareRoot,
    /// Each member moves towards a copy of the observation with noise of its own
    /// (Evensen 1994; Burgers et al. 1998).
    Stochastic,
}

/// The parameters of a department's model. [`FIELDS`] says of each what it means, its unit, its
/// range and its source.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Days from infection to being infectious.
    pub latent_days: f64,
    /// Days from becoming infectious to no longer being so.
    pub infectious_days: f64,
    /// Days from recovery to being susceptible again.
    pub immunity_days: f64,
    /// The share of infections that become a reported case.
    pub reporting: f64,
    /// How far transmission wanders in a day: the standard deviation of a day's step of `ln beta`.
    pub walk: f64,
    /// The share of its distance from where `R_t` is 1 that `ln beta` gives up in a day.
    pub damping: f64,
    /// How far the susceptible share wanders in a day: standard deviation of a step of its logit.
    pub susceptible_walk: f64,
    /// The share of the spread lost to an observation that is given back to the ensemble.
    pub relaxation: f64,
    /// The size `k` of the negative binomial distribution of a day's cases about what is expected.
    pub day_overdispersion: f64,
    /// The same of the cases of seven days together.
    pub week_overdispersion: f64,
    /// Cases `c` added where the error's variance `1 / (y + c) + 1 / k` divides by a count `y`.
    pub error_floor: f64,
    /// How many members the ensemble has.
    pub members: usize,
    /// How the ensemble is moved towards an observation.
    pub scheme: Scheme,
    /// Where the random numbers start, so that a run can be repeated.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        let stages = Parameters::COVID_19;
        Self {
            latent_days: stages.latent_days,
            infectious_days: stages.infectious_days,
            immunity_days: stages.immunity_days,
            reporting: 0.1,
            walk: 0.1,
            damping: 0.08,
            susceptible_walk: 0.1,
            relaxation: 0.5,
            day_overdispersion: 30.0,
            week_overdispersion: 15.0,
            error_floor: 1.0,
            members: 100,
            scheme: Scheme::SquareRoot,
            seed: 1,
        }
    }
}

/// A parameter that cannot be what it was given as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Which one.
    pub name: &'static str,
    /// What is wrong with it, as a sentence that begins with the parameter's name for people.
    pub words: String,
}

impl Settings {
    /// How long each stage of the infection lasts.
    pub fn stages(&self) -> Parameters {
        Parameters {
            latent_days: self.latent_days,
            infectious_days: self.infectious_days,
            immunity_days: self.immunity_days,
        }
    }

    /// Sixteen hexadecimal digits that are the same for the same parameters and no others.
    pub fn hash(&self) -> String {
        let written = serde_json::to_vec(self).unwrap_or_default();
        let digest = Sha256::digest(written);
        digest[..8]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// The value of the parameter `name`, as it is typed into a form.
    pub fn typed(&self, name: &str) -> String {
        match serde_json::to_value(self).unwrap_or_default().get(name) {
            Some(Value::String(word)) => word.clone(),
            // `3`, and not `3.0`.
            Some(number) => number.to_string().trim_end_matches(".0").to_owned(),
            None => String::new(),
        }
    }

    /// What was typed into a form, parameter by parameter.
    ///
    /// # Errors
    /// Every parameter that cannot be what was typed, with what it takes.
    pub fn read(typed: &BTreeMap<String, String>) -> Result<Self, Vec<Problem>> {
        let mut values = serde_json::Map::new();
        let mut problems = Vec::new();
        for field in &FIELDS {
            let text = typed.get(field.name).map_or("", |text| text.trim());
            match field.understand(text) {
                Ok(value) => {
                    values.insert(field.name.to_owned(), value);
                }
                Err(problem) => problems.push(problem),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        serde_json::from_value(Value::Object(values)).map_err(|error| {
            vec![Problem {
                name: "",
                words: error.to_string(),
            }]
        })
    }

    /// Every parameter that is outside of what it can be. A run asks before it begins: what is
    /// stored may have been written under other ranges.
    pub fn problems(&self) -> Vec<Problem> {
        FIELDS
            .iter()
            .filter_map(|field| field.understand(&self.typed(field.name)).err())
            .collect()
    }

    /// The parameters as they are, if they can be run with.
    ///
    /// # Errors
    /// The first parameter that is outside of what it can be.
    pub fn validate(self) -> crate::Result<Self> {
        match self.problems().into_iter().next() {
            None => Ok(self),
            Some(problem) => Err(crate::Error::Invalid(problem.words)),
        }
    }
}

#[cfg(test)]
mod tests;
