//! Each defective file of the shared folder, and what it gets.

use std::{io::Write as _, path::PathBuf};

use super::*;

/// A file of `../shared/data/upload_torture`. Where the folder is absent the test says so, past
/// the capture of what tests print.
fn file(name: &str) -> Option<Vec<u8>> {
    let path = PathBuf::from("../shared/data/upload_torture").join(name);
    let bytes = std::fs::read(path).ok();
    if bytes.is_none() {
        let said = writeln!(
            std::io::stderr(),
            "SKIPPED: ../shared is not here, and upload_torture/{name} with it"
        );
        said.expect("said");
    }
    bytes
}

fn department() -> Context {
    context(&["4831", "4832", "4833", "4834", "4835"])
}

/// The file read as proposed; `None` where the folder is absent.
fn taken(name: &str) -> Option<Outcome> {
    let bytes = file(name)?;
    Some(read(&bytes, &department(), &[]).unwrap_or_else(|fault| panic!("{name}: {fault}")))
}

fn fault(name: &str) -> Option<FileFault> {
    let bytes = file(name)?;
    Some(read(&bytes, &department(), &[]).expect_err(name))
}

/// As counted with awk in 00_ok.csv.
const ROWS: usize = 310;

fn sum_of_ok() -> i64 {
    taken("00_ok.csv").map_or(0, |ok| ok.sum())
}

#[test]
fn good_files_are_taken_without_a_word() {
    for name in [
        "00_ok.csv",
        "01_semicolon.csv",
        "02_tab.tsv",
        "03_utf8_bom_crlf.csv",
    ] {
        let Some(read) = taken(name) else { return };
        assert_eq!(read.rows.len(), ROWS, "{name}");
        assert_eq!(read.sum(), sum_of_ok(), "{name}");
        assert_eq!(read.survey.questions, [], "{name}");
        assert_eq!(read.survey.notices, [], "{name}");
        assert_eq!(read.problems, [], "{name}");
        assert_eq!(read.findings.warnings, [], "{name}");
        assert_eq!(read.refused.lines().count(), 1, "{name}");
        assert_eq!(read.rows[0].line, 2, "{name}");
    }
    let Some(quoted) = taken("29_no_trailing_newline_quoted.csv") else {
        return;
    };
    assert_eq!((quoted.rows.len(), quoted.sum()), (1, 3));
}

#[test]
fn a_german_header_in_latin1_is_mapped_and_said() {
    let Some(read) = taken("04_latin1_header.csv") else {
        return;
    };
    assert_eq!((read.rows.len(), read.sum()), (ROWS, sum_of_ok()));
    assert_eq!(read.received.encoding, Encoding::Windows1252 { first: 25 });
    let notices: Vec<String> = read.survey.notices.iter().map(Problem::to_string).collect();
    for (name, meaning) in [
        ("Landkreis-ID", "location_id"),
        ("Meldedatum", "date"),
        ("Fälle", "new_cases"),
    ] {
        let said = format!("`{name}` is read as {meaning}");
        assert!(
            notices.iter().any(|notice| notice.starts_with(&said)),
            "{notices:?}"
        );
    }
    assert!(read.received.notices()[0].message.contains("Windows-1252"));
    assert_eq!(read.topics(), []);
}

#[test]
fn days_first_are_proved_and_confirmed_with_one_answer() {
    let Some(read) = taken("05_dd_mm_yyyy.csv") else {
        return;
    };
    assert_eq!((read.rows.len(), read.sum()), (ROWS, sum_of_ok()));
    assert_eq!(read.topics(), [Topic::DateForm]);
    let question = &read.survey.questions[0];
    let proposed: Vec<_> = question
        .answers
        .iter()
        .filter(|answer| answer.proposed)
        .collect();
    assert_eq!(proposed.len(), 1);
    assert_eq!(proposed[0].value, "day_month_year");
    assert!(question.text.contains("13/07/2021"), "{}", question.text);
}

