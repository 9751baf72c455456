//! What a column means, by its name in English, German or French, and by what stands in it.

use super::{FaultCode, FileFault, counts, counts::Count, dates, dates::Looks, delimiter::Sample};

/// What a name says. The numbers rank those that say the same: 0 is the surest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Location(usize),
    Date(usize),
    Week(usize),
    Year(usize),
    NewCases(usize),
    Cumulative(usize),
    Tenant,
    /// Identifies one person or case.
    Personal,
    /// Says something of one person: age, sex, outcome.
    Trait,
    /// `id`, `name`: of a place, a row or a person.
    Unclear,
    Other,
}

const LOCATION: &[&str] = &[
    "location_id",
    "loc_id",
    "region_id",
    "area_id",
    "district_id",
    "county_id",
    "county_fips",
    "fips",
    "geo_id",
    "geoid",
    "place_id",
    "zone_id",
    "site_id",
    "health_region_id",
    "hruid",
    "landkreis_id",
    "id_landkreis",
    "kreis_id",
    "ags",
    "stadt_id",
    "gemeinde_id",
    "ort_id",
    "code_departement",
    "departement_id",
    "dep",
    "code_commune",
    "code_insee",
    "code_region",
    "area_code",
    "region_code",
    "location_code",
    "county_code",
    "district_code",
    "location",
    "region",
    "area",
    "district",
    "county",
    "landkreis",
    "kreis",
    "stadtkreis",
    "gemeinde",
    "stadt",
    "ort",
    "bezirk",
    "bundesland",
    "region_name",
    "location_name",
    "area_name",
    "county_name",
    "district_name",
    "departement",
    "commune",
    "lieu",
    "zone",
    "site",
    "place",
    "municipality",
    "health_region",
    "health_unit",
    "city",
    "town",
    "geo",
    "geography",
    "jurisdiction",
    "province",
    "prov",
    "state",
    "territory",
    "canton",
    "nom_departement",
];
const DATE: &[&str] = &[
    "date",
    "day",
    "report_date",
    "date_report",
    "date_reported",
    "reported_date",
    "reporting_date",
    "meldedatum",
    "melde_datum",
    "notification_date",
    "date_notification",
    "date_de_notification",
    "date_declaration",
    "date_de_declaration",
    "datum",
    "tag",
    "jour",
    "case_date",
    "date_of_report",
    "test_date",
    "result_date",
    "specimen_date",
    "collection_date",
    "sample_date",
    "date_prelevement",
    "diagnosis_date",
    "date_diagnosis",
    "date_diagnostic",
    "onset_date",
    "date_onset",
    "date_of_onset",
    "symptom_onset",
    "symptom_onset_date",
    "erkrankungsdatum",
    "erkrankungsbeginn",
    "date_debut",
    "refdatum",
    "time",
    "timestamp",
    "admission_date",
];
const WEEK: &[&str] = &[
    "epiweek",
    "epi_week",
    "mmwr_week",
    "mmwrweek",
    "iso_week",
    "isoweek",
    "week",
    "year_week",
    "woche",
    "kalenderwoche",
    "meldewoche",
    "kw",
    "semaine",
    "semaine_iso",
    "week_start",
    "week_start_date",
    "week_beginning",
    "week_commencing",
    "week_ending",
    "week_end",
    "week_end_date",
    "week_number",
    "week_of",
];
const YEAR: &[&str] = &[
    "year",
    "epi_year",
    "epiyear",
    "mmwr_year",
    "iso_year",
    "jahr",
    "meldejahr",
    "annee",
];
const NEW_CASES: &[&str] = &[
    "new_cases",
    "cases",
    "daily_cases",
    "case_count",
    "cases_new",
    "cases_daily",
    "number_of_cases",
    "num_cases",
    "n_cases",
    "confirmed_cases",
    "new_confirmed",
    "new_confirmed_cases",
    "reported_cases",
    "weekly_cases",
    "cases_weekly",
    "faelle",
    "neue_faelle",
    "neuinfektionen",
    "fallzahl",
    "fallzahlen",
    "anzahl_fall",
    "anzahl_faelle",
    "anzahl",
    "nouveaux_cas",
    "cas",
    "nb_cas",
    "nombre_de_cas",
    "nombre_cas",
    "cas_confirmes",
    "confirmed",
    "positives",
    "infections",
    "new_infections",
    "value_daily",
    "incident_cases",
    "count",
    "counts",
    "nombre",
    "n",
    "number",
    "value",
    "observation",
];
const CUMULATIVE: &[&str] = &[
    "cumulative_cases",
    "cases_cumulative",
    "cum_cases",
    "cumulative",
    "cumul",
    "total_cases",
    "cases_total",
    "cumulated_cases",
    "cumulative_confirmed",
    "kumulierte_faelle",
    "kumuliert",
    "faelle_kumuliert",
    "faelle_gesamt",
    "cas_cumules",
    "cumul_cas",
    "total_cas",
    "cum",
];
const PERSONAL: &[&str] = &[
    "case_id",
    "caseid",
    "case_no",
    "case_nr",
    "case_number",
    "patient",
    "patient_id",
    "patient_name",
    "patient_number",
    "person",
    "person_id",
    "first_name",
    "firstname",
    "last_name",
    "lastname",
    "surname",
    "given_name",
    "family_name",
    "full_name",
    "forename",
    "middle_name",
    "vorname",
    "nachname",
    "familienname",
    "prenom",
    "nom_de_famille",
    "date_of_birth",
    "birth_date",
    "birthdate",
    "birthday",
    "dob",
    "year_of_birth",
    "geburtsdatum",
    "geburtsjahr",
    "date_naissance",
    "date_de_naissance",
    "address",
    "home_address",
    "street",
    "adresse",
    "strasse",
    "anschrift",
    "phone",
    "phone_number",
    "telephone",
    "mobile",
    "telefon",
    "email",
    "e_mail",
    "mail",
    "ssn",
    "nhs_number",
    "nhs",
    "mrn",
    "medical_record_number",
    "passport",
    "passport_number",
    "health_card",
    "health_card_number",
    "versichertennummer",
    "fall_id",
    "fallnummer",
    "fall_nr",
    "id_cas",
    "cas_id",
    "numero_cas",
    "numero_patient",
    "aktenzeichen",
    "lab_id",
    "specimen_id",
    "sample_id",
    "accession",
    "accession_number",
    "postcode_home",
    "national_id",
];
const TRAIT: &[&str] = &[
    "age",
    "age_years",
    "age_group",
    "agegroup",
    "age_band",
    "age_range",
    "alter",
    "altersgruppe",
    "tranche_age",
    "tranche_d_age",
    "sex",
    "gender",
    "geschlecht",
    "sexe",
    "genre",
    "outcome",
    "hospitalised",
    "hospitalized",
    "hospitalisation",
    "died",
    "death",
    "deceased",
    "date_of_death",
    "vaccinated",
    "vaccination",
    "vaccination_status",
    "occupation",
    "profession",
    "beruf",
    "symptoms",
    "symptom",
    "ethnicity",
    "race",
    "nationality",
    "case_status",
    "exposure",
    "travel",
    "comorbidities",
    "verstorben",
    "geimpft",
];
const UNCLEAR: &[&str] = &[
    "id",
    "name",
    "nom",
    "uuid",
    "record_id",
    "record",
    "row_id",
    "nr",
    "no",
    "index",
    "key",
    "initials",
    "postcode",
    "zip",
    "plz",
    "code_postal",
];

