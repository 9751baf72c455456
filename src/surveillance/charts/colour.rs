//! The colours of every chart, all of them here.
//!
//! An SVG names them as attributes (`fill="#4682B4"`), always in this spelling, and the
//! stylesheet maps each to its dark counterpart by that attribute. A colour added here needs a
//! line there too.

use plotters::style::RGBColor;

/// What a colour stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A reported count: `#4682B4`, the first colour of [`palette`] too.
    Bar,
    /// The inside of a bar that may still grow: `#CBDCEB`, hatched and outlined as [`Role::Bar`].
    IncompleteBar,
    /// The 7-day mean: `#16283C`.
    Mean,
    /// Behind the days that are still incomplete: `#F2F5F8`.
    IncompleteBand,
    /// The range in which a bar that may still grow is expected to end: `#F3DDBF`.
    Expected,
    /// The outline and the middle of that range: `#A35200`.
    ExpectedMiddle,
    /// The mark of a dated note: `#6B3FA0`.
    Note,
    /// The number in that mark: `#FFFFFF`.
    OnNote,
    /// Where nothing was reported: `#96690F`.
    NotReported,
    /// Where 95 of 100 outcomes are expected: `#E3EEE6`.
    Fan95,
    /// Where 80 of 100 are: `#BCDCC9`.
    Fan80,
    /// Where 50 of 100 are: `#82BC9C`.
    Fan50,
    /// The middle of a forecast: `#1D6B45`.
    FanMedian,
    /// Horizontal grid lines: `#DEE3E8`.
    Grid,
    /// The zero line, date ticks and brackets: `#77818B`.
    Axis,
    /// Axis labels and legend: `#48525C`.
    Text,
    /// The title: `#17212B`.
    Title,
}

impl Role {
    pub(crate) const fn colour(self) -> RGBColor {
        match self {
            Self::Bar => RGBColor(0x46, 0x82, 0xB4),
            Self::IncompleteBar => RGBColor(0xCB, 0xDC, 0xEB),
            Self::Mean => RGBColor(0x16, 0x28, 0x3C),
            Self::IncompleteBand => RGBColor(0xF2, 0xF5, 0xF8),
            Self::Expected => RGBColor(0xF3, 0xDD, 0xBF),
            Self::ExpectedMiddle => RGBColor(0xA3, 0x52, 0x00),
            Self::Note => RGBColor(0x6B, 0x3F, 0xA0),
            Self::OnNote => RGBColor(0xFF, 0xFF, 0xFF),
            Self::NotReported => RGBColor(0x96, 0x69, 0x0F),
            Self::Fan95 => RGBColor(0xE3, 0xEE, 0xE6),
            Self::Fan80 => RGBColor(0xBC, 0xDC, 0xC9),
            Self::Fan50 => RGBColor(0x82, 0xBC, 0x9C),
            Self::FanMedian => RGBColor(0x1D, 0x6B, 0x45),
            Self::Grid => RGBColor(0xDE, 0xE3, 0xE8),
            Self::Axis => RGBColor(0x77, 0x81, 0x8B),
            Self::Text => RGBColor(0x48, 0x52, 0x5C),
            Self::Title => RGBColor(0x17, 0x21, 0x2B),
        }
    }
}

const ROLES: [Role; 17] = [
    Role::Bar,
    Role::IncompleteBar,
    Role::Mean,
    Role::IncompleteBand,
    Role::Expected,
    Role::ExpectedMiddle,
    Role::Note,
    Role::OnNote,
    Role::NotReported,
    Role::Fan95,
    Role::Fan80,
    Role::Fan50,
    Role::FanMedian,
    Role::Grid,
    Role::Axis,
    Role::Text,
    Role::Title,
];

/// Series colours, in order: steelblue, firebrick and darkgreen, then colours that stay apart
/// from them under the common colour blindnesses, from Okabe and Ito (2008) and Paul Tol's
/// "muted" scheme (2021), darkened where they were under 3:1 on white, near-duplicates left out.
const SERIES: [RGBColor; 12] = [
    RGBColor(0x46, 0x82, 0xB4), // steelblue
    RGBColor(0xB2, 0x22, 0x22), // firebrick
    RGBColor(0x00, 0x64, 0x00), // darkgreen
    RGBColor(0xD9, 0x7A, 0x00), // orange
    RGBColor(0x33, 0x22, 0x88), // indigo
    RGBColor(0x00, 0x9E, 0x73), // bluish green
    RGBColor(0xAA, 0x44, 0x99), // purple
    RGBColor(0x8A, 0x84, 0x1A), // olive
    RGBColor(0x5C, 0x3A, 0x1E), // brown
    RGBColor(0xCC, 0x66, 0x77), // rose
    RGBColor(0x4D, 0x4D, 0x4D), // grey
    RGBColor(0x1B, 0x98, 0xA8), // cyan
];

/// The colour of the `index`th series, as `#RRGGBB` in upper case; after twelve they come round again.
pub fn palette(index: usize) -> String {
    hex(series_colour(index))
}

/// Every role with its colour as `#RRGGBB`, for whoever writes the stylesheet or checks it.
pub fn role_colours() -> impl Iterator<Item = (Role, String)> {
    ROLES.into_iter().map(|role| (role, hex(role.colour())))
}

pub(crate) fn series_colour(index: usize) -> RGBColor {
    SERIES[index % SERIES.len()]
}

pub(crate) fn hex(RGBColor(r, g, b): RGBColor) -> String {
    format!("#{r:02X}{g:02X}{b:02X}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    /// Relative luminance against white, as WCAG 2.2 defines contrast.
    fn contrast_on_white(RGBColor(r, g, b): RGBColor) -> f64 {
        let linear = |channel: u8| {
            let c = f64::from(channel) / 255.0;
            if c <= 0.040_45 {
                c / 12.92
            } else {
                ((c + 0.055) / 1.055).powf(2.4)
            }
        };
        1.05 / (0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b) + 0.05)
    }

    #[test]
    fn the_first_three_series_are_steelblue_firebrick_and_darkgreen() {
        let first: Vec<_> = (0..3).map(palette).collect();
        assert_eq!(first, ["#4682B4", "#B22222", "#006400"]);
    }

    #[test]
    fn twelve_series_have_twelve_colours_and_the_thirteenth_starts_again() {
        let colours: HashSet<_> = (0..12).map(palette).collect();
        assert_eq!(colours.len(), 12);
        assert_eq!(palette(12), palette(0));
    }

    #[test]
    fn every_mark_stands_out_from_white_and_text_more_so() {
        for (i, colour) in SERIES.into_iter().enumerate() {
            assert!(contrast_on_white(colour) >= 3.0, "series {i}");
        }
        for role in [
            Role::Bar,
            Role::Mean,
            Role::ExpectedMiddle,
            Role::Note,
            Role::NotReported,
            Role::FanMedian,
            Role::Axis,
        ] {
            assert!(contrast_on_white(role.colour()) >= 3.0, "{role:?}");
        }
        for role in [Role::Text, Role::Title] {
            assert!(contrast_on_white(role.colour()) >= 7.0, "{role:?}");
        }
    }

    #[test]
    fn no_two_roles_share_a_colour() {
        let colours: HashSet<_> = role_colours().map(|(_, colour)| colour).collect();
        assert_eq!(colours.len(), ROLES.len());
    }
}
