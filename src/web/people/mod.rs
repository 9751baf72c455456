//! Who works in a department, and who runs the platform: letting in and shutting out.

/// A department's people.
pub mod department;
/// The platform's staff.
pub mod staff;

mod parts;

pub use parts::{link_handed, role_in_words};