/// A name as it is compared: `AnzahlFall`, `Anzahl Fall` and `anzahl-fall` are one.
pub(super) fn key(name: &str) -> String {
    let mut key = String::new();
    let mut before = ' ';
    for c in name.trim().chars() {
        let turn = c.is_uppercase() && before.is_lowercase();
        if (turn || !c.is_alphanumeric()) && !key.is_empty() && !key.ends_with('_') {
            key.push('_');
        }
        before = c;
        for c in c.to_lowercase().filter(|c| c.is_alphanumeric()) {
            match c {
                'ä' => key.push_str("ae"),
                'ö' => key.push_str("oe"),
                'ü' => key.push_str("ue"),
                'ß' => key.push_str("ss"),
                'é' | 'è' | 'ê' | 'ë' => key.push('e'),
                'à' | 'â' => key.push('a'),
                'î' | 'ï' => key.push('i'),
                'ô' => key.push('o'),
                'ù' | 'û' => key.push('u'),
                'ç' => key.push('c'),
                c => key.push(c),
            }
        }
    }
    key.trim_end_matches('_').to_owned()
}

/// What the name says.
pub(super) fn role(name: &str) -> Role {
    let key = key(name);
    let rank = |names: &[&str]| names.iter().position(|name| *name == key);
    if matches!(key.as_str(), "tenant_id" | "tenant" | "tenantid") {
        return Role::Tenant;
    }
    if rank(PERSONAL).is_some() {
        return Role::Personal;
    }
    if rank(TRAIT).is_some() {
        return Role::Trait;
    }
    if rank(UNCLEAR).is_some() {
        return Role::Unclear;
    }
    let found = rank(NEW_CASES)
        .map(Role::NewCases)
        .or_else(|| rank(CUMULATIVE).map(Role::Cumulative))
        .or_else(|| rank(LOCATION).map(Role::Location))
        .or_else(|| rank(DATE).map(Role::Date))
        .or_else(|| rank(WEEK).map(Role::Week))
        .or_else(|| rank(YEAR).map(Role::Year));
    found.unwrap_or_else(|| by_words(&key))
}

