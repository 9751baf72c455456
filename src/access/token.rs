//! Access tokens: a key's stand-in for 15 minutes, as a JSON Web Token (RFC 9068).
//!
//! The signature spares nothing: the key behind a token is looked up on every request, so a
//! revoked key takes its tokens with it. What a token is for is a key that stays at home, while
//! something short-lived travels.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use self::hs256::PROVIDER;
use super::api_key::Scopes;
use crate::{Error, Result, clock::Now, secret::Secret, tenancy::TenantId};

mod hs256;

/// How long a token is good for, in seconds.
pub const LIFE: i64 = 15 * 60;

/// The media type of an access token, as RFC 9068 has it: no other kind of token passes for one.
const TYPE: &str = "at+jwt";

/// Longer than any token of ours; what is longer is not even decoded.
const LONGEST: usize = 2_048;

/// Signs and reads the tokens of one portal. `Debug` is silent.
#[derive(Clone)]
pub struct Tokens {
    signing: EncodingKey,
    reading: DecodingKey,
    issuer: String,
    audience: String,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens(…)")
    }
}

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The portal that issued it.
    pub iss: String,
    /// The interface it is for: no other service's token is good here.
    pub aud: String,
    /// The key it stands for.
    pub sub: Uuid,
    /// The same: a key is its own client.
    pub client_id: Uuid,
    /// The department that the key opens.
    pub tenant: String,
    /// What it may be used for: scopes, with a space between.
    pub scope: String,
    /// When it was issued, in seconds since 1970.
    pub iat: i64,
    /// From when it is good.
    pub nbf: i64,
    /// From when it is good no more.
    pub exp: i64,
    /// Its own id.
    pub jti: Uuid,
}

impl Tokens {
    /// Tokens of the portal at `origin`, signed with a key derived from its secret.
    pub fn new(secret: &Secret, origin: &str) -> Self {
        // Whoever came first installed the same.
        PROVIDER.install_default().ok();
        let key = secret.derive("access tokens");
        Self {
            signing: EncodingKey::from_secret(key.as_bytes()),
            reading: DecodingKey::from_secret(key.as_bytes()),
            issuer: origin.to_owned(),
            audience: format!("{origin}/api/v1"),
        }
    }

    /// A token that stands for a key until `now` + [`LIFE`]. If the key ends before, so does
    /// the token: the gate sees to that.
    ///
    /// # Errors
    /// When it cannot be written, which is our fault.
    pub fn issue(
        &self,
        key_id: Uuid,
        tenant: &TenantId,
        scopes: &Scopes,
        now: Now,
    ) -> Result<(String, Claims)> {
        let now = now.timestamp();
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: key_id,
            client_id: key_id,
            tenant: tenant.as_str().to_owned(),
            scope: scope_claim(scopes),
            iat: now,
            nbf: now,
            exp: now + LIFE,
            jti: Uuid::new_v4(),
        };
        let token = encode(&header(), &claims, &self.signing).map_err(Error::internal)?;
        Ok((token, claims))
    }

    /// What a token says, if it is one of ours and good at `now`.
    ///
    /// The header has to be the one that [`issue`](Self::issue) writes and no other, so there is
    /// no choosing an algorithm, and no `kid`, `jku`, `jwk` or `crit` to choose a key by.
    pub fn read(&self, token: &str, now: Now) -> Option<Claims> {
        if token.len() > LONGEST {
            return None;
        }
        let mut validation = Validation::new(Algorithm::HS256);
        // These are compared below: with this portal's clock, which a test can set, and exactly.
        // The library would let a list of audiences pass that has ours among others.
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.set_required_spec_claims::<&str>(&[]);
        let read = decode::<Claims>(token, &self.reading, &validation).ok()?;
        let claims = read.claims;
        let now = now.timestamp();
        let good = read.header == header()
            && claims.iss == self.issuer
            && claims.aud == self.audience
            && claims.nbf <= now
            && now < claims.exp
            && claims.exp - claims.iat <= LIFE;
        good.then_some(claims)
    }
}

/// Scopes as a token and OAuth name them: with a space between.
pub fn scope_claim(scopes: &Scopes) -> String {
    scopes.names().join(" ")
}