#[test]
fn the_order_is_asked_with_both_readings() {
    let Some(read) = taken("06_mm_dd_yyyy_ambiguous.csv") else {
        return;
    };
    assert_eq!(read.topics(), [Topic::DateForm]);
    let examples: Vec<_> = read.survey.questions[0]
        .answers
        .iter()
        .map(|answer| answer.example.as_str())
        .collect();
    assert_eq!(
        examples,
        [
            "`07/01/2021` is 7 January 2021, `07/13/2021` is no date",
            "`07/01/2021` is 1 July 2021, `07/13/2021` is 13 July 2021",
        ]
    );
}

#[test]
fn a_spreadsheets_days_are_offered() {
    let Some(read) = taken("07_excel_serial_dates.csv") else {
        return;
    };
    assert_eq!((read.rows.len(), read.sum()), (ROWS, sum_of_ok()));
    assert_eq!(read.topics(), [Topic::DateForm]);
    assert_eq!(
        read.survey.questions[0].answers[0].example,
        "`44378` is 1 July 2021"
    );
    assert_eq!(read.rows[0].date, day("2021-07-01"));
}

#[test]
fn weeks_stay_weeks() {
    let Some(read) = taken("08_iso_weeks.csv") else {
        return;
    };
    assert_eq!(read.topics(), []);
    assert_eq!(read.survey.notices[0].code, Code::Weekly);
    assert!(read.rows.iter().all(|row| row.days == 7));
    assert_eq!(read.rows[0].date, day("2021-06-28"));
    assert_eq!(read.problems, []);
}

#[test]
fn a_bad_value_is_refused_by_its_line_and_comes_back_with_the_reason() {
    for (name, line, code, column, value, says) in [
        (
            "09_negative_count.csv",
            5,
            Code::NegativeCount,
            "new_cases",
            "-5",
            "corrections",
        ),
        (
            "11_thousands_sep.csv",
            7,
            Code::ThousandsSeparator,
            "new_cases",
            "1,234",
            "write 1234",
        ),
        (
            "12_decimal_count.csv",
            8,
            Code::DecimalCount,
            "new_cases",
            "12.5",
            "whole number",
        ),
        (
            "15_unknown_location.csv",
            10,
            Code::UnknownLocation,
            "location_id",
            "9X99",
            "add the location",
        ),
        (
            "16_future_date.csv",
            311,
            Code::FutureDate,
            "date",
            "2199-01-01",
            "future",
        ),
        (
            "28_impossible_date.csv",
            4,
            Code::InvalidDate,
            "date",
            "2021-02-30",
            "no day",
        ),
    ] {
        let Some(read) = taken(name) else { return };
        let [problem] = &read.problems[..] else {
            panic!("{name}: {:?}", read.problems);
        };
        assert_eq!(problem.severity, Severity::Refused, "{name}");
        assert_eq!((problem.line, problem.code), (Some(line), code), "{name}");
        assert_eq!(problem.column.as_deref(), Some(column), "{name}");
        assert_eq!(problem.value, value, "{name}");
        assert!(problem.to_string().contains(says), "{name}: {problem}");
        assert_eq!(read.rows.len(), ROWS - 1, "{name}");
        assert_eq!(read.findings.refused.get(&code), Some(&1), "{name}");
        let mut lines = read.refused.lines();
        assert_eq!(
            lines.next(),
            Some("reason,location_id,date,new_cases"),
            "{name}"
        );
        assert!(
            lines
                .next()
                .is_some_and(|row| row.contains(&format!("line {line}: "))),
            "{name}"
        );
        assert_eq!(lines.next(), None, "{name}");
    }
}

#[test]
fn a_declared_correction_is_taken() {
    let Some(bytes) = file("09_negative_count.csv") else {
        return;
    };
    let (text, _) = receive(&bytes, 64).expect("text");
    let given = Reading {
        corrections: true,
        ..Reading::default()
    };
    let survey = Survey::of(text.as_bytes(), None, Some(&given)).expect("surveyed");
    let context = department();
    let index = Index::of(|| Ok(text.as_bytes()), &survey.reading, &context).expect("indexed");
    let mut lowest = 0;
    let findings = read_rows(
        text.as_bytes(),
        &survey.reading,
        &context,
        &index,
        |found| {
            if let Found::Row(Row {
                value: Value::Count(number),
                ..
            }) = found
            {
                lowest = lowest.min(number);
            }
            ControlFlow::Continue(())
        },
    );
    assert_eq!(findings.map(|findings| findings.rows), Ok(ROWS as u64));
    assert_eq!(lowest, -5);
}

