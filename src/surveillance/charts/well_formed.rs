//! Checks that tests make of an SVG, without an XML parser for the few elements written here.

/// Each whole element of `svg` that begins with `start`.
pub(crate) fn elements<'a>(svg: &'a str, start: &str) -> Vec<&'a str> {
    svg.match_indices(start)
        .map(|(i, _)| &svg[i..])
        .map(|rest| &rest[..rest.find("/>").map_or(rest.len(), |end| end + 2)])
        .collect()
}

/// Whether `svg` is well-formed XML, as far as this backend writes any: elements that close,
/// attributes once each and in quotes, the five entities, no character XML forbids, and
/// neither styles, scripts nor references.
pub(crate) fn well_formed(svg: &str) -> Result<(), String> {
    let mut open = Vec::new();
    let mut rest = svg;
    while !rest.is_empty() {
        let (text, tag) = rest.split_once('<').ok_or("text after the end")?;
        check_text(text)?;
        let (tag, after) = tag.split_once('>').ok_or("a tag without an end")?;
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name) {
                return Err(format!("</{name}> closes nothing"));
            }
            continue;
        }
        let (tag, empty) = tag
            .strip_suffix('/')
            .map_or((tag, false), |tag| (tag, true));
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        if !["svg", "title", "desc", "g", "text", "path"].contains(&name) {
            return Err(format!("an element {name}"));
        }
        let mut names = Vec::new();
        let mut parts = attributes.split('"');
        while let (Some(name), Some(value)) = (parts.next(), parts.next()) {
            check_text(value)?;
            let name = name
                .strip_suffix('=')
                .ok_or("an attribute without a value")?
                .trim();
            if names.contains(&name) || ["style", "href", "opacity"].contains(&name) {
                return Err(format!("attribute {name}"));
            }
            names.push(name);
        }
        if !empty {
            open.push(name);
        }
    }
    if open.is_empty() {
        Ok(())
    } else {
        Err(format!("{open:?} left open"))
    }
}

fn check_text(text: &str) -> Result<(), String> {
    let forbidden = |c: char| c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}' | '<');
    if text.contains(forbidden) {
        return Err(format!("a forbidden character in {text:?}"));
    }
    let known = ["amp;", "lt;", "gt;", "quot;", "#39;"];
    for after in text.split('&').skip(1) {
        if !known.iter().any(|entity| after.starts_with(entity)) {
            return Err(format!("a bare & before {after:?}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_tells_good_from_bad() {
        assert!(well_formed("<svg a=\"1\"><path d=\"M0\"/><text>a &amp; b</text></svg>").is_ok());
        for bad in [
            "<svg>",
            "<svg></g>",
            "<svg>&</svg>",
            "<svg>\u{1}</svg>",
            "<svg style=\"\"/>",
        ] {
            assert!(well_formed(bad).is_err(), "{bad}");
        }
    }
}
