//! Rules without exceptions.

use chrono::Days;
use proptest::{collection::vec, prelude::*, sample::select};

use super::*;

const PLACES: [&str; 4] = ["4831", "4832", "alder-city", "Fälle; \"x\", y"];

/// What is written and has to come back.
#[derive(Clone, Debug)]
struct Table {
    /// By place and day; `None` is withheld.
    numbers: Vec<(usize, u64, Option<u16>)>,
    form: DateForm,
    delimiter: Delimiter,
    line_end: &'static str,
}

fn table() -> impl Strategy<Value = Table> {
    let number = (
        0..PLACES.len(),
        0u64..700,
        proptest::option::weighted(0.9, 0u16..40),
    );
    let forms = select(vec![
        DateForm::YearMonthDay,
        DateForm::DayMonthYear,
        DateForm::MonthDayYear,
        DateForm::ExcelSerial,
    ]);
    let delimiters = select(Delimiter::ALL.to_vec());
    let ends = select(vec!["\n", "\r\n", "\r"]);
    (vec(number, 1..60), forms, delimiters, ends).prop_map(
        |(mut numbers, form, delimiter, line_end)| {
            numbers.sort_by_key(|(place, day, _)| (*place, *day));
            numbers.dedup_by_key(|(place, day, _)| (*place, *day));
            Table {
                numbers,
                form,
                delimiter,
                line_end,
            }
        },
    )
}

impl Table {
    fn day(day: u64) -> NaiveDate {
        super::day("2020-12-03") + Days::new(day)
    }

    fn date(&self, day: u64) -> String {
        let date = Self::day(day);
        match self.form {
            DateForm::DayMonthYear => date.format("%d/%m/%Y").to_string(),
            DateForm::MonthDayYear => date.format("%m/%d/%Y").to_string(),
            DateForm::ExcelSerial => (date - super::day("1899-12-30")).num_days().to_string(),
            DateForm::YearMonthDay | DateForm::Week => date.to_string(),
        }
    }

    fn cell(number: Option<u16>) -> String {
        number.map_or_else(|| "<5".into(), |number| number.to_string())
    }

    fn write(&self, rows: Vec<Vec<String>>) -> Vec<u8> {
        let mut writer = csv::WriterBuilder::new()
            .delimiter(self.delimiter.byte())
            .from_writer(Vec::new());
        for row in rows {
            writer.write_record(row).expect("written");
        }
        let text = String::from_utf8(writer.into_inner().expect("written")).expect("UTF-8");
        text.replace('\n', self.line_end).into_bytes()
    }

    fn long(&self) -> Vec<u8> {
        let header = ["location_id", "date", "new_cases"]
            .map(String::from)
            .to_vec();
        let rows = self.numbers.iter().map(|(place, day, number)| {
            vec![PLACES[*place].into(), self.date(*day), Self::cell(*number)]
        });
        self.write(std::iter::once(header).chain(rows).collect())
    }

    fn wide(&self) -> Vec<u8> {
        let mut days: Vec<u64> = self.numbers.iter().map(|(_, day, _)| *day).collect();
        days.sort_unstable();
        days.dedup();
        let header =
            std::iter::once("location_id".into()).chain(days.iter().map(|day| self.date(*day)));
        let rows = (0..PLACES.len()).map(|place| {
            let cells = days.iter().map(|day| {
                let found = self
                    .numbers
                    .iter()
                    .find(|(p, d, _)| (*p, *d) == (place, *day));
                found.map_or_else(String::new, |(_, _, number)| Self::cell(*number))
            });
            std::iter::once(PLACES[place].into()).chain(cells).collect()
        });
        self.write(std::iter::once(header.collect()).chain(rows).collect())
    }

    fn expected(&self) -> Vec<(u32, NaiveDate, Value)> {
        let numbers = self.numbers.iter().map(|(place, day, number)| {
            let value = number.map_or(Value::Suppressed, |number| Value::Count(number.into()));
            (*place as u32, Self::day(*day), value)
        });
        numbers.collect()
    }
}

fn context_of_places() -> Context {
    context(&PLACES)
}

