//! What can go wrong, in words a stranger may read.

use std::sync::Arc;

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};

/// The constraints of the schema, in the words of the person who met one.
pub mod constraints;

/// `Result` with Cordon's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong. `Display` is public: it never names SQL, a host, a path or another
/// tenant. The cause of [`Error::Internal`] is logged once, where the answer is made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody is signed in, or the key is not good.
    #[error("sign in, or send an API key, to continue")]
    Unauthenticated,
    /// It does not exist, or it is another's: the two look exactly alike.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// What was sent cannot be accepted, and why.
    #[error("{0}")]
    Invalid(String),
    /// What was sent is larger than is taken, and how much that is.
    #[error("{0}")]
    TooLarge(String),
    /// What was sent is in a form that is not read, and which are.
    #[error("{0}")]
    UnsupportedMedia(String),
    /// This person's role asks for a second factor, and they have none yet.
    #[error("your role needs a second factor; set one up under Account, then go on here")]
    SecondFactorNeeded,
    /// What was sent contradicts what is already there.
    #[error("{0}")]
    Conflict(String),
    /// A form was posted from another site.
    #[error(
        "this form was sent from another site, so nothing was changed; open the page here and send it again"
    )]
    CrossSite,
    /// Whoever asks is known and may not do this, and what they may do instead.
    #[error("{0}")]
    Forbidden(String),
    /// This key asks too often, and when the next request is welcome.
    #[error("that is too often; the next request is welcome in {seconds} seconds")]
    TooMany {
        /// How long to wait.
        seconds: u64,
    },
    /// The department means to spend no more this month: why, and when that ends.
    #[error("{words}")]
    OverBudget {
        /// What is used, and what goes on.
        words: String,
        /// How long it is until then.
        seconds: u64,
    },
    /// None of the forms that would be accepted can be given, and which can.
    #[error("{0}")]
    NotAcceptable(String),
    /// Too many are asking at once.
    #[error("the portal is busy; try again in a few seconds")]
    Busy,
    /// The portal cannot start, and what to do about it. Read by whoever runs it.
    #[error("{0}")]
    Setup(String),
    /// Our fault. The cause is for the log, never for the answer.
    #[error("something went wrong on our side")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// Wraps a cause that no visitor should read.
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(cause.into())
    }
}

/// `statement_timeout` and `lock_timeout` ran out.
const QUERY_CANCELED: &str = "57014";
const LOCK_NOT_AVAILABLE: &str = "55P03";

impl From<sqlx::Error> for Error {
    /// A violated constraint becomes the message that belongs to its name; a time-out asks
    /// for patience; all else is internal.
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::PoolTimedOut => return Self::Busy,
            sqlx::Error::Database(cause) => {
                if let Some(message) = cause.constraint().and_then(constraints::message) {
                    return Self::Invalid(message.to_owned());
                }
                if matches!(
                    cause.code().as_deref(),
                    Some(QUERY_CANCELED | LOCK_NOT_AVAILABLE)
                ) {
                    return Self::Busy;
                }
            }
            _ => {}
        }
        Self::internal(error)
    }
}

impl Error {
    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::CrossSite | Self::Forbidden(_) | Self::SecondFactorNeeded => {
                StatusCode::FORBIDDEN
            }
            Self::TooMany { .. } | Self::OverBudget { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::NotAcceptable(_) => StatusCode::NOT_ACCEPTABLE,
            Self::UnsupportedMedia(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Setup(_) | Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl IntoResponse for Error {
    /// The status, with the error itself for `web::errors` to render as a page or as
    /// problem details.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}
