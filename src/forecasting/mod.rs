//! What the model says: how many infections there are, and how many new cases to expect.
//!
//! Numerics here are pure: no clock, no database, and no randomness but what is passed in.

/// The filter: an ensemble, what it predicts, and what was observed.
pub mod enkf;
/// What is believed about the epidemic: many members, each a possible state of it.
pub mod ensemble;
/// What is believed before any case was seen, and a baseline drawn from it.
pub mod prior;
/// Forecasts as they were published.
pub mod published;
/// Quantiles at the levels of the forecast hubs.
pub mod quantiles;
/// How well forecasts have done, and whether they may be shown.
pub mod record;
/// How infections move through a population.
pub mod seir;
/// The parameters a department's model is run with.
pub mod settings;
