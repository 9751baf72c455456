//! Files as other programs read them.

use ::parquet::{
    file::reader::{FileReader as _, SerializedFileReader},
    record::{Field, Row},
};
use proptest::prelude::*;

use super::{parquet::ROWS_A_GROUP, *};

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn about() -> About {
    About {
        as_of: day("2026-03-31"),
        filters: "all locations; from 2026-03-02 to 2026-03-15".into(),
        source: "Alder County Health Department".into(),
        generated_at: "2026-04-01T08:30:00Z".parse().expect("a moment"),
    }
}

fn row(location: &str, date: &str, days: u16, new_cases: Option<i32>, status: Status) -> ExportRow {
    ExportRow {
        location_id: location.into(),
        location_name: format!("{location}, of Alder"),
        date: day(date),
        days,
        new_cases,
        status,
        incomplete: date > "2026-03-10",
    }
}

fn rows() -> Vec<ExportRow> {
    vec![
        row("north", "2026-03-02", 1, Some(0), Status::Count),
        row("north", "2026-03-03", 1, None, Status::NotReported),
        row("north", "2026-03-04", 1, Some(-3), Status::Correction),
        row("south", "2026-03-02", 7, None, Status::Suppressed),
        row("south", "2026-03-14", 1, Some(12), Status::Count),
    ]
}

fn file(table: Table, format: Format, rows: Vec<ExportRow>) -> Vec<u8> {
    write_all(table, format, about(), rows, Vec::new()).expect("a file")
}

fn text(table: Table, rows: Vec<ExportRow>) -> String {
    String::from_utf8(file(table, Format::Csv, rows)).expect("text")
}

#[test]
fn csv_says_what_is_withheld_what_is_missing_and_what_may_still_change() {
    assert_eq!(
        text(Table::Own, rows()),
        "location_id,location_name,date,days,new_cases,status,incomplete,as_of,filters\n\
         north,\"north, of Alder\",2026-03-02,1,0,count,false,2026-03-31,all locations; from 2026-03-02 to 2026-03-15\n\
         north,\"north, of Alder\",2026-03-03,1,,not_reported,false,2026-03-31,all locations; from 2026-03-02 to 2026-03-15\n\
         north,\"north, of Alder\",2026-03-04,1,-3,correction,false,2026-03-31,all locations; from 2026-03-02 to 2026-03-15\n\
         south,\"south, of Alder\",2026-03-02,7,,suppressed,false,2026-03-31,all locations; from 2026-03-02 to 2026-03-15\n\
         south,\"south, of Alder\",2026-03-14,1,12,count,true,2026-03-31,all locations; from 2026-03-02 to 2026-03-15\n"
    );
}

#[test]
fn a_hubs_time_series_has_its_columns_and_names_a_week_by_its_last_day() {
    let all = text(Table::Hubverse, rows());
    let lines: Vec<_> = all
        .lines()
        .map(|line| line.replace(",all locations; from 2026-03-02 to 2026-03-15", ""))
        .collect();
    assert_eq!(
        lines,
        [
            "as_of,location,target,target_end_date,observation,status,incomplete,filters",
            "2026-03-31,north,day inc case,2026-03-02,0,count,false",
            "2026-03-31,north,day inc case,2026-03-03,,not_reported,false",
            "2026-03-31,north,day inc case,2026-03-04,-3,correction,false",
            "2026-03-31,south,wk inc case,2026-03-08,,suppressed,false",
            "2026-03-31,south,day inc case,2026-03-14,12,count,true",
        ]
    );
}

#[test]
fn an_export_of_nothing_is_a_file_of_no_rows() {
    assert_eq!(text(Table::Own, vec![]).lines().count(), 1);
    let (_, rows) = read(file(Table::Own, Format::Parquet, vec![]));
    assert!(rows.is_empty());
}

/// The file's metadata and its rows.
fn read(file: Vec<u8>) -> (Vec<(String, String)>, Vec<Row>) {
    let reader = SerializedFileReader::new(bytes(file)).expect("a Parquet file");
    let metadata = reader.metadata().file_metadata().key_value_metadata();
    let metadata = metadata
        .expect("metadata")
        .iter()
        .map(|pair| (pair.key.clone(), pair.value.clone().unwrap_or_default()));
    let rows = reader.get_row_iter(None).expect("rows");
    (
        metadata.collect(),
        rows.map(|row| row.expect("a row")).collect(),
    )
}

/// A file on disk: the reader wants one that can be read from anywhere.
fn bytes(file: Vec<u8>) -> std::fs::File {
    use std::io::Seek as _;
    let path = std::env::temp_dir().join(format!("cordon-{}.parquet", uuid::Uuid::new_v4()));
    let mut kept = std::fs::File::options()
        .read(true)
        .write(true)
        .create_new(true)
        .open(&path)
        .expect("a file");
    std::fs::remove_file(path).expect("unlinked");
    kept.write_all(&file).expect("written");
    kept.rewind().expect("rewound");
    kept
}

/// The days of Parquet's dates.
fn date(text: &str) -> Field {
    let epoch = day("1970-01-01");
    Field::Date(i32::try_from((day(text) - epoch).num_days()).expect("a day"))
}

fn fields(row: &Row) -> Vec<(&str, Field)> {
    row.get_column_iter()
        .map(|(name, field)| (name.as_str(), field.clone()))
        .collect()
}

