//! What must stay secret: randomness of the operating system, and what is derived from it.

use std::{io::Write as _, path::Path};

use hmac::{Hmac, KeyInit, Mac};
use rand::{TryRng, rngs::SysRng};
use sha2::{Digest, Sha256};

use crate::{Config, Error, Result};

/// `N` bytes of the operating system's randomness.
///
/// # Errors
/// When the operating system has none to give, in which case nothing secret may be made.
pub fn random_bytes<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    SysRng.try_fill_bytes(&mut bytes).map_err(Error::internal)?;
    Ok(bytes)
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// The bytes that hexadecimal digits stand for; none where the text is something else.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|digit| {
            digit
                .to_digit(16)
                .and_then(|value| u8::try_from(value).ok())
        })
        .collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    Some(
        digits
            .chunks(2)
            .map(|pair| 16 * pair[0] + pair[1])
            .collect(),
    )
}

/// SHA-256 (FIPS 180-4).
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// From which the installation's passwords are derived. `Debug` is silent.
#[derive(Clone)]
pub struct Secret(String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// A secret that is known already.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret of `config`: given by the environment, or kept in the data directory, or
    /// made there now.
    ///
    /// # Errors
    /// When it is too short, or the data directory cannot be written.
    pub fn of(config: &Config) -> Result<Self> {
        match &config.secret {
            Some(secret) if secret.len() >= 16 => Ok(Self::new(secret.clone())),
            Some(_) => Err(Error::Setup(
                "CORDON_SECRET should have 16 characters or more".into(),
            )),
            None => Self::kept_in(&config.data_dir),
        }
    }

    fn kept_in(data_dir: &Path) -> Result<Self> {
        let path = data_dir.join("secret");
        let fault = |error: std::io::Error| {
            Error::Setup(format!(
                "the secret in {} cannot be read or written ({error}); set CORDON_DATA_DIR to a \
                 directory of your own",
                path.display()
            ))
        };
        std::fs::create_dir_all(data_dir).map_err(fault)?;
        match create_private(&path) {
            Ok(mut file) => file
                .write_all(hex(&random_bytes::<32>()?).as_bytes())
                .map_err(fault)?,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(fault(error)),
        }
        let secret = std::fs::read_to_string(&path).map_err(fault)?;
        if secret.trim().is_empty() {
            return Err(Error::Setup(format!(
                "{} is empty; delete it and start again",
                path.display()
            )));
        }
        Ok(Self(secret.trim().to_owned()))
    }

    /// 256 bits that belong to `purpose` alone, in hexadecimal.
    pub fn derive(&self, purpose: &str) -> String {
        hex(&self.derive_bytes(purpose))
    }

    /// 256 bits that belong to `purpose` alone: HMAC-SHA-256 (RFC 2104).
    pub fn derive_bytes(&self, purpose: &str) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.as_bytes())
            .unwrap_or_else(|_| unreachable!("HMAC takes a key of any length"));
        mac.update(purpose.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

/// A new file that its owner alone can read.
pub fn create_private(path: &Path) -> std::io::Result<std::fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_show_itself() {
        assert_eq!(
            format!("{:?}", Secret::new("hunter2hunter2hunter2")),
            "Secret(…)"
        );
    }

    #[test]
    fn digits_are_read_back() {
        assert_eq!(unhex(&hex(&[0, 9, 10, 255])), Some(vec![0, 9, 10, 255]));
        assert_eq!(unhex(""), Some(vec![]));
        for bad in ["a", "0g", "é0", "+1", " 00"] {
            assert_eq!(unhex(bad), None, "{bad:?}");
        }
    }

    /// RFC 4231, test case 2.
    #[test]
    fn derives_by_hmac_sha256() {
        assert_eq!(
            Secret::new("Jefe").derive("what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn bytes_of_the_operating_system_differ() -> Result<()> {
        assert_ne!(random_bytes::<32>()?, random_bytes::<32>()?);
        Ok(())
    }
}
