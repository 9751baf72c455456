//! Shapes and mistakes beyond those of the shared folder.

use super::*;

fn lines(read: &Outcome) -> Vec<String> {
    read.problems.iter().map(Problem::to_string).collect()
}

fn taken(text: &str, answers: &[(Topic, &str)]) -> Outcome {
    read(text.as_bytes(), &context(&["a", "b"]), answers)
        .unwrap_or_else(|fault| panic!("{text}: {fault}"))
}

#[test]
fn mmwr_weeks_are_told_by_the_name_of_their_column() {
    let read = taken("epiweek,region,cases\n202126,a,3\n202127,a,4\n", &[]);
    assert_eq!(read.topics(), []);
    assert_eq!(read.survey.reading.period, Period::MmwrWeek);
    assert_eq!(
        (read.rows[0].date, read.rows[0].days),
        (day("2021-06-27"), 7)
    );
}

#[test]
fn a_week_of_neither_kind_is_asked_about() {
    let read = taken("year,week,region,cases\n2021,26,a,3\n2021,27,a,4\n", &[]);
    assert_eq!(read.topics(), [Topic::Period]);
    assert_eq!(read.survey.reading.columns.year.as_deref(), Some("year"));
    assert_eq!(read.rows[0].date, day("2021-06-28"));
    let mmwr = taken(
        "year,week,region,cases\n2021,26,a,3\n",
        &[(Topic::Period, "mmwr_week")],
    );
    assert_eq!(mmwr.rows[0].date, day("2021-06-27"));
}

#[test]
fn days_a_week_apart_may_be_weeks() {
    let text = "location_id,date,new_cases\na,2021-07-05,3\na,2021-07-12,4\na,2021-07-19,4\na,2021-07-26,1\n";
    let read = taken(text, &[]);
    assert_eq!(read.topics(), [Topic::Period]);
    assert_eq!(read.rows[0].days, 7);
    assert_eq!(taken(text, &[(Topic::Period, "day")]).rows[0].days, 1);
}

#[test]
fn a_remembered_reading_is_not_asked_for_again() {
    let first = "location_id,date,new_cases\na,01/07/2021,3\na,02/07/2021,4\n";
    let asked = taken(first, &[(Topic::DateForm, "day_month_year")]);
    let remembered = asked.survey.reading.remembered();
    let next = "location_id,date,new_cases\na,03/07/2021,3\n";
    let survey = Survey::of(next.as_bytes(), None, Some(&remembered)).expect("surveyed");
    assert_eq!(survey.questions, []);
    assert_eq!(survey.reading.date_form, DateForm::DayMonthYear);
    // Until a file refutes it.
    let other = "location_id,date,new_cases\na,07/31/2021,3\n";
    let survey = Survey::of(other.as_bytes(), None, Some(&remembered)).expect("surveyed");
    assert_eq!(survey.questions.len(), 1);
    assert_eq!(survey.reading.date_form, DateForm::MonthDayYear);
}

#[test]
fn columns_that_a_person_chose_are_used() {
    let text = "ou,wann,wieviel,tests\na,2021-07-01,3,70\nb,2021-07-01,4,80\n";
    let read = taken(text, &[]);
    assert_eq!(
        read.topics(),
        [Topic::Location, Topic::Date, Topic::NewCases]
    );
    assert_eq!(read.sum(), 7);
    let other = taken(text, &[(Topic::NewCases, "tests")]);
    assert_eq!(other.sum(), 150);
    let remembered = other.survey.reading.remembered();
    let survey = Survey::of(text.as_bytes(), None, Some(&remembered)).expect("surveyed");
    assert_eq!(survey.reading.columns.new_cases, "tests");
    assert_eq!(survey.questions.len(), 2, "{:?}", survey.questions);
}

#[test]
fn a_wide_files_refused_numbers_come_back_without_those_that_were_taken() {
    let read = taken(
        "place;01.07.2021;02.07.2021;13.07.2021\na;1;-2;3\nb;x;5;\nc;1;2;3\n",
        &[],
    );
    assert_eq!(read.sum(), 9);
    let rows: Vec<_> = read.refused.lines().skip(1).collect();
    for (row, cells) in rows.iter().zip([";a;;-2;", ";b;x;;", ";c;1;2;3"]) {
        assert!(row.ends_with(cells), "{row}");
    }
    assert_eq!(rows.len(), 3);
    assert_eq!(read.problems[0].column.as_deref(), Some("02.07.2021"));
}

#[test]
fn a_refused_file_that_is_corrected_is_taken() {
    let read = taken(
        "location_id,date,new_cases\na,2021-07-01,1\na,2021-07-02,\"1,234\"\n",
        &[],
    );
    let corrected = read.refused.replace("\"1,234\"", "1234");
    let again = taken(&corrected, &[]);
    assert_eq!((again.sum(), again.problems.len()), (1234, 0));
    assert_eq!(again.topics(), []);
}

