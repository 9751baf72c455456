//! Signed heads: how far a chain had come at a moment, said so that anybody can check who said it.
//!
//! A chain alone does not show that its end was cut off, since what is left of it holds. A head
//! that was kept elsewhere does: the line that it names is missing.

use std::fmt;

use chrono::SecondsFormat;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use serde::{Deserialize, Serialize};

use super::chain::{Break, End, Fault};
use crate::{
    Error, Result,
    clock::Now,
    secret::{Secret, hex, unhex},
};

/// How far a chain had come, signed (Ed25519, RFC 8032).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The department's id; empty for the platform's own chain.
    pub chain: String,
    /// The number of lines.
    pub seq: i64,
    /// The hash of the last, in hexadecimal.
    pub hash: String,
    /// When it was signed.
    pub signed_at: Now,
    /// The signature over all of the above, in hexadecimal.
    pub signature: String,
}

impl Head {
    /// What is signed.
    fn text(&self) -> String {
        format!(
            "cordon audit head\n{}\n{}\n{}\n{}\n",
            self.chain,
            self.seq,
            self.hash,
            self.signed_at.to_rfc3339_opts(SecondsFormat::Micros, true)
        )
    }
}

/// Signs heads, with a key that is derived from the installation's secret.
pub struct Signer(Ed25519KeyPair);

impl Signer {
    /// The installation's.
    ///
    /// # Errors
    /// Never in fact: any 32 bytes are a seed.
    pub fn of(secret: &Secret) -> Result<Self> {
        let seed = secret.derive_bytes("the signing key of audit heads");
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed)
            .map_err(|error| Error::internal(error.to_string()))?;
        Ok(Self(pair))
    }

    /// By which anybody checks what it signed.
    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.0.public_key().as_ref().to_vec())
    }

    /// Says how far a chain has come.
    pub fn sign(&self, chain: &str, end: &End, now: Now) -> Head {
        let mut head = Head {
            chain: chain.to_owned(),
            seq: end.seq,
            hash: hex(&end.hash),
            signed_at: now,
            signature: String::new(),
        };
        head.signature = hex(self.0.sign(head.text().as_bytes()).as_ref());
        head
    }
}

/// The public half of a signing key. It may be given to anybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey(Vec<u8>);

impl PublicKey {
    /// From 64 hexadecimal digits.
    ///
    /// # Errors
    /// When they are not.
    pub fn parse(text: &str) -> Result<Self> {
        unhex(text.trim())
            .filter(|bytes| bytes.len() == 32)
            .map(Self)
            .ok_or_else(|| {
                Error::Invalid(
                    "a public key is 64 hexadecimal digits; `cordon audit key` prints it".into(),
                )
            })
    }

    /// Whether this key's holder signed `head`.
    pub fn signed(&self, head: &Head) -> bool {
        unhex(&head.signature).is_some_and(|signature| {
            UnparsedPublicKey::new(&ED25519, &self.0)
                .verify(head.text().as_bytes(), &signature)
                .is_ok()
        })
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

/// Holds a chain that holds in itself against a head of it.
///
/// # Errors
/// When the line that the head names is missing, or is another.
pub fn reaches(ends: &[End], head: &Head) -> Result<(), Break> {
    let broken = |seq, fault| Break {
        chain: head.chain.clone(),
        seq,
        fault,
    };
    let end = ends.iter().find(|end| end.seq == head.seq);
    match end {
        Some(end) if hex(&end.hash) == head.hash => Ok(()),
        Some(end) => Err(broken(end.seq, Fault::Changed)),
        None => Err(broken(ends.len() as i64, Fault::Missing)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(signer: &Signer, end: &End) -> Result<Head> {
        let now = "2026-03-31T12:00:00Z".parse().map_err(Error::internal)?;
        Ok(signer.sign("alder", end, now))
    }

    #[test]
    fn a_head_is_signed_by_its_own_key_and_nothing_in_it_can_change() -> Result<()> {
        let signer = Signer::of(&Secret::new("one secret of the test"))?;
        let other = Signer::of(&Secret::new("another secret of the test"))?;
        let end = End {
            seq: 7,
            hash: [1; 32],
        };
        let good = head(&signer, &end)?;
        let key = PublicKey::parse(&signer.public_key().to_string())?;
        assert!(key.signed(&good));
        assert!(!other.public_key().signed(&good));
        let change = |change: fn(&mut Head)| {
            let mut head = good.clone();
            change(&mut head);
            head
        };
        for changed in [
            change(|head| head.chain = "birch".into()),
            change(|head| head.seq = 6),
            change(|head| head.hash = hex(&[2; 32])),
            change(|head| head.signed_at += chrono::TimeDelta::microseconds(1)),
            change(|head| head.signature.clear()),
            change(|head| head.signature = "zz".into()),
        ] {
            assert!(!key.signed(&changed), "{changed:?}");
        }
        assert!(PublicKey::parse("abc").is_err());
        Ok(())
    }

    #[test]
    fn a_chain_that_was_cut_off_or_written_anew_does_not_reach_its_head() -> Result<()> {
        let signer = Signer::of(&Secret::new("one secret of the test"))?;
        let end = |seq, byte| End {
            seq,
            hash: [byte; 32],
        };
        let kept = head(&signer, &end(2, 2))?;
        let whole = [end(0, 0), end(1, 1), end(2, 2), end(3, 3)];
        assert_eq!(reaches(&whole, &kept), Ok(()));
        let words = |ends: &[End]| reaches(ends, &kept).map_err(|fault| fault.to_string());
        assert_eq!(
            words(&whole[..2]),
            Err("line 2 of the record of alder is missing".into())
        );
        assert_eq!(
            words(&[end(0, 0), end(1, 1), end(2, 9)]),
            Err("line 2 of the record of alder is not what was written".into())
        );
        Ok(())
    }
}
