//! The page on security says what is so.

/// Every test that the page names is there, and is a test.
#[test]
fn every_control_of_the_security_page_has_its_test() {
    let page = include_str!("../../SECURITY.md");
    let table = page.split("| control | without it | test |").nth(1);
    let rows: Vec<&str> = table
        .expect("the table")
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .collect();
    assert!(rows.len() > 50, "{} controls", rows.len());
    let sources = sources(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    for row in rows {
        let named: Vec<&str> = row.split('`').skip(1).step_by(2).collect();
        let test = named.last().expect("a test");
        let found = [format!("fn {test}("), format!("async fn {test}(")];
        let at = sources.iter().find_map(|source| {
            found
                .iter()
                .find_map(|found| source.find(found.as_str()))
                .map(|at| (source, at))
        });
        let (source, at) = at.unwrap_or_else(|| panic!("there is no test `{test}`"));
        let before = source[..at].trim_end().trim_end_matches("async").trim_end();
        let before = before.lines().rev().take(3).collect::<Vec<_>>().join("\n");
        let is_test = before.contains("test]") || source[..at].rfind("proptest!").is_some();
        assert!(is_test, "`{test}` is no test");
    }
}

/// What the files below a directory say.
fn sources(directory: std::path::PathBuf) -> Vec<String> {
    let mut sources = Vec::new();
    for entry in std::fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources.extend(self::sources(path));
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            sources.push(std::fs::read_to_string(path).expect("a source"));
        }
    }
    sources
}
