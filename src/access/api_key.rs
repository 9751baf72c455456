//! Keys for a department's programs.
//!
//! What is written here is the key itself: its form, and what may be seen of it. What it may
//! do, how it is issued and how it opens are in the files below.
//!
//! A key is `cordon_`, 32 random bytes in base 62, and a checksum of both, also in base 62:
//! a scanner for leaked secrets can tell one from a look-alike without asking us. Stored are
//! its SHA-256 and its prefix.

mod acts;
mod card;
/// Which keys are in a text that somebody found.
pub mod leaked;
mod open;
mod scope;

pub use acts::{NewKey, Rotation, issue, revoke, rotate};
pub use card::{KeyCard, KeyState, Lifetime, Overlap, list};
pub use open::{OpenedKey, open, reopen};
pub use scope::{Scope, Scopes};

use std::fmt;

use crate::{
    Result,
    secret::{random_bytes, sha256},
};

const BRAND: &str = "cordon_";
/// 43 digits of base 62 hold 256 bits; 6 hold the 32 bits of a checksum.
const RANDOM_DIGITS: usize = 43;
const CHECKSUM_DIGITS: usize = 6;
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// How much of a key stays visible, to tell it from the others: 48 random bits.
const PREFIX: usize = BRAND.len() + 8;

/// A new API key in the clear. Only its hash is stored.
pub struct ApiKey(String);

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKey({}…)", self.prefix())
    }
}

impl ApiKey {
    /// A key that nobody has seen, from the operating system's randomness.
    ///
    /// # Errors
    /// When the operating system has none to give.
    pub fn generate() -> Result<Self> {
        let random = base62::<RANDOM_DIGITS>(&random_bytes::<32>()?);
        let body = format!("{BRAND}{random}");
        let checksum = checksum(&body);
        Ok(Self(body + &checksum))
    }

    /// A key that somebody sent, if its form and checksum are right. Whether it opens
    /// anything is for the database to say.
    pub fn parse(text: &str) -> Option<Self> {
        let whole = text.len() == BRAND.len() + RANDOM_DIGITS + CHECKSUM_DIGITS;
        if !whole || !text.starts_with(BRAND) || !text.is_ascii() {
            return None;
        }
        let (body, sum) = text.split_at(text.len() - CHECKSUM_DIGITS);
        (checksum(body) == sum).then(|| Self(text.to_owned()))
    }

    /// What may be shown of it afterwards.
    pub fn prefix(&self) -> &str {
        &self.0[..PREFIX]
    }

    /// What is stored of it.
    pub fn hash(&self) -> [u8; 32] {
        sha256(self.0.as_bytes())
    }

    /// Gives the key up to be shown. Consuming it is what makes "once" true.
    pub fn reveal(self) -> String {
        self.0
    }
}

/// The first 32 bits of SHA-256, in base 62.
fn checksum(body: &str) -> String {
    base62::<CHECKSUM_DIGITS>(&sha256(body.as_bytes())[..4])
}

/// A big-endian number in base 62, with leading zeros.
fn base62<const N: usize>(number: &[u8]) -> String {
    let mut digits = [0u8; N];
    for byte in number {
        let mut carry = u32::from(*byte);
        for digit in digits.iter_mut().rev() {
            carry += u32::from(*digit) << 8;
            *digit = (carry % 62) as u8;
            carry /= 62;
        }
    }
    digits
        .iter()
        .map(|digit| char::from(DIGITS[usize::from(*digit)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    #[test]
    fn a_key_is_recognised_by_its_checksum() -> Result<()> {
        let key = ApiKey::generate()?.reveal();
        assert_eq!(key.len(), 56);
        assert!(ApiKey::parse(&key).is_some());
        for place in BRAND.len()..key.len() {
            let mut near_miss = key.clone().into_bytes();
            near_miss[place] = if near_miss[place] == b'x' { b'y' } else { b'x' };
            let near_miss = String::from_utf8(near_miss).map_err(Error::internal)?;
            assert!(
                ApiKey::parse(&near_miss).is_none(),
                "digit {place} does not count"
            );
        }
        Ok(())
    }

    #[test]
    fn what_is_no_key_is_none() {
        for text in [
            "",
            "cordon_",
            "cordon_é",
            &"x".repeat(56),
            &format!("{BRAND}{}", "é".repeat(24)),
        ] {
            assert!(ApiKey::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_key_does_not_show_itself() -> Result<()> {
        let key = ApiKey::generate()?;
        let shown = format!("{key:?}");
        let whole = key.reveal();
        assert!(!shown.contains(&whole[PREFIX..]) && shown.contains(&whole[..PREFIX]));
        Ok(())
    }

    #[test]
    fn base_62_counts_like_any_other_base() {
        assert_eq!(base62::<3>(&[0]), "000");
        assert_eq!(base62::<3>(&[61]), "00z");
        assert_eq!(base62::<3>(&[62]), "010");
        assert_eq!(base62::<3>(&[1, 0]), "048");
    }
}
