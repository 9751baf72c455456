//! Millions of rows on their way in: a file that a person uploads, has checked and accepts, and
//! one that a program sends, against a bare COPY of the same rows by the owner.
//!
//! All write to one table with its indexes and constraints, each into a department that has
//! nothing yet, and the COPY runs before and after. It knows no history, compares nothing and
//! is read by nobody before it is stored; what is checked here is how much that costs.
//! The database is a new one, and gone afterwards.

use std::{
    io::Write as _,
    time::{Duration, Instant},
};

use chrono::{Days, NaiveDate};
use cordon::{
    Config,
    database::{
        Server,
        embedded::{Durability, Embedded},
        migrate::connect_as_owner,
    },
    secret::Secret,
};
use sqlx::{Connection as _, Executor as _, PgConnection};

use crate::{
    Outcome,
    comparison::Table,
    http::{Answer, Connection},
    portal::{Portal, forget, key, sign_in},
    reader,
};

/// `CORDON_DATA_DIR` of this measurement alone.
const DATA_DIR: &str = "target/bench-import";

/// Rows, where `CORDON_BENCH_ROWS` does not say otherwise. A fifth of them shows whether
/// memory grows with the file.
const ROWS: usize = 5_000_000;

/// Places of each department; a row for each of them, day after day.
const PLACES: usize = 1_000;

/// The department whose cases somebody reads meanwhile.
const READER: &str = "reader";

const SAME_ORIGIN: &str = "sec-fetch-site: same-origin\r\n";
const BOUNDARY: &str = "cordon-bench-boundary";

/// Measures throughput, memory, and what readers notice.
pub async fn measure(table: &mut Table) -> Outcome {
    let rows = match std::env::var("CORDON_BENCH_ROWS") {
        Ok(rows) => rows.parse()?,
        Err(_) => ROWS,
    };
    forget(DATA_DIR)?;
    let portal = Portal::start(DATA_DIR, &[("CORDON_UPLOAD_MB", "1000")])?;
    let config = Config::from_lookup(|name| (name == "CORDON_DATA_DIR").then(|| DATA_DIR.into()))?;
    let secret = Secret::of(&config)?;
    let embedded = Embedded::start(&config.data_dir, &secret, Durability::Full)?;
    let server = embedded.server(secret);
    let mut owner = connect_as_owner(&server).await?;
    bring_on(&mut owner).await?;

    let few = rows / 5;
    let small = read_meanwhile(&portal, &server, few, table).await?;
    let before = copy(&mut owner, "copy_before", rows).await?;
    let (page, large) = upload(&portal, &server, "page", rows, Some(table)).await?;
    let api = send(&portal, &server, "api", rows).await?;
    let after = copy(&mut owner, "copy_after", rows).await?;
    let bare = (before + after) / 2.0;
    for (seconds, door) in [(page, "page"), (api, "API")] {
        table.compare(
            (
                &format!("import of {} by the {door}", millions(rows)),
                rows as f64 / seconds,
            ),
            ("a bare COPY", rows as f64 / bare),
            |rate| format!("{rate:.0} rows/s"),
            "≥ 0.4",
        );
    }
    table.compare(
        (&format!("peak memory, import of {}", millions(rows)), large),
        (&millions(few), small),
        |megabytes| format!("{megabytes:.0} MB"),
        "≤ 150 MB, flat",
    );

    owner.close().await?;
    portal.stop()?;
    embedded.leave();
    forget(DATA_DIR)
}

/// Reads the cases page of an idle portal and during an import. Gives the import's peak of
/// memory.
async fn read_meanwhile(
    portal: &Portal,
    server: &Server,
    rows: usize,
    table: &mut Table,
) -> Outcome<f64> {
    let (addr, cookie) = (portal.addr, sign_in(portal.addr, server, READER).await?);
    let uploading = upload(portal, server, "meanwhile", rows, None);
    let ((_, peak), p99) = reader::meanwhile(addr, cookie, uploading).await?;
    table.compare(
        ("cases page during an import, p99", p99.busy),
        ("idle", p99.idle),
        |seconds| format!("{:.1} ms", 1e3 * seconds),
        "≤ 2",
    );
    Ok(peak)
}

/// Uploads `rows` for a department, waits until they are checked, and accepts them: seconds,
/// and the peak of memory in MB.
async fn upload(
    portal: &Portal,
    server: &Server,
    department: &str,
    rows: usize,
    table: Option<&mut Table>,
) -> Outcome<(f64, f64)> {
    let cookie = sign_in(portal.addr, server, department).await?;
    let text = file(rows);
    portal.peak()?;
    let mut browser = Connection::open(portal.addr)?;
    let started = Instant::now();
    let headers =
        format!("{cookie}{SAME_ORIGIN}content-type: multipart/form-data; boundary={BOUNDARY}\r\n");
    let head = format!(
        "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"rows.csv\"\r\n\r\n"
    );
    let tail = format!("\r\n--{BOUNDARY}--\r\n");
    let parts = [head.as_bytes(), &text, tail.as_bytes()];
    let sent = browser.send_parts("POST", "/data/uploads", &headers, &parts)?;
    expect(&sent, 303)?;
    let received = started.elapsed();
    let page = sent
        .header("location")
        .ok_or("the upload has no page")?
        .to_owned();
    finished(&mut browser, &page, &cookie)?;
    let checked = started.elapsed();
    let form = format!("{cookie}{SAME_ORIGIN}");
    expect(
        &browser.send("POST", &format!("{page}/accept"), &form, "")?,
        303,
    )?;
    finished(&mut browser, &page, &cookie)?;
    let accepted = started.elapsed();
    let says = String::from_utf8(browser.get(&page, &cookie)?.body)?;
    if !says.contains(" new.</strong>") {
        return Err(format!("the upload was not accepted: {says}").into());
    }
    if let Some(table) = table {
        let steps = [received, checked - received, accepted - checked];
        let [receive, check, store] = steps.map(|step| format!("{:.1} s", step.as_secs_f64()));
        table.state(
            "its parts: arriving, checking, storing",
            format!("{receive}, {check}, {store}"),
            "",
        );
    }
    Ok((accepted.as_secs_f64(), portal.peak()?))
}