#[test]
fn withheld_numbers_are_neither_zero_nor_missing() {
    let Some(read) = taken("10_suppressed_cells.csv") else {
        return;
    };
    assert_eq!((read.rows.len(), read.findings.suppressed), (ROWS, 2));
    let lines = read
        .rows
        .iter()
        .filter(|row| row.value == Value::Suppressed);
    assert_eq!(lines.map(|row| row.line).collect::<Vec<_>>(), [6, 11]);
    assert_eq!(read.problems, []);
}

#[test]
fn what_is_said_twice_alike_counts_once_and_a_contradiction_is_refused_on_both_lines() {
    let Some(read) = taken("13_exact_duplicate_row.csv") else {
        return;
    };
    assert_eq!((read.rows.len(), read.sum()), (ROWS, sum_of_ok()));
    assert_eq!(read.codes(), [(Some(312), Code::ExactDuplicate)]);
    assert_eq!(read.problems[0].severity, Severity::Warning);

    let Some(read) = taken("14_conflicting_duplicate.csv") else {
        return;
    };
    assert_eq!(read.rows.len(), ROWS - 1);
    assert_eq!(
        read.codes(),
        [
            (Some(9), Code::ConflictingDuplicate),
            (Some(312), Code::ConflictingDuplicate)
        ]
    );
    assert!(
        read.problems[0].message.contains("line 312"),
        "{}",
        read.problems[0]
    );
    assert!(
        read.problems[1].message.contains("line 9"),
        "{}",
        read.problems[1]
    );
    assert_eq!(read.refused.lines().count(), 3);
}

#[test]
fn files_that_cannot_be_read_say_why() {
    for (name, code, says) in [
        (
            "17_missing_column.csv",
            FaultCode::MissingColumn,
            "new_cases",
        ),
        ("19_header_only.csv", FaultCode::NoDataRows, "no data rows"),
        ("20_empty.csv", FaultCode::Empty, "empty"),
        ("30_nul_and_invalid_utf8.csv", FaultCode::NulByte, "byte 61"),
    ] {
        let Some(fault) = fault(name) else { return };
        assert_eq!(fault.code, code, "{name}");
        assert!(fault.to_string().contains(says), "{name}: {fault}");
    }
}

#[test]
fn a_column_of_tenants_is_ignored_aloud() {
    let Some(read) = taken("18_extra_column_tenant_id.csv") else {
        return;
    };
    assert_eq!((read.rows.len(), read.sum()), (ROWS, sum_of_ok()));
    assert_eq!(read.survey.ignored, ["tenant_id"]);
    let [notice] = &read.survey.notices[..] else {
        panic!("{:?}", read.survey.notices);
    };
    assert_eq!(notice.code, Code::IgnoredColumn);
    assert!(
        notice.message.contains("the column `tenant_id` is ignored"),
        "{notice}"
    );
}

#[test]
fn rows_of_another_length_say_both_lengths() {
    let Some(read) = taken("21_ragged_rows.csv") else {
        return;
    };
    assert_eq!(
        read.codes(),
        [(Some(6), Code::RaggedRow), (Some(10), Code::RaggedRow)]
    );
    assert!(
        read.problems[0]
            .to_string()
            .contains("line 6: the row has 4 fields, the header has 3")
    );
    assert!(
        read.problems[1]
            .to_string()
            .contains("line 10: the row has 2 fields, the header has 3")
    );
    assert_eq!(read.rows.len(), ROWS - 2);
}

#[test]
fn a_formula_is_an_unknown_location_and_comes_back_as_text() {
    let Some(read) = taken("22_formula_injection.csv") else {
        return;
    };
    assert_eq!(read.codes(), [(Some(2), Code::UnknownLocation)]);
    assert_eq!(read.rows.len(), 1);
    assert!(read.refused.contains("\"'=HYPERLINK("), "{}", read.refused);
}

