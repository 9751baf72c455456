//! A security key made of software, which can be told to misbehave (WebAuthn level 3, 6 and 8.7).

use std::sync::Arc;

use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use serde_json::{Value, json};

use super::portal::{Answer, Browser, TestPortal};
use crate::secret::{random_bytes, sha256};

/// Where the portal of these tests is, by name: browsers make no passkeys for addresses.
pub const ORIGIN: &str = "http://localhost:3000";

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const HAS_CREDENTIAL: u8 = 0x40;

/// A security key with one passkey.
#[derive(Clone)]
pub struct SecurityKey {
    /// What it signs with.
    pub key: Arc<EcdsaKeyPair>,
    /// What it calls the passkey.
    pub id: Vec<u8>,
    /// Whose passkey it is, as the portal said when it was made.
    pub whose: Vec<u8>,
    /// How often it was used.
    pub counted: u32,
    /// Whether it counts that at all. Passkeys that are kept on several devices do not.
    pub counts: bool,
    /// Whether it asks who is there.
    pub asks: bool,
    /// The site that the browser says it is on.
    pub origin: String,
    /// The name whose passkeys it looks for.
    pub name: String,
}

impl SecurityKey {
    /// A new one, in a browser that is on the portal's page.
    pub fn new() -> Self {
        let random = SystemRandom::new();
        let curve = &ECDSA_P256_SHA256_ASN1_SIGNING;
        let key = EcdsaKeyPair::generate_pkcs8(curve, &random).expect("a key");
        let key = EcdsaKeyPair::from_pkcs8(curve, key.as_ref(), &random).expect("a key");
        Self {
            key: Arc::new(key),
            id: random_bytes::<32>().expect("an id").to_vec(),
            whose: Vec::new(),
            counted: 0,
            counts: true,
            asks: true,
            origin: ORIGIN.to_owned(),
            name: "localhost".to_owned(),
        }
    }

    /// Makes its passkey, as a browser would answer `options`.
    pub fn make(&mut self, options: &Value) -> String {
        self.whose = bytes(options["user"]["id"].as_str().expect("a user"));
        let mut about = self.about(HAS_CREDENTIAL);
        about.extend([0; 16]);
        about.extend((self.id.len() as u16).to_be_bytes());
        about.extend(&self.id);
        let public = self.key.public_key().as_ref();
        // An EC2 key for ES256 on P-256 (RFC 9053, 7.1), x and y.
        about.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        about.extend(&public[1..33]);
        about.extend([0x22, 0x58, 0x20]);
        about.extend(&public[33..]);
        let mut object = vec![0xa3];
        object.extend(b"\x63fmt\x64none\x67attStmt\xa0\x68authData\x58");
        object.push(u8::try_from(about.len()).expect("a short one"));
        object.extend(&about);
        let said = self.said("webauthn.create", &options["challenge"]);
        json!({
            "id": text(&self.id), "rawId": text(&self.id), "type": "public-key",
            "clientExtensionResults": {},
            "response": { "clientDataJSON": text(said.as_bytes()), "attestationObject": text(&object) },
        })
        .to_string()
    }

    /// Signs with its passkey, as a browser would answer `options`.
    pub fn sign(&mut self, options: &Value) -> String {
        self.counted += u32::from(self.counts);
        let about = self.about(0);
        let said = self.said("webauthn.get", &options["challenge"]);
        let signed = [&about[..], &sha256(said.as_bytes())].concat();
        let signature = self
            .key
            .sign(&SystemRandom::new(), &signed)
            .expect("signed");
        json!({
            "id": text(&self.id), "rawId": text(&self.id), "type": "public-key",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": text(said.as_bytes()), "authenticatorData": text(&about),
                "signature": text(signature.as_ref()), "userHandle": text(&self.whose),
            },
        })
        .to_string()
    }

    fn about(&self, flags: u8) -> Vec<u8> {
        let verified = if self.asks { USER_VERIFIED } else { 0 };
        let mut about = sha256(self.name.as_bytes()).to_vec();
        about.push(flags | USER_PRESENT | verified);
        about.extend(self.counted.to_be_bytes());
        about
    }

    fn said(&self, what: &str, challenge: &Value) -> String {
        let origin = &self.origin;
        json!({ "type": what, "challenge": challenge, "origin": origin, "crossOrigin": false })
            .to_string()
    }

    /// Adds its passkey to the account of whoever is signed in.
    pub async fn is_added(&mut self, browser: &mut Browser) -> Answer {
        let (sealed, options) = asked(&browser.get("/account/passkeys").await);
        let answer = self.make(&options);
        let fields = [("name", "key"), ("sealed", &*sealed), ("answer", &*answer)];
        browser.post("/account/passkeys", &fields).await
    }

    /// Signs in with its passkey.
    pub async fn signs_in(&mut self, browser: &mut Browser) -> Answer {
        let (sealed, options) = asked(&browser.get("/login/passkey").await);
        let answer = self.sign(&options);
        answered(browser, &sealed, &answer).await
    }
}

impl TestPortal {
    /// A browser in which somebody signed in with a security key.
    pub async fn signed_in_with(&self, key: &mut SecurityKey) -> Browser {
        let mut browser = self.browser();
        let answer = key.signs_in(&mut browser).await;
        assert_eq!(answer.status, 303, "{}", answer.text);
        browser
    }
}

/// Sends an answer to the page where one signs in.
pub async fn answered(browser: &mut Browser, sealed: &str, answer: &str) -> Answer {
    let fields = [("sealed", sealed), ("answer", answer)];
    browser.post("/login/passkey", &fields).await
}

/// What a page asks of the browser: sealed for the portal, and in the clear.
pub fn asked(page: &Answer) -> (String, Value) {
    let options = page
        .between("data-options=\"", "\"")
        .replace("&quot;", "\"")
        .replace("&amp;", "&");
    let form = page.text.split_once("data-passkey").expect("a form").1;
    let sealed = form
        .split("<input")
        .find(|input| input.contains("sealed\""))
        .and_then(|input| input.split("value=\"").nth(1)?.split('"').next())
        .expect("a question");
    (
        sealed.to_owned(),
        serde_json::from_str(&options).expect("options"),
    )
}

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Base64 for addresses, without padding (RFC 4648, 5).
fn text(bytes: &[u8]) -> String {
    let mut text = String::new();
    for part in bytes.chunks(3) {
        let bits = (0..3).fold(0, |bits, at| {
            bits << 8 | part.get(at).copied().map_or(0, usize::from)
        });
        for digit in 0..=part.len() {
            text.push(char::from(DIGITS[bits >> (18 - 6 * digit) & 63]));
        }
    }
    text
}

fn bytes(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (mut bits, mut held) = (0_usize, 0);
    for digit in text.bytes() {
        let value = DIGITS.iter().position(|known| *known == digit);
        bits = bits << 6 | value.expect("a digit");
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held & 255) as u8);
        }
    }
    bytes
}
