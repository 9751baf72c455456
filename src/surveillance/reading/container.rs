//! What kind of file it is, by its first bytes.

use serde::{Deserialize, Serialize};

use super::{FaultCode, FileFault};

/// What a file came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Container {
    /// Delimited text: CSV, TSV and their like.
    Text,
    /// An Excel workbook, `.xlsx`.
    Workbook,
}

/// How a file's characters were written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// UTF-16, least significant byte first.
    Utf16Le,
    /// UTF-16, most significant byte first.
    Utf16Be,
    /// Windows-1252, of which Latin-1 is a part; `first` is the offset of the first byte that
    /// is not UTF-8.
    Windows1252 {
        /// Counted from 0.
        first: u64,
    },
}

/// Bytes that tell every kind apart.
pub(super) const ENOUGH: usize = 8;

/// What the file is, by its first [`ENOUGH`] bytes, or all of a shorter one.
///
/// # Errors
/// Kinds that are not read, each with what to do instead.
pub(super) fn recognise(head: &[u8]) -> Result<Container, FileFault> {
    let no = |kind: &str, fix: &str| {
        FileFault::new(
            FaultCode::UnsupportedKind,
            format!("this is {kind}, not CSV or an .xlsx workbook"),
            fix,
        )
    };
    match head {
        [b'P', b'K', 3, 4, ..] => Ok(Container::Workbook),
        [b'P', b'K', ..] if head.len() > 2 && head[2] < 9 => Err(no(
            "an empty or a divided ZIP archive",
            "upload the CSV file itself",
        )),
        // Old workbooks and those with a password share the container.
        [0xd0, 0xcf, 0x11, 0xe0, ..] => Err(FileFault::new(
            FaultCode::PasswordProtected,
            "this is a workbook behind a password, or one in the old .xls format",
            "open it, and save it without a password as .xlsx or as CSV UTF-8",
        )),
        [0x1f, 0x8b, ..] => Err(no(
            "compressed with gzip",
            "unpack it and upload the CSV file",
        )),
        [b'B', b'Z', b'h', ..] => Err(no(
            "compressed with bzip2",
            "unpack it and upload the CSV file",
        )),
        [0xfd, b'7', b'z', b'X', b'Z', ..] => Err(no(
            "compressed with xz",
            "unpack it and upload the CSV file",
        )),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Err(no(
            "compressed with zstd",
            "unpack it and upload the CSV file",
        )),
        [b'7', b'z', 0xbc, 0xaf, ..] | [b'R', b'a', b'r', b'!', ..] => {
            Err(no("an archive", "unpack it and upload the CSV file"))
        }
        [b'%', b'P', b'D', b'F', ..] => Err(no(
            "a PDF",
            "a PDF holds a picture of a table; upload the table it was made from",
        )),
        [b'P', b'A', b'R', b'1', ..] => Err(no("Parquet", "save it as CSV UTF-8")),
        [0x89, b'P', b'N', b'G', ..] | [0xff, 0xd8, 0xff, ..] | [b'G', b'I', b'F', b'8', ..] => {
            Err(no("a picture", "upload the table itself"))
        }
        [b'{', b'\\', b'r', b't', b'f', ..] => {
            Err(no("formatted text (RTF)", "save it as CSV UTF-8"))
        }
        _ if markup(head) => Err(no("a web page or XML", "save the table as CSV UTF-8")),
        _ => Ok(Container::Text),
    }
}

/// `<!DOCTYPE`, `<html`, `<?xml`: spreadsheets take web pages for workbooks, this does not.
fn markup(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    matches!(head, [b'<', b'!' | b'?', ..])
        || head
            .get(..5)
            .is_some_and(|start| start.eq_ignore_ascii_case(b"<html"))
}
