//! What a person sees: one file a page.
//!
//! A page is an axum handler. Its arguments prove who asks, `?` leaves with the error page,
//! and it ends in [`page::Page`], which renders a Leptos view. All data is there before the
//! first byte is sent, so the status is true.

/// Somebody's own account.
pub mod account;
/// All departments on one chart, for administrators.
pub mod admin;
/// What was done, by whom, from where.
pub mod audit;
/// What departments owe, what the platform costs, and who bears it.
pub mod billing;
/// A department's cases.
pub mod cases;
/// Proving again who one is.
pub mod confirm;
/// Forms posted from another site are refused.
pub mod cross_site;
/// A department's data: what comes in, what became of it, what goes out.
pub mod data;
/// Files to be kept, as answers.
pub mod download;
/// The error page, and the same error for a program.
pub mod errors;
/// What the model says, and how well that has done.
pub mod forecast;
/// Reading what a form sent.
pub mod forms;
/// Looking inside a department.
pub mod glass;
/// Security headers on every answer.
pub mod headers;
/// Answering an invitation.
pub mod invitation;
/// Keys, for a department's people and for onboarding staff.
pub mod keys;
/// Signing in and out.
pub mod login;
/// Meters every request that turns out to be from a department.
pub mod metering;
/// Bringing a department on.
pub mod onboard;
/// The frame around every page.
pub mod page;
/// Signing in with a passkey.
pub mod passkey;
/// Who works in a department, and who runs the platform.
pub mod people;
/// The runs of all departments' models.
pub mod runs;
/// The second step of signing in.
pub mod second;
/// What a department shares, for whoever has the link.
pub mod shared;
/// Signing on at a department's own provider.
pub mod sign_on;
/// The departments and their keys, for onboarding staff.
pub mod tenants;
/// What a department uses, and what it owes.
pub mod usage;
/// Numbers, dates and shares in words.
pub mod words;
