//! Who is asking: people and programs, and the hat and tenant that follow from it.

/// Keys for a department's programs.
pub mod api_key;
/// The extractors: a handler that names one cannot be reached without it.
pub mod extract;
/// Invitations: how a person is let in.
pub mod invitation;
/// Passwords, hashed with argon2id.
pub mod password;
/// Signed-in browsers.
pub mod session;
/// People and their roles.
pub mod user;

pub use api_key::{ApiKey, Scope, Scopes};
pub use extract::{Admin, ApiClient, Epidemiologist, OnboardingStaff, Reader};
pub use user::{Role, SignedIn};
