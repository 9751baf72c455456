//! Places that a file names and the department does not have.

use leptos::prelude::*;

use crate::{
    Error, Result,
    surveillance::{
        LocationId,
        reading::UnknownLocation,
        uploads::places::{KnownPlace, NewPlace},
    },
    web::forms::clean,
};

/// Places that a person chose to add.
pub struct NewPlaces(pub Vec<NewPlace>);

impl NewPlaces {
    /// Reads the form: for each place `n` the fields `id.n`, `name.n`, `population.n`,
    /// `parent.n`, and `add.n` where it is ticked.
    ///
    /// # Errors
    /// Names the place and what is wrong with it.
    pub fn read(fields: &[(String, String)]) -> Result<Self> {
        let field = |name: &str, at: &str| {
            let wanted = format!("{name}.{at}");
            fields
                .iter()
                .find(|(field, _)| *field == wanted)
                .map_or("", |(_, value)| value.trim())
        };
        let mut places = Vec::new();
        for at in fields
            .iter()
            .filter_map(|(name, _)| name.strip_prefix("add."))
        {
            let location = LocationId::parse(field("id", at))?;
            let name = clean("the name of a place", field("name", at))?;
            let population = match field("population", at).replace([',', ' '], "") {
                text if text.is_empty() => None,
                text => Some(
                    text.parse()
                        .ok()
                        .filter(|residents: &i32| *residents > 0)
                        .ok_or_else(|| {
                            Error::Invalid(format!(
                                "the population of {} is a whole number above zero",
                                location.as_str()
                            ))
                        })?,
                ),
            };
            let parent = match field("parent", at) {
                "" => None,
                text => Some(LocationId::parse(text)?),
            };
            places.push(NewPlace {
                name: if name.is_empty() {
                    location.as_str()
                } else {
                    name
                }
                .to_owned(),
                location,
                population,
                parent,
            });
        }
        if places.is_empty() {
            return Err(Error::Invalid(
                "tick the places that should be added".into(),
            ));
        }
        Ok(Self(places))
    }
}

/// The form that adds places.
pub fn form(
    upload_no: i32,
    unknown: &[UnknownLocation],
    known: &[KnownPlace],
) -> Option<impl IntoView + use<>> {
    if unknown.is_empty() {
        return None;
    }
    let rows: Vec<_> = unknown
        .iter()
        .enumerate()
        .map(|(at, place)| row(at, place, known))
        .collect();
    let none_yet = known.is_empty();
    Some(view! {
        <form class="card" method="post" action=format!("/data/uploads/{upload_no}/locations")>
            <h2>"Places that are new"</h2>
            <p class="hint">
                {if none_yet {
                    "Your department has no places yet. Add those that the file names; names and populations can wait."
                } else {
                    "The rows of these places are refused until you add the places, or correct the file."
                }}
            </p>
            <div class="scroll" tabindex="0" role="region" aria-label="Places that are new">
                <table>
                    <thead>
                        <tr>
                            <th scope="col">"Add"</th>
                            <th scope="col">"In the file"</th>
                            <th scope="col">"Rows"</th>
                            <th scope="col">"Name"</th>
                            <th scope="col">"Population"</th>
                            <th scope="col">"Part of"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <button type="submit">"Add the ticked places"</button>
        </form>
    })
}

fn row(at: usize, place: &UnknownLocation, known: &[KnownPlace]) -> impl IntoView + use<> {
    let text = place.text.clone();
    let field = |name: &str| format!("{name}.{at}");
    // Looks like a slip of the pen: left for the person to tick.
    let likely = place.did_you_mean.is_none();
    let parents: Vec<_> = known
        .iter()
        .map(
            |known| view! { <option value=known.location_id.clone()>{known.name.clone()}</option> },
        )
        .collect();
    view! {
        <tr>
            <td><input type="checkbox" name=field("add") checked=likely aria-label=format!("Add {text}")/></td>
            <th scope="row">
                {text.clone()}
                <input type="hidden" name=field("id") value=text.clone()/>
                {place.did_you_mean.clone().map(|meant| view! {
                    <br/><span class="hint">{format!("Did you mean {meant}?")}</span>
                })}
            </th>
            <td>{place.rows}</td>
            <td><input name=field("name") value=text.clone() maxlength="200" aria-label=format!("Name of {text}")/></td>
            <td><input name=field("population") inputmode="numeric" aria-label=format!("Population of {text}")/></td>
            <td>
                <select name=field("parent") aria-label=format!("{text} is part of")>
                    <option value="">"–"</option>
                    {parents}
                </select>
            </td>
        </tr>
    }
}
