//! Where a page ends and the next begins.
//!
//! A cursor is the place of a page's last row, wrapped so that nobody builds on its form. It
//! names no department and is not trusted: whose rows are read follows from the key alone.

use chrono::NaiveDate;

use crate::{Error, Result, secret::hex};

/// Longer than any place.
const LONGEST: usize = 1_024;

/// Between the parts, none of which holds a control character.
const BETWEEN: char = '\u{1f}';

/// Wraps the parts of a place.
pub fn wrap(parts: &[&str]) -> String {
    hex(parts.join(&BETWEEN.to_string()).as_bytes())
}

/// The parts of a place, of which there are `N`.
///
/// # Errors
/// When it is no cursor of ours.
pub fn unwrap<const N: usize>(cursor: &str) -> Result<[String; N]> {
    let bytes = (cursor.len() <= LONGEST).then(|| unhex(cursor)).flatten();
    bytes
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|text| {
            let parts: Vec<String> = text.split(BETWEEN).map(str::to_owned).collect();
            parts.try_into().ok()
        })
        .ok_or_else(refused)
}

/// The day in a part of a place.
///
/// # Errors
/// When it is none that [`wrap`] was given.
pub fn day(part: &str) -> Result<NaiveDate> {
    let day: Option<NaiveDate> = part.parse().ok();
    day.filter(|day| day.to_string() == part)
        .ok_or_else(refused)
}

/// What to tell somebody whose cursor was none.
pub fn refused() -> Error {
    Error::Invalid("`cursor` should be the `next` of an answer to the same question".into())
}

fn unhex(hex: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| {
        let digit = char::from(byte).to_digit(16)?;
        (!byte.is_ascii_uppercase()).then_some(digit)
    };
    hex.as_bytes()
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => u8::try_from(16 * digit(*high)? + digit(*low)?).ok(),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_wrapped_comes_out_again(date in "[0-9-]{10}", id in "\\PC{1,64}") {
            let cursor = wrap(&[&date, &id]);
            prop_assert_eq!(unwrap::<2>(&cursor).ok(), Some([date, id]));
        }

        #[test]
        fn nothing_else_makes_trouble(text in "\\PC*") {
            unwrap::<2>(&text).ok();
        }
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        for text in ["", "0", "zz", "ff", "FF", "6162", &"61".repeat(600), "é"] {
            assert!(
                matches!(unwrap::<2>(text), Err(Error::Invalid(_))),
                "{text}"
            );
        }
    }
}
