//! What comes back: the fields of each schema.

use leptos::prelude::*;
use serde_json::{Value, json};

use super::{fields, follow, prose, text};
use crate::api::document::DOCUMENT;

/// All of the document's schemas that have fields, each with a table of them.
pub fn schemas() -> impl IntoView {
    fields(&DOCUMENT.value["components"]["schemas"])
        .filter(|(_, schema)| schema["properties"].is_object())
        .map(|(name, schema)| card(name, schema))
        .collect_view()
}

fn card(name: &'static str, schema: &'static Value) -> impl IntoView {
    let rows = fields(&schema["properties"]).map(|(field, schema)| {
        view! {
            <tr>
                <th scope="row"><code>{field.clone()}</code></th>
                <td>{kind(schema)}</td>
                <td>{prose(&text(&schema["description"]))}{bounds(schema)}</td>
            </tr>
        }
    });
    view! {
        <section class="card" id=anchor(name)>
            <h3>{name}</h3>
            <p>{prose(&text(&schema["description"]))}</p>
            <div class="scroll" tabindex="0" role="region" aria-label=format!("Fields of {name}")>
                <table>
                    <thead><tr><th scope="col">"Field"</th><th scope="col">"Form"</th><th scope="col">"What it is"</th></tr></thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
        </section>
    }
}

fn anchor(name: &str) -> String {
    format!("schema-{name}")
}

/// The form of a value in a few words, with a link where it has fields of its own.
pub fn kind(schema: &'static Value) -> AnyView {
    let reference = schema["$ref"].as_str();
    let name = reference.and_then(|reference| reference.rsplit('/').next());
    let schema = follow(schema);
    if let Some(name) = name.filter(|_| schema["properties"].is_object()) {
        return view! { <a href=format!("#{}", anchor(name))>{name}</a> }.into_any();
    }
    if schema["type"] == "array" {
        return view! { "list of " {kind(&schema["items"])} }.into_any();
    }
    if let Some(words) = schema["enum"].as_array() {
        let words: Vec<_> = words.iter().map(text).collect();
        return view! { <code>{words.join(" | ")}</code> }.into_any();
    }
    let kinds: Vec<_> = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().map(text).collect(),
        one => vec![text(one)],
    };
    let words: Vec<_> = kinds
        .iter()
        .map(|kind| match (kind.as_str(), schema["format"].as_str()) {
            ("null", _) => "null",
            ("string", Some("date")) => "date",
            ("string", Some("date-time")) => "time",
            ("string", _) => "text",
            ("integer", _) => "whole number",
            ("boolean", _) => "true or false",
            (other, _) => other,
        })
        .collect();
    words.join(" or ").into_any()
}

/// How much it may be, where the document says so.
pub fn bounds(schema: &Value) -> Option<String> {
    let (least, most) = (&schema["minimum"], &schema["maximum"]);
    let usual = &schema["default"];
    let bounds = match (least.is_number(), most.is_number()) {
        (true, true) => format!(" From {least} to {most}."),
        _ => return None,
    };
    Some(if usual.is_null() {
        bounds
    } else {
        format!("{bounds} Otherwise {usual}.")
    })
}

/// A value that has this form.
pub fn example(schema: &'static Value) -> Value {
    let schema = follow(schema);
    if !schema["example"].is_null() {
        return schema["example"].clone();
    }
    if let Some(fields) = schema["properties"].as_object() {
        return fields
            .iter()
            .map(|(name, schema)| (name.clone(), example(schema)))
            .collect();
    }
    // Of what can be null, the other.
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().find(|kind| *kind != "null"),
        kind => Some(kind),
    };
    let kind = kind.and_then(Value::as_str).unwrap_or_default();
    match (kind, schema["format"].as_str()) {
        ("array", _) => json!([example(&schema["items"])]),
        (_, Some("date")) => json!("2026-03-01"),
        (_, Some("date-time")) => json!("2026-03-31T06:00:00Z"),
        ("boolean", _) => json!(false),
        ("integer" | "number", _) => json!(1),
        _ => schema["enum"].get(0).cloned().unwrap_or_else(|| json!("…")),
    }
}
