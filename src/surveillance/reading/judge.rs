//! Whether a file has counts or people in it, by its first rows.

use super::{
    FaultCode, FileFault,
    columns::{Role, key, role},
    counts::{self, Count},
    dates::{self, Looks},
    delimiter::Sample,
    proposal::{Proposal, best, mostly, propose},
};

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
    let fix = match near {
        Some(name) => format!(
            "did you mean `{missing}` by `{}`?",
            super::problem::shown(name)
        ),
        None => "the first line should name location_id, date and new_cases".into(),
    };
    // A first line without one known name may be data, and that of people.
    let known = header.iter().any(|name| role(name) != Role::Other);
    let has: Vec<String> = header
        .iter()
        .take(if known { 12 } else { 0 })
        .map(|name| format!("`{}`", super::problem::shown(name)))
        .collect();
    let has = match has.len() {
        0 => String::new(),
        _ => format!("; the file has {}", has.join(", ")),
    };
    FileFault::new(
        FaultCode::MissingColumn,
        format!("there is no column `{missing}`{has}"),
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

/// A file without a column of counts whose rows are cases: it says something of one person, it
/// names the same place and day again, or no two rows of a column are alike.
fn one_row_a_case(sample: &Sample, roles: &[Role], proposal: &Proposal) -> bool {
    if roles.contains(&Role::Trait) {
        return true;
    }
    let (Some(date), Some(location)) = (proposal.date, proposal.location) else {
        return proposal.new_cases.is_none() && roles.contains(&Role::Unclear);
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
    // Numbers without a known name: counts, unless they number the rows.
    if let Some(numbers) = proposal.new_cases {
        return repeated && all_different(numbers);
    }
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
            "fall,date,place\n1,2021-07-01,x\n2,2021-07-01,x\n3,2021-07-02,x\n4,2021-07-02,x\n5,2021-07-02,y\n",
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