#[test]
fn a_cumulative_count_that_falls_is_a_correction_or_refused() {
    let text = "location_id,date,cumulative_cases\na,2021-07-01,10\na,2021-07-02,12\na,2021-07-03,11\na,2021-07-05,15\nb,2021-07-01,1\n";
    let read = taken(text, &[]);
    assert_eq!(read.topics(), [Topic::Counting]);
    assert_eq!(
        read.codes(),
        [
            (Some(2), Code::NoDifference),
            (Some(4), Code::CumulativeDecrease),
            (Some(5), Code::NoDifference),
            (Some(6), Code::NoDifference),
        ]
    );
    assert_eq!(read.sum(), 2);
}

#[test]
fn lines_are_counted_past_blank_ones_and_quoted_line_ends() {
    let text = "location_id,date,new_cases,note\r\n\r\na,2021-07-01,x,\r\n,,,\r\na,2021-07-02,1,\"two\r\nlines\"\r\na,2021-07-03,x,";
    let read = taken(text, &[]);
    assert_eq!(
        read.codes(),
        [(Some(3), Code::InvalidCount), (Some(7), Code::InvalidCount)]
    );
    assert_eq!(read.rows[0].line, 5);
}

#[test]
fn a_gap_of_one_place_names_it() {
    let mut text = String::from("location_id,date,new_cases\n");
    for day in 1..=9 {
        text += &format!("a,2021-07-0{day},1\n");
        if ![3, 4].contains(&day) {
            text += &format!("b,2021-07-0{day},{}\n", if day == 6 { "NA" } else { "1" });
        }
    }
    let read = taken(&text, &[]);
    let said: Vec<_> = read
        .findings
        .warnings
        .iter()
        .map(|gap| gap.message.as_str())
        .collect();
    assert_eq!(
        said,
        ["b reports nothing for 3 days between others, the first 2021-07-03"]
    );
    assert_eq!(read.findings.missing, 1);
}

#[test]
fn a_single_day_is_held_against_what_was_usual() {
    let mut context = context(&["a", "b"]);
    context.locations[0].recent_max = Some(30);
    let text = "location_id,date,new_cases\na,2021-07-01,400\nb,2021-07-01,400\n";
    let read = read(text.as_bytes(), &context, &[]).expect("read");
    assert_eq!(read.codes(), [(Some(2), Code::Spike)]);
    assert!(
        read.problems[0].message.contains("at most 30 were usual"),
        "{}",
        read.problems[0]
    );
}

#[test]
fn no_day_is_after_the_one_on_which_the_file_was_known() {
    let mut context = context(&["a"]);
    context.as_of = day("2021-07-01");
    let text = "location_id,date,new_cases\na,2021-07-01,1\na,2021-07-02,1\n";
    let read = read(text.as_bytes(), &context, &[]).expect("read");
    assert_eq!(read.codes(), [(Some(3), Code::FutureDate)]);
}

#[test]
fn cases_written_in_two_ways_are_added_up() {
    let text = "case_id,date,place\n1,01/07/2021,a\n2,1/7/2021,A\n3,13/07/2021 08:15,a\n4,oops,a\n";
    let read = taken(text, &[]);
    assert_eq!(read.topics(), [Topic::LineList, Topic::DateForm]);
    assert_eq!(read.rows.len(), 2);
    assert_eq!(read.sum(), 3);
    assert_eq!(lines(&read), ["line 5: the row has no date; add the date"]);
}

#[test]
fn unknown_kinds_of_files_say_what_to_do() {
    for (bytes, code) in [
        (&b"%PDF-1.7 ..."[..], FaultCode::UnsupportedKind),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            FaultCode::PasswordProtected,
        ),
        (
            b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
            FaultCode::UnsupportedKind,
        ),
        (b"PK\x05\x06\x00\x00\x00\x00", FaultCode::UnsupportedKind),
        (b"PK\x03\x04 cut short", FaultCode::BrokenWorkbook),
        (b"<html><table>", FaultCode::UnsupportedKind),
    ] {
        let fault = receive(bytes, 3).expect_err("not a table");
        assert_eq!(fault.code, code, "{fault}");
        assert!(!fault.fix.is_empty());
    }
}

#[test]
fn a_declared_delimiter_is_no_header() {
    let read = taken(
        "sep=;\r\nlocation_id;date;new_cases\r\na;2021-07-01;x\r\n",
        &[],
    );
    assert_eq!(read.codes(), [(Some(3), Code::InvalidCount)]);
}

#[test]
fn a_first_line_that_may_be_data_is_not_repeated() {
    let fault = receive(b"Ann,Smith,somewhere\nBob,Jones,elsewhere\n", 9).expect_err("no table");
    assert_eq!(fault.code, FaultCode::MissingColumn);
    assert!(!fault.to_string().contains("Smith"), "{fault}");
}
