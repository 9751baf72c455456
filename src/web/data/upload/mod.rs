//! One upload: what was found in it, and what to do with it.

mod actions;
mod findings;
mod page;
mod places;
mod reading;
/// Starts what takes longer than a page should.
pub mod work;

use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};

use crate::{Error, Result};

pub use actions::{accept, add_places, cancel, check_again, read_otherwise, refused, undo};
pub use page::{progress, show};

/// The number of an upload, from the address. What is no number is the number of nothing.
pub struct UploadNo(pub i32);

impl<S: Send + Sync> FromRequestParts<S> for UploadNo {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        match Path::<i32>::from_request_parts(parts, state).await {
            Ok(Path(upload_no)) => Ok(Self(upload_no)),
            Err(_) => Err(Error::NotFound("upload")),
        }
    }
}
