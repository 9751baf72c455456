//! What is asked of the cases, as it stands in the address.

use chrono::NaiveDate;

use crate::{
    Error, Result,
    surveillance::{
        LocationId,
        charts::{Scale, Size, Step, Unit},
    },
    web::forms::day,
};

/// The fields of the form as they were typed, so that a wrong one comes back with its words.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CasesQuery {
    /// Chosen locations; none chosen means all.
    pub locations: Vec<String>,
    /// First day, as typed.
    pub from: String,
    /// Last day, as typed.
    pub to: String,
    /// The day on which it was known, as typed.
    pub as_of: String,
    step: String,
    unit: String,
    scale: String,
    width: String,
    height: String,
}

/// The same, understood.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// Chosen locations; none chosen means all.
    pub locations: Vec<LocationId>,
    /// First day, if one was given.
    pub from: Option<NaiveDate>,
    /// Last day, if one was given.
    pub to: Option<NaiveDate>,
    /// As it was known at the end of this day; `None` asks for what is known now.
    pub as_of: Option<NaiveDate>,
    /// Days or weeks; `None` leaves it to how the locations report.
    pub step: Option<Step>,
    /// Cases or rates.
    pub unit: Unit,
    /// Linear or logarithmic.
    pub scale: Scale,
    /// Of a chart that is a file.
    pub size: Size,
}

/// How many locations may be named at once. A department has fewer.
const MOST_LOCATIONS: usize = 1_000;

impl CasesQuery {
    /// Reads the query string. Fields that are not ours are left alone, and so is a field's
    /// earlier value where a form sent two.
    pub fn read(query: Option<&str>) -> Self {
        let mut typed = Self::default();
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            let value = value.trim().to_owned();
            match name.as_ref() {
                "location" if !value.is_empty() && typed.locations.len() < MOST_LOCATIONS => {
                    typed.locations.push(value);
                }
                "from" => typed.from = value,
                "to" => typed.to = value,
                "as_of" => typed.as_of = value,
                "step" => typed.step = value,
                "unit" => typed.unit = value,
                "scale" => typed.scale = value,
                "width" => typed.width = value,
                "height" => typed.height = value,
                _ => {}
            }
        }
        typed
    }

    /// What was meant.
    ///
    /// # Errors
    /// Names the field that cannot be understood, and says what it takes.
    pub fn understand(&self) -> Result<Question> {
        let locations = self
            .locations
            .iter()
            .map(|id| LocationId::parse(id))
            .collect::<Result<_>>();
        let (from, to) = (
            day("the first day", &self.from)?,
            day("the last day", &self.to)?,
        );
        if let (Some(from), Some(to)) = (from, to)
            && from > to
        {
            return Err(Error::Invalid(format!(
                "the first day, {from}, is after the last day, {to}; exchange them"
            )));
        }
        Ok(Question {
            // What cannot be an id is the id of nothing.
            locations: locations.map_err(|_| Error::NotFound("location"))?,
            from,
            to,
            as_of: day("“as known on”", &self.as_of)?,
            step: one_of(
                "step",
                &self.step,
                &[
                    ("", None),
                    ("day", Some(Step::Day)),
                    ("week", Some(Step::IsoWeek)),
                ],
            )?,
            unit: one_of(
                "unit",
                &self.unit,
                &[
                    ("", Unit::NewCases),
                    ("count", Unit::NewCases),
                    ("per100k", Unit::Per100k),
                ],
            )?,
            scale: one_of(
                "scale",
                &self.scale,
                &[
                    ("", Scale::Linear),
                    ("linear", Scale::Linear),
                    ("log", Scale::Log),
                ],
            )?,
            size: Size::new(
                length("width", &self.width, 960)?,
                length("height", &self.height, 400)?,
            ),
        })
    }

    /// The query string that asks the same.
    pub fn to_query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for location in &self.locations {
            query.append_pair("location", location);
        }
        for (name, value) in [
            ("from", &self.from),
            ("to", &self.to),
            ("as_of", &self.as_of),
            ("step", &self.step),
            ("unit", &self.unit),
            ("scale", &self.scale),
        ] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        query.finish()
    }

    /// The same question of what is known now.
    pub fn now(&self) -> Self {
        Self {
            as_of: String::new(),
            ..self.clone()
        }
    }

    /// The same question for other days.
    pub fn for_days(&self, from: NaiveDate, to: NaiveDate) -> Self {
        Self {
            from: from.to_string(),
            to: to.to_string(),
            ..self.clone()
        }
    }
}