/// A longer name by the words in it: `covid_cases_reported`.
fn by_words(key: &str) -> Role {
    let words: Vec<&str> = key.split('_').collect();
    let any = |list: &[&str]| words.iter().any(|word| list.contains(word));
    let counts = any(&[
        "cases",
        "faelle",
        "fallzahl",
        "cas",
        "infections",
        "infektionen",
    ]);
    let something_else = any(&[
        "id",
        "date",
        "datum",
        "rate",
        "per",
        "pro",
        "par",
        "name",
        "inzidenz",
        "incidence",
        "deaths",
        "hospital",
        "mean",
        "average",
        "avg",
        "percent",
        "ratio",
        "ma7",
        "expected",
    ]);
    if any(&["patient", "person"]) && any(&["id", "no", "nr", "number", "name", "code"]) {
        Role::Personal
    } else if counts && !something_else {
        let all = any(&[
            "cumulative",
            "cumul",
            "cum",
            "total",
            "gesamt",
            "kumuliert",
            "cumules",
        ]);
        if all {
            Role::Cumulative(CUMULATIVE.len())
        } else {
            Role::NewCases(NEW_CASES.len())
        }
    } else {
        Role::Other
    }
}

/// A header cell that is a date: the name without the `X` that R puts before a number.
pub(super) fn date_in_header(name: &str) -> Option<&str> {
    let bare = match name.strip_prefix('X') {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit()) => rest,
        _ => name,
    };
    match dates::looks(bare) {
        Looks::Nothing | Looks::WeekAlone => None,
        _ => Some(bare),
    }
}

/// Which columns seem to mean what, counted from 0.
#[derive(Clone, Debug, Default)]
pub(super) struct Proposal {
    pub(super) location: Option<usize>,
    pub(super) date: Option<usize>,
    pub(super) year: Option<usize>,
    pub(super) new_cases: Option<usize>,
    /// The name of the column of numbers says that they are cumulative.
    pub(super) cumulative: bool,
    /// Columns whose names are dates: a wide file.
    pub(super) wide: Vec<usize>,
    /// Chosen by what stands in them, which is a guess.
    pub(super) guessed: Vec<usize>,
}

/// What a file seems to be.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// Counts by place and date.
    Counts(Proposal),
    /// One row a case, with the columns by which they can be counted.
    LineList { date: usize, location: usize },
}

