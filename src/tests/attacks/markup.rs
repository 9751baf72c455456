//! What a browser makes of a page: its elements, and what stands in their attributes.

/// An element, and its attributes as they are written.
#[derive(Debug)]
pub struct Element<'a> {
    pub name: &'a str,
    pub attributes: Vec<(&'a str, &'a str)>,
}

/// The elements of a page or a picture, as a browser's parser finds them.
pub fn elements(page: &str) -> Vec<Element<'_>> {
    let mut found = Vec::new();
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, rest)| rest);
        } else if rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let (element, after) = element(rest);
            rest = after;
            // What stands in these is text, up to their end.
            if ["script", "style", "title", "textarea"].contains(&element.name)
                && let Some(at) = rest.find(&format!("</{}", element.name))
            {
                rest = &rest[at..];
            }
            found.push(element);
        }
    }
    found
}

/// The element that `rest` begins with, and what follows.
fn element(rest: &str) -> (Element<'_>, &str) {
    let ends = |c: char| c.is_whitespace() || c == '/' || c == '>';
    let (name, mut rest) = rest.split_at(rest.find(ends).unwrap_or(rest.len()));
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if rest.is_empty() || rest.starts_with('>') {
            return (
                Element { name, attributes },
                rest.strip_prefix('>').unwrap_or(rest),
            );
        }
        let end = rest.find(|c| ends(c) || c == '=').unwrap_or(rest.len());
        let (attribute, after) = rest.split_at(end.max(1).min(rest.len()));
        rest = after.trim_start();
        let mut value = "";
        if let Some(after) = rest.strip_prefix('=') {
            let after = after.trim_start();
            let quote = after
                .chars()
                .next()
                .filter(|quote| matches!(quote, '"' | '\''));
            (value, rest) = match quote {
                Some(quote) => after[1..].split_once(quote).unwrap_or((&after[1..], "")),
                None => after.split_at(after.find(ends).unwrap_or(after.len())),
            };
        }
        attributes.push((attribute, value));
    }
}

/// What an attribute's value or a text means.
pub fn decoded(text: &str) -> String {
    [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#x27;", "'"),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (written, meant)| {
        text.replace(written, meant)
    })
}

/// What somebody types who wants it to be run: it ends an attribute, an element and a script.
pub const MARKUP: &str = "\"'></script><svg/onload=m()><run>";

/// Nothing in a page is what [`MARKUP`] would be, and its islands are told what can be told.
pub fn assert_is_text(page: &str, what: &str) {
    for element in elements(page) {
        assert_ne!(element.name, "run", "{what}: {page}");
        for (attribute, value) in &element.attributes {
            assert!(
                !attribute.starts_with("on"),
                "{what}: {attribute} in {page}"
            );
            if ["href", "src", "action", "formaction"].contains(attribute) {
                let value = decoded(value);
                let leads = value.starts_with(['/', '#', '?']) && !value.starts_with("//");
                let to_us =
                    value.starts_with("http://127.0.0.1:3000/") || value.starts_with("mailto:");
                assert!(
                    leads || to_us || element.name == "a" && value.starts_with("https://"),
                    "{what}: {value}"
                );
            }
            if *attribute == "data-props" {
                let told: Result<serde_json::Value, _> = serde_json::from_str(&decoded(value));
                assert!(told.is_ok(), "{what}: {value}");
            }
        }
    }
}

#[test]
fn an_element_is_found_where_a_browser_finds_one() {
    let names = |page: &str| -> Vec<String> {
        elements(page)
            .iter()
            .map(|element| element.name.to_owned())
            .collect()
    };
    assert_eq!(
        names("<p title=\"<run>\">&lt;run&gt;<!-- <run> --></p>"),
        ["p"]
    );
    assert_eq!(
        names(&format!("<p title=\"{MARKUP}\">")),
        ["p", "svg", "run"]
    );
    assert_eq!(names(&format!("<p>{MARKUP}")), ["p", "svg", "run"]);
    assert_eq!(
        names(&format!("<script>{MARKUP}")),
        ["script", "svg", "run"]
    );
    assert_eq!(names("<title><run></title><a href=/x/>"), ["title", "a"]);
    let found = elements("<input value='a \"b' checked name = c>");
    assert_eq!(
        found[0].attributes,
        [("value", "a \"b"), ("checked", ""), ("name", "c")]
    );
    let marked = std::panic::catch_unwind(|| assert_is_text(&format!("<p>{MARKUP}"), "a page"));
    assert!(marked.is_err());
}
