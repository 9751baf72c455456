//! What stands in a cell for a number of cases.

use super::{Code, Problem, problem::shown};

/// A cell that can be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Count {
    /// A number; below zero it is a correction.
    Of(i32),
    /// Withheld: `<5`, `*`.
    Suppressed,
    /// Nothing was reported: an empty cell, `NA`. Not zero.
    Missing,
}

/// Reads a cell.
///
/// # Errors
/// What is wrong with it, without its line and column.
pub(super) fn read(cell: &[u8]) -> Result<Count, Problem> {
    // The good path: a few digits.
    if (1..=9).contains(&cell.len()) && cell.iter().all(u8::is_ascii_digit) {
        let number = cell
            .iter()
            .fold(0, |sum, digit| sum * 10 + i32::from(digit - b'0'));
        return Ok(Count::Of(number));
    }
    let text = String::from_utf8_lossy(cell);
    let text = text.trim_matches([' ', '\t', '\u{a0}', '\u{202f}']);
    if is_missing(text) {
        return Ok(Count::Missing);
    }
    if is_suppressed(text) {
        return Ok(Count::Suppressed);
    }
    // The minus sign of typesetters, and the plus sign of nobody.
    let plain = text.replace('\u{2212}', "-");
    if let Ok(number) = plain.parse::<i32>()
        && !plain.starts_with('+')
    {
        return Ok(Count::Of(number));
    }
    // 12.0, as software writes that once held a gap in the column.
    if let Some((whole, part)) = plain.split_once('.')
        && !part.is_empty()
        && part.bytes().all(|digit| digit == b'0')
        && part.len() != 3
        && !whole.starts_with('+')
        && let Ok(number) = whole.parse::<i32>()
    {
        return Ok(Count::Of(number));
    }
    Err(refusal(text, &plain))
}

fn is_missing(text: &str) -> bool {
    const WORDS: [&str; 10] = [
        "na", "n/a", "#n/a", "nan", "null", "none", "nil", "missing", "k.a.", "nd",
    ];
    matches!(text, "" | "-" | "--" | "." | ".." | "…" | "–" | "—" | "?")
        || WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

fn is_suppressed(text: &str) -> bool {
    const WORDS: [&str; 6] = ["s", "supp", "suppressed", "masked", "withheld", "redacted"];
    if !text.is_empty() && text.chars().all(|c| c == '*') {
        return true;
    }
    if WORDS.iter().any(|word| text.eq_ignore_ascii_case(word)) {
        return true;
    }
    text.strip_prefix(['<', '≤'])
        .map(|rest| rest.strip_prefix('=').unwrap_or(rest).trim())
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
}

/// Groups of three digits with something between them: the number without it.
fn grouped(text: &str) -> Option<i64> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let mark = unsigned.chars().find(|c| !c.is_ascii_digit())?;
    if !matches!(mark, ',' | '.' | ' ' | '\'' | '’' | '\u{a0}' | '\u{202f}') {
        return None;
    }
    let mut groups = unsigned.split(mark);
    let first = groups.next()?;
    let digits = |group: &str| group.bytes().all(|b| b.is_ascii_digit());
    let well = (1..=3).contains(&first.len())
        && digits(first)
        && groups.all(|group| group.len() == 3 && digits(group));
    well.then(|| text.replace(mark, "").parse().ok()).flatten()
}

fn refusal(text: &str, plain: &str) -> Problem {
    let typed = shown(text);
    if let Some(number) = grouped(plain) {
        return Problem::refused(
            Code::ThousandsSeparator,
            text,
            format!("`{typed}` has a separator in it"),
            format!("if it stands between thousands, write {number}"),
        );
    }
    let decimal = plain
        .replacen(',', ".", 1)
        .parse::<f64>()
        .is_ok_and(|number| number.is_finite() && plain.contains(['.', ',']));
    if decimal {
        return Problem::refused(
            Code::DecimalCount,
            text,
            format!("`{typed}` is not a whole number of cases"),
            "give the cases themselves, not a rate or a mean",
        );
    }
    if plain.parse::<i128>().is_ok() {
        return Problem::refused(
            Code::InvalidCount,
            text,
            format!("`{typed}` is more cases than there are people"),
            "correct the number",
        );
    }
    Problem::refused(
        Code::InvalidCount,
        text,
        format!("`{typed}` is not a number of cases"),
        "write a whole number; leave the cell empty where nothing was reported, and write <5 \
         where a small number is withheld",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_reported_is_not_zero_and_withheld_is_neither() {
        for missing in ["", " ", "NA", "n/a", "-", "NaN", "#N/A"] {
            assert_eq!(
                read(missing.as_bytes()).ok(),
                Some(Count::Missing),
                "{missing}"
            );
        }
        for withheld in ["<5", "< 11", "*", "s", "Suppressed", "≤4", "<=4", "**"] {
            assert_eq!(
                read(withheld.as_bytes()).ok(),
                Some(Count::Suppressed),
                "{withheld}"
            );
        }
        assert_eq!(read(b"0").ok(), Some(Count::Of(0)));
    }

    #[test]
    fn numbers_are_whole() {
        for (text, number) in [
            ("7", 7),
            ("-5", -5),
            ("\u{2212}5", -5),
            ("12.0", 12),
            ("007", 7),
        ] {
            assert_eq!(
                read(text.as_bytes()).ok(),
                Some(Count::Of(number)),
                "{text}"
            );
        }
        for (text, code) in [
            ("1,234", Code::ThousandsSeparator),
            ("1.234", Code::ThousandsSeparator),
            ("1.000", Code::ThousandsSeparator),
            ("1 234 567", Code::ThousandsSeparator),
            ("12.5", Code::DecimalCount),
            ("12,5", Code::DecimalCount),
            ("+3", Code::InvalidCount),
            ("=1+1", Code::InvalidCount),
            ("1e3", Code::InvalidCount),
            ("99999999999", Code::InvalidCount),
            ("five", Code::InvalidCount),
        ] {
            assert_eq!(
                read(text.as_bytes()).map_err(|p| p.code),
                Err(code),
                "{text}"
            );
        }
        assert!(read(b"1,234").is_err_and(|problem| problem.fix.ends_with("write 1234")));
    }
}
