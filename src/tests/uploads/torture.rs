//! Defective files, and what each gets: the list is `EXPECTED.csv` beside them.

use super::{finished, reporting, upload};
use crate::tests::portal::TestPortal;

/// What the page of a file says, and what may be done with it.
enum Then {
    /// It can be stored: so many values.
    Store(u32),
    /// So many values, once this field has this answer.
    Ask(&'static str, &'static str, u32),
    /// Nothing of it can be read.
    Refuse,
}
use Then::{Ask, Refuse, Store};

/// Each file, words that its page must have, and what then.
const FILES: &[(&str, &[&str], Then)] = &[
    ("00_ok.csv", &[], Store(310)),
    ("01_semicolon.csv", &[">semicolon<"], Store(310)),
    ("02_tab.tsv", &[">tab<"], Store(310)),
    ("03_utf8_bom_crlf.csv", &[], Store(310)),
    (
        "04_latin1_header.csv",
        &["other_encoding", "Fälle"],
        Store(310),
    ),
    (
        "05_dd_mm_yyyy.csv",
        &["day_month_year", "Please answer first"],
        Ask("date_form", "day_month_year", 310),
    ),
    (
        "06_mm_dd_yyyy_ambiguous.csv",
        &["month_day_year", "day_month_year", "Please answer first"],
        Ask("date_form", "month_day_year", 25),
    ),
    (
        "07_excel_serial_dates.csv",
        &["excel_serial", "Please answer first"],
        Ask("date_form", "excel_serial", 310),
    ),
    ("08_iso_weeks.csv", &["weekly"], Store(50)),
    (
        "09_negative_count.csv",
        &["negative_count", ">5<"],
        Store(309),
    ),
    ("10_suppressed_cells.csv", &["withheld"], Store(310)),
    (
        "11_thousands_sep.csv",
        &["thousands_separator", "1234"],
        Store(309),
    ),
    ("12_decimal_count.csv", &["decimal_count"], Store(309)),
    (
        "13_exact_duplicate_row.csv",
        &["exact_duplicate"],
        Store(310),
    ),
    (
        "14_conflicting_duplicate.csv",
        &["conflicting_duplicate", ">9<", ">312<"],
        Store(309),
    ),
    (
        "15_unknown_location.csv",
        &["unknown_location", "9X99", "Add the ticked places"],
        Store(309),
    ),
    ("16_future_date.csv", &["future_date"], Store(309)),
    ("17_missing_column.csv", &["new_cases"], Refuse),
    (
        "18_extra_column_tenant_id.csv",
        &["ignored_column", "tenant_id"],
        Store(310),
    ),
    ("19_header_only.csv", &["no data rows"], Refuse),
    ("20_empty.csv", &["empty"], Refuse),
    (
        "21_ragged_rows.csv",
        &["ragged_row", ">6<", ">10<"],
        Store(308),
    ),
    ("22_formula_injection.csv", &["unknown_location"], Store(1)),
    (
        "23_cumulative_not_daily.csv",
        &["cumulative", "Please answer first"],
        Ask("counting", "cumulative", 305),
    ),
    (
        "24_gap_one_day_all_locations.csv",
        &["gap", "2021-07-15"],
        Store(305),
    ),
    (
        "25_spike_x100.csv",
        &["spike", "Please answer first"],
        Ask("spikes", "yes", 310),
    ),
    (
        "26_line_list.csv",
        &["Please answer first"],
        Ask("line_list", "yes", 18),
    ),
    (
        "27_wide_dates_in_columns.csv",
        &["62 columns of dates", "Please answer first"],
        Ask("layout", "wide", 310),
    ),
    (
        "28_impossible_date.csv",
        &["invalid_date", "2021-02-30"],
        Store(309),
    ),
    ("29_no_trailing_newline_quoted.csv", &[], Store(1)),
    ("30_nul_and_invalid_utf8.csv", &["byte"], Refuse),
];

#[tokio::test]
async fn each_defective_file_gets_what_is_expected_of_it() {
    let Some(_) = crate::tests::real_data::shared("upload_torture/EXPECTED.csv") else {
        return;
    };
    assert_eq!(FILES.len(), 31);
    let portal = TestPortal::start().await;
    let mut wrong = Vec::new();
    for (at, (file, words, then)) in FILES.iter().enumerate() {
        let department = reporting(&portal, &format!("dept-{at}")).await;
        let mut browser = department.epidemiologist().await;
        let bytes = std::fs::read(format!("../shared/data/upload_torture/{file}")).expect("a file");
        let (to, mut page) = upload(&mut browser, file, &bytes).await;
        for word in *words {
            if !page.text.contains(word) {
                wrong.push(format!("{file}: the page does not say {word:?}"));
            }
        }
        let values = match then {
            Refuse => {
                if page.text.contains("/accept") || !page.text.contains("class=\"problem\"") {
                    wrong.push(format!("{file}: is not refused"));
                }
                continue;
            }
            Store(values) => values,
            Ask(field, answer, values) => {
                if page.text.contains("/accept") {
                    wrong.push(format!("{file}: is stored without being asked"));
                }
                let fields = [("answers", "yes"), (*field, *answer)];
                let answered = browser.post(&format!("{to}/reading"), &fields).await;
                assert_eq!(answered.status, 303, "{file}: {}", answered.text);
                page = finished(&mut browser, &to).await;
                values
            }
        };
        if !page.text.contains("/accept") {
            wrong.push(format!("{file}: cannot be stored: {}", plain(&page.text)));
            continue;
        }
        browser.post(&format!("{to}/accept"), &[]).await;
        finished(&mut browser, &to).await;
        let stored: i64 = sqlx::query_scalar(
            "select count(*) from observations where tenant_id = $1 and upload_no = 6",
        )
        .bind(department.tenant.as_str())
        .fetch_one(&mut portal.owner().await)
        .await
        .expect("a count");
        if stored != i64::from(*values) {
            wrong.push(format!(
                "{file}: {stored} values are stored and not {values}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A page without its tags, for the message of a failure.
pub fn plain(html: &str) -> String {
    let main = html.split("<main").nth(1).unwrap_or(html);
    let mut text = String::new();
    let mut inside = true;
    for c in main.chars() {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            c if !inside => text.push(c),
            _ => {}
        }
    }
    text.chars().take(900).collect()
}