/// Judges a file by its first rows.
///
/// # Errors
/// No header, no data, or a column missing without which nothing can be counted.
pub(super) fn judge(sample: &Sample) -> Result<Kind, FileFault> {
    let roles: Vec<Role> = sample.header.iter().map(|name| role(name)).collect();
    if let Some(fault) = no_header(sample, &roles) {
        return Err(fault);
    }
    if sample.rows.is_empty() {
        return Err(FileFault::new(
            FaultCode::NoDataRows,
            "the file has a header and no data rows",
            "upload a file with at least one row below the header",
        ));
    }
    let proposal = propose(sample, &roles);
    let personal: Vec<&str> = named(sample, &roles, Role::Personal);
    let counts = roles
        .iter()
        .any(|role| matches!(role, Role::NewCases(_) | Role::Cumulative(_)))
        || !proposal.wide.is_empty();
    if counts {
        if let [first, ..] = personal[..] {
            return Err(FileFault::new(
                FaultCode::IdentifiesPeople,
                format!(
                    "the column `{}` seems to identify people, so nothing of the file was kept",
                    super::problem::shown(first)
                ),
                "remove that column and upload the file again",
            ));
        }
        return needed(sample, proposal).map(Kind::Counts);
    }
    if personal.is_empty() && !one_row_a_case(sample, &roles, &proposal) {
        return needed(sample, proposal).map(Kind::Counts);
    }
    // A place by its own name: `name` in a line list is a person's.
    let location = best(&roles, |role| match role {
        Role::Location(rank) => Some(rank),
        _ => None,
    });
    match (proposal.date, location) {
        (Some(date), Some(location)) => Ok(Kind::LineList { date, location }),
        (date, _) => Err(FileFault::new(
            FaultCode::NotCountable,
            format!(
                "the file seems to have one row for each case, and no column for the {} by which \
                 to count them; nothing of it was kept",
                if date.is_none() { "date" } else { "place" }
            ),
            "name the columns `date` and `location_id`, or upload counts by place and date",
        )),
    }
}

fn named<'a>(sample: &'a Sample, roles: &[Role], wanted: Role) -> Vec<&'a str> {
    let named = sample.header.iter().zip(roles);
    named
        .filter(|(_, role)| **role == wanted)
        .map(|(name, _)| name.as_str())
        .collect()
}

/// The columns without which there are no counts.
fn needed(sample: &Sample, proposal: Proposal) -> Result<Proposal, FileFault> {
    let wide = !proposal.wide.is_empty();
    let missing = if proposal.location.is_none() {
        "location_id"
    } else if proposal.date.is_none() && !wide {
        "date"
    } else if proposal.new_cases.is_none() && !wide {
        "new_cases"
    } else {
        return Ok(proposal);
    };
    Err(missing_column(&sample.header, missing))
}

/// The fault of a file without a column that is needed.
pub(super) fn missing_column(header: &[String], missing: &str) -> FileFault {
    let near = header
        .iter()
        .filter(|name| role(name) == Role::Other)
        .find(|name| super::places::distance(&key(name), missing, 2).is_some());
    let has: Vec<String> = header
        .iter()
        .take(12)
        .map(|name| format!("`{}`", super::problem::shown(name)))
        .collect();
    let fix = match near {
        Some(name) => format!(
            "did you mean `{missing}` by `{}`?",
            super::problem::shown(name)
        ),
        None => "the first line should name location_id, date and new_cases".into(),
    };
    FileFault::new(
        FaultCode::MissingColumn,
        format!(
            "there is no column `{missing}`; the file has {}",
            has.join(", ")
        ),
        fix,
    )
}

/// A first line that is data.
fn no_header(sample: &Sample, roles: &[Role]) -> Option<FileFault> {
    if roles.iter().any(|role| *role != Role::Other) {
        return None;
    }
    let is_date = |text: &str| !matches!(dates::looks(text), Looks::Nothing | Looks::WeekAlone);
    let is_count = |text: &str| matches!(counts::read(text.as_bytes()), Ok(Count::Of(_)));
    let dates: Vec<usize> = (0..sample.header.len())
        .filter(|at| is_date(&sample.header[*at]))
        .collect();
    let data_below = |at: &usize| mostly(sample.column(*at), is_date);
    let all_numbers = sample
        .header
        .iter()
        .all(|name| is_count(name) && !is_date(name));
    let is_data = dates.iter().any(data_below)
        || all_numbers
        || (sample.rows.is_empty()
            && dates.len() == 1
            && sample.header.iter().any(|n| is_count(n)));
    is_data.then(|| {
        FileFault::new(
            FaultCode::NoHeader,
            "the first line is data, so that nothing says what the columns are",
            "add a first line with the names of the columns: location_id, date, new_cases",
        )
        .at_line(sample.header_line)
    })
}

/// At least one, and four of five.
fn mostly<'a>(cells: impl Iterator<Item = &'a str>, test: impl Fn(&str) -> bool) -> bool {
    let (mut all, mut good) = (0, 0);
    for cell in cells {
        all += 1;
        good += usize::from(test(cell));
    }
    good > 0 && good * 5 >= all * 4
}