fn answers(form: DateForm) -> [(Topic, &'static str); 3] {
    let form = match form {
        DateForm::YearMonthDay => "year_month_day",
        DateForm::DayMonthYear => "day_month_year",
        DateForm::MonthDayYear => "month_day_year",
        DateForm::ExcelSerial => "excel_serial",
        DateForm::Week => "week",
    };
    [
        (Topic::DateForm, form),
        (Topic::Period, "day"),
        (Topic::Counting, "new"),
    ]
}

proptest! {
    #[test]
    fn what_is_written_comes_back(table in table(), wide in any::<bool>()) {
        let file = if wide { table.wide() } else { table.long() };
        let read = read(&file, &context_of_places(), &answers(table.form)).expect("it is well written");
        let mut rows: Vec<_> = read.rows.iter().map(|row| (row.location, row.date, row.value)).collect();
        rows.sort_by_key(|(place, day, _)| (*place, *day));
        prop_assert_eq!(rows, table.expected());
        prop_assert_eq!(read.findings.refused(), 0);
        prop_assert_eq!(read.survey.reading.delimiter, table.delimiter);
    }

    #[test]
    fn where_the_pieces_are_cut_does_not_matter(table in table(), piece in 1usize..50) {
        prop_assert_eq!(receive(&table.long(), piece), receive(&table.long(), usize::MAX));
    }

    #[test]
    fn no_bytes_are_too_strange(bytes in vec(any::<u8>(), 0..300), piece in 1usize..20) {
        let whole = receive(&bytes, usize::MAX);
        prop_assert_eq!(&receive(&bytes, piece), &whole);
        let _ = read(&bytes, &context_of_places(), &[]);
    }

    #[test]
    fn no_text_is_too_strange(text in "[a-c0-9<*=,;\"\r\n\t./W-]{0,200}", header in 0usize..4) {
        let header = ["", "location_id,date,new_cases\n", "case_id,date,place,age\n", "place,2021-01-01,2021-01-02\n"][header];
        let file = format!("{header}{text}");
        let piece = receive(file.as_bytes(), 3);
        prop_assert_eq!(&piece, &receive(file.as_bytes(), usize::MAX));
        let _ = read(file.as_bytes(), &context_of_places(), &[]);
    }

    #[test]
    fn each_cell_is_taken_refused_missing_or_said_twice(
        rows in vec((select(vec!["4831", "4832", "9X99", ""]), select(vec!["2021-07-01", "2021-07-02", "2021-02-30", ""]), select(vec!["1", "2", "-5", "<5", "", "1,234"])), 1..40)
    ) {
        let mut file = String::from("location_id;date;new_cases\n");
        for (place, date, number) in &rows {
            file += &format!("{place};{date};{number}\n");
        }
        let filled = rows.iter().filter(|row| **row != ("", "", "")).count() as u64;
        if filled > 0 {
            let read = read(file.as_bytes(), &context_of_places(), &[]).expect("a table");
            let found = &read.findings;
            let twice = found.noted.get(&Code::ExactDuplicate).copied().unwrap_or(0);
            prop_assert_eq!(found.rows + found.refused() + found.missing + twice, filled);
            prop_assert_eq!(read.refused.lines().count() as u64, found.refused() + 1);
        }
    }

    #[test]
    fn any_numbers_survive_being_added_up_and_subtracted(steps in vec(0i32..50, 8..60), shuffle in any::<u64>()) {
        let mut total = 10;
        let mut rows: Vec<(u64, i32)> = Vec::new();
        for (day, step) in steps.iter().enumerate() {
            total += step;
            rows.push((day as u64, total));
        }
        // Any order of the rows, by a full-period step through them.
        let len = rows.len();
        let start = (shuffle % len as u64) as usize;
        rows.rotate_left(start);
        let mut file = String::from("location_id,date,cumulative_cases\n");
        for (day, total) in &rows {
            file += &format!("4831,{},{total}\n", Table::day(*day));
        }
        let read = read(file.as_bytes(), &context_of_places(), &[(Topic::Counting, "cumulative")]).expect("a table");
        let mut found: Vec<_> = read.rows.iter().map(|row| (row.date, row.value)).collect();
        found.sort_by_key(|(day, _)| *day);
        let expected: Vec<_> = steps.iter().enumerate().skip(1).map(|(day, step)| (Table::day(day as u64), Value::Count(*step))).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn nothing_of_a_person_is_kept(
        cases in vec((0usize..3, 1u32..29, 0u32..100), 1..80),
        order in select(vec!["npda", "pdan", "dnap"]),
        ragged in proptest::option::of(0usize..80),
        piece in 1usize..200,
    ) {
        let cell = |what: char, case: &(usize, u32, u32)| match what {
            'n' => format!("Ann Smith{}", case.2),
            'p' => PLACES[case.0].to_owned(),
            'd' => format!("2021-02-{:02}", case.1),
            _ => format!("{}yrs", case.2),
        };
        let name = |what| match what {
            'n' => "patient_name",
            'p' => "place",
            'd' => "date",
            _ => "age",
        };
        let mut file = order.chars().map(name).collect::<Vec<_>>().join(",") + "\n";
        for (line, case) in cases.iter().enumerate() {
            let mut cells: Vec<String> = order.chars().map(|what| cell(what, case)).collect();
            if ragged == Some(line) {
                cells.insert(0, "Ann Smith".into());
            }
            file += &(cells.join(",") + "\n");
        }
        let (text, received) = receive(file.as_bytes(), piece).expect("counted");
        prop_assert!(!text.contains("Smith") && !text.contains("yrs"), "{}", text);
        prop_assert_eq!(received.line_list.map(|list| list.cases), Some(cases.len() as u64));
    }
}
