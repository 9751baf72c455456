//! Makes the folder of files that the portal serves to browsers.
//!
//! `build-site WASM_FILE OUT_DIR`, from the repository root, turns the compiled `islands`,
//! `style/main.css` and `public/` into
//!
//! ```text
//! OUT_DIR/pkg/cordon.HASH.js        what a page loads
//! OUT_DIR/pkg/cordon.HASH_bg.wasm   what that script loads
//! OUT_DIR/pkg/main.HASH.css
//! OUT_DIR/…                         public/ as it stands
//! ```
//!
//! each with a `.br` and a `.gz` beside it, so that nothing is compressed while serving.
//! The hash is of the content: a browser may keep such a file for ever.

use std::{
    collections::BTreeMap,
    env,
    error::Error,
    ffi::OsString,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use sha2::{Digest, Sha256};
use wasm_bindgen_cli_support::Bindgen;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The site: what each file holds, by its path below `OUT_DIR`.
type Site = BTreeMap<PathBuf, Vec<u8>>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("build-site: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let mut arguments = env::args_os().skip(1).map(PathBuf::from);
    let (Some(wasm), Some(out), None) = (arguments.next(), arguments.next(), arguments.next())
    else {
        return Err("usage: build-site WASM_FILE OUT_DIR".into());
    };

    let mut site = Site::new();
    // wasm-bindgen writes files; these are not yet the ones to serve.
    let scratch = out.with_extension("building");
    remove_dir(&scratch)?;
    add_islands(&mut site, &wasm, &scratch)?;
    remove_dir(&scratch)?;
    add_stylesheet(&mut site, Path::new("style/main.css"))?;
    add_folder(&mut site, Path::new("public"), Path::new(""))?;
    publish(&site, &out)
}

/// Adds the islands: WebAssembly, the script that loads it, and any snippets that script
/// imports.
///
/// Binaryen's `wasm-opt` has no part in this. On what `profile.wasm` makes it saves one byte in
/// a hundred once compressed, and where it is missing the same source would get another hash.
fn add_islands(site: &mut Site, wasm: &Path, scratch: &Path) -> Result<()> {
    Bindgen::new()
        .input_path(wasm)
        .out_name("cordon")
        .web(true)
        .map_err(|error| format!("wasm-bindgen: {error:#}"))?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(scratch)
        .map_err(|error| format!("wasm-bindgen cannot use {}: {error:#}", wasm.display()))?;

    let script = read(&scratch.join("cordon.js"))?;
    let wasm = read(&scratch.join("cordon_bg.wasm"))?;

    // One hash for the two: a script works only with the WebAssembly it was made for.
    let hash = hash(&[&script, &wasm]);
    site.insert(format!("pkg/cordon.{hash}.js").into(), script);
    site.insert(format!("pkg/cordon.{hash}_bg.wasm").into(), wasm);

    // Already named by a hash, and by the script.
    let snippets = scratch.join("snippets");
    if snippets.exists() {
        add_folder(site, &snippets, Path::new("pkg/snippets"))?;
    }
    Ok(())
}

/// Adds the stylesheet, without its comments and line ends.
fn add_stylesheet(site: &mut Site, file: &Path) -> Result<()> {
    let source =
        String::from_utf8(read(file)?).map_err(|_| format!("{} is not UTF-8", file.display()))?;
    let css = minify(&source).into_bytes();
    site.insert(format!("pkg/main.{}.css", hash(&[&css])).into(), css);
    Ok(())
}

/// CSS with one space for each run of comments and white space outside quotes, and none where
/// a rule or a declaration begins or ends.
///
/// Other spaces stay, for one next to `+` or `:` can carry meaning; compression makes them
/// cheap.
fn minify(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    while let Some(c) = rest.chars().next() {
        let comment = rest.starts_with("/*");
        let end = match c {
            '"' | '\'' => string_end(rest, c),
            _ if comment => rest[2..].find("*/").map_or(rest.len(), |at| at + 4),
            _ => c.len_utf8(),
        };
        let (token, after) = rest.split_at(end);
        rest = after;
        if !comment && !c.is_whitespace() {
            out.push_str(token);
        } else if !out.is_empty() && !out.ends_with([' ', '{', '}', ';']) {
            out.push(' ');
        }
    }
    out
}

/// Where the string that `css` begins with ends, its closing quote included.
fn string_end(css: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in css.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    css.len()
}

/// Adds every file below the folder `from`, under `to`.
fn add_folder(site: &mut Site, from: &Path, to: &Path) -> Result<()> {
    let entries = fs::read_dir(from).map_err(|error| format!("{}: {error}", from.display()))?;
    for entry in entries {
        let entry = entry?;
        let (path, name) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            add_folder(site, &path, &name)?;
        } else {
            site.insert(name, read(&path)?);
        }
    }
    Ok(())
}

/// Writes the site and removes what an earlier build left.
///
/// A running portal never sees half a file: each is written under another name, then renamed.
fn publish(site: &Site, out: &Path) -> Result<()> {
    let mut kept = Vec::new();
    for (name, content) in site {
        let file = out.join(name);
        let (gzip, brotli) = (gzip(content)?, brotli(content)?);
        println!(
            "{:<40} {:>7} bytes, gzip {:>7}, brotli {:>7}",
            name.display(),
            content.len(),
            gzip.len(),
            brotli.len()
        );
        for (file, content) in [
            (with_suffix(&file, ".br"), &brotli),
            (with_suffix(&file, ".gz"), &gzip),
            (file, content),
        ] {
            write(&file, content)?;
            kept.push(file);
        }
    }
    remove_others(out, &kept)
}

fn write(file: &Path, content: &[u8]) -> Result<()> {
    let explain = |error: io::Error| format!("{}: {error}", file.display());
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(explain)?;
    }
    let unfinished = with_suffix(file, ".new");
    fs::write(&unfinished, content).map_err(explain)?;
    fs::rename(&unfinished, file).map_err(explain)?;
    Ok(())
}

/// Removes every file below `folder` that is not one of `kept`.
fn remove_others(folder: &Path, kept: &[PathBuf]) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            remove_others(&path, kept)?;
        } else if !kept.contains(&path) {
            fs::remove_file(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        }
    }
    Ok(())
}

fn gzip(content: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content)?;
    encoder.finish()
}

fn brotli(content: &[u8]) -> io::Result<Vec<u8>> {
    let (quality, window) = (11, 22);
    let mut encoder = brotli::CompressorWriter::new(Vec::new(), 4096, quality, window);
    encoder.write_all(content)?;
    Ok(encoder.into_inner())
}

/// The first 16 hexadecimal digits of the SHA-256 of `parts`, one after the other.
fn hash(parts: &[&[u8]]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher
        .finalize()
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(suffix);
    name.into()
}

fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).map_err(|error| format!("{}: {error}", file.display()).into())
}

fn remove_dir(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(format!("{}: {error}", folder.display()).into())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::minify;

    #[test]
    fn minify_drops_comments_and_line_ends() {
        let css =
            "/* a */\nbody {\n  margin: 0/**/1px;\n}\n\n.a > .b {\n  color: red; /*/ b */\n}\n";
        assert_eq!(minify(css), "body {margin: 0 1px;}.a > .b {color: red;}");
    }

    #[test]
    fn minify_leaves_quoted_text_and_meaningful_spaces_alone() {
        let css = r#"a::before { content: "/*  \" */"; width: calc(1px + 2px); }"#;
        assert_eq!(
            minify(css),
            r#"a::before {content: "/*  \" */";width: calc(1px + 2px);}"#
        );
    }
}