fn best(roles: &[Role], rank: impl Fn(Role) -> Option<usize>) -> Option<usize> {
    let ranked = roles.iter().enumerate();
    ranked
        .filter_map(|(at, role)| rank(*role).map(|rank| (rank, at)))
        .min()
        .map(|(_, at)| at)
}

/// The columns by name, and those that have no known name by what stands in them.
fn propose(sample: &Sample, roles: &[Role]) -> Proposal {
    let mut proposal = Proposal {
        location: best(roles, |role| match role {
            Role::Location(rank) => Some(rank),
            // The last resort.
            Role::Unclear => Some(usize::MAX),
            _ => None,
        }),
        date: best(roles, |role| match role {
            Role::Date(rank) => Some(rank),
            Role::Week(rank) => Some(DATE.len() + rank),
            _ => None,
        }),
        year: best(roles, |role| match role {
            Role::Year(rank) => Some(rank),
            _ => None,
        }),
        new_cases: best(roles, |role| match role {
            Role::NewCases(rank) => Some(rank),
            Role::Cumulative(rank) => Some(NEW_CASES.len() + 1 + rank),
            _ => None,
        }),
        ..Proposal::default()
    };
    proposal.cumulative = proposal
        .new_cases
        .is_some_and(|at| matches!(roles[at], Role::Cumulative(_)));
    let unknown = |at: &usize| roles[*at] == Role::Other;
    let dated: Vec<usize> = (0..roles.len())
        .filter(|at| unknown(at) && date_in_header(&sample.header[*at]).is_some())
        .collect();
    if dated.len() > 1 || (dated.len() == 1 && proposal.location.is_some()) {
        // Numbers under dates; the column of places need not have a known name.
        let free = |at: &usize| unknown(at) && !dated.contains(at);
        if proposal.location.is_none() {
            proposal.location = (0..roles.len()).find(free);
            proposal.guessed.extend(proposal.location);
        }
        proposal.wide = dated;
        proposal.date = None;
        proposal.new_cases = None;
        return proposal;
    }
    if proposal.date.is_none() {
        let is_date = |text: &str| {
            !matches!(
                dates::looks(text),
                Looks::Nothing | Looks::WeekAlone | Looks::Serial
            )
        };
        let guess = (0..roles.len()).find(|at| unknown(at) && mostly(sample.column(*at), is_date));
        proposal.date = guess;
        proposal.guessed.extend(guess);
    }
    if proposal.new_cases.is_none() {
        let is_count = |text: &str| {
            matches!(
                counts::read(text.as_bytes()),
                Ok(Count::Of(_) | Count::Suppressed)
            )
        };
        let mut guesses = (0..roles.len()).filter(|at| {
            unknown(at) && Some(*at) != proposal.date && mostly(sample.column(*at), is_count)
        });
        // Where the place is unnamed too, the first of two numbers is likelier its id.
        let first = guesses.next();
        let second = guesses.next();
        proposal.new_cases = match (proposal.location, first, second) {
            (None, Some(place), Some(count)) => {
                proposal.location = Some(place);
                proposal.guessed.push(place);
                Some(count)
            }
            _ => first,
        };
        proposal.guessed.extend(proposal.new_cases);
    }
    if proposal.location.is_none() {
        let taken = [proposal.date, proposal.new_cases, proposal.year];
        let guess = (0..roles.len()).find(|at| unknown(at) && !taken.contains(&Some(*at)));
        proposal.location = guess;
        proposal.guessed.extend(guess);
    }
    proposal
}

