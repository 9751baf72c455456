//! How observations come in: each file or request is an upload, kept until somebody decides
//! on it, and named by every value that came with it.

/// The places that an upload names.
pub mod places;
/// The list of uploads: what came in, from whom, and what became of it.
pub mod register;
/// From rows that can be trusted to the table, once.
pub mod store;

/// An undecided upload's text.
pub mod text;
/// Taking back an upload, and bringing it back.
pub mod undo;

pub use register::{NewUpload, Source};
pub use store::{Batch, Tally};
