//! ID tokens, signed as they should be and otherwise.

use hmac::{Hmac, KeyInit as _, Mac as _};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use serde_json::{Value, json};
use sha2::Sha256;

use super::issuer::CLIENT_SECRET;

/// With what an ID token is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signed {
    /// With the issuer's key, as it should be.
    Well,
    /// With nothing.
    Not,
    /// With HMAC, and the public key as the secret.
    WithThePublicKey,
    /// With HMAC, and the client's secret.
    WithTheClientSecret,
    /// With a key of somebody else's, by the name of the issuer's.
    ByAnother,
}

/// An issuer's key, and somebody else's.
pub struct Keys {
    key: EcdsaKeyPair,
    other: EcdsaKeyPair,
}

impl Keys {
    /// New ones.
    pub fn new() -> Self {
        Self {
            key: key(),
            other: key(),
        }
    }

    /// The issuer's, for everybody: a point, uncompressed.
    pub fn public(&self) -> &[u8] {
        self.key.public_key().as_ref()
    }

    /// An ID token with these claims, signed so.
    pub fn sign(&self, signed: Signed, claims: &Value) -> String {
        let algorithm = match signed {
            Signed::Well | Signed::ByAnother => "ES256",
            Signed::Not => "none",
            Signed::WithThePublicKey | Signed::WithTheClientSecret => "HS256",
        };
        let head = json!({ "alg": algorithm, "typ": "JWT", "kid": "one" }).to_string();
        let body = claims.to_string();
        let text = format!(
            "{}.{}",
            base64url(head.as_bytes()),
            base64url(body.as_bytes())
        );
        let ecdsa = |key: &EcdsaKeyPair| {
            let signature = key.sign(&SystemRandom::new(), text.as_bytes());
            signature.expect("a signature").as_ref().to_vec()
        };
        let signature = match signed {
            Signed::Well => ecdsa(&self.key),
            Signed::ByAnother => ecdsa(&self.other),
            Signed::Not => Vec::new(),
            Signed::WithThePublicKey => hmac(self.key.public_key().as_ref(), &text),
            Signed::WithTheClientSecret => hmac(CLIENT_SECRET.as_bytes(), &text),
        };
        format!("{text}.{}", base64url(&signature))
    }
}

fn key() -> EcdsaKeyPair {
    let random = SystemRandom::new();
    let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
    let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).expect("a key");
    EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).expect("a key")
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// RFC 4648, for addresses and without padding.
pub fn base64url(bytes: &[u8]) -> String {
    base64(bytes, true)
}

/// RFC 4648.
pub fn base64(bytes: &[u8], url: bool) -> String {
    let digit = |value: u32| match (value, url) {
        (0..26, _) => 'A',
        (26..52, _) => 'a',
        (52..62, _) => '0',
        (62, true) => '-',
        (62, false) => '+',
        (_, true) => '_',
        (_, false) => '/',
    };
    let place = |value: u32| match value {
        0..26 => value,
        26..52 => value - 26,
        52..62 => value - 52,
        _ => 0,
    };
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = three
            .iter()
            .fold(0_u32, |bits, byte| (bits << 8) | u32::from(*byte));
        let bits = bits << (8 * (3 - three.len()));
        for digits in 0..=three.len() {
            let value = (bits >> (18 - 6 * digits)) & 63;
            let code = u32::from(digit(value)) + place(value);
            text.push(char::from_u32(code).expect("a digit"));
        }
        if !url {
            text.push_str(&"=".repeat(3 - three.len()));
        }
    }
    text
}