/// A file without a column of counts whose rows are cases: it says something of one person, it
/// names the same place and day again, or no two rows of a column are alike.
fn one_row_a_case(sample: &Sample, roles: &[Role], proposal: &Proposal) -> bool {
    if roles.contains(&Role::Trait) {
        return true;
    }
    if proposal.new_cases.is_some() {
        return false;
    }
    let (Some(date), Some(location)) = (proposal.date, proposal.location) else {
        return roles.contains(&Role::Unclear);
    };
    let mut pairs = std::collections::HashSet::new();
    let repeated = sample
        .rows
        .iter()
        .any(|row| !pairs.insert((row.get(location), row.get(date))));
    let all_different = |at: usize| {
        let cells: Vec<&str> = sample.column(at).collect();
        let distinct: std::collections::HashSet<&&str> = cells.iter().collect();
        cells.len() > 4 && distinct.len() == cells.len()
    };
    let others = (0..roles.len()).filter(|at| {
        *at != date && *at != location && matches!(roles[*at], Role::Other | Role::Unclear)
    });
    repeated || others.into_iter().any(all_different)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::surveillance::reading::delimiter::sample;

    fn kind(text: &str) -> Result<Kind, FaultCode> {
        let sample = sample(text, true, None).expect("there are rows");
        judge(&sample).map_err(|fault| fault.code)
    }

    fn counts(text: &str) -> Proposal {
        match kind(text) {
            Ok(Kind::Counts(proposal)) => proposal,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn columns_are_known_in_three_languages_and_any_order() {
        for header in [
            "new_cases,location_id,date",
            "Fälle,Landkreis-ID,Meldedatum",
            "AnzahlFall,IdLandkreis,Meldedatum",
            "Nouveaux cas,Département,Date de notification",
            "covid_cases_reported,Health Region,DateReported",
        ] {
            let found = counts(&format!("{header}\n3,4831,2021-07-01\n"));
            assert_eq!(
                (found.new_cases, found.location, found.date),
                (Some(0), Some(1), Some(2)),
                "{header}"
            );
            assert!(found.guessed.is_empty(), "{header}");
        }
    }

    #[test]
    fn an_unknown_name_is_guessed_by_what_stands_below() {
        let found = counts("ou,wann,wieviel\nalder,2021-07-01,3\nbirch,2021-07-01,4\n");
        assert_eq!(
            (found.location, found.date, found.new_cases),
            (Some(0), Some(1), Some(2))
        );
        assert_eq!(found.guessed.len(), 3);
    }

    #[test]
    fn dates_in_the_header_are_a_wide_file_also_as_r_writes_them() {
        for header in [
            "place,2021-07-01,2021-07-02",
            "Gebiet,X2021.07.01,X2021.07.02",
            "name,01/07/2021,02/07/2021",
        ] {
            assert_eq!(
                counts(&format!("{header}\na,1,2\n")).wide,
                [1, 2],
                "{header}"
            );
        }
    }

    #[test]
    fn rows_that_are_cases_are_told_from_counts() {
        for text in [
            "case_id,date_report,location_id,age,sex\nC1,2021-07-02,4831,31,f\n",
            "Fallnummer;Meldedatum;Landkreis\n1;2021-07-02;4831\n",
            "Alter,Geschlecht,Meldedatum,Kreis\n31,w,2021-07-02,4831\n",
            "date,location_id\n2021-07-02,4831\n2021-07-02,4831\n",
            "who,date,location_id\na b,2021-07-01,x\nc d,2021-07-02,x\ne,2021-07-03,x\nf,2021-07-04,x\ng,2021-07-05,x\n",
            "name,date,city\nAnn Smith,2021-07-02,Alder\nBob,2021-07-02,Alder\n",
        ] {
            assert!(
                matches!(kind(text), Ok(Kind::LineList { .. })),
                "{text}: {:?}",
                kind(text)
            );
        }
    }

    #[test]
    fn a_file_that_cannot_be_read_says_which_column_is_missing() {
        for (text, code) in [
            (
                "location_id,date\n4831,2021-07-01\n",
                FaultCode::MissingColumn,
            ),
            ("location_id,new_cases\n4831,1\n", FaultCode::MissingColumn),
            (
                "4831,2021-07-01,0\n4831,2021-07-02,0\n",
                FaultCode::NoHeader,
            ),
            ("4831,2021-07-01,0\n", FaultCode::NoHeader),
            (
                "C1,2021-07-02,4831,31,f\nC2,2021-07-02,4831,32,m\n",
                FaultCode::NoHeader,
            ),
            ("location_id,date,new_cases\n", FaultCode::NoDataRows),
            (
                "patient_name,date,location_id,cases\nA,2021-07-01,x,1\n",
                FaultCode::IdentifiesPeople,
            ),
            ("age,sex,date\n3,f,2021-07-01\n", FaultCode::NotCountable),
        ] {
            assert_eq!(kind(text).err(), Some(code), "{text}");
        }
        let header = ["location_id", "date", "new_caess"].map(String::from);
        assert!(
            missing_column(&header, "new_cases")
                .fix
                .contains("`new_caess`")
        );
    }
}
