//! Text that a spreadsheet would run when somebody opens a file of ours.

use std::borrow::Cow;

/// The text as a cell that no spreadsheet takes for a formula: `'` before a leading `=`, `+`,
/// `-`, `@`, tab or line end. Plain numbers such as `-5` stay numbers.
///
/// The prefix is what spreadsheets themselves use for "this is text"
/// (OWASP, "CSV Injection").
pub fn neutral(text: &str) -> Cow<'_, str> {
    // A spreadsheet skips leading blanks before it looks for a formula.
    let inner = text.trim_start_matches([' ', '\u{a0}', '\u{feff}']);
    if !inner.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) || is_number(inner) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("'{text}"))
}

/// Digits with at most a sign and a decimal point; not `1e9` and not `inf`.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    all_digits(whole) && all_digits(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_marked_as_text() {
        for text in [
            "=HYPERLINK(\"http://x\")",
            "+1+1",
            "-1+cmd|' /C calc'!A0",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "  =1",
            "-",
        ] {
            assert_eq!(neutral(text), format!("'{text}"), "{text:?}");
        }
    }

    #[test]
    fn numbers_and_words_stay_as_they_are() {
        for text in ["-5", "+3", "-1.5", "4831", "Alder", "2021-07-01", "<5", ""] {
            assert_eq!(neutral(text), text);
        }
    }
}
