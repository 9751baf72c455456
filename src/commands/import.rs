//! `cordon import`: a file goes the same way in as on the page, without the questions in
//! between: what is open, or refused, ends it, and nothing is stored.

use std::{fs::File, io::Read as _, path::Path, sync::Arc};

use super::{ImportArgs, running::Running};
use crate::{
    Error, Result,
    clock::Clock,
    surveillance::{
        LocationId,
        reading::{Code, Question, Reading, Topic},
        uploads::{
            Job, NewUpload, Report, Source, Tally, check, decide,
            places::{self, NewPlace},
            places_file::read_places,
            receive::Receiving,
            work::Progress,
        },
    },
    tenancy::TenantId,
};

/// Who did it, as the audit says.
const BY: &str = "command line";

/// Bytes that are read at once.
const PIECE: usize = 256 * 1024;

/// Imports a file, or says line by line why not.
pub async fn import(running: &Running, args: &ImportArgs) -> Result<()> {
    let tenant = TenantId::parse(&args.tenant)?;
    exists(running, &tenant).await?;
    let now = Clock::system().now();
    let today = now.date_naive();
    let as_of = args.as_of.unwrap_or(today);
    if as_of > today {
        return Err(Error::Invalid(format!(
            "--as-of lies in the future; today is {today}"
        )));
    }
    let described = match &args.locations {
        Some(file) => read_places(open(file)?).map_err(|faults| {
            let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
            refused(file, &lines)
        })?,
        None => Vec::new(),
    };
    let new = NewUpload {
        source: Source::Command,
        file_name: &args.file.to_string_lossy(),
        as_of,
        by: BY,
        idempotency_key: None,
        undoes: None,
    };
    // Who runs the portal knows how large a file they have.
    let mut receiving = Receiving::begin(&running.pools, &tenant, &new, u64::MAX, now).await?;
    let progress = Arc::<Progress>::default();
    let mut job = Job::new(&running.pools, &tenant, receiving.upload_no, now, progress);
    let mut file = open(&args.file)?;
    let mut piece = vec![0; PIECE];
    loop {
        let read = file
            .read(&mut piece)
            .map_err(|error| unread(&args.file, &error))?;
        if read == 0 {
            break;
        }
        receiving.push(&piece[..read], now).await?;
    }
    if let Err(fault) = receiving.finish(now).await? {
        return Err(refused(&args.file, &[fault.to_string()]));
    }
    match decide(&mut job, args, &described).await {
        Ok(words) => {
            eprintln!("{words}");
            Ok(())
        }
        Err(error) => {
            decide::cancel(&job, BY).await?;
            Err(error)
        }
    }
}

/// Stores what was received. What was done, in words.
async fn decide(job: &mut Job, args: &ImportArgs, described: &[NewPlace]) -> Result<String> {
    let edit = |reading: &mut Reading| -> Result<()> {
        reading.corrections = args.corrections;
        for answer in &args.answers {
            let (topic, value) = answer.split_once('=').unwrap_or((answer, ""));
            let topic = Topic::ALL
                .into_iter()
                .find(|known| known.as_str() == topic)
                .ok_or_else(|| {
                    let topics: Vec<&str> = Topic::ALL.iter().map(|topic| topic.as_str()).collect();
                    Error::Invalid(format!(
                        "--answer takes TOPIC=ANSWER; the topics are {}",
                        topics.join(", ")
                    ))
                })?;
            reading.answer(topic, value).map_err(Error::Invalid)?;
        }
        Ok(())
    };
    let mut report = check::check(job, edit).await?;
    job.places = new_places(job, &report, described).await?;
    if !job.places.is_empty() {
        report = check::check(job, edit).await?;
    }
    if let Some(fault) = &report.fault {
        return Err(refused(&args.file, &[fault.to_string()]));
    }
    if !report.questions.is_empty() {
        let asked: Vec<String> = report.questions.iter().map(asked).collect();
        return Err(refused(&args.file, &asked));
    }
    if report.refused() > 0 && !args.skip_refused {
        return Err(refused(&args.file, &problems(&report)));
    }
    let known = report.tally.new + report.tally.changed == 0;
    if args.dry_run || known {
        decide::cancel(job, BY).await?;
        return Ok(if args.dry_run {
            format!(
                "Dry run, nothing is stored. {}",
                words(report.tally, &report, &job.places)
            )
        } else {
            format!(
                "Nothing to store. {}",
                words(report.tally, &report, &job.places)
            )
        });
    }
    let tally = decide::accept(job, BY, async |tx| places::describe(tx, described).await).await?;
    Ok(words(tally, &report, &job.places))
}

