//! How observations come in: each file or request is an upload, kept until somebody decides
//! on it, and named by every value that came with it.

/// Before anything is stored: what is in it, and what it would change.
pub mod check;
/// An upload is accepted or cancelled.
pub mod decide;
/// The places that an upload names.
pub mod places;
/// The file of a department's places.
pub mod places_file;
/// Bytes arrive, and are kept as text until somebody decides.
pub mod receive;
/// The rows of an upload that were not taken.
pub mod refused;
/// The list of uploads: what came in, from whom, and what became of it.
pub mod register;
/// What a program sent before under the same key.
pub mod repeat;
/// What was found in an upload.
pub mod report;
mod scan;
/// From rows that can be trusted to the table, once.
pub mod store;

/// An undecided upload's text.
pub mod text;
/// Taking back an upload, and bringing it back.
pub mod undo;

/// A whole upload at once, where it fits into memory.
pub mod whole;
/// Work on uploads that takes longer than a request should.
pub mod work;

pub use check::Job;
pub use register::{NewUpload, Source, Status, Upload};
pub use report::Report;
pub use store::{Batch, Tally};
