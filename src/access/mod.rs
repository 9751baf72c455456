//! Who is asking: people and programs, and the hat and tenant that follow from it.

/// Keys for a department's programs.
pub mod api_key;
/// How a program is let in.
pub mod bearer;
/// Who a request turned out to be from.
pub mod caller;
/// Browsers in which somebody signed in before.
pub mod device;
/// The extractors: a handler that names one cannot be reached without it.
pub mod extract;
/// Break-glass: an administrator looks inside a department.
pub mod glass;
/// How an invitation's link gets to whom it is for.
pub mod handing;
/// Invitations: how a person is let in.
pub mod invitation;
/// How often programs may ask.
pub mod limits;
/// Passkeys: a device or a security key signs instead of a password.
pub mod passkey;
/// Passwords, hashed with argon2id.
pub mod password;
/// A department's people.
pub mod people;
/// The second factor.
pub mod second_factor;
/// Signed-in browsers.
pub mod session;
/// Signing on at a department's own provider.
pub mod sign_on;
/// From where a request comes.
pub mod source;
/// The platform's staff.
pub mod staff;
/// How often anybody may try to sign in.
pub mod throttle;
/// Access tokens: a key's stand-in for 15 minutes.
pub mod token;
/// People and their roles.
pub mod user;

pub use api_key::{ApiKey, Scope, Scopes};
pub use bearer::{Bearers, Credential};
pub use caller::Caller;
pub use extract::{
    Account, Admin, ApiClient, Epidemiologist, HalfIn, Lead, OnboardingStaff, Reader,
};
pub use user::{Role, SignedIn};
