//! What can be asked: parameters, answers, an example.

use leptos::prelude::*;
use serde_json::Value;

use super::{fields, follow, prose, schema, text};
use crate::api::document::DOCUMENT;

/// An operation of the document.
pub struct Operation {
    /// `get` or `post`.
    pub method: &'static str,
    path: &'static str,
    said: &'static Value,
}

/// The operations in the order of the document's tags.
pub fn all() -> impl Iterator<Item = Operation> {
    let document = &DOCUMENT.value;
    let tags = document["tags"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    tags.iter().flat_map(move |tag| {
        fields(&document["paths"]).flat_map(move |(path, item)| {
            fields(item)
                .filter(move |(_, said)| said["tags"][0] == tag["name"])
                .map(move |(method, said)| Operation { method, path, said })
        })
    })
}

/// All of them, each on a card.
pub fn operations(origin: &str) -> impl IntoView + use<> {
    all().map(|operation| operation.card(origin)).collect_view()
}

impl Operation {
    /// Its anchor on the page.
    pub fn id(&self) -> String {
        text(&self.said["operationId"])
    }

    /// Where it is.
    pub fn path(&self) -> String {
        format!("/api{}", self.path)
    }

    /// What it is, in a few words.
    pub fn summary(&self) -> String {
        text(&self.said["summary"])
    }

    fn card(&self, origin: &str) -> impl IntoView + use<> {
        let example = self.example();
        view! {
            <section class="card" id=self.id()>
                <h2>{self.summary()}</h2>
                <p><code class="operation">{self.method.to_uppercase()}" "{self.path()}</code></p>
                {text(&self.said["description"])
                    .split("\n\n")
                    .map(|paragraph| view! { <p>{prose(paragraph)}</p> })
                    .collect_view()}
                {self.parameters()}
                {self.body()}
                {self.responses()}
                <h3>"For example"</h3>
                <pre class="code" tabindex="0" role="region" aria-label=format!("Request of {}", self.id())><code>{self.curl(origin)}</code></pre>
                {example.map(|example| view! {
                    <pre class="code" tabindex="0" role="region" aria-label=format!("Answer of {}", self.id())><code>{example}</code></pre>
                })}
            </section>
        }
    }

    fn parameters(&self) -> Option<impl IntoView + use<>> {
        let parameters = self.said["parameters"].as_array()?;
        let rows = parameters.iter().map(|parameter| {
            view! {
                <tr>
                    <th scope="row"><code>{text(&parameter["name"])}</code></th>
                    <td>{schema::kind(&parameter["schema"])}</td>
                    <td>{prose(&text(&parameter["description"]))}{schema::bounds(&parameter["schema"])}</td>
                </tr>
            }
        });
        Some(view! {
            <h3>"Parameters"</h3>
            <div class="scroll" tabindex="0" role="region" aria-label=format!("Parameters of {}", self.id())>
                <table>
                    <thead><tr><th scope="col">"Name"</th><th scope="col">"Form"</th><th scope="col">"What it does"</th></tr></thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
        })
    }

    fn body(&self) -> Option<impl IntoView + use<>> {
        let forms = &self.said["requestBody"]["content"];
        forms.is_object().then(|| {
            let rows = fields(forms).map(|(form, said)| {
                let example = said["example"].as_str().map(str::to_owned);
                let example = example.or_else(|| {
                    said["schema"].get("$ref")?;
                    serde_json::to_string_pretty(&schema::example(&said["schema"])).ok()
                });
                view! {
                    <p><code>{form.clone()}</code></p>
                    {example.map(|example| view! {
                        <pre class="code" tabindex="0" role="region" aria-label=format!("{form} of {}", self.id())><code>{example}</code></pre>
                    })}
                }
            });
            view! { <h3>"What is sent"</h3> {rows.collect_view()} }
        })
    }

    fn responses(&self) -> impl IntoView + use<> {
        let rows = fields(&self.said["responses"]).map(|(status, response)| {
            let response = follow(response);
            let forms = fields(&response["content"]).map(|(form, _)| view! { <code>{form.clone()}</code>" " });
            // A problem's remedy stands with its kind; here is which can occur.
            let description = text(&response["description"]);
            let description = if status.starts_with('2') || status.starts_with('3') {
                description
            } else {
                description.split_inclusive(". ").next().unwrap_or_default().to_owned()
            };
            view! { <tr><th scope="row">{status.clone()}</th><td>{description}</td><td>{forms.collect_view()}</td></tr> }
        });
        view! {
            <details>
                <summary>"Answers"</summary>
                <div class="scroll" tabindex="0" role="region" aria-label=format!("Answers of {}", self.id())>
                    <table>
                        <thead><tr><th scope="col">"Status"</th><th scope="col">"Meaning"</th><th scope="col">"Form"</th></tr></thead>
                        <tbody>{rows.collect_view()}</tbody>
                    </table>
                </div>
            </details>
        }
    }

    /// The request with curl.
    fn curl(&self, origin: &str) -> String {
        let mut words = vec!["curl".to_owned()];
        if self.method != "get" {
            words.push(format!("-X {}", self.method.to_uppercase()));
        }
        if !self.said["security"].is_null() {
            words.push("-H \"Authorization: Bearer $CORDON_KEY\"".to_owned());
        }
        if self.said["requestBody"].is_object() {
            words.push("-H 'Content-Type: text/csv' --data-binary @cases.csv".to_owned());
        }
        let parameters = self.said["parameters"].as_array().map(Vec::as_slice);
        let query: Vec<_> = parameters
            .unwrap_or_default()
            .iter()
            .filter_map(|parameter| {
                let example = parameter["example"].as_str()?;
                Some(format!("{}={example}", text(&parameter["name"])))
            })
            .collect();
        let mut address = format!("{origin}{}", self.path());
        if !query.is_empty() {
            address += &format!("?{}", query.join("&"));
        }
        words.push(format!("'{address}'"));
        words.join(" ")
    }

    /// The answer in JSON, from the examples of its fields.
    fn example(&self) -> Option<String> {
        let answers = &self.said["responses"];
        let answer = ["201", "200"]
            .into_iter()
            .find(|status| answers[*status].is_object())?;
        let schema = &answers[answer]["content"]["application/json"]["schema"];
        schema.get("$ref")?;
        serde_json::to_string_pretty(&schema::example(schema)).ok()
    }
}
