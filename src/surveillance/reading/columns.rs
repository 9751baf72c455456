//! What a column means by its name.

use super::{
    dates::{self, Looks},
    names,
};

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
    /// Remarks.
    Note,
    Other,
}

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

/// Ranks behind every list.
pub(super) const LAST: usize = 1000;

/// What the name says.
pub(super) fn role(name: &str) -> Role {
    let key = key(name);
    let rank = |names: &str| names.split_whitespace().position(|name| name == key);
    if matches!(key.as_str(), "tenant_id" | "tenant" | "tenantid") {
        return Role::Tenant;
    }
    if rank(names::PERSONAL).is_some() {
        return Role::Personal;
    }
    if rank(names::TRAIT).is_some() {
        return Role::Trait;
    }
    if rank(names::UNCLEAR).is_some() {
        return Role::Unclear;
    }
    if rank(names::NOTE).is_some() {
        return Role::Note;
    }
    let found = rank(names::NEW_CASES)
        .map(Role::NewCases)
        .or_else(|| rank(names::CUMULATIVE).map(Role::Cumulative))
        .or_else(|| rank(names::LOCATION).map(Role::Location))
        .or_else(|| rank(names::DATE).map(Role::Date))
        .or_else(|| rank(names::WEEK).map(Role::Week))
        .or_else(|| rank(names::YEAR).map(Role::Year));
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
            Role::Cumulative(LAST)
        } else {
            Role::NewCases(LAST)
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
