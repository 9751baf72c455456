//! What can be set, and what cannot.

use super::*;

fn typed(settings: &Settings) -> BTreeMap<String, String> {
    FIELDS
        .iter()
        .map(|field| (field.name.to_owned(), settings.typed(field.name)))
        .collect()
}

#[test]
fn every_parameter_has_a_field_and_its_default_lies_in_its_range() {
    let stored = serde_json::to_value(Settings::default()).unwrap();
    let mut stored: Vec<&str> = stored.as_object().unwrap().keys().map(|k| &**k).collect();
    let mut fields: Vec<&str> = FIELDS.iter().map(|field| field.name).collect();
    stored.sort_unstable();
    fields.sort_unstable();
    assert_eq!(stored, fields);
    assert_eq!(Settings::default().problems(), []);
}

#[test]
fn what_is_typed_is_what_is_stored() {
    let settings = Settings {
        walk: 0.05,
        members: 300,
        scheme: Scheme::Stochastic,
        seed: 4_294_967_295,
        ..Settings::default()
    };
    assert_eq!(settings.typed("latent_days"), "3");
    assert_eq!(Settings::read(&typed(&settings)), Ok(settings));
    let stored = serde_json::to_value(settings).unwrap();
    assert_eq!(stored["scheme"], "stochastic");
    assert_eq!(
        serde_json::from_value::<Settings>(stored).unwrap(),
        settings
    );
}

#[test]
fn every_parameter_that_cannot_be_is_named_with_what_it_takes() {
    let mut fields = typed(&Settings::default());
    for (name, text) in [
        ("walk", "-0.1"),
        ("latent_days", "a week"),
        ("infectious_days", "NaN"),
        ("members", "99.5"),
        ("scheme", "particle"),
    ] {
        fields.insert(name.to_owned(), text.to_owned());
    }
    fields.remove("seed");
    let problems = Settings::read(&fields).unwrap_err();
    let names: Vec<_> = problems.iter().map(|problem| problem.name).collect();
    assert_eq!(
        names,
        [
            "latent_days",
            "infectious_days",
            "walk",
            "members",
            "scheme",
            "seed"
        ]
    );
    assert_eq!(
        problems[0].words,
        "Latent period: 0.5 to 30 days is what it takes"
    );
}

#[test]
fn a_version_from_before_a_parameter_existed_takes_its_default() {
    let stored = serde_json::json!({ "walk": 0.2 });
    let settings: Settings = serde_json::from_value(stored).unwrap();
    assert_eq!((settings.walk, settings.members), (0.2, 100));
    let wrong = Settings {
        walk: 7.0,
        ..settings
    };
    assert!(wrong.validate().is_err() && settings.validate().is_ok());
}
