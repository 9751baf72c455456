//! What only a person can know about a file.

use serde::{Deserialize, Serialize};

use super::{Counting, DateForm, Layout, Period, Reading};

/// What is asked about. Its word is the name of the form field and of the query parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// How dates are written: `date_form`.
    DateForm,
    /// Whether a wide file is turned into rows: `layout`.
    Layout,
    /// New or cumulative: `counting`.
    Counting,
    /// Days or weeks: `period`.
    Period,
    /// Which column has the numbers: `new_cases`.
    NewCases,
    /// Which column has the dates: `date`.
    Date,
    /// Which column has the places: `location`.
    Location,
    /// Whether counting the rows of a line list is what is wanted: `line_list`.
    LineList,
    /// Whether the spikes are real: `spikes`.
    Spikes,
}

impl Topic {
    /// Each of them.
    pub const ALL: [Self; 9] = [
        Self::DateForm,
        Self::Layout,
        Self::Counting,
        Self::Period,
        Self::NewCases,
        Self::Date,
        Self::Location,
        Self::LineList,
        Self::Spikes,
    ];

    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DateForm => "date_form",
            Self::Layout => "layout",
            Self::Counting => "counting",
            Self::Period => "period",
            Self::NewCases => "new_cases",
            Self::Date => "date",
            Self::Location => "location",
            Self::LineList => "line_list",
            Self::Spikes => "spikes",
        }
    }
}

/// A question that must be answered before the file is taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// What is asked about.
    pub topic: Topic,
    /// The question, in words, with what it rests on.
    pub text: String,
    /// What can be answered; one of them where it is only to be confirmed.
    pub answers: Vec<Answer>,
}

/// One answer to a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// What [`Reading::answer`] takes.
    pub value: String,
    /// In words.
    pub label: String,
    /// A value of the file, and what it becomes: `05/07/2021 is 5 July 2021`. May be empty.
    pub example: String,
    /// The file speaks for it. No answer is proposed where the file leaves it open.
    pub proposed: bool,
}

impl Reading {
    /// Takes the answer to a question.
    ///
    /// # Errors
    /// The words that would be an answer.
    pub fn answer(&mut self, topic: Topic, value: &str) -> Result<(), String> {
        match topic {
            Topic::DateForm => self.date_form = word::<DateForm>(topic, value)?,
            Topic::Layout => self.layout = word::<Layout>(topic, value)?,
            Topic::Counting => self.counting = word::<Counting>(topic, value)?,
            Topic::Period => self.period = word::<Period>(topic, value)?,
            Topic::NewCases => self.columns.new_cases = value.to_owned(),
            Topic::Date => self.columns.date = value.to_owned(),
            Topic::Location => self.columns.location = value.to_owned(),
            Topic::LineList | Topic::Spikes => {
                if value != "yes" {
                    return Err(format!("`{}` can only be answered `yes`", topic.as_str()));
                }
            }
        }
        self.confirmed.insert(topic);
        Ok(())
    }
}

/// A word of one of the enums of [`Reading`].
fn word<T: serde::de::DeserializeOwned>(topic: Topic, value: &str) -> Result<T, String> {
    serde_json::from_value(serde_json::Value::from(value)).map_err(|error| {
        // serde's own words end in the list of those that it takes.
        let known = error
            .to_string()
            .split_once("expected one of ")
            .map_or_else(String::new, |(_, known)| format!(": {known}"));
        format!("`{}` takes one of its own words{known}", topic.as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_kept_and_a_wrong_one_says_what_would_do() {
        let mut reading = Reading::default();
        assert_eq!(reading.answer(Topic::DateForm, "month_day_year"), Ok(()));
        assert_eq!(reading.date_form, DateForm::MonthDayYear);
        assert!(reading.confirmed.contains(&Topic::DateForm));
        let said = reading.answer(Topic::Period, "fortnight").unwrap_err();
        assert!(said.contains("iso_week"), "{said}");
    }

    #[test]
    fn a_reading_survives_json_and_forgets_what_was_about_one_file() {
        let mut reading = Reading::default();
        for (topic, value) in [
            (Topic::DateForm, "day_month_year"),
            (Topic::Spikes, "yes"),
            (Topic::Counting, "new"),
        ] {
            assert_eq!(reading.answer(topic, value), Ok(()));
        }
        let json = serde_json::to_string(&reading).unwrap_or_default();
        assert_eq!(
            serde_json::from_str::<Reading>(&json).ok(),
            Some(reading.clone())
        );
        assert_eq!(
            reading
                .remembered()
                .confirmed
                .into_iter()
                .collect::<Vec<_>>(),
            [Topic::DateForm]
        );
    }
}