/// Sends `rows` as a program does: seconds until the answer that they are stored.
async fn send(portal: &Portal, server: &Server, department: &str, rows: usize) -> Outcome<f64> {
    let key = key(server, department).await?;
    let text = file(rows);
    let headers = format!("{key}content-type: text/csv\r\n");
    let mut program = Connection::open(portal.addr)?;
    let started = Instant::now();
    let sent = program.send_parts("POST", "/api/v1/observations", &headers, &[&text])?;
    expect(&sent, 201)?;
    Ok(started.elapsed().as_secs_f64())
}

fn finished(browser: &mut Connection, page: &str, cookie: &str) -> Outcome {
    loop {
        let progress = browser.get(&format!("{page}/progress"), cookie)?;
        expect(&progress, 200)?;
        if progress.body == br#"{"running":null}"# {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn expect(answer: &Answer, status: u16) -> Outcome {
    if answer.status == status {
        return Ok(());
    }
    Err(format!("the portal answered {}", answer.head).into())
}

/// The same rows by COPY, as the owner: seconds until they are committed.
async fn copy(owner: &mut PgConnection, department: &str, rows: usize) -> Outcome<f64> {
    owner.execute("checkpoint").await?;
    let started = Instant::now();
    let statement =
        "copy observations (tenant_id, location_id, date, as_of, upload_no, new_cases) from stdin";
    let mut copying = owner.copy_in_raw(statement).await?;
    let mut text = Vec::new();
    for (date, place, new_cases) in each(rows) {
        writeln!(
            text,
            "{department}\tplace-{place}\t{date}\t2026-06-30\t1\t{new_cases}"
        )?;
        if text.len() > 256 * 1024 {
            copying.send(text.as_slice()).await?;
            text.clear();
        }
    }
    copying.send(text.as_slice()).await?;
    copying.finish().await?;
    Ok(started.elapsed().as_secs_f64())
}

/// Rows as reports have them: day by day, a number for each place.
fn each(rows: usize) -> impl Iterator<Item = (NaiveDate, usize, usize)> {
    let first = NaiveDate::from_ymd_opt(2000, 1, 1).unwrap_or_default();
    (0..rows).map(move |row| {
        let (day, place) = (row / PLACES, row % PLACES);
        let date = first
            .checked_add_days(Days::new(day as u64))
            .unwrap_or(first);
        (date, place, 20 + (day * 7 + place * 13) % 30)
    })
}

/// The file that a department would send.
fn file(rows: usize) -> Vec<u8> {
    let mut text = b"date,location_id,new_cases\n".to_vec();
    for (date, place, new_cases) in each(rows) {
        // Writing to memory does not fail.
        let _ = writeln!(text, "{date},place-{place},{new_cases}");
    }
    text
}

/// Departments that have reported nothing, and one whose cases are read.
async fn bring_on(owner: &mut PgConnection) -> Outcome {
    for department in [
        "copy_before",
        "copy_after",
        "page",
        "api",
        "meanwhile",
        READER,
    ] {
        let tenant = sqlx::query(
            "insert into tenants (tenant_id, name, contact_email, onboarding_id, created_at)
             values ($1, $1, $1 || '@example.org', gen_random_uuid(), now())",
        );
        tenant.bind(department).execute(&mut *owner).await?;
        let places = sqlx::query(
            "insert into locations (tenant_id, location_id, name, population)
             select $1, 'place-' || place, 'Place ' || place, 50000
             from generate_series(0, $2 - 1) place",
        );
        let count = if department == READER { 10 } else { PLACES };
        places
            .bind(department)
            .bind(i32::try_from(count)?)
            .execute(&mut *owner)
            .await?;
    }
    for (department, upload_no) in [("copy_before", 1), ("copy_after", 1), (READER, 1)] {
        let upload = sqlx::query(
            "insert into uploads (
                tenant_id, upload_no, status, source, file_name, as_of,
                received_at, received_by, decided_at, decided_by
             )
             values ($1, $2, 'accepted', 'command', 'bench', '2026-06-30', now(), 'bench', now(), 'bench')",
        );
        upload
            .bind(department)
            .bind(upload_no)
            .execute(&mut *owner)
            .await?;
    }
    owner
        .execute(
            "insert into observations (tenant_id, location_id, date, as_of, upload_no, new_cases)
             select tenant_id, location_id, date '2026-06-30' - ago, '2026-06-30', 1, 20 + ago % 30
             from locations, generate_series(0, 2499) ago
             where tenant_id = 'reader'",
        )
        .await?;
    owner.execute("vacuum (analyze)").await?;
    Ok(())
}

fn millions(rows: usize) -> String {
    format!("{} million rows", rows as f64 / 1e6)
}
