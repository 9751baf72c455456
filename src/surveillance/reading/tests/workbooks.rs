//! Excel workbooks.

use std::io::{Cursor, Write as _};

use zip::{ZipWriter, write::SimpleFileOptions};

use super::*;

const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

/// A workbook with sheets of these names, states and rows.
fn workbook(sheets: &[(&str, &str, &str)], more: &[(&str, &str)]) -> Vec<u8> {
    let mut listed = String::new();
    let mut related =
        format!("<Relationship Id=\"rs\" Type=\"{RELATIONS}/styles\" Target=\"styles.xml\"/>");
    let mut parts: Vec<(String, String)> = Vec::new();
    for (n, (name, state, rows)) in sheets.iter().enumerate() {
        listed += &format!(
            "<sheet name=\"{name}\" sheetId=\"{0}\" state=\"{state}\" r:id=\"r{0}\"/>",
            n + 1
        );
        related += &format!(
            "<Relationship Id=\"r{0}\" Type=\"{RELATIONS}/worksheet\" Target=\"worksheets/sheet{0}.xml\"/>",
            n + 1
        );
        parts.push((
            format!("xl/worksheets/sheet{}.xml", n + 1),
            format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{rows}</sheetData></worksheet>"),
        ));
    }
    parts.push(("xl/workbook.xml".into(), format!("<workbook xmlns=\"{MAIN}\" xmlns:r=\"{RELATIONS}\"><sheets>{listed}</sheets></workbook>")));
    parts.push(("xl/_rels/workbook.xml.rels".into(), format!("<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{related}</Relationships>")));
    parts.push((
        "_rels/.rels".into(),
        format!("<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r1\" Type=\"{RELATIONS}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"),
    ));
    // Style 1 is a date.
    parts.push(("xl/styles.xml".into(), format!("<styleSheet xmlns=\"{MAIN}\"><cellXfs count=\"2\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs></styleSheet>")));
    parts.extend(
        more.iter()
            .map(|(name, text)| ((*name).into(), (*text).into())),
    );
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        archive
            .start_file(name, SimpleFileOptions::default())
            .expect("started");
        archive.write_all(text.as_bytes()).expect("written");
    }
    archive.finish().expect("finished").into_inner()
}

fn text(cell: &str, text: &str) -> String {
    format!("<c r=\"{cell}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
}

fn number(cell: &str, style: u8, number: &str) -> String {
    format!("<c r=\"{cell}\" s=\"{style}\"><v>{number}</v></c>")
}

fn row(line: u32, cells: &[String]) -> String {
    format!("<row r=\"{line}\">{}</row>", cells.concat())
}

#[test]
fn the_first_sheet_with_a_table_is_read_and_named() {
    let rows = row(1, &[text("A1", "Ort"), text("B1", "Datum"), text("C1", "Fälle")])
        + &row(2, &[text("A2", "a, b"), number("B2", 1, "44378"), number("C2", 0, "12")])
        // The third line is empty, and the fourth has no number.
        + &row(4, &[text("A4", "b"), number("B4", 1, "44379")])
        + &row(5, &[text("A5", "b"), number("B5", 1, "44380.5"), number("C5", 0, "1.5")]);
    let hidden = row(1, &[text("A1", "nothing to see")]);
    let bytes = workbook(
        &[
            ("Notes", "visible", ""),
            ("Old", "hidden", &hidden),
            ("Data", "visible", &rows),
        ],
        &[],
    );
    let (kept, received) = receive(&bytes, 100).expect("a table");
    assert_eq!(
        kept,
        "Ort,Datum,Fälle\n\"a, b\",2021-07-01,12\n\nb,2021-07-02,\nb,2021-07-03,1.5\n"
    );
    assert_eq!(received.sheet.as_deref(), Some("Data"));
    assert_eq!(received.container, Container::Workbook);
    let read = read(&bytes, &context(&["a, b", "b"]), &[]).expect("read");
    assert_eq!((read.sum(), read.findings.missing), (12, 1));
    assert_eq!(read.codes(), [(Some(5), Code::DecimalCount)]);
}

#[test]
fn a_line_list_in_a_workbook_is_counted_too() {
    let rows = row(
        1,
        &[
            text("A1", "patient"),
            text("B1", "date"),
            text("C1", "place"),
        ],
    ) + &row(
        2,
        &[text("A2", "Ann"), number("B2", 1, "44378"), text("C2", "a")],
    ) + &row(
        3,
        &[text("A3", "Bob"), number("B3", 1, "44378"), text("C3", "a")],
    );
    let (kept, _) = receive(&workbook(&[("S", "visible", &rows)], &[]), 100).expect("counted");
    assert_eq!(kept, "line,date,place,new_cases\n2,2021-07-01,a,2\n");
}

#[test]
fn a_workbook_that_unpacks_to_too_much_is_refused_whatever_it_declares() {
    let long = " ".repeat(33 * 1024 * 1024);
    let rows = row(1, &[text("A1", "a")]);
    let honest = workbook(
        &[("S", "visible", &rows)],
        &[("xl/sharedStrings.xml", &long)],
    );
    let fault = receive(&honest, usize::MAX).expect_err("too much");
    assert_eq!(fault.code, FaultCode::TooLarge);

    // The size as it is declared, in both directories.
    let size = u32::try_from(long.len()).expect("it fits").to_le_bytes();
    let mut liar = honest;
    let places: Vec<usize> = (0..liar.len() - 4)
        .filter(|at| liar[*at..at + 4] == size)
        .collect();
    assert!(!places.is_empty());
    for at in places {
        liar[at..at + 4].copy_from_slice(&[1, 0, 0, 0]);
    }
    assert!(receive(&liar, usize::MAX).is_err());
}

#[test]
fn a_table_of_texts_that_promises_more_than_it_has_is_refused() {
    let rows = row(1, &[text("A1", "a")]);
    let promise = format!("<sst xmlns=\"{MAIN}\" uniqueCount=\"99999999999\"></sst>");
    let bytes = workbook(
        &[("S", "visible", &rows)],
        &[("xl/sharedStrings.xml", &promise)],
    );
    let fault = receive(&bytes, usize::MAX).expect_err("too much");
    assert_eq!(fault.code, FaultCode::TooLarge);
}

#[test]
fn a_long_text_in_many_cells_is_refused() {
    let long = "x".repeat(1024 * 1024);
    let texts = format!("<sst xmlns=\"{MAIN}\" uniqueCount=\"1\"><si><t>{long}</t></si></sst>");
    let cells: Vec<String> = ["A", "B", "C", "D", "E"]
        .iter()
        .map(|column| format!("<c r=\"{column}1\" t=\"s\"><v>0</v></c>"))
        .collect();
    let bytes = workbook(
        &[("S", "visible", &row(1, &cells))],
        &[("xl/sharedStrings.xml", &texts)],
    );
    let fault = receive(&bytes, usize::MAX).expect_err("too much");
    assert_eq!(fault.code, FaultCode::TooLarge);
}

#[test]
fn an_archive_of_something_else_and_an_empty_workbook_are_refused() {
    let empty = workbook(&[("S", "visible", "")], &[]);
    assert_eq!(
        receive(&empty, 50).map_err(|fault| fault.code).err(),
        Some(FaultCode::Empty)
    );
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    archive
        .start_file("content.xml", SimpleFileOptions::default())
        .expect("started");
    let other = archive.finish().expect("finished").into_inner();
    assert_eq!(
        receive(&other, 50).map_err(|fault| fault.code).err(),
        Some(FaultCode::UnsupportedKind)
    );
}
