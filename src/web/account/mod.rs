//! Somebody's own account: their password, their second factor, where they are signed in.

/// The page.
pub mod page;
/// Making and removing passkeys.
pub mod passkeys;
/// Another password.
pub mod password;
/// An authenticator app and recovery codes.
pub mod second_factor;
/// Where they are signed in, and ending that.
pub mod sessions;
