//! What a provider says: of itself, in its discovery document, and of whoever signed on there, in an
//! ID token. The protocol is `openidconnect`'s; what is asked of a token stands here.

use std::time::Duration;

use chrono::TimeDelta;
use openidconnect::{
    AuthType, AuthorizationCode, ClientId, ClientSecret, CsrfToken, IdTokenVerifier, IssuerUrl,
    LoginHint, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    Scope, TokenResponse as _,
    core::{CoreAuthPrompt, CoreAuthenticationFlow, CoreClientAuthMethod, CoreJwsSigningAlgorithm},
    url::Url,
};

use super::{
    department::Department,
    faults::{cause, not_exchanged, unbelieved, undiscovered},
    identity::{Identity, claim_of},
    outside::Asking,
    protocol::{Client, IdClaims, Metadata, Token, UserInfo},
    refusal::Refusal,
    start::{Secrets, Taken},
};
use crate::{Error, Result, clock::Now};

/// The signatures that are believed: those by which the provider alone can have signed.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 2] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
];

/// How far apart clocks may be.
const SKEW: TimeDelta = TimeDelta::minutes(1);

/// How long ago an ID token may have been made: it comes straight from the provider.
const FRESH: TimeDelta = TimeDelta::minutes(10);

/// What a provider says of itself.
#[derive(Clone, Debug)]
pub struct Provider(Box<Metadata>);

impl Provider {
    /// Reads the discovery document of an issuer, and its keys.
    ///
    /// # Errors
    /// What is wrong with it, in words for whoever configures it.
    pub async fn discover(asking: Asking<'_>, issuer: &str) -> Result<Self> {
        let wrong = |words: String| Error::Invalid(words);
        let url = IssuerUrl::new(issuer.to_owned()).map_err(|_| {
            wrong("an issuer is an address, such as https://login.alder.example".into())
        })?;
        let metadata = Metadata::discover_async(url, &asking)
            .await
            .map_err(|error| {
                tracing::info!(error = %cause(&error), "a discovery document was not read");
                wrong(undiscovered(&error))
            })?;
        let admitted = asking.reach.admits(metadata.authorization_endpoint().url())
            && metadata
                .token_endpoint()
                .is_some_and(|url| asking.reach.admits(url.url()));
        if !admitted {
            return Err(wrong(
                "the issuer's discovery document leads to addresses that are not over https, or names no \
                 token endpoint"
                    .into(),
            ));
        }
        let algorithms = metadata.id_token_signing_alg_values_supported();
        if !algorithms
            .iter()
            .any(|algorithm| ALGORITHMS.contains(algorithm))
        {
            return Err(wrong(
                "the issuer signs its ID tokens neither with RS256 nor with ES256, and no other signature \
                 is believed here"
                    .into(),
            ));
        }
        Ok(Self(Box::new(metadata)))
    }

    /// Which one it is.
    pub fn issuer(&self) -> &str {
        self.0.issuer().as_str()
    }

    /// On which host people sign on.
    pub fn host(&self) -> &str {
        self.0
            .authorization_endpoint()
            .url()
            .host_str()
            .unwrap_or_default()
    }

    /// Whether it names itself when it sends somebody back.
    fn names_itself(&self) -> bool {
        self.0
            .additional_metadata()
            .authorization_response_iss_parameter_supported
    }

    fn client(&self, department: &Department, redirect: &str) -> Result<Client> {
        let redirect = RedirectUrl::new(redirect.to_owned()).map_err(Error::internal)?;
        let secret = ClientSecret::new(department.client_secret.clone());
        let id = ClientId::new(department.client_id.clone());
        let client = Client::from_provider_metadata((*self.0).clone(), id, Some(secret));
        let methods = self.0.token_endpoint_auth_methods_supported();
        let in_body = methods.is_some_and(|methods| {
            methods.contains(&CoreClientAuthMethod::ClientSecretPost)
                && !methods.contains(&CoreClientAuthMethod::ClientSecretBasic)
        });
        let client = match in_body {
            true => client.set_auth_type(AuthType::RequestBody),
            false => client,
        };
        Ok(client.set_redirect_uri(redirect))
    }

