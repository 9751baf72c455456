//! A portal where health departments share one database and never see each other's cases.
//!
//! Read the modules in this order; arrows between them point down only.

/// What runs in the browser: one file an island. The only module that is also compiled to
/// WebAssembly.
pub mod islands;

/// What can be typed: `cordon serve`, `cordon onboard`, and the others.
#[cfg(feature = "ssr")]
pub mod commands;

/// The front door on one screen: every route, and what wraps them all.
#[cfg(feature = "ssr")]
pub mod router;

/// What every request shares.
#[cfg(feature = "ssr")]
pub mod app;

/// What a person sees: one file a page.
#[cfg(feature = "ssr")]
pub mod web;

/// What a program sees: one file a resource, /api/v1.
#[cfg(feature = "ssr")]
pub mod api;

/// Three departments of simulated data, to look around in.
#[cfg(feature = "ssr")]
pub mod demo;

/// A department's start: the tenant, its first key, its baseline ensemble, all or nothing.
#[cfg(feature = "ssr")]
pub mod onboarding;

/// What was observed: new cases by location and day.
#[cfg(feature = "ssr")]
pub mod surveillance;

/// What the model says: the transmission model and its ensemble.
#[cfg(feature = "ssr")]
pub mod forecasting;

/// What it costs: the usage events that bill each piece of work.
#[cfg(feature = "ssr")]
pub mod billing;

/// Who is asking: people, passwords, sessions, keys.
#[cfg(feature = "ssr")]
pub mod access;

/// What was done, by whom, to whom.
#[cfg(feature = "ssr")]
pub mod audit;

/// Whose data it is: the tenant, and the transaction that shows one tenant's rows.
#[cfg(feature = "ssr")]
pub mod tenancy;

/// One pool for each hat, the embedded PostgreSQL, the schema and its check.
#[cfg(feature = "ssr")]
pub mod database;

/// Stylesheet and islands, by the names the build gave them.
#[cfg(feature = "ssr")]
pub mod site;

/// What must stay secret: randomness of the operating system, and what is derived from it.
#[cfg(feature = "ssr")]
pub mod secret;

/// What time it is, as an argument.
#[cfg(feature = "ssr")]
pub mod clock;

/// What the environment says, read once.
#[cfg(feature = "ssr")]
pub mod config;

/// Letters by e-mail, where the environment names a server for that.
#[cfg(feature = "ssr")]
pub mod post;

/// What can go wrong, in words a stranger may read.
#[cfg(feature = "ssr")]
pub mod error;

#[cfg(all(test, feature = "ssr"))]
mod tests;

#[cfg(feature = "ssr")]
pub use config::Config;
#[cfg(feature = "ssr")]
pub use error::{Error, Result};
