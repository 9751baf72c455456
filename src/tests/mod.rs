//! The portal through its front doors, told by personas.

mod portal;

mod annotations;
mod api;
mod as_known;
mod behind;
mod binding;
mod cancellation;
mod cases;
mod catalogue;
mod commands;
mod completeness;
mod constraints;
mod cross_site;
mod crossover;
mod embedded;
mod forecast;
mod hats;
mod headers;
mod isolation;
mod keys;
mod leaked;
mod migrations;
mod model_runs;
mod onboarding;
mod oversight;
mod quality;
mod queue;
mod real_data;
mod revisions;
mod second_lock;
mod sign_in;
mod uploads;
mod verify;
