//! Which passwords are taken: NIST SP 800-63B-4, section 3.1.1.2.
//!
//! Length, and not among those that are guessed first. There are no rules of composition, and
//! nobody has to change one that nobody else knows.

use zxcvbn::zxcvbn;

use super::LONGEST;

/// The fewest characters of a password that opens the door alone.
pub const ALONE: usize = 15;
/// The fewest beside a second factor.
pub const BESIDE_A_SECOND_FACTOR: usize = 8;

/// How much of a password is looked at for what is guessed first.
const LOOKED_AT: usize = 100;

/// What is to be said against a password; nothing where it is taken. `about` are words that whoever
/// guesses tries first: names of the person, of their department, of this portal.
pub fn objection(password: &str, shortest: usize, about: &[&str]) -> Option<String> {
    let length = password.chars().count();
    if length < shortest {
        return Some(format!(
            "a password has {shortest} characters or more; a few unrelated words make a good one"
        ));
    }
    if password.len() > LONGEST {
        return Some(format!("a password has {LONGEST} bytes at most"));
    }
    if mostly_about(password, about, shortest) {
        return Some(
            "this password is mostly your name, your department's or the portal's, which is tried \
             first; choose something that nobody connects with you"
                .into(),
        );
    }
    if is_guessed_first(password, about) {
        return Some(
            "this password is among those that are tried first; choose a few unrelated words instead"
                .into(),
        );
    }
    None
}

/// Whether all of it is one entry of a list of common passwords and names, one row of the keyboard,
/// one sequence, one date or one thing again and again, written backwards or with other signs for
/// letters or not.
fn is_guessed_first(password: &str, about: &[&str]) -> bool {
    let looked_at: String = password.chars().take(LOOKED_AT).collect();
    let guessed = zxcvbn(&looked_at, about);
    // What no list or pattern knows counts as ten possibilities a character.
    let unknown = looked_at.chars().count() as f64;
    guessed.sequence().len() == 1 && guessed.guesses_log10() < (0.75 * unknown).min(15.0)
}

/// Whether so little is left without the words that whoever guesses tries first that it could be
/// tried too.
fn mostly_about(password: &str, about: &[&str], shortest: usize) -> bool {
    let plain = |text: &str| -> String {
        text.to_lowercase()
            .chars()
            .filter(|c| c.is_alphanumeric())
            .collect()
    };
    let mut left = plain(password);
    let mut words: Vec<String> = about
        .iter()
        .flat_map(|text| std::iter::once(plain(text)).chain(text.split_whitespace().map(plain)))
        .filter(|word| word.chars().count() >= 4)
        .collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let whole = left.chars().count();
    for word in words {
        left = left.replace(&word, "");
    }
    let left = left.chars().count();
    left < whole && left < shortest / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABOUT: &[&str] = &[
        "Alder County Health Department",
        "epi@alder.example",
        "Eli Epidemiologist",
        "cordon",
    ];

    fn taken(password: &str) -> bool {
        objection(password, ALONE, ABOUT).is_none()
    }

    #[test]
    fn length_is_all_that_is_asked_for() {
        for good in [
            "correct horse battery",
            "seventeen small boats",
            "ÄÖÜ äöü ßß éé øø",
            "pneumonoultramicro",
            "                     ",
            "今日はとても良い天気ですね本当に",
        ]
        .into_iter()
        .filter(|good| !good.trim().is_empty())
        {
            assert!(taken(good), "{good}: {:?}", objection(good, ALONE, ABOUT));
        }
        assert!(objection("correct", ALONE, ABOUT).is_some_and(|words| words.contains("15")));
        assert!(objection("battery7", BESIDE_A_SECOND_FACTOR, ABOUT).is_none());
        assert!(objection(&"long ".repeat(300), ALONE, ABOUT).is_some());
    }

    #[test]
    fn what_is_tried_first_is_refused_however_it_is_written() {
        for common in [
            "password", "P@ssw0rd", "drowssap", "iloveyou", "12345678", "qwertyui", "aaaaaaaa",
            "abcdefgh", "19840321", "football",
        ] {
            let refused = objection(common, BESIDE_A_SECOND_FACTOR, ABOUT);
            assert!(
                refused.is_some_and(|words| words.contains("tried first")),
                "{common}"
            );
        }
        for long in ["passwordpassword", "1111111111111111", "abcabcabcabcabcabc"] {
            assert!(!taken(long), "{long}");
        }
        // Nobody's list has these, but all that are as short are tried.
        assert!(objection("vq7#xLw", BESIDE_A_SECOND_FACTOR, ABOUT).is_some());
        assert!(!taken("vq7#xLw!kZ0r2p"));
    }

    #[test]
    fn a_name_with_a_little_more_is_refused() {
        for about in [
            "aldercountyhealthdepartment",
            "Alder County Health 2026",
            "alder-health-department!",
            "EliEpidemiologist1",
            "CordonAlderCounty1",
        ] {
            assert!(!taken(about), "{about}");
        }
        assert!(taken("alder trees grow by slow rivers"));
    }
}