#[test]
fn parquet_holds_the_same_and_says_what_it_is() {
    let (metadata, read) = read(file(Table::Own, Format::Parquet, rows()));
    let said = |key: &str| {
        let pair = metadata.iter().find(|(known, _)| known == key);
        pair.map(|(_, value)| value.as_str())
    };
    assert_eq!(said("as_of"), Some("2026-03-31"));
    assert_eq!(
        said("filters"),
        Some("all locations; from 2026-03-02 to 2026-03-15")
    );
    assert_eq!(said("source"), Some("Alder County Health Department"));
    assert_eq!(said("generated_at"), Some("2026-04-01T08:30:00Z"));
    assert_eq!(read.len(), 5);
    let text = |text: &str| Field::Str(text.to_owned());
    assert_eq!(
        fields(&read[3]),
        [
            ("location_id", text("south")),
            ("location_name", text("south, of Alder")),
            ("date", date("2026-03-02")),
            ("days", Field::Int(7)),
            ("new_cases", Field::Null),
            ("status", text("suppressed")),
            ("incomplete", Field::Bool(false)),
            ("as_of", date("2026-03-31")),
        ]
    );
    let values: Vec<_> = read.iter().map(|row| fields(row)[4].1.clone()).collect();
    assert_eq!(
        values,
        [
            Field::Int(0),
            Field::Null,
            Field::Int(-3),
            Field::Null,
            Field::Int(12)
        ]
    );
}

#[test]
fn a_hubs_time_series_in_parquet_has_the_columns_of_the_csv() {
    let (_, read) = read(file(Table::Hubverse, Format::Parquet, rows()));
    let text = |text: &str| Field::Str(text.to_owned());
    assert_eq!(
        fields(&read[3]),
        [
            ("as_of", date("2026-03-31")),
            ("location", text("south")),
            ("target", text("wk inc case")),
            ("target_end_date", date("2026-03-08")),
            ("observation", Field::Null),
            ("status", text("suppressed")),
            ("incomplete", Field::Bool(false)),
        ]
    );
}

#[test]
fn rows_leave_in_groups_and_keep_their_order() {
    let many = 2 * ROWS_A_GROUP + 7;
    let rows = (0..many).map(|at| ExportRow {
        new_cases: (at % 5 != 0).then(|| i32::try_from(at).expect("small")),
        ..row("north", "2026-03-02", 1, None, Status::Count)
    });
    let file = write_all(Table::Own, Format::Parquet, about(), rows, Vec::new()).expect("a file");
    let reader = SerializedFileReader::new(bytes(file.clone())).expect("a Parquet file");
    let groups: Vec<_> = reader
        .metadata()
        .row_groups()
        .iter()
        .map(|group| group.num_rows())
        .collect();
    assert_eq!(groups, [32_768, 32_768, 7]);
    let (_, read) = read(file);
    for (at, row) in read.iter().enumerate() {
        let value = match &fields(row)[4].1 {
            Field::Int(value) => Some(*value),
            _ => None,
        };
        let wanted = (at % 5 != 0).then(|| i32::try_from(at).expect("small"));
        assert_eq!(value, wanted, "row {at}");
    }
}

/// An output that counts and keeps nothing.
struct Counted(usize);

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn what_was_written_is_not_kept() {
    for format in [Format::Csv, Format::Parquet] {
        let mut export = Export::begin(Table::Own, format, about(), Counted(0)).expect("begun");
        for at in 0..4 * ROWS_A_GROUP {
            let name = format!("place {at}");
            export
                .write(&row(&name, "2026-03-02", 1, Some(1), Status::Count))
                .expect("written");
        }
        let kept = match &export.file {
            File::Csv(_) => 0,
            File::Parquet(file) => file.kept(),
        };
        assert_eq!(kept, 0, "{format:?}");
        assert!(export.finish().expect("finished").0 > 1_000_000);
    }
}

/// Whether a spreadsheet takes a cell for a formula. It skips blanks before it looks; a number
/// with its sign is a number.
fn would_run(cell: &str) -> bool {
    let cell = cell.trim_start_matches([' ', '\u{a0}', '\u{feff}']);
    let number = cell.parse::<f64>().is_ok() && cell.bytes().all(|b| b"+-.0123456789".contains(&b));
    cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) && !number
}

proptest! {
    #[test]
    fn no_cell_of_a_csv_is_one_that_a_spreadsheet_would_run(
        id in "[ \u{a0}]{0,2}[=+@\t\r\n\"',;-]{0,3}\\PC{0,12}",
        name in "[ \u{a0}]{0,2}[=+@\t\r\n\"',;-]{0,3}\\PC{0,12}",
        filters in "[=+@\t\r\n-]{0,2}\\PC{0,12}",
        value in proptest::option::of(any::<i32>()),
    ) {
        for table in [Table::Own, Table::Hubverse] {
            let about = About { filters: filters.clone(), ..about() };
            let row = ExportRow {
                location_id: id.clone(),
                location_name: name.clone(),
                new_cases: value,
                ..row("north", "2026-03-02", 1, None, Status::Count)
            };
            let file = write_all(table, Format::Csv, about, [row], Vec::new()).expect("a file");
            let mut records = ::csv::Reader::from_reader(&*file);
            let record = records.records().next().expect("a row").expect("readable");
            for cell in &record {
                prop_assert!(!would_run(cell), "{cell:?}");
            }
            // And nothing but the mark was added.
            let at = usize::from(table == Table::Hubverse);
            let marked = format!("'{id}");
            prop_assert!([&id, &marked].contains(&&record[at].to_owned()));
            prop_assert_eq!(record[4].parse::<i32>().ok(), value);
        }
    }

    #[test]
    fn parquet_keeps_text_as_it_is(id in "[=+@\t\r\n\"',;-]{0,3}\\PC{0,12}") {
        let row = row(&id, "2026-03-02", 1, Some(1), Status::Count);
        let (_, rows) = read(file(Table::Own, Format::Parquet, vec![row]));
        prop_assert_eq!(&fields(&rows[0])[0].1, &Field::Str(id));
    }
}