fn header() -> Header {
    Header {
        typ: Some(TYPE.to_owned()),
        ..Header::new(Algorithm::HS256)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const ORIGIN: &str = "https://cases.example";

    fn moment(text: &str) -> Now {
        text.parse().unwrap_or_default()
    }

    fn noon() -> Now {
        moment("2026-03-31T12:00:00Z")
    }

    fn tokens() -> Tokens {
        Tokens::new(&Secret::new("a secret of the test"), ORIGIN)
    }

    fn token() -> Result<(String, Claims)> {
        let tenant = TenantId::parse("alder")?;
        tokens().issue(Uuid::nil(), &tenant, &Scopes::read(), noon())
    }

    /// Unpadded base64url (RFC 4648, section 5), written here a second time.
    fn base64(bytes: &[u8]) -> String {
        const DIGITS: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let bits: Vec<u8> = bytes
            .iter()
            .flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1))
            .collect();
        bits.chunks(6)
            .map(|six| {
                let padded = six.iter().chain([0; 5].iter()).take(6);
                let digit = padded.fold(0, |sum, bit| sum << 1 | usize::from(*bit));
                char::from(DIGITS[digit])
            })
            .collect()
    }

    /// Signed with the right key, whatever stands in it.
    fn signed(header: &Value, claims: &Value) -> String {
        let message = format!(
            "{}.{}",
            base64(header.to_string().as_bytes()),
            base64(claims.to_string().as_bytes())
        );
        let key = Secret::new("a secret of the test").derive("access tokens");
        let mac = Secret::new(key).derive(&message);
        let mac: Vec<u8> = (0..mac.len())
            .step_by(2)
            .filter_map(|at| u8::from_str_radix(&mac[at..at + 2], 16).ok())
            .collect();
        format!("{message}.{}", base64(&mac))
    }

    fn usual_header() -> Value {
        json!({"typ": "at+jwt", "alg": "HS256"})
    }

    fn with(base: &Value, name: &str, value: Value) -> Value {
        let mut changed = base.clone();
        changed[name] = value;
        changed
    }

    #[test]
    fn a_token_says_what_it_was_issued_for() -> Result<()> {
        let (token, claims) = token()?;
        assert_eq!(tokens().read(&token, noon()), Some(claims.clone()));
        assert_eq!(
            (claims.tenant.as_str(), claims.exp - claims.iat),
            ("alder", 900)
        );
        Ok(())
    }

    /// What the tests below vary passes when it is not varied.
    #[test]
    fn a_token_signed_by_hand_is_as_good() -> Result<()> {
        let claims = json!(token()?.1);
        assert!(
            tokens()
                .read(&signed(&usual_header(), &claims), noon())
                .is_some()
        );
        Ok(())
    }

    #[test]
    fn a_token_ends_after_15_minutes_and_does_not_begin_early() -> Result<()> {
        let (token, _) = token()?;
        for (at, good) in [
            ("2026-03-31T11:59:59Z", false),
            ("2026-03-31T12:14:59Z", true),
            ("2026-03-31T12:15:00Z", false),
        ] {
            assert_eq!(tokens().read(&token, moment(at)).is_some(), good, "{at}");
        }
        Ok(())
    }

    #[test]
    fn no_header_but_ours_is_read() -> Result<()> {
        let claims = json!(token()?.1);
        let usual = usual_header();
        for header in [
            with(&usual, "alg", json!("none")),
            with(&usual, "alg", json!("None")),
            with(&usual, "alg", json!("HS384")),
            with(&usual, "alg", json!("HS512")),
            with(&usual, "alg", json!("RS256")),
            with(&usual, "alg", json!("ES256")),
            with(&usual, "typ", json!("JWT")),
            with(&usual, "typ", json!("id+jwt")),
            with(&usual, "kid", json!("../../../../dev/null")),
            with(&usual, "kid", json!("' union select 'key")),
            with(&usual, "jku", json!("https://evil.example/keys")),
            with(&usual, "x5u", json!("https://evil.example/keys")),
            with(&usual, "jwk", json!({"kty": "oct", "k": "AAAA"})),
            with(&usual, "crit", json!(["exp"])),
            with(&usual, "b64", json!(false)),
            json!({"alg": "HS256"}),
            json!({"typ": "at+jwt"}),
        ] {
            assert!(
                tokens().read(&signed(&header, &claims), noon()).is_none(),
                "{header}"
            );
        }
        Ok(())
    }

    #[test]
    fn no_claims_but_ours_are_read() -> Result<()> {
        let usual = json!(token()?.1);
        for claims in [
            with(&usual, "iss", json!("https://other.example")),
            with(&usual, "aud", json!("https://other.example/api/v1")),
            with(
                &usual,
                "aud",
                json!(["https://cases.example/api/v1", "https://other.example"]),
            ),
            with(&usual, "aud", json!("https://cases.example")),
            with(&usual, "exp", json!(noon().timestamp())),
            with(&usual, "exp", json!(noon().timestamp() + 86_400)),
            with(&usual, "exp", json!("2099-01-01")),
            with(&usual, "nbf", json!(noon().timestamp() + 1)),
            with(&usual, "sub", json!("not an id")),
            json!({"sub": Uuid::nil(), "tenant": "alder"}),
        ] {
            let token = signed(&usual_header(), &claims);
            assert!(tokens().read(&token, noon()).is_none(), "{claims}");
        }
        Ok(())
    }

    #[test]
    fn what_was_changed_or_signed_elsewhere_is_not_read() -> Result<()> {
        let (token, _) = token()?;
        let other = Tokens::new(&Secret::new("another secret here"), ORIGIN);
        assert!(other.read(&token, noon()).is_none());
        let (body, signature) = token.rsplit_once('.').unwrap_or_default();
        for near_miss in [
            format!("{body}."),
            body.to_owned(),
            format!("{body}.{}", &signature[1..]),
            format!("{body}.{signature}="),
            format!(".{token}"),
            format!("{token}.{signature}"),
            "x".repeat(LONGEST + 1),
            "..".to_owned(),
            String::new(),
        ] {
            assert!(tokens().read(&near_miss, noon()).is_none(), "{near_miss}");
        }
        for place in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[place] = if changed[place] == b'x' { b'y' } else { b'x' };
            let changed = String::from_utf8(changed).map_err(Error::internal)?;
            // The last digit of a signature has two bits that count for nothing.
            if place + 1 < token.len() {
                assert!(
                    tokens().read(&changed, noon()).is_none(),
                    "digit {place} does not count"
                );
            }
        }
        Ok(())
    }

    #[test]
    fn tokens_do_not_show_their_key() {
        assert_eq!(format!("{:?}", tokens()), "Tokens(…)");
    }
}
