//! What can be wrong with a provider, in words for whoever configures it, and for the record.

use openidconnect::{
    ClaimsVerificationError, DiscoveryError, RequestTokenError, StandardErrorResponse,
    core::CoreErrorResponseType,
};

use super::outside::Fault;

/// An error with what caused it, for the log.
pub fn cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

/// Why a discovery document was not read, for whoever configures it.
pub fn undiscovered(error: &DiscoveryError<Fault>) -> String {
    match error {
        DiscoveryError::Request(fault) => {
            format!("the issuer could not be asked for its discovery document: {fault}")
        }
        DiscoveryError::Response(status, ..) => format!(
            "the issuer shows no discovery document at /.well-known/openid-configuration below its address, \
             or no keys where that says they are: it answered with {}",
            status.as_u16()
        ),
        DiscoveryError::Validation(_) => {
            "the discovery document at that address is of another issuer; type the issuer exactly as the \
             provider gives it, with or without a / at its end"
                .into()
        }
        _ => "what the issuer shows as its discovery document is none".into(),
    }
}

/// Why a code gave no token, for the record.
pub fn not_exchanged(
    error: &RequestTokenError<Fault, StandardErrorResponse<CoreErrorResponseType>>,
) -> String {
    tracing::info!(error = %cause(error), "a code was not exchanged");
    match error {
        RequestTokenError::ServerResponse(answer) => match answer.error() {
            CoreErrorResponseType::InvalidClient | CoreErrorResponseType::UnauthorizedClient => {
                "the provider does not know this client, or not by this secret".into()
            }
            CoreErrorResponseType::InvalidGrant => "the provider refused the code".into(),
            _ => "the provider refused to answer".into(),
        },
        RequestTokenError::Request(fault) => format!("the provider could not be asked: {fault}"),
        _ => "the provider's answer cannot be read".into(),
    }
}

/// Why an ID token is not believed, for the record.
pub fn unbelieved(error: &ClaimsVerificationError) -> &'static str {
    match error {
        ClaimsVerificationError::Expired(_) => "the ID token is not of now",
        ClaimsVerificationError::InvalidAudience(_) => "the ID token is for another client",
        ClaimsVerificationError::InvalidIssuer(_) => "the ID token is of another issuer",
        ClaimsVerificationError::InvalidNonce(_) => "the ID token answers another sign-on",
        ClaimsVerificationError::InvalidAuthTime(_) => "the provider did not ask again who it is",
        ClaimsVerificationError::SignatureVerification(_) => {
            "the ID token is not signed by the provider as it should be"
        }
        _ => "the ID token cannot be read",
    }
}
