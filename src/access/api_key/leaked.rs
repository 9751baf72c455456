//! Which keys are in a text that somebody found where no key should be.

use std::collections::HashSet;

use uuid::Uuid;

use super::{ApiKey, BRAND, CHECKSUM_DIGITS, RANDOM_DIGITS};
use crate::{Result, database::Gate, tenancy::TenantId};

/// The keys in a text, by form and checksum alone.
#[derive(Debug, Default)]
pub struct Candidates {
    /// Whole keys, each once, in the order of the text.
    pub keys: Vec<ApiKey>,
    /// How many places begin like a key and are none: cut short, or mistyped.
    pub broken: usize,
}

/// Fewer digits than this after the brand are no piece of a key, but talk of one.
const PIECE: usize = 8;

/// Looks through a text. Nothing of it is kept but the keys.
pub fn candidates(text: &str) -> Candidates {
    let mut found = Candidates::default();
    let mut seen = HashSet::new();
    for (start, _) in text.match_indices(BRAND) {
        let rest = &text[start..];
        let digits = rest[BRAND.len()..]
            .bytes()
            .take(RANDOM_DIGITS + CHECKSUM_DIGITS)
            .take_while(u8::is_ascii_alphanumeric)
            .count();
        match ApiKey::parse(&rest[..BRAND.len() + digits]) {
            Some(key) if seen.insert(key.hash()) => found.keys.push(key),
            None if digits >= PIECE => found.broken += 1,
            _ => {}
        }
    }
    found
}

/// A key of somebody's.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Known {
    /// The department it belongs to.
    pub tenant_id: String,
    /// Its id.
    pub key_id: Uuid,
    /// Its hash, by which it was found.
    pub key_hash: Vec<u8>,
}

/// Those of `keys` that are this department's. Another department's key and one that was
/// never issued are alike in this: they are not among them.
pub async fn own(gate: &mut Gate, keys: &[ApiKey], tenant: &TenantId) -> Result<Vec<Known>> {
    let hashes: Vec<_> = keys.iter().map(|key| key.hash().to_vec()).collect();
    Ok(sqlx::query_as(
        r#"
        select k.tenant_id, k.key_id, k.key_hash
        from unnest($1::bytea[]) hash
        join api_keys k on k.key_hash = hash
        where k.tenant_id = $2
        "#,
    )
    .bind(hashes)
    .bind(tenant.as_str())
    .fetch_all(gate.conn())
    .await?)
}

/// Those of `keys` that are any department's, for staff.
pub async fn anybodys(gate: &mut Gate, keys: &[ApiKey]) -> Result<Vec<Known>> {
    let hashes: Vec<_> = keys.iter().map(|key| key.hash().to_vec()).collect();
    Ok(sqlx::query_as(
        r#"
        select k.tenant_id, k.key_id, k.key_hash
        from unnest($1::bytea[]) hash
        join api_keys k on k.key_hash = hash
        "#,
    )
    .bind(hashes)
    .fetch_all(gate.conn())
    .await?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(text: &str) -> (Vec<String>, usize) {
        let Candidates { keys, broken } = candidates(text);
        (keys.into_iter().map(ApiKey::reveal).collect(), broken)
    }

    #[test]
    fn keys_are_found_wherever_they_stand_and_each_once() -> Result<()> {
        let (one, two) = (ApiKey::generate()?.reveal(), ApiKey::generate()?.reveal());
        let text = format!(
            "export KEY={one}\ncurl -H 'Authorization: Bearer {two}' # é\n{{\"key\":\"{one}\"}} {one}{two}x"
        );
        assert_eq!(found(&text), (vec![one, two], 0));
        Ok(())
    }

    #[test]
    fn a_piece_of_a_key_is_counted_and_talk_of_one_is_not() -> Result<()> {
        let key = ApiKey::generate()?.reveal();
        let mut mistyped = key.clone();
        mistyped.replace_range(20..21, if &key[20..21] == "x" { "y" } else { "x" });
        for broken in [
            &key[..15],
            &key[..55],
            &mistyped,
            &format!("{}é", &key[..40]),
        ] {
            assert_eq!(found(broken), (vec![], 1), "{broken}");
        }
        for talk in [
            "",
            "cordon_",
            "a cordon_key begins so",
            "cordon_… and",
            "CORDON_12345678",
        ] {
            assert_eq!(found(talk), (vec![], 0), "{talk}");
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn whatever_stands_around_a_key_it_is_found(before in "\\PC{0,40}", after in "\\PC{0,40}") {
            let key = ApiKey::generate().expect("a key").reveal();
            let (keys, _) = found(&format!("{before}{key}{after}"));
            prop_assert!(keys.contains(&key));
        }

        #[test]
        fn no_text_is_too_strange(text in "(cordon_|\\PC){0,30}") {
            prop_assert!(found(&text).0.is_empty());
        }
    }
}
