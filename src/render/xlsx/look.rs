//! How cells look: formats by role, status and look, headers by scenario.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, FormatPattern, FormatUnderline};
use rustc_hash::FxHashMap;

use crate::analysis::pacing::Status;
use crate::render::theme::{Colour, PALE, Theme};
use crate::report::{Column, Line, LineRole, Look, Scenario, Tone};

pub(super) const LIGHT_GREY: u32 = 0xA6_A6_A6;
/// Texts that open another place.
pub(super) const LINK: u32 = 0x05_63_C1;
/// Cells for the reader to fill in.
const INPUT: u32 = 0xFF_F9_D6;

pub(super) fn rgb(colour: Colour) -> Color {
    Color::RGB(colour.0)
}

/// A format in the theme's font, so many points larger than the text of cells.
pub(super) fn format_of(theme: &Theme, larger_by: f64) -> Format {
    let mut format = Format::new();
    if let Some(font) = &theme.font {
        format = format.set_font_name(font);
    }
    if theme.font_size.is_some() || larger_by != 0.0 {
        format = format.set_font_size(theme.size() + larger_by);
    }
    format
}

/// What decides a cell's format.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) struct Style {
    pub(super) look: Option<Look>,
    pub(super) tone: Tone,
    pub(super) role: LineRole,
    pub(super) status: Option<Status>,
    pub(super) n_unreadable: u32,
    pub(super) wraps: bool,
    pub(super) is_link: bool,
    pub(super) indent: u8,
    pub(super) is_formula_like: bool,
    pub(super) is_day: bool,
    pub(super) is_input: bool,
}

impl Style {
    pub(super) fn of(line: &Line, column: &Column) -> Self {
        Style {
            look: None,
            tone: Tone::Plain,
            role: line.role,
            status: None,
            n_unreadable: 0,
            wraps: column.wraps,
            is_link: false,
            indent: 0,
            is_formula_like: false,
            is_day: false,
            is_input: column.input.is_some(),
        }
    }

    /// Whether it is that of a line like others, and says nothing of its own.
    pub(super) fn is_plain(self) -> bool {
        let is_marked = self.is_link || self.is_input || self.is_formula_like || self.n_unreadable > 0;
        self.role == LineRole::Detail && self.tone == Tone::Plain && self.status.is_none() && !is_marked
    }

    pub(super) fn format(self, theme: &Theme) -> Format {
        let mut format = format_of(theme, 0.0).set_align(FormatAlign::Top);
        if let Some(look) = self.look {
            format = format.set_num_format(number_format(look, self.n_unreadable)).set_align(FormatAlign::Right);
        }
        match self.tone {
            Tone::Good => format = format.set_font_color(rgb(theme.good_text)),
            Tone::Bad => format = format.set_font_color(rgb(theme.bad_text)).set_bold(),
            Tone::Plain => {}
        }
        match self.role {
            LineRole::Total => {
                format = format.set_bold().set_border_top(FormatBorder::Thin).set_border_bottom(FormatBorder::Double);
            }
            LineRole::Subtotal => {
                format = format.set_bold().set_border_top(FormatBorder::Hair).set_background_color(rgb(PALE));
            }
            LineRole::Group => format = format.set_bold().set_font_size(theme.size() + 1.0),
            LineRole::Detail => {}
        }
        if let Some(status) = self.status {
            let paint = theme.status(status);
            format = format.set_background_color(rgb(paint.fill)).set_font_color(rgb(paint.text)).set_bold();
            format = format.set_align(FormatAlign::Center);
            if status == Status::NoData {
                format = format.set_pattern(FormatPattern::LightUp).set_foreground_color(Color::RGB(LIGHT_GREY));
            }
        }
        if self.wraps {
            format = format.set_text_wrap();
        }
        if self.is_link {
            format = format.set_font_color(Color::RGB(LINK)).set_underline(FormatUnderline::Single);
        }
        if self.indent > 0 {
            format = format.set_align(FormatAlign::Left).set_indent(self.indent);
        }
        if self.is_day {
            format = format.set_num_format("yyyy-mm-dd");
        }
        if self.is_formula_like {
            format = format.set_quote_prefix();
        }
        if self.is_input {
            format = format.set_background_color(Color::RGB(INPUT));
            format = format.set_border(FormatBorder::Hair).set_border_color(Color::RGB(LIGHT_GREY));
        }
        format
    }
}

/// Excel's format code. A figure that lacks unreadable cells shows how many: `250 *1`.
pub(super) fn number_format(look: Look, n_unreadable: u32) -> String {
    let decimals = |count: u8| if count == 0 { String::new() } else { format!(".{}", "0".repeat(usize::from(count))) };
    let plain = |code: String| match n_unreadable {
        0 => code,
        1..=9 => format!("{code}\" *{n_unreadable}\""),
        // Few formats, whatever the data: a workbook has room for about 200.
        _ => format!("{code}\" *9+\""),
    };
    match look {
        Look::Amount(count) | Look::Money(count) => plain(format!("#,##0{}", decimals(count))),
        Look::Delta(count) | Look::MoneyDelta(count) => {
            let code = format!("#,##0{}", decimals(count));
            format!("+{code};-{code};{code}")
        }
        Look::Percent => plain("0.0%".to_string()),
        Look::DeltaPercent => "+0.0%;-0.0%;0.0%".to_string(),
        Look::Points => "+0.0\"pt\";-0.0\"pt\";0.0\"pt\"".to_string(),
    }
}

/// The formats that a sheet uses, each made once.
#[derive(Default)]
pub(super) struct Formats(FxHashMap<Style, Format>);

impl Formats {
    pub(super) fn of(&mut self, theme: &Theme, style: Style) -> &Format {
        self.0.entry(style).or_insert_with(|| style.format(theme))
    }
}

/// Headers show the scenario: solid actual, lighter prior year, outlined plan, hatched forecast.
pub(super) fn header_format(scenario: Option<Scenario>, theme: &Theme) -> Format {
    let base = format_of(theme, 0.0)
        .set_bold()
        .set_text_wrap()
        .set_align(FormatAlign::Center)
        .set_align(FormatAlign::VerticalCenter)
        .set_border(FormatBorder::Thin)
        .set_border_color(rgb(theme.ink));
    // White by its name and by its number are two fonts to the library: it keeps the bytes of earlier reports.
    let text = if theme.header.text == Colour::WHITE { Color::White } else { rgb(theme.header.text) };
    match scenario {
        None | Some(Scenario::Actual) => base.set_background_color(rgb(theme.header.fill)).set_font_color(text),
        Some(Scenario::PriorYear) => base.set_background_color(Color::RGB(LIGHT_GREY)).set_font_color(Color::Black),
        Some(Scenario::Plan | Scenario::Budget) => {
            base.set_background_color(Color::White).set_font_color(rgb(theme.ink)).set_border(FormatBorder::Medium)
        }
        Some(Scenario::Forecast) => base
            .set_pattern(FormatPattern::LightUp)
            .set_background_color(Color::White)
            .set_foreground_color(Color::RGB(LIGHT_GREY))
            .set_font_color(rgb(theme.ink)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_formats_mark_what_is_missing() {
        assert_eq!(number_format(Look::Amount(2), 0), "#,##0.00");
        assert_eq!(number_format(Look::Amount(0), 1), "#,##0\" *1\"");
        assert_eq!(number_format(Look::Amount(0), 10), "#,##0\" *9+\"");
    }
}
