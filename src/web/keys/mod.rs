//! Keys: a department's own people see to theirs, and onboarding staff to any department's.
//! The pages are the same; the hat is not.

/// A department's people and their keys.
pub mod department;
/// Pasting a text to learn which keys are in it.
pub mod leaked;
/// Onboarding staff and a department's keys.
pub mod staff;

mod desk;
mod forms;
mod shown;
mod table;

pub(super) use desk::Desk;
pub(super) use shown::{Revealed, shown_before};
pub(super) use table::{revoke_form, state_words};
