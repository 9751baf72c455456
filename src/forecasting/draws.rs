//! Random numbers that depend on what they are for, and on nothing else.

use chrono::NaiveDate;
use rand::{SeedableRng, rngs::Xoshiro256PlusPlus};
use sha2::{Digest as _, Sha256};

/// The generator of all draws.
pub type Draws = Xoshiro256PlusPlus;

/// Draws for one place, day and purpose.
///
/// A day that is assimilated again, or for the first time after a restart, is so with the same
/// draws: a model that went on from where it stopped and one that began anew agree to the bit.
pub fn draws(seed: u64, location: &str, day: NaiveDate, purpose: &str) -> Draws {
    let mut hash = Sha256::new();
    hash.update(seed.to_le_bytes());
    for part in [location, &day.to_string(), purpose] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    Draws::from_seed(hash.finalize().into())
}

#[cfg(test)]
mod tests {
    use rand::Rng as _;

    use super::*;

    #[test]
    fn what_differs_in_anything_is_drawn_apart() {
        let day = NaiveDate::from_ymd_opt(2026, 1, 5).unwrap();
        let first = |seed, location, day, purpose| draws(seed, location, day, purpose).next_u64();
        let drawn = first(1, "north", day, "walk");
        assert_eq!(drawn, first(1, "north", day, "walk"));
        assert_ne!(drawn, first(2, "north", day, "walk"));
        assert_ne!(drawn, first(1, "south", day, "walk"));
        assert_ne!(drawn, first(1, "north", day.succ_opt().unwrap(), "walk"));
        assert_ne!(drawn, first(1, "north", day, "ahead"));
        // Nor do two parts run into each other.
        assert_ne!(first(1, "a", day, "b"), first(1, "", day, "ab"));
    }
}
