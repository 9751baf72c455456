//! A cookie by which a browser shows that somebody signed in there before: see
//! [`throttle`](super::throttle).

use axum::http::{HeaderMap, HeaderValue, header};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::{
    Result,
    secret::{Secret, hex, random_bytes, unhex},
};

/// The cookie's name over TLS, and on plain loopback.
const NAMES: [&str; 2] = ["__Host-cordon-browser", "cordon-browser"];

/// A year.
const KEPT: u64 = 365 * 24 * 60 * 60;

/// Makes the cookies and knows them again. `Debug` is silent.
#[derive(Clone)]
pub struct Devices([u8; 32]);

impl std::fmt::Debug for Devices {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Devices(…)")
    }
}

impl Devices {
    /// The installation's.
    pub fn of(secret: &Secret) -> Self {
        Self(secret.derive_bytes("the cookies of known browsers"))
    }

    fn mac(&self, nonce: &str, email: &str) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0)
            .unwrap_or_else(|_| unreachable!("HMAC takes a key of any length"));
        mac.update(format!("{nonce}.{}", email.trim().to_lowercase()).as_bytes());
        mac
    }

    /// The nonce of the cookie, if it says that whoever has this address signed in here before.
    pub fn known(&self, headers: &HeaderMap, email: &str) -> Option<String> {
        let cookies = headers.get_all(header::COOKIE);
        let cookies = cookies.iter().filter_map(|value| value.to_str().ok());
        cookies
            .flat_map(|cookies| cookies.split(';'))
            .filter_map(|cookie| cookie.trim().split_once('='))
            .filter(|(name, _)| NAMES.contains(name))
            .filter_map(|(_, value)| value.split_once('.'))
            .find(|(nonce, proof)| {
                let proof = unhex(proof).unwrap_or_default();
                self.mac(nonce, email).verify_slice(&proof).is_ok()
            })
            .map(|(nonce, _)| nonce.to_owned())
    }

    /// The header that sets the cookie in the browser in which somebody has signed in.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    pub fn remember(&self, email: &str, tls: bool) -> Result<HeaderValue> {
        let nonce = hex(&random_bytes::<16>()?);
        let proof = hex(&self.mac(&nonce, email).finalize().into_bytes());
        let (name, secure) = match tls {
            true => (NAMES[0], "; Secure"),
            false => (NAMES[1], ""),
        };
        let cookie = format!(
            "{name}={nonce}.{proof}; HttpOnly; SameSite=Lax; Path=/; Max-Age={KEPT}{secure}"
        );
        HeaderValue::try_from(cookie).map_err(crate::Error::internal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A browser's header that sends back what it was told to keep.
    fn sent_back(cookie: &HeaderValue) -> HeaderMap {
        let text = cookie.to_str().unwrap_or_default();
        let kept = text.split(';').next().unwrap_or_default();
        let value = HeaderValue::try_from(format!("other=1; {kept}")).expect("a cookie");
        HeaderMap::from_iter([(header::COOKIE, value)])
    }

    #[test]
    fn a_browser_is_known_for_the_account_that_signed_in_there_and_no_other() -> Result<()> {
        let devices = Devices::of(&Secret::new("a secret of the test"));
        for tls in [true, false] {
            let cookie = devices.remember("epi@alder.example", tls)?;
            let headers = sent_back(&cookie);
            assert!(devices.known(&headers, "EPI@alder.example").is_some());
            assert!(devices.known(&headers, "epi@birch.example").is_none());
            let others = Devices::of(&Secret::new("another secret"));
            assert!(others.known(&headers, "epi@alder.example").is_none());
        }
        assert!(
            devices
                .known(&HeaderMap::new(), "epi@alder.example")
                .is_none()
        );
        Ok(())
    }
}
