//! From an Excel workbook to delimited text.

use std::io::{Cursor, Read};

use calamine::{Data, DataRef, Reader as _, SheetVisible, Xlsx, XlsxError};
use zip::ZipArchive;

use super::{FaultCode, FileFault};

/// The longest workbook, which is held in memory while it is read.
pub(super) const MOST_BYTES: usize = 50 * 1024 * 1024;
/// What it may unpack to. A full sheet of a million rows and three columns has 150 MB.
const MOST_UNPACKED: u64 = 512 * 1024 * 1024;
/// What its table of texts and of styles may unpack to, which are held in memory.
const MOST_HELD: u64 = 32 * 1024 * 1024;
/// Parts: sheets, styles and their like.
const MOST_PARTS: usize = 1_000;
/// Columns: thirty years of days.
const MOST_COLUMNS: u32 = 12_000;
/// Text of one row. Many cells may share one long text.
const MOST_ROW: usize = 4 * 1024 * 1024;
/// Text of the whole sheet, the separators of its empty cells included.
const MOST_TEXT: usize = 256 * 1024 * 1024;
/// Blank rows between two rows.
const MOST_BLANK: u32 = 10_000;

/// Gives the rows of the first sheet with data as CSV, piece by piece, and the sheet's name.
///
/// # Errors
/// A workbook that cannot be opened, is behind a password, or unpacks to too much.
pub(super) fn read(
    bytes: Vec<u8>,
    each: &mut dyn FnMut(String) -> Result<(), FileFault>,
) -> Result<String, FileFault> {
    measure(&bytes)?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| broken(&error))?;
    let sheets: Vec<String> = book
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.visible == SheetVisible::Visible)
        .map(|sheet| sheet.name.clone())
        .collect();
    for sheet in sheets {
        if convert(&mut book, &sheet, each)? {
            return Ok(sheet);
        }
    }
    Err(FileFault::new(
        FaultCode::Empty,
        "no sheet of the workbook has anything in it",
        "upload a workbook with a header and at least one row",
    ))
}

/// Unpacks every part into nothing, so that what follows cannot be surprised by its size.
fn measure(bytes: &[u8]) -> Result<(), FileFault> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| damaged())?;
    if archive.len() > MOST_PARTS {
        return Err(bomb());
    }
    let mut declared: u64 = 0;
    let mut is_workbook = false;
    for at in 0..archive.len() {
        let part = archive.by_index_raw(at).map_err(|_| damaged())?;
        if part.encrypted() {
            return Err(locked());
        }
        is_workbook |= part.name().is_ok_and(|name| name.starts_with("xl/"));
        declared = declared.saturating_add(part.size());
    }
    if !is_workbook {
        return Err(FileFault::new(
            FaultCode::UnsupportedKind,
            "this is a ZIP archive and not an .xlsx workbook",
            "unpack it and upload the CSV file; save other spreadsheets as .xlsx or CSV UTF-8",
        ));
    }
    if declared > MOST_UNPACKED {
        return Err(bomb());
    }
    let mut left = MOST_UNPACKED;
    for at in 0..archive.len() {
        let part = archive.by_index(at).map_err(|_| damaged())?;
        let in_memory = |name: &str| {
            let name = name.to_ascii_lowercase();
            name.ends_with(".xml") && !name.starts_with("xl/worksheets/")
        };
        let held = part.name().is_ok_and(|name| in_memory(&name));
        let most = if held { left.min(MOST_HELD) } else { left };
        // One byte more than allowed tells that there is more.
        let strings = part
            .name()
            .is_ok_and(|name| name.to_ascii_lowercase().ends_with("sharedstrings.xml"));
        let mut part = part.take(most + 1);
        let unpacked = if strings && held {
            let mut texts = Vec::new();
            part.read_to_end(&mut texts).map_err(|_| damaged())?;
            if promises_too_much(&texts) {
                return Err(bomb());
            }
            texts.len() as u64
        } else {
            std::io::copy(&mut part, &mut std::io::sink()).map_err(|_| damaged())?
        };
        if unpacked > most {
            return Err(bomb());
        }
        left -= unpacked;
    }
    Ok(())
}

/// Whether a table of texts says that it has more texts than bytes: room is made for as many as
/// it says before the first is read.
fn promises_too_much(table: &[u8]) -> bool {
    const SAYS: &[u8] = b"uniqueCount";
    // Also where each character takes two bytes.
    let plain: Vec<u8> = table.iter().copied().filter(|byte| *byte != 0).collect();
    let numbers = plain
        .windows(SAYS.len())
        .enumerate()
        .filter(|(_, word)| *word == SAYS);
    let mut numbers = numbers.map(|(at, _)| {
        let after = plain[at + SAYS.len()..].iter();
        after
            .skip_while(|byte| !byte.is_ascii_digit())
            .take_while(|byte| byte.is_ascii_digit())
            .fold(0u64, |sum, digit| {
                sum.saturating_mul(10)
                    .saturating_add(u64::from(digit - b'0'))
            })
    });
    numbers.any(|number| number > table.len() as u64)
}

