//! Audit lines and signed heads as files, a JSON object a line, and back.

use serde::de::DeserializeOwned;

use crate::{Error, Result};

/// Each as a JSON object on a line of its own.
///
/// # Errors
/// When it cannot be written, which is our fault.
pub fn json_lines<T: serde::Serialize>(lines: &[T]) -> Result<String> {
    let mut text = String::new();
    for line in lines {
        text.push_str(&serde_json::to_string(line).map_err(Error::internal)?);
        text.push('\n');
    }
    Ok(text)
}

/// What [`json_lines`] wrote.
///
/// # Errors
/// Names the first line that is something else.
pub fn read_json_lines<T: DeserializeOwned>(text: &str, of: &str) -> Result<Vec<T>> {
    let read = |(line, number): (&str, usize)| {
        serde_json::from_str(line)
            .map_err(|error| Error::Invalid(format!("line {number} is not {of}: {error}")))
    };
    text.lines()
        .zip(1..)
        .filter(|(line, _)| !line.trim().is_empty())
        .map(read)
        .collect()
}