fn one_of<T: Copy>(field: &str, text: &str, choices: &[(&str, T)]) -> Result<T> {
    choices
        .iter()
        .find(|(name, _)| *name == text)
        .map(|(_, choice)| *choice)
        .ok_or_else(|| {
            let names: Vec<_> = choices
                .iter()
                .map(|(name, _)| *name)
                .filter(|name| !name.is_empty())
                .collect();
            Error::Invalid(format!("{field} should be {}", names.join(" or ")))
        })
}

/// Pixels. Too many or too few become as many as a chart can have.
fn length(field: &str, text: &str, default: u32) -> Result<u32> {
    if text.is_empty() {
        return Ok(default);
    }
    let pixels: f64 = text
        .parse()
        .ok()
        .filter(|pixels: &f64| *pixels > 0.0)
        .ok_or_else(|| {
            Error::Invalid(format!(
                "{field} should be a number of pixels, such as {default}"
            ))
        })?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast saturates"
    )]
    Ok(pixels as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn understand(query: &str) -> Result<Question> {
        CasesQuery::read(Some(query)).understand()
    }

    #[test]
    fn nothing_asked_is_days_of_cases_of_all_locations() {
        let question = understand("");
        assert!(question.is_ok_and(|question| {
            question.locations.is_empty()
                && question.step.is_none()
                && question.as_of.is_none()
                && question.unit == Unit::NewCases
                && question.scale == Scale::Linear
        }));
    }

    #[test]
    fn a_location_may_be_named_many_times_over() {
        let question =
            understand("location=a&location=b&step=week&unit=per100k&scale=log&tenant_id=other");
        assert!(question.is_ok_and(
            |question| question.locations.len() == 2 && question.step == Some(Step::IsoWeek)
        ));
    }

    #[test]
    fn what_cannot_be_meant_is_refused_by_name() {
        for (query, named) in [
            ("from=2026-02-30", "first day"),
            ("to=tomorrow", "last day"),
            ("from=2026-02-02&to=2026-02-01", "exchange"),
            ("from=+12345-01-01", "first day"),
            ("step=hour", "step should be day or week"),
            ("as_of=yesterday", "as known on"),
            ("unit=x", "unit"),
            ("scale=x", "scale"),
            ("width=wide", "width"),
            ("width=-5", "width"),
            ("width=NaN", "width"),
        ] {
            let refusal = understand(query);
            assert!(
                refusal.is_err_and(|error| error.to_string().contains(named)),
                "{query}"
            );
        }
        assert!(matches!(
            understand("location=a%00b"),
            Err(Error::NotFound(_))
        ));
    }

    #[test]
    fn a_huge_chart_is_as_large_as_charts_get() {
        let (huge, largest) = (
            understand("width=1e9&height=99999999999999"),
            Size::new(u32::MAX, u32::MAX),
        );
        assert!(
            huge.is_ok_and(|huge| huge.size.width() == largest.width()
                && huge.size.height() == largest.height())
        );
    }

    #[test]
    fn the_query_string_asks_the_same_again() {
        let typed = CasesQuery::read(Some(
            "location=a+b&location=%26&from=2026-01-01&as_of=2026-02-01&step=week",
        ));
        assert_eq!(CasesQuery::read(Some(&typed.to_query())), typed);
    }
}