/// False where the sheet is empty or no table.
fn convert(
    book: &mut Xlsx<Cursor<Vec<u8>>>,
    sheet: &str,
    each: &mut dyn FnMut(String) -> Result<(), FileFault>,
) -> Result<bool, FileFault> {
    let mut cells = match book.worksheet_cells_reader(sheet) {
        Ok(cells) => cells,
        Err(XlsxError::NotAWorksheet(_)) => return Ok(false),
        Err(error) => return Err(broken(&error)),
    };
    let mut text = String::new();
    let mut row: Vec<String> = Vec::new();
    let (mut width, mut in_row, mut given) = (0, 0, 0);
    let mut current: Option<u32> = None;
    loop {
        let cell = cells.next_cell().map_err(|error| broken(&error))?;
        let position = cell.as_ref().map(calamine::Cell::get_position);
        if let Some(line) = current
            && position.is_none_or(|(next, _)| next != line)
        {
            // A row may leave its last cells out.
            width = width.max(row.len());
            row.resize(width, String::new());
            write(&mut text, &row);
            row.clear();
            (in_row, current) = (0, None);
            if let Some((next, _)) = position {
                blank_rows(&mut text, line, next)?;
            }
            if text.len() > 256 * 1024 {
                given += text.len();
                if given > MOST_TEXT {
                    return Err(bomb());
                }
                each(std::mem::take(&mut text))?;
            }
        }
        let (Some(cell), Some((line, column))) = (cell, position) else {
            break;
        };
        let value = written(cell.get_value());
        if value.is_empty() {
            continue;
        }
        if width == 0 && current.is_none() {
            // The header: lines are counted from the top of the sheet.
            blank_rows(&mut text, 0, line + 1)?;
        }
        current = Some(line);
        in_row += value.len();
        if in_row > MOST_ROW {
            return Err(bomb());
        }
        if column >= MOST_COLUMNS {
            return Err(FileFault::new(
                FaultCode::TooLarge,
                format!("the sheet has more than {MOST_COLUMNS} columns"),
                "save only the table itself",
            ));
        }
        let column = column as usize;
        if row.len() <= column {
            row.resize(column + 1, String::new());
        }
        row[column] = value;
    }
    let any = width > 0;
    if any {
        each(text)?;
    }
    Ok(any)
}

/// Empty lines, so that a line of the text is a row of the sheet.
fn blank_rows(text: &mut String, last: u32, next: u32) -> Result<(), FileFault> {
    let between = next.saturating_sub(last).saturating_sub(1);
    if between > MOST_BLANK {
        return Err(FileFault::new(
            FaultCode::BrokenWorkbook,
            format!("the sheet has {between} empty rows in the middle of its table"),
            "remove them, or save only the table itself",
        ));
    }
    text.extend(std::iter::repeat_n('\n', between as usize));
    Ok(())
}

fn write(text: &mut String, row: &[String]) {
    for (at, cell) in row.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        if cell.contains([',', '"', '\n', '\r', ';', '\t', '|'])
            || (row.len() == 1 && cell.is_empty())
        {
            text.push('"');
            // One row of the sheet is one line of the text.
            text.push_str(&cell.replace('"', "\"\"").replace(['\n', '\r'], " "));
            text.push('"');
        } else {
            text.push_str(cell);
        }
    }
    text.push('\n');
}

/// A cell as it would stand in a CSV file.
fn written(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Empty => String::new(),
        DataRef::String(text) => text.trim().to_owned(),
        DataRef::SharedString(text) => text.trim().to_owned(),
        DataRef::DateTimeIso(text) => super::dates::without_time(text).to_owned(),
        DataRef::DateTime(day) if day.is_datetime() && day.as_f64() >= 1.0 => {
            let (year, month, day, ..) = day.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        // Numbers without a trailing `.0`, errors as `#N/A`.
        other => Data::from(other.clone()).to_string(),
    }
}

fn broken(error: &XlsxError) -> FileFault {
    match error {
        XlsxError::Password => locked(),
        _ => damaged(),
    }
}

fn locked() -> FileFault {
    FileFault::new(
        FaultCode::PasswordProtected,
        "the workbook is behind a password",
        "save it without one, or as CSV UTF-8",
    )
}

fn damaged() -> FileFault {
    FileFault::new(
        FaultCode::BrokenWorkbook,
        "the workbook cannot be opened; it may be damaged or cut short",
        "open it in a spreadsheet, and save it as .xlsx or CSV UTF-8",
    )
}

fn bomb() -> FileFault {
    FileFault::new(
        FaultCode::TooLarge,
        "the workbook unpacks to far more than its table can need",
        "save only the sheet with the table, or save it as CSV UTF-8",
    )
}