    /// The address to which somebody is sent. Who has to prove `again` who they are is asked there,
    /// whatever the provider remembers.
    ///
    /// # Errors
    /// When the portal's own address is none.
    pub fn address(
        &self,
        department: &Department,
        redirect: &str,
        state: &str,
        secrets: &Secrets,
        hint: Option<&str>,
        again: bool,
    ) -> Result<Url> {
        let verifier = PkceCodeVerifier::new(secrets.verifier.clone());
        let (state, nonce) = (state.to_owned(), secrets.nonce.clone());
        let client = self.client(department, redirect)?;
        let mut request = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                move || CsrfToken::new(state),
                move || Nonce::new(nonce),
            )
            .add_scope(Scope::new("email".into()))
            .add_scope(Scope::new("profile".into()))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        if let Some(hint) = hint {
            request = request.set_login_hint(LoginHint::new(hint.to_owned()));
        }
        if again {
            request = request
                .add_prompt(CoreAuthPrompt::Login)
                .set_max_age(Duration::ZERO);
        }
        Ok(request.url().0)
    }

    /// Refuses an answer that says it is of another issuer: somebody was sent to one and came back
    /// from another (RFC 9207).
    ///
    /// # Errors
    /// Where it does, or does not say though it says that it always would.
    pub fn answered(&self, named: Option<&str>) -> Result<(), Refusal> {
        match named {
            Some(named) if named == self.issuer() => Ok(()),
            None if !self.names_itself() => Ok(()),
            _ => Err(Refusal::provider("the answer is of another issuer")),
        }
    }

    /// Whom the provider has before it, by a code that was brought back: with every check of the ID
    /// token, and with what the provider's page on people says where the token does not.
    ///
    /// # Errors
    /// Why nobody comes in by it.
    pub async fn identify(
        &self,
        asking: Asking<'_>,
        department: &Department,
        redirect: &str,
        code: &str,
        taken: &Taken,
        now: Now,
    ) -> Result<Result<Identity, Refusal>> {
        let client = self.client(department, redirect)?;
        let request = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(Error::internal)?
            .set_pkce_verifier(PkceCodeVerifier::new(taken.secrets.verifier.clone()));
        let answer = match request.request_async(&asking).await {
            Ok(answer) => answer,
            Err(error) => return Ok(Err(Refusal::Provider(not_exchanged(&error)))),
        };
        let Some(token) = answer.id_token() else {
            return Ok(Err(Refusal::provider("the provider gives no ID token")));
        };
        let claims = match self.verified(token, department, taken, now) {
            Ok(claims) => claims,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let role = department.role.role_claim.as_deref();
        let incomplete = claims.email().is_none()
            || role.is_some_and(|claim| claim_of(&claims.additional_claims().all, claim).is_none());
        let mut info: Option<UserInfo> = None;
        if incomplete && self.0.userinfo_endpoint().is_some() {
            let subject = Some(claims.subject().clone());
            let request = client
                .user_info(answer.access_token().clone(), subject)
                .map_err(Error::internal)?;
            info = match request.request_async(&asking).await {
                Ok(info) => Some(info),
                Err(error) => {
                    tracing::info!(error = %cause(&error), "userinfo was not read");
                    let words = "what the provider says of people could not be read";
                    return Ok(Err(Refusal::provider(words)));
                }
            };
        }
        Ok(Identity::of(department, &claims, info.as_ref()))
    }

    fn verified(
        &self,
        token: &Token,
        department: &Department,
        taken: &Taken,
        now: Now,
    ) -> Result<IdClaims, Refusal> {
        let client_id = ClientId::new(department.client_id.clone());
        let again = taken.again;
        // As of a client without a secret: no signature is made with one.
        let verifier = IdTokenVerifier::new_public_client(
            client_id.clone(),
            self.0.issuer().clone(),
            self.0.jwks().clone(),
        )
        .set_allowed_algs(ALGORITHMS)
        .set_time_fn(move || now)
        .set_issue_time_verifier_fn(move |made| {
            let fresh = made > now - FRESH && made < now + SKEW;
            fresh
                .then_some(())
                .ok_or_else(|| "made at another time".into())
        })
        .set_auth_time_verifier_fn(move |proved| match (again, proved) {
            (None, _) => Ok(()),
            (Some(since), Some(proved)) if proved > since - SKEW => Ok(()),
            (Some(_), _) => Err("not asked again".into()),
        });
        let nonce = Nonce::new(taken.secrets.nonce.clone());
        let claims = token.claims(&verifier, &nonce).map_err(|error| {
            tracing::info!(%error, "an ID token was refused");
            Refusal::provider(unbelieved(&error))
        })?;
        if claims
            .authorized_party()
            .is_some_and(|party| *party != client_id)
        {
            return Err(Refusal::provider("the ID token is for another client"));
        }
        Ok(claims.clone())
    }
}
