//! How a file is read, as a form: what was recognised, and what may be changed.

use std::collections::HashMap;

use leptos::prelude::*;

use crate::{
    Error, Result,
    surveillance::{
        reading::{Delimiter, Question, Reading, Topic},
        uploads::Upload,
    },
    web::words,
};

/// Takes what a form says over into `reading`. The form of all fields sends those too that
/// nobody looked at.
///
/// # Errors
/// Names the field and what it takes.
pub fn edit(reading: &mut Reading, fields: &HashMap<String, String>) -> Result<()> {
    let asked = fields.contains_key("answers");
    for topic in Topic::ALL {
        let Some(value) = fields.get(topic.as_str()).filter(|value| !value.is_empty()) else {
            continue;
        };
        // Whoever sends the names of the columns has chosen them, changed or not. How dates are
        // written is settled by an answer, or by choosing another form than the proposed one.
        let column = matches!(topic, Topic::Location | Topic::Date | Topic::NewCases);
        if asked || column || current(reading, topic) != *value {
            reading.answer(topic, value).map_err(Error::Invalid)?;
        }
    }
    if let Some(name) = fields.get("delimiter") {
        reading.delimiter = *Delimiter::ALL
            .iter()
            .find(|delimiter| delimiter.name() == name)
            .ok_or_else(|| Error::Invalid("choose a delimiter from the list".into()))?;
    }
    if let Some(year) = fields.get("year") {
        reading.columns.year = Some(year.clone()).filter(|year| !year.is_empty());
    }
    if !asked {
        // An unticked box is not sent.
        reading.corrections = fields.contains_key("corrections");
    }
    Ok(())
}

/// What `topic` is now, in the words that [`Reading::answer`] takes.
fn current(reading: &Reading, topic: Topic) -> String {
    match topic {
        Topic::DateForm => word(&reading.date_form),
        Topic::Layout => word(&reading.layout),
        Topic::Counting => word(&reading.counting),
        Topic::Period => word(&reading.period),
        Topic::NewCases => reading.columns.new_cases.clone(),
        Topic::Date => reading.columns.date.clone(),
        Topic::Location => reading.columns.location.clone(),
        Topic::LineList | Topic::Spikes => String::new(),
    }
}

/// An enum's own word, as it is kept.
fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

/// What must be answered before anything is stored.
pub fn questions(upload_no: i32, questions: &[Question]) -> Option<impl IntoView + use<>> {
    if questions.is_empty() {
        return None;
    }
    let asked: Vec<_> = questions.iter().map(question).collect();
    Some(view! {
        <form class="card questions" method="post" action=format!("/data/uploads/{upload_no}/reading")>
            <h2>"Please answer first"</h2>
            <input type="hidden" name="answers" value="yes"/>
            {asked}
            <button type="submit">"Answer and check again"</button>
        </form>
    })
}

fn question(question: &Question) -> impl IntoView + use<> {
    let name = question.topic.as_str();
    let answers: Vec<_> = question
        .answers
        .iter()
        .map(|answer| {
            let example = Some(answer.example.clone())
                .filter(|example| !example.is_empty())
                .map(|example| view! { " " <span class="hint">{words::quoted(&example)}</span> });
            view! {
                <label class="choice">
                    <input type="radio" name=name value=answer.value.clone() checked=answer.proposed required/>
                    <span>{answer.label.clone()}{example}</span>
                </label>
            }
        })
        .collect();
    view! {
        <fieldset>
            <legend>{words::quoted(&question.text)}</legend>
            {answers}
        </fieldset>
    }
}

/// Everything that can be read otherwise.
pub fn form(upload: &Upload, reading: &Reading) -> impl IntoView + use<> {
    let header = &upload.report.header;
    let select = |name: &'static str, label: &'static str, now: String, words: &[(&str, &str)]| {
        let options: Vec<_> = words
            .iter()
            .map(|(value, text)| {
                let chosen = now == *value;
                view! { <option value=(*value).to_owned() selected=chosen>{(*text).to_owned()}</option> }
            })
            .collect();
        view! { <label>{label} <select name=name>{options}</select></label> }
    };
    let columns: Vec<(&str, &str)> = std::iter::once(("", "–"))
        .chain(header.iter().map(|name| (name.as_str(), name.as_str())))
        .collect();
    let delimiters: Vec<(&str, &str)> = Delimiter::ALL
        .iter()
        .map(|delimiter| (delimiter.name(), delimiter.name()))
        .collect();
    view! {
        <form method="post" action=format!("/data/uploads/{}/reading", upload.upload_no) class="choices">
            <label>"Known on" <input type="date" name="as_of" required value=upload.as_of.to_string()/></label>
            {select("layout", "Rows are", current(reading, Topic::Layout), &[
                ("long", "a place and a date each"),
                ("wide", "a place each, a column for each date"),
                ("line_list", "counted cases"),
            ])}
            {select("location", "Column of places", current(reading, Topic::Location), &columns)}
            {select("date", "Column of dates", current(reading, Topic::Date), &columns)}
            {select("year", "Column of years", reading.columns.year.clone().unwrap_or_default(), &columns)}
            {select("new_cases", "Column of numbers", current(reading, Topic::NewCases), &columns)}
            {select("counting", "Numbers are", current(reading, Topic::Counting), &[
                ("new", "new cases"),
                ("cumulative", "all cases up to then"),
            ])}
            {select("period", "Counted by", current(reading, Topic::Period), &[
                ("day", "day"),
                ("iso_week", "week from Monday (ISO)"),
                ("mmwr_week", "week from Sunday (MMWR)"),
            ])}
            {select("date_form", "Dates look like", current(reading, Topic::DateForm), &[
                ("year_month_day", "2021-07-31"),
                ("day_month_year", "31/07/2021"),
                ("month_day_year", "07/31/2021"),
                ("excel_serial", "44408 (spreadsheet)"),
                ("week", "2021-W30"),
            ])}
            {select("delimiter", "Between fields", reading.delimiter.name().to_owned(), &delimiters)}
            <label class="choice">
                <input type="checkbox" name="corrections" checked=reading.corrections/>
                <span>"Negative numbers correct earlier days"</span>
            </label>
            <button type="submit" class="quiet">"Read it this way"</button>
        </form>
    }
}
