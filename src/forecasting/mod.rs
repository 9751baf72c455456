//! What the model says: how many infections there are, and how many new cases to expect.
//!
//! Numerics here are pure: no clock, no database, and no randomness but what is passed in.
//! What reads or writes the database takes a tenant's transaction.

/// From what is believed today to the next four weeks.
pub mod ahead;
/// Models of many places in one ensemble, from which each can go on.
pub mod checkpoint;
/// What may be known of each day of a place.
pub mod days;
/// Random numbers that depend on what they are for alone.
pub mod draws;
/// The filter: an ensemble, what it predicts, and what was observed.
pub mod enkf;
/// What is believed about the epidemic: many members, each a possible state of it.
pub mod ensemble;
/// A published forecast as bands, by day and by week.
pub mod fan;
/// The flat line that a forecast has to beat.
pub mod flat;
/// A place's model, following what is known of its days.
pub mod follow;
/// All that was ever reported, and what of it was known on a day.
pub mod history;
/// How well past forecasts have done, read from their scores.
pub mod judged;
/// What a run says of a place besides its quantiles, and how it was made.
pub mod outlook;
/// What is believed before any case was seen, and a baseline drawn from it.
pub mod prior;
/// Forecasts as they were published.
pub mod published;
/// Quantiles at the levels of the forecast hubs.
pub mod quantiles;
/// The runs that were asked for lately, and what became of them.
pub mod recent_runs;
/// How well forecasts have done, and whether they may be shown.
pub mod record;
/// Forecasts of the past, as they would have been made.
pub mod replay;
/// The effective reproduction number of past days.
pub mod reproduction;
/// Runs of the model, as they are asked for.
pub mod runs;
/// How well one forecast did.
pub mod score;
/// How infections move through a population.
pub mod seir;
/// The parameters a department's model is run with.
pub mod settings;
/// The model of one place, day by day.
pub mod twin;
/// What a run makes of a place.
pub mod update;
/// The versions of a department's parameters.
pub mod versions;
/// How a week's cases fall on its days.
pub mod weekday;
