//! The colours, the font and the logo of a report: one value that the renderer takes all of them from.
//!
//! Text on a fill is legible from a contrast of 4.5:1 on (WCAG 2.2, success criterion 1.4.3).

use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::analysis::pacing::Status;

/// A colour as red, green and blue.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Colour(pub u32);

impl Colour {
    pub const BLACK: Colour = Colour(0x00_00_00);
    pub const WHITE: Colour = Colour(0xFF_FF_FF);

    /// Reads `#RRGGBB`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
        let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        u32::from_str_radix(digits, 16).ok().filter(|_| is_hex).map(Colour)
    }

    /// Relative luminance, from 0 for black to 1 for white: WCAG 2.2.
    fn luminance(self) -> f64 {
        let part = |shift: u32| {
            let part = f64::from((self.0 >> shift) & 0xFF) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(16) + 0.7152 * part(8) + 0.0722 * part(0)
    }

    /// Contrast with another colour, from 1 to 21: WCAG 2.2.
    pub fn contrast(self, other: Colour) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// Whether one can be read on the other.
    pub fn is_legible_on(self, other: Colour) -> bool {
        self.contrast(other) >= LEAST_CONTRAST
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "#{:06X}", self.0)
    }
}

/// What text needs to be read.
pub const LEAST_CONTRAST: f64 = 4.5;

/// A fill and the text on it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Paint {
    pub fill: Colour,
    pub text: Colour,
}

impl Paint {
    const fn new(fill: u32, text: u32) -> Self {
        Paint { fill: Colour(fill), text: Colour(text) }
    }
}

/// The colours to start from.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Palette {
    /// Blue is good, orange is bad: told apart by everybody.
    #[default]
    BlueOrange,
    /// Red, amber, green, with the same symbols and words.
    Rag,
}

impl Palette {
    /// By its name in settings and on the command line.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "blue_orange" => Some(Palette::BlueOrange),
            "rag" => Some(Palette::Rag),
            _ => None,
        }
    }
}

/// A picture for the summary.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Logo {
    /// A PNG or JPEG file.
    pub bytes: Vec<u8>,
}

/// How a report looks.
#[derive(Clone, Debug, PartialEq)]
pub struct Theme {
    /// Headers of columns; actuals in charts.
    pub header: Paint,
    /// Lines, headings and outlined headers: on white.
    pub ink: Colour,
    pub good: Paint,
    pub warn: Paint,
    pub bad: Paint,
    pub critical: Paint,
    /// Good and bad news as text on white and on pale grey.
    pub good_text: Colour,
    pub bad_text: Colour,
    /// Bars in cells, below black figures, and those of negative figures.
    pub bar: Colour,
    /// Bars that say how much, and neither good nor bad.
    pub plain_bar: Colour,
    pub negative_bar: Colour,
    /// The program's own where nothing is said.
    pub font: Option<String>,
    /// Size of a cell's text, in points.
    pub font_size: Option<f64>,
    pub logo: Option<Logo>,
}

/// The fill of subtotals and of what has no data.
pub const PALE: Colour = Colour(0xF2_F2_F2);
/// Text without a meaning of its own, on white and on pale grey.
pub const GREY: Colour = Colour(0x40_40_40);
/// Points of a cell's text where nothing is said.
pub const FONT_SIZE: f64 = 11.0;

impl Default for Theme {
    fn default() -> Self {
        Theme::of(Palette::BlueOrange)
    }
}

impl Theme {
    pub fn of(palette: Palette) -> Self {
        let blue_orange = Theme {
            header: Paint::new(GREY.0, 0xFF_FF_FF),
            ink: GREY,
            good: Paint::new(0xDC_EB_F7, 0x00_44_6B),
            warn: Paint::new(0xFF_F2_CC, 0x6B_4E_00),
            bad: Paint::new(0xFB_E2_D5, 0x8A_34_00),
            critical: Paint::new(0x8A_34_00, 0xFF_FF_FF),
            good_text: Colour(0x00_44_6B),
            bad_text: Colour(0xB3_47_00),
            bar: Colour(0x9E_C9_E8),
            plain_bar: Colour(0x9E_C9_E8),
            negative_bar: Colour(0xF0_B9_94),
            font: None,
            font_size: None,
            logo: None,
        };
        match palette {
            Palette::BlueOrange => blue_orange,
            Palette::Rag => Theme {
                good: Paint::new(0xC6_E7_C8, 0x1B_5E_20),
                warn: Paint::new(0xFF_EF_A8, 0x6B_4E_00),
                bad: Paint::new(0xF8_D0_CC, 0x8B_1A_10),
                critical: Paint::new(0x9C_10_06, 0xFF_FF_FF),
                good_text: Colour(0x1B_5E_20),
                bad_text: Colour(0xB3_26_1E),
                bar: Colour(0xA9_D8_AE),
                plain_bar: Colour(0xC8_C8_C8),
                negative_bar: Colour(0xF2_A9_A0),
                ..blue_orange
            },
        }
    }

    /// Fill and text of a status.
    pub fn status(&self, status: Status) -> Paint {
        match status {
            Status::Critical => self.critical,
            Status::Behind => self.bad,
            Status::AtRisk => self.warn,
            Status::OnTrack | Status::Done => self.good,
            Status::NoData => Paint { fill: PALE, text: GREY },
        }
    }

    /// Points of a cell's text.
    pub fn size(&self) -> f64 {
        self.font_size.unwrap_or(FONT_SIZE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Known values: black on white is 21:1; #767676 is the lightest grey that can be read on white.
    #[test]
    fn contrast_is_that_of_wcag() {
        let on_white = |text: &str| (Colour::parse(text).unwrap().contrast(Colour::WHITE) * 100.0).round() / 100.0;
        assert_eq!(on_white("#000000"), 21.0);
        assert_eq!(on_white("#FFFFFF"), 1.0);
        assert_eq!(on_white("#767676"), 4.54);
        assert_eq!(on_white("#777777"), 4.48);
        assert!(Colour(0x76_76_76).is_legible_on(Colour::WHITE) && !Colour(0x77_77_77).is_legible_on(Colour::WHITE));
    }

    #[test]
    fn every_palette_can_be_read() {
        for palette in [Palette::BlueOrange, Palette::Rag] {
            let theme = Theme::of(palette);
            for paint in [theme.header, theme.good, theme.warn, theme.bad, theme.critical] {
                assert!(paint.text.is_legible_on(paint.fill), "{palette:?} {} on {}", paint.text, paint.fill);
            }
            for text in [theme.good_text, theme.bad_text, theme.ink] {
                assert!(text.is_legible_on(Colour::WHITE) && text.is_legible_on(PALE), "{palette:?} {text}");
            }
            for bar in [theme.bar, theme.negative_bar] {
                assert!(Colour::BLACK.is_legible_on(bar), "{palette:?} {bar}");
            }
        }
    }

    #[test]
    fn colours_are_six_digits() {
        assert_eq!(Colour::parse("#1f3864").unwrap().to_string(), "#1F3864");
        for wrong in ["1F3864", "#1F386", "#1F38645", "#1F386G", "#+12345", "blue", "#红红"] {
            assert_eq!(Colour::parse(wrong), None, "{wrong}");
        }
    }
}
