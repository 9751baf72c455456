//! A picture as an SVG document that a page can hold.
//!
//! It has no dimensions of its own, so it takes the width of what holds it; a title and a
//! description, read aloud in its place; and nothing that the portal's content security policy
//! forbids: presentation attributes only, no `style`, no script, no reference to anything outside.

use std::fmt::Write;

use super::canvas::{Canvas, Picture};
use super::svg_backend::{SvgBackend, UNITS, escape};
use super::{Size, clean};

/// The picture as one `<svg class="chart" role="img">` without fixed dimensions.
///
/// `id` begins the ids of its title and description, so it must be unique on its page.
pub(crate) fn render(
    picture: &impl Picture,
    size: Size,
    id: &str,
    title: &str,
    description: &str,
) -> String {
    let mut backend = SvgBackend::new(size);
    // Writing to memory does not fail; if it ever did, what is drawn so far is still a picture.
    let _ = picture.draw(&mut Canvas::new(&mut backend, UNITS, size));
    let body = backend.finish();

    let id = plain_id(id);
    let mut svg = String::with_capacity(body.len() + 512);
    let mut labels = format!("{id}-title");
    let mut words = format!(
        "<title id=\"{id}-title\">{}</title>",
        escape(&clean(title, 300))
    );
    let description = clean(description, 2_000);
    if !description.is_empty() {
        let _ = write!(labels, " {id}-desc");
        let _ = write!(
            words,
            "<desc id=\"{id}-desc\">{}</desc>",
            escape(&description)
        );
    }
    let Size { width, height } = size;
    let _ = write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" viewBox=\"0 0 {width} {height}\" \
         role=\"img\" aria-labelledby=\"{labels}\" font-family=\"sans-serif\">{words}{body}</svg>"
    );
    svg
}

/// An id that needs no escaping in an attribute or a selector, whatever it was made from.
fn plain_id(id: &str) -> String {
    let kept: String = id
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        .take(60)
        .collect();
    if kept.starts_with(|c: char| c.is_ascii_alphabetic()) {
        kept
    } else {
        format!("chart{kept}")
    }
}

#[cfg(test)]
mod tests {
    use super::super::canvas::Drawn;
    use super::*;
    use plotters::style::{BLACK, RED};
    use plotters_backend::DrawingBackend;

    struct TwoBarsAndALine;

    impl Picture for TwoBarsAndALine {
        fn draw<DB: DrawingBackend>(&self, canvas: &mut Canvas<'_, DB>) -> Drawn<DB> {
            canvas.rect((10.0, 5.0), (12.5, 20.0), BLACK)?;
            canvas.rect((12.5, 8.0), (15.0, 20.0), BLACK)?;
            canvas.line(&[(1.0, 1.0), (2.0, 3.04)], RED, 1.5)
        }
    }

    #[test]
    fn marks_of_one_colour_share_a_path() {
        let svg = render(
            &TwoBarsAndALine,
            Size::small(100, 50),
            "two",
            "Two bars",
            "",
        );
        assert_eq!(
            svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" viewBox=\"0 0 100 50\" \
             role=\"img\" aria-labelledby=\"two-title\" font-family=\"sans-serif\">\
             <title id=\"two-title\">Two bars</title>\
             <path fill=\"#000000\" d=\"M10 20v-15h2.5v15v-12h2.5v12\"/>\
             <path fill=\"none\" stroke=\"#FF0000\" stroke-linejoin=\"round\" stroke-width=\"1.5\" \
             d=\"M1 1l1 2\"/></svg>"
        );
    }

    #[test]
    fn an_id_is_safe_to_refer_to() {
        assert_eq!(plain_id("cases-1"), "cases-1");
        assert_eq!(plain_id("1 \"><script>"), "chart1script");
    }
}