#[test]
fn counts_that_only_rise_are_asked_about_and_subtracted() {
    let Some(bytes) = file("23_cumulative_not_daily.csv") else {
        return;
    };
    let Some(read) = taken("23_cumulative_not_daily.csv") else {
        return;
    };
    assert_eq!(read.topics(), [Topic::Counting]);
    // The first day of each place has nothing to be subtracted from it.
    assert_eq!(read.rows.len(), ROWS - 5);
    assert_eq!(read.findings.noted.get(&Code::NoDifference), Some(&5));
    let Some(ok) = taken("00_ok.csv") else { return };
    let daily: Vec<_> = ok
        .rows
        .iter()
        .map(|row| (row.location, row.date, row.value))
        .collect();
    assert!(
        read.rows
            .iter()
            .all(|row| daily.contains(&(row.location, row.date, row.value)))
    );

    let answers = [(Topic::Counting, "new")];
    let as_new = super::read(&bytes, &department(), &answers).expect("read");
    assert_eq!(as_new.rows.len(), ROWS);
}

#[test]
fn a_day_that_all_lack_is_missing_and_not_zero() {
    let Some(read) = taken("24_gap_one_day_all_locations.csv") else {
        return;
    };
    assert_eq!(read.rows.len(), ROWS - 5);
    let [gap] = &read.findings.warnings[..] else {
        panic!("{:?}", read.findings.warnings);
    };
    assert_eq!(gap.code, Code::Gap);
    assert_eq!(gap.message, "2021-07-15 is missing for all 5 locations");
    assert!(gap.fix.contains("not as zero"));
}

#[test]
fn a_spike_is_asked_about_until_it_is_confirmed() {
    let Some(bytes) = file("25_spike_x100.csv") else {
        return;
    };
    for (answers, severity) in [
        (&[][..], Severity::Question),
        (&[(Topic::Spikes, "yes")][..], Severity::Warning),
    ] {
        let read = super::read(&bytes, &department(), answers).expect("read");
        assert_eq!(read.codes(), [(Some(12), Code::Spike)]);
        assert_eq!(read.problems[0].severity, severity);
        let asked = read.findings.question(&read.survey.reading);
        assert_eq!(asked.is_some(), severity == Severity::Question);
        assert_eq!(read.rows.len(), ROWS);
    }
}

#[test]
fn a_line_list_is_counted_and_its_identifiers_are_gone() {
    let Some(bytes) = file("26_line_list.csv") else {
        return;
    };
    let Some(read) = taken("26_line_list.csv") else {
        return;
    };
    let cases = bytes.iter().filter(|byte| **byte == b'\n').count() as i64 - 1;
    assert_eq!(read.sum(), cases);
    assert_eq!(read.topics(), [Topic::LineList]);
    assert_eq!(read.survey.reading.layout, Layout::LineList);
    let list = read.received.line_list.as_ref().expect("a line list");
    assert_eq!(list.cases as i64, cases);
    assert_eq!(list.columns_dropped, ["case_id", "age", "sex"]);
    let (text, _) = receive(&bytes, 7).expect("counted");
    assert!(!text.contains("C0001") && !text.contains("sex"), "{text}");
}

#[test]
fn a_wide_file_is_offered_as_rows() {
    let Some(read) = taken("27_wide_dates_in_columns.csv") else {
        return;
    };
    assert_eq!((read.rows.len(), read.sum()), (ROWS, sum_of_ok()));
    assert_eq!(read.topics(), [Topic::Layout]);
    assert_eq!(read.rows[1].date, day("2021-07-02"));
    assert_eq!((read.rows[1].line, read.rows[1].column), (2, Some(2)));
}

#[test]
fn every_file_of_the_folder_has_its_test() {
    let Some(expected) = file("EXPECTED.csv") else {
        return;
    };
    let tests = include_str!("torture.rs");
    let expected = String::from_utf8(expected).expect("text");
    let untested: Vec<_> = expected
        .lines()
        .skip(1)
        .filter_map(|line| line.split(',').next())
        .filter(|name| !tests.contains(&format!("\"{name}\"")))
        .collect();
    assert_eq!(untested, Vec::<&str>::new());
}