/// Places of the file that are added: those that are described, and all of them where the
/// department has none yet.
async fn new_places(job: &Job, report: &Report, described: &[NewPlace]) -> Result<Vec<NewPlace>> {
    let mut tx = job.begin().await?;
    let first = places::listed(&mut tx).await?.is_empty();
    tx.commit().await?;
    let unknown = &report.findings.unknown_locations;
    let mut added = Vec::new();
    for place in unknown {
        let known = described
            .iter()
            .find(|known| known.location.as_str() == place.text);
        match known {
            Some(known) => added.push(known.clone()),
            None if first => {
                added.extend(LocationId::parse(&place.text).ok().map(NewPlace::unnamed))
            }
            None => {}
        }
    }
    Ok(added)
}

/// A question, and how it is answered here.
fn asked(question: &Question) -> String {
    let answers: Vec<String> = question
        .answers
        .iter()
        .map(|answer| {
            format!(
                "    --answer {}={}    {}",
                question.topic.as_str(),
                answer.value,
                answer.label
            )
        })
        .collect();
    format!("{}\n{}", question.text, answers.join("\n"))
}

fn problems(report: &Report) -> Vec<String> {
    let mut lines: Vec<String> = report.problems.iter().map(ToString::to_string).collect();
    let told = |code| report.findings.refused.contains_key(&code);
    if told(Code::NegativeCount) {
        lines.push("--corrections takes negative numbers as corrections of earlier days".into());
    }
    if told(Code::UnknownLocation) {
        lines.push(
            "--locations and a file of location_id, name, population adds the places it names"
                .into(),
        );
    }
    lines.push("--skip-refused stores the other rows".into());
    lines
}

/// The gate knows which departments there are; the tenant hat does not.
async fn exists(running: &Running, tenant: &TenantId) -> Result<()> {
    let exists: bool =
        sqlx::query_scalar("select exists (select from tenants where tenant_id = $1)")
            .bind(tenant.as_str())
            .fetch_one(running.pools.gate().await?.conn())
            .await?;
    if exists {
        return Ok(());
    }
    Err(Error::Invalid(format!(
        "there is no department {tenant}; `cordon onboard` brings one on"
    )))
}

fn open(path: &Path) -> Result<File> {
    File::open(path).map_err(|error| unread(path, &error))
}

fn unread(path: &Path, error: &std::io::Error) -> Error {
    Error::Invalid(format!("{} cannot be read ({error})", path.display()))
}

fn refused(path: &Path, lines: &[String]) -> Error {
    Error::Invalid(format!(
        "nothing of {} was imported:\n{}",
        path.display(),
        lines.join("\n")
    ))
}

fn words(tally: Tally, report: &Report, added: &[NewPlace]) -> String {
    let mut words = format!(
        "{} new, {} changed, {} unchanged, {} refused",
        tally.new,
        tally.changed,
        tally.unchanged,
        report.refused()
    );
    let unnamed: Vec<&str> = added
        .iter()
        .filter(|place| place.name == place.location.as_str())
        .map(|place| place.location.as_str())
        .collect();
    if !unnamed.is_empty() {
        words += &format!(
            "; new locations without a name or population: {} (--locations gives them both)",
            unnamed.join(", ")
        );
    }
    words
}
