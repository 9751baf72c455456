//! What is asked of the forecast, as it stands in the address.

use chrono::NaiveDate;

use crate::{Error, Result, surveillance::LocationId, web::forms::day};

/// The fields of the form as they were typed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ForecastQuery {
    /// The place; none means the department as a whole.
    pub location: String,
    /// The day on which it was known, as typed.
    pub as_of: String,
}

/// The same, understood.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// The place; none is the department as a whole.
    pub location: Option<LocationId>,
    /// As it was known at the end of this day; none: as it is known now.
    pub as_of: Option<NaiveDate>,
}

impl ForecastQuery {
    /// Reads the query string. Fields that are not ours are left alone.
    pub fn read(query: Option<&str>) -> Self {
        let mut typed = Self::default();
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            let value = value.trim().to_owned();
            match name.as_ref() {
                "location" => typed.location = value,
                "as_of" => typed.as_of = value,
                _ => {}
            }
        }
        typed
    }

    /// What was meant.
    ///
    /// # Errors
    /// [`Error::NotFound`] for what cannot be a location, and [`Error::Invalid`] for what is no
    /// day.
    pub fn understand(&self) -> Result<Question> {
        let location = match &*self.location {
            "" => None,
            id => Some(LocationId::parse(id).map_err(|_| Error::NotFound("location"))?),
        };
        Ok(Question {
            location,
            as_of: day("“as known on”", &self.as_of)?,
        })
    }

    /// The query string that asks the same.
    pub fn to_query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in [("location", &self.location), ("as_of", &self.as_of)] {
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
}

impl Question {
    /// The id under which the place is kept; empty for the department as a whole.
    pub fn place(&self) -> &str {
        self.location.as_ref().map_or("", LocationId::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_asked_is_the_whole_department_as_known_now() {
        let question = ForecastQuery::read(Some("location=&as_of=&x=1"))
            .understand()
            .expect("understood");
        assert_eq!((question.place(), question.as_of), ("", None));
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let refused = |query| ForecastQuery::read(Some(query)).understand();
        assert!(matches!(refused("location=a%00b"), Err(Error::NotFound(_))));
        assert!(matches!(refused("as_of=soon"), Err(Error::Invalid(_))));
    }

    #[test]
    fn the_query_string_asks_the_same_again() {
        let typed = ForecastQuery::read(Some("location=a+%26&as_of=2026-03-01"));
        assert_eq!(ForecastQuery::read(Some(&typed.to_query())), typed);
    }
}
