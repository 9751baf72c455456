//! Three departments of simulated data, to look around in: `cordon serve --demo`.

use std::collections::HashMap;

use chrono::{NaiveDate, NaiveTime, TimeDelta};
use uuid::Uuid;

use crate::{
    Error, Result,
    access::user::{self, NewRole, NewUser},
    app::App,
    forecasting::runs::{Kind, Request, request},
    onboarding::{Onboarded, Onboarding, onboard},
    secret::Secret,
    surveillance::{
        LocationId,
        simulation::{SimulatedDepartment, demo_departments, uploads},
        uploads::{
            NewUpload, Source,
            places::NewPlace,
            whole::{Value, store},
        },
    },
    tenancy::{TenantId, TenantTx},
};

/// The seed of the demonstration: everybody sees the same.
const SEED: u64 = 1;

/// Who does what in the demonstration is written in the audit under this name.
const BY: &str = "demo";

/// So many weeks back there are forecasts to look at.
const WEEKS_BACK: i64 = 4;

/// At this time of the day its departments upload.
const CLOSING: NaiveTime = NaiveTime::from_hms_opt(17, 0, 0).expect("a time");

/// The demonstration's staff. Each department has an epidemiologist as well.
const STAFF: [(&str, &str, NewRole); 2] = [
    ("admin@cordon.example", "Avery Admin", NewRole::Admin),
    (
        "onboarding@cordon.example",
        "Ona Boarding",
        NewRole::Onboarding,
    ),
];

/// Somebody who can sign in to the demonstration.
pub struct DemoPerson {
    /// How they sign in.
    pub email: String,
    /// What they see, in words.
    pub sees: String,
}

/// Makes what of the demonstration is not there yet.
///
/// # Errors
/// When the database refuses.
pub async fn prepare(app: &App, password: &str) -> Result<Vec<DemoPerson>> {
    let now = app.clock.now();
    let last_day = now.date_naive().pred_opt().unwrap_or_default();
    let mut people = Vec::new();
    let mut hash = None;
    for department in demo_departments(SEED, last_day) {
        let tenant = TenantId::parse(department.tenant_id)?;
        let new = Onboarding {
            tenant: &tenant,
            name: department.name,
            contact: department.contact,
            simulated: true,
            submission: Uuid::new_v4(),
            seed: SEED,
            by: BY,
        };
        match onboard(app.pools.begin_registrar().await?, new, now).await {
            // A demonstration needs no key: whoever wants one issues one.
            Ok(Onboarded::Now { .. }) => report(app, &tenant, &department, last_day).await?,
            Ok(Onboarded::Before) | Err(Error::Conflict(_)) => {}
            Err(error) => return Err(error),
        }
        let role = NewRole::Lead(tenant);
        add(
            app,
            &mut hash,
            password,
            department.contact,
            "Eli Epidemiologist",
            &role,
        )
        .await?;
        people.push(DemoPerson {
            email: department.contact.to_owned(),
            sees: format!("epidemiologist of {}", department.name),
        });
    }
    for (email, name, role) in STAFF {
        add(app, &mut hash, password, email, name, &role).await?;
        let sees = if role == NewRole::Admin {
            "administrator, all departments"
        } else {
            "onboarding staff"
        };
        people.push(DemoPerson {
            email: email.to_owned(),
            sees: sees.to_owned(),
        });
    }
    Ok(people)
}

/// The demo people's password: theirs alone, and the same at every start.
pub fn password(secret: &Secret) -> String {
    secret.derive("demo people").chars().take(16).collect()
}

/// Adds a person, unless they are there. The hash is made once, when it is first needed.
async fn add(
    app: &App,
    hash: &mut Option<String>,
    password: &str,
    email: &str,
    name: &str,
    role: &NewRole,
) -> Result<()> {
    if user::by_email(&mut app.pools.gate().await?, email)
        .await?
        .is_some()
    {
        return Ok(());
    }
    let hash = match hash {
        Some(hash) => hash,
        None => hash.insert(app.passwords.hash(password).await?),
    };
    let mut tx = app.pools.begin_registrar().await?;
    let new = NewUser {
        email,
        name,
        password_hash: hash,
        added_by: BY,
    };
    user::add(&mut tx, new, role, app.clock.now()).await?;
    tx.commit().await
}

/// The department reports its two years, upload by upload.
async fn report(
    app: &App,
    tenant: &TenantId,
    department: &SimulatedDepartment,
    last_day: NaiveDate,
) -> Result<()> {
    let (mut locations, mut places) = (HashMap::new(), Vec::new());
    for place in &department.locations {
        let location = LocationId::parse(place.location_id)?;
        locations.insert(place.location_id, location.clone());
        let population = Some(i32::try_from(place.population).map_err(Error::internal)?);
        places.push(NewPlace {
            location,
            name: place.name.to_owned(),
            population,
            parent: None,
        });
    }
    let mut tx = TenantTx::begin(&app.pools, tenant).await?;
    for (number, upload) in uploads(department, SEED, last_day).iter().enumerate() {
        let mut values = Vec::with_capacity(upload.counts.len());
        for (location, date, new_cases) in &upload.counts {
            values.push(Value {
                date: *date,
                location: locations
                    .get(location)
                    .cloned()
                    .ok_or_else(|| Error::internal("a simulated location without a name"))?,
                new_cases: i32::try_from(*new_cases).map_err(Error::internal)?,
            });
        }
        let new = NewUpload {
            source: Source::Command,
            file_name: "simulated reports",
            as_of: upload.as_of,
            by: BY,
            idempotency_key: None,
            undoes: None,
        };
        // They are known by their names from the first upload on.
        let described: &[NewPlace] = if number == 0 { &places } else { &[] };
        let now = upload.as_of.and_time(CLOSING).and_utc();
        store(&mut tx, &new, &values, described, now).await?;
    }
    ask_for_runs(&mut tx, app, last_day).await?;
    tx.commit().await
}

/// The department's history is replayed, and forecast as it would have been a few weeks ago,
/// so that there is something to go back to.
async fn ask_for_runs(tx: &mut TenantTx, app: &App, last_day: NaiveDate) -> Result<()> {
    let run = |kind, as_of| Request {
        kind,
        as_of,
        cause: "command",
        by: BY,
    };
    let now = app.clock.now();
    request(tx, run(Kind::Hindcast, None), now).await?;
    for weeks in (1..=WEEKS_BACK).rev() {
        let as_of = last_day - TimeDelta::weeks(weeks);
        request(tx, run(Kind::Forecast, Some(as_of)), now).await?;
    }
    Ok(())
}
