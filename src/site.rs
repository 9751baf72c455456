//! Stylesheet and islands, by the names the build gave them.

use std::path::{Path, PathBuf};

use leptos::config::LeptosOptions;

use crate::{Error, Result};

/// The files that `build-site` made. Their names hold a hash of what is in them, so that a
/// browser may keep them for good.
#[derive(Clone, Debug)]
pub struct Site {
    /// Where they are.
    pub dir: PathBuf,
    /// The stylesheet's address.
    pub stylesheet: String,
    /// What Leptos' `HydrationScripts` needs to know of the islands.
    pub islands: LeptosOptions,
}

impl Site {
    /// Finds the files under `dir`.
    ///
    /// # Errors
    /// When they have not been built.
    pub fn find(dir: &Path) -> Result<Self> {
        let missing = || {
            Error::Setup(format!(
                "the site's files are not in {}; `make build` makes them, and CORDON_SITE_DIR says \
                 where they are",
                dir.display()
            ))
        };
        let names: Vec<String> = std::fs::read_dir(dir.join("pkg"))
            .map_err(|_| missing())?
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .collect();
        let named = |prefix: &str, suffix: &str| {
            names
                .iter()
                .find(|name| name.starts_with(prefix) && name.ends_with(suffix))
                .ok_or_else(missing)
        };
        let script = named("cordon.", ".js")?;
        let stylesheet = named("main.", ".css")?;
        Ok(Self::of(dir, script.trim_end_matches(".js"), stylesheet))
    }

    /// For tests that look at pages and not at what they load.
    #[cfg(test)]
    pub fn unbuilt() -> Self {
        Self::of(Path::new("target/no-site"), "cordon.test", "main.test.css")
    }

    fn of(dir: &Path, islands: &str, stylesheet: &str) -> Self {
        Self {
            dir: dir.to_owned(),
            stylesheet: format!("/pkg/{stylesheet}"),
            islands: LeptosOptions::builder()
                .output_name(islands.to_owned())
                .site_pkg_dir("pkg")
                .build(),
        }
    }
}
