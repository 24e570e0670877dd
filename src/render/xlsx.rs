//! Pages as a workbook. The only module that knows rust_xlsxwriter.
//!
//! Looks follow roles: scenario notation in headers, status by fill, symbol and word,
//! good and bad by impact and never by sign. Formulas carry our result, so that viewers
//! that do not calculate show the same figure.

mod chart;
mod link;
mod look;
mod width;

use std::borrow::Cow;
use std::collections::HashMap;

use chrono::NaiveDate;
use rayon::prelude::*;
use rust_xlsxwriter::{
    Color, DataValidation, DocProperties, FormatUnderline, Formula as SheetFormula, Image, Url, Workbook, Worksheet,
    XlsxError,
};

use crate::analysis::pacing::Status;
use crate::cell::column_letters;
use crate::report::subject::{FIRST_ROW, Link};
use crate::report::{Block, Column, Figure, Formula, Item, Line, LineRole, Page, sheet_name};
use crate::text::Lang;

use self::link::{Anchors, LONGEST_LINK_TEXT};
use self::look::{Formats, LINK, Style, format_of, header_format, rgb};
use self::width::{NARROWEST, column_widths, lines_of, usable};
use super::fit::{MOST_ROWS, fitting};
use super::theme::{FONT_SIZE, Theme};

/// What the renderer needs to know besides the pages.
pub struct Options<'a> {
    pub lang: Lang,
    /// Becomes the workbook's creation date, so that the same input makes the same bytes.
    pub as_of: NaiveDate,
    /// How to reach an input file from the folder of the report, by the file's name.
    pub links: &'a HashMap<String, String>,
    pub theme: &'a Theme,
}

/// Of deflate.
const COMPRESSION: u8 = 3;
/// Excel's longest cell text, in UTF-16 units.
const LONGEST_TEXT: usize = 32_767;
/// Height of a line of text, in points.
const LINE_HEIGHT: f64 = 15.0;
/// Points above the heading of a table.
const HEADING_AIR: f64 = 5.0;
/// Excel's highest row, in points.
const HIGHEST_ROW: f64 = 409.0;

/// Pixels that a logo may have on the summary, and the row it stands in: below the sentence, beside the titles.
const LOGO_WIDTH: f64 = 240.0;
const LOGO_HEIGHT: f64 = 72.0;
const LOGO_ROW: u32 = 1;

/// The bytes of the report workbook.
///
/// # Errors
/// Only what the library refuses; a page that obeys Excel's limits is never refused.
pub fn render(pages: &[Page], options: &Options<'_>) -> Result<Vec<u8>, String> {
    let mut workbook = Workbook::new();
    // A third of the usual level's time, for a file an eighth larger.
    workbook.set_zip_compression_level(COMPRESSION);
    let created = options.as_of.and_hms_opt(0, 0, 0).unwrap_or_default().and_utc();
    let properties = DocProperties::new()
        .set_title(options.lang.word("report.title"))
        .set_creation_datetime(&created)
        .set_comment(format!("attain {}", env!("CARGO_PKG_VERSION")));
    workbook.set_properties(&properties);
    let names: HashMap<&str, String> =
        pages.iter().map(|page| (page.key, sheet_name(page.number, page.key, options.lang))).collect();
    let pages: Vec<Cow<'_, Page>> = pages.iter().map(|page| fitting(page, MOST_ROWS, options.lang)).collect();
    let anchors = Anchors::of(&pages);
    let sheets: Vec<Result<Worksheet, String>> = pages
        .par_iter()
        .map(|page| {
            let mut sheet = SheetWriter {
                sheet: Worksheet::new(),
                options,
                names: &names,
                anchors: &anchors,
                formats: Formats::default(),
                n_links: 0,
                charts: Vec::new(),
                tables: Vec::new(),
                beside_numbers: Vec::new(),
                has_one_table: page.blocks.len() == 1,
                usual: vec![None; page.blocks.iter().map(|block| block.columns.len()).max().unwrap_or(0)],
                widths: column_widths(page),
            };
            sheet.page(page).map_err(|error| format!("{}: {error}", page.key))?;
            Ok(sheet.sheet)
        })
        .collect();
    for sheet in sheets {
        workbook.push_worksheet(sheet?);
    }
    workbook.save_to_buffer().map_err(|error| error.to_string())
}

/// Rows below a table to fill in that have its lists of choices, too.
const ROOM_BELOW: u32 = 200;

/// Excel's numbers of paper sizes.
const A3: u8 = 8;
const A4: u8 = 9;
const MOST_COLUMNS_OF_A4: usize = 20;

/// The day before the first of Excel's, moved by the 29 February 1900 that it counts and that never was.
const EXCEL_DAY_ZERO: chrono::NaiveDate = chrono::NaiveDate::from_ymd_opt(1899, 12, 30).unwrap();

struct SheetWriter<'a> {
    sheet: Worksheet,
    options: &'a Options<'a>,
    names: &'a HashMap<&'a str, String>,
    anchors: &'a Anchors<'a>,
    formats: Formats,
    n_links: usize,
    /// Charts to draw once all tables stand: from which row, beside how many columns.
    charts: Vec<(rust_xlsxwriter::Chart, u32, usize)>,
    /// First and last row of each table, and its columns.
    tables: Vec<(u32, u32, usize)>,
    /// Widths of the page's columns, in characters.
    widths: Vec<usize>,
    /// Whether columns hold one table from top to bottom, and how their plain cells look.
    has_one_table: bool,
    usual: Vec<Option<Style>>,
    /// Columns of the table at hand that stand beside one of numbers: a text there needs air before it.
    beside_numbers: Vec<bool>,
}

impl SheetWriter<'_> {
    fn page(&mut self, page: &Page) -> Result<(), XlsxError> {
        let name = &self.names[page.key];
        self.sheet.set_name(name)?;
        self.sheet.set_screen_gridlines(false);
        let theme = self.options.theme;
        let message = format_of(theme, 3.0).set_bold();
        self.sheet.write_string_with_format(0, 0, clipped(&page.message), &message)?;
        let grey = format_of(theme, -1.0).set_font_color(Color::RGB(0x59_59_59));
        for (row, title) in (1u32..FIRST_ROW - 1).zip(&page.titles) {
            self.sheet.write_string_with_format(row, 0, clipped(title), &grey)?;
        }
        if page.key != "summary"
            && let Some(place) = self.place(&Link { page: "summary", subject: None })
        {
            let link = format_of(theme, -1.0).set_font_color(Color::RGB(LINK)).set_underline(FormatUnderline::Single);
            let url = Url::new(place).set_text(self.options.lang.word("link.summary"));
            self.sheet.write_url_with_format(FIRST_ROW - 1, 0, url, &link)?;
        }
        for (index, width) in (0u16..).zip(&self.widths) {
            self.sheet.set_column_width(index, self.column_width(*width))?;
        }
        if page.key == "summary" {
            self.logo()?;
        }
        let header_row = page.blocks.first().map_or(FIRST_ROW, |block| block.header_row(FIRST_ROW));
        for (index, (_, first, block)) in page.blocks_at().enumerate() {
            if !block.title.is_empty() {
                let heading = format_of(theme, 1.0).set_bold().set_font_color(rgb(theme.ink));
                self.sheet.write_string_with_format(first, 0, clipped(&block.title), &heading)?;
                self.sheet.set_row_height(first, self.line_height() + HEADING_AIR)?;
            }
            let header = block.header_row(first);
            if let Some(panels) = &block.panels {
                self.panels(page, panels, header)?;
                continue;
            }
            self.block(block, header, index + 1 == page.blocks.len())?;
            let last = header + u32::try_from(block.lines.len()).unwrap_or(0);
            self.tables.push((header, last, block.columns.len()));
        }
        self.draw_charts()?;
        if let [block] = &page.blocks[..] {
            self.sheet.set_freeze_panes(header_row + 1, page.frozen_columns)?;
            self.sheet.set_repeat_rows(header_row, header_row)?;
            let last = header_row + u32::try_from(block.lines.len()).unwrap_or(0);
            let columns = u16::try_from(block.columns.len().saturating_sub(1)).unwrap_or(0);
            if last > header_row && !block.lines.iter().any(|line| line.role == LineRole::Group) {
                self.sheet.autofilter(header_row, 0, last, columns)?;
            }
        } else {
            self.sheet.set_freeze_panes(FIRST_ROW - 1, 0)?;
        }
        if let Some(status) = page.worst.filter(|status| *status != Status::NoData) {
            let paint = theme.status(status);
            self.sheet.set_tab_color(rgb(if status == Status::Critical { paint.fill } else { paint.text }));
        }
        // A page that is one sheet wide must stay readable: registers are printed on A3.
        let n_columns = page.blocks.iter().map(|block| block.columns.len()).max().unwrap_or(0);
        let paper = if n_columns > MOST_COLUMNS_OF_A4 { A3 } else { A4 };
        self.sheet.set_landscape().set_paper_size(paper).set_print_fit_to_pages(1, 0);
        self.sheet.set_margins(0.4, 0.4, 0.5, 0.6, 0.3, 0.3);
        self.sheet.set_footer(format!("&L&A&C{}&Rattain", self.options.lang.word("footer.pages")));
        Ok(())
    }

    /// A column's width in the program's own characters, which are those of the font of 11 points.
    fn column_width(&self, width: usize) -> f64 {
        let plain = width as f64 + 1.5;
        if self.options.theme.font_size.is_some() { plain * self.options.theme.size() / FONT_SIZE } else { plain }
    }

    /// The same in pixels: a column of n characters has 7 n + 5 in Excel's standard font.
    fn pixels(&self, width: usize) -> f64 {
        (self.column_width(width) * 7.0 + 5.0).round()
    }

    /// Height of a line of text, in points.
    fn line_height(&self) -> f64 {
        LINE_HEIGHT * (self.options.theme.size() / FONT_SIZE).max(1.0)
    }

    /// The logo at the right border of the page's tables, never larger than the room beside the titles.
    fn logo(&mut self) -> Result<(), XlsxError> {
        let Some(logo) = &self.options.theme.logo else { return Ok(()) };
        let image = Image::new_from_buffer(&logo.bytes)?;
        let scale = (LOGO_WIDTH / image.width()).min(LOGO_HEIGHT / image.height()).min(1.0);
        let needed = image.width() * scale;
        let all: f64 = self.widths.iter().map(|width| self.pixels(*width)).sum();
        let (column, left) = self.column_at((all - needed).max(0.0));
        let image =
            image.set_scale_width(scale).set_scale_height(scale).set_alt_text(self.options.lang.word("theme.logo"));
        self.sheet.insert_image_with_offset(LOGO_ROW, column, &image, left, 0)?;
        Ok(())
    }

    /// Writes a table from its header row on.
    fn block(&mut self, block: &Block, header_row: u32, is_last: bool) -> Result<(), XlsxError> {
        for (column, spec) in (0u16..).zip(&block.columns) {
            let format = header_format(spec.scenario, self.options.theme);
            self.sheet.write_string_with_format(header_row, column, clipped(&spec.header), &format)?;
        }
        let has_numbers = |column: usize| {
            let mut items = block.lines.iter().filter_map(|line| line.items.get(column));
            items.any(|item| matches!(item, Item::Number(_)))
        };
        self.beside_numbers =
            (0..block.columns.len()).map(|column| column.checked_sub(1).is_some_and(has_numbers)).collect();
        let width = |index: usize| self.widths.get(index).copied().unwrap_or(NARROWEST);
        let headers = block.columns.iter().enumerate();
        let tallest =
            headers.map(|(index, column)| lines_of(&column.header, width(index).saturating_sub(2)).min(2)).max();
        self.sheet.set_row_height(header_row, self.line_height() * tallest.unwrap_or(1) as f64 + 2.0)?;
        for (offset, line) in (1u32..).zip(&block.lines) {
            let row = header_row + offset;
            // Not every program fits the height of a row to wrapped text: say it.
            let wrapped = line.items.iter().enumerate().filter(|(index, _)| block.columns[*index].wraps);
            let n_lines = wrapped.map(|(index, item)| match item {
                Item::Text(text) => lines_of(text, usable(self.widths[index])),
                Item::Source(at) => lines_of(&at.to_string(), usable(self.widths[index])),
                _ => 1,
            });
            if let Some(n_lines) = n_lines.max().filter(|n_lines| *n_lines > 1) {
                let height = self.line_height() * n_lines.min(20) as f64;
                self.sheet.set_row_height(row, height.min(HIGHEST_ROW))?;
            }
            for (column, item) in (0u16..).zip(&line.items) {
                self.item(item, line, &block.columns[usize::from(column)], row, column, header_row)?;
            }
            self.inputs(block, line, row)?;
            // Marks of a total run through, also where it has no figure.
            if matches!(line.role, LineRole::Total | LineRole::Subtotal) {
                for (column, item) in (0u16..).zip(&line.items) {
                    if matches!(item, Item::Blank) {
                        let format =
                            self.formats.of(self.options.theme, Style::of(line, &block.columns[usize::from(column)]));
                        self.sheet.write_blank(row, column, format)?;
                    }
                }
            }
        }
        let last = header_row + u32::try_from(block.lines.len()).unwrap_or(0);
        self.outline(block, header_row)?;
        if let Some(chart) = &block.chart {
            self.chart(chart, block, header_row, last)?;
        }
        // People may go on below the last line.
        let room_below = if is_last { ROOM_BELOW } else { 0 };
        for (column, spec) in (0u16..).zip(&block.columns) {
            if spec.bars && last > header_row {
                self.bars(block, column, header_row + 1, last)?;
            }
            if let Some(choices) = spec.input.as_ref().filter(|choices| !choices.is_empty() && last > header_row) {
                let list = DataValidation::new().allow_list_strings(choices)?.ignore_blank(true);
                self.sheet.add_data_validation(header_row + 1, column, last + room_below, column, &list)?;
            }
        }
        Ok(())
    }

    /// Cells for the reader to fill in are blank, and seen to be for that.
    fn inputs(&mut self, block: &Block, line: &Line, row: u32) -> Result<(), XlsxError> {
        for (column, spec) in (0u16..).zip(&block.columns).filter(|(_, spec)| spec.input.is_some()) {
            if line.items.get(usize::from(column)).is_some_and(|item| !matches!(item, Item::Blank)) {
                continue;
            }
            let format = self.formats.of(self.options.theme, Style::of(line, spec));
            self.sheet.write_blank(row, column, format)?;
        }
        Ok(())
    }

    /// Members fold away under the unit they make up, which stands below them.
    fn outline(&mut self, block: &Block, header_row: u32) -> Result<(), XlsxError> {
        let deepest = block.lines.iter().map(|line| line.depth).max().unwrap_or(0);
        for depth in 1..=deepest.min(7) {
            let mut first = header_row + 1;
            for run in block.lines.chunk_by(|a, b| (a.depth >= depth) == (b.depth >= depth)) {
                let next = first + u32::try_from(run.len()).unwrap_or(0);
                if run[0].depth >= depth {
                    self.sheet.group_rows(first, next - 1)?;
                }
                first = next;
            }
        }
        Ok(())
    }

    fn item(
        &mut self,
        item: &Item,
        line: &Line,
        spec: &Column,
        row: u32,
        column: u16,
        header_row: u32,
    ) -> Result<(), XlsxError> {
        let style = Style::of(line, spec);
        match item {
            Item::Blank => {}
            Item::Text(text) => {
                let indent = u8::from(self.beside_numbers[usize::from(column)]);
                let is_formula_like = text.starts_with(['=', '+', '-', '@']) && text.chars().count() > 1;
                self.write_text(text, Style { is_formula_like, indent, ..style }, row, column)?;
            }
            Item::Link { text, to } => match self.place(to).filter(|_| text.chars().count() <= LONGEST_LINK_TEXT) {
                Some(place) => {
                    let indent = u8::from(self.beside_numbers[usize::from(column)]);
                    let format = self.formats.of(self.options.theme, Style { is_link: true, indent, ..style });
                    let url = Url::new(place).set_text(clipped(text));
                    self.sheet.write_url_with_format(row, column, url, format)?;
                    self.n_links += 1;
                }
                None => {
                    let indent = u8::from(self.beside_numbers[usize::from(column)]);
                    self.write_text(text, Style { indent, ..style }, row, column)?;
                }
            },
            Item::Day(day) => {
                let format = self.formats.of(self.options.theme, Style { is_day: true, ..style });
                let serial = (*day - EXCEL_DAY_ZERO).num_days();
                self.sheet.write_number_with_format(row, column, serial as f64, format)?;
            }
            Item::Sparkline(of) => {
                let format = self.formats.of(self.options.theme, style);
                self.sheet.write_blank(row, column, format)?;
                self.sparkline(of, row, column)?;
            }
            Item::Source(at) => self.source(at, style, row, column)?,
            Item::Status { status, word } => {
                let format = self.formats.of(self.options.theme, Style { status: Some(*status), ..style });
                let text = format!("{} {word}", status.symbol());
                self.sheet.write_string_with_format(row, column, text, format)?;
            }
            Item::Number(figure) => self.number(figure, style, row, column, header_row)?,
        }
        Ok(())
    }

    /// The column that so many pixels from the left lie in, and how far within it.
    fn column_at(&self, mut pixels: f64) -> (u16, u32) {
        let mut column = 0;
        for width in &self.widths {
            let width = self.pixels(*width);
            if pixels < width {
                break;
            }
            pixels -= width;
            column += 1;
        }
        (column, pixels as u32)
    }

    fn number(
        &mut self,
        figure: &Figure,
        style: Style,
        row: u32,
        column: u16,
        header_row: u32,
    ) -> Result<(), XlsxError> {
        let style = Style {
            look: Some(figure.look),
            tone: figure.tone,
            n_unreadable: figure.n_unreadable.min(10),
            wraps: false,
            ..style
        };
        let is_usual = self.is_usual(column, style)?;
        let format = self.formats.of(self.options.theme, style);
        let formula = figure.formula.as_ref().and_then(|formula| formula_text(formula, row, column, header_row));
        match formula {
            Some(formula) => {
                let formula = SheetFormula::new(formula).set_result(figure.value.binary().to_string());
                match is_usual {
                    true => self.sheet.write_formula(row, column, formula)?,
                    false => self.sheet.write_formula_with_format(row, column, formula, format)?,
                }
            }
            None if is_usual => self.sheet.write_number(row, column, figure.value.binary())?,
            None => self.sheet.write_number_with_format(row, column, figure.value.binary(), format)?,
        };
        Ok(())
    }

    fn write_text(&mut self, text: &str, style: Style, row: u32, column: u16) -> Result<(), XlsxError> {
        if self.is_usual(column, style)? {
            self.sheet.write_string(row, column, clipped(text))?;
        } else {
            let format = self.formats.of(self.options.theme, style);
            self.sheet.write_string_with_format(row, column, clipped(text), format)?;
        }
        Ok(())
    }

    /// Whether a cell looks as its column does: then it needs no format of its own, and the library does not look for
    /// one, which is a twelfth of what writing a large page costs. A column looks as its first plain cell.
    fn is_usual(&mut self, column: u16, style: Style) -> Result<bool, XlsxError> {
        if !self.has_one_table || !style.is_plain() {
            return Ok(false);
        }
        let usual = &mut self.usual[usize::from(column)];
        if usual.is_none() {
            *usual = Some(style);
            self.sheet.set_column_format(column, self.formats.of(self.options.theme, style))?;
        }
        Ok(*usual == Some(style))
    }
}

/// A formula in the sheet's own addresses. Nothing when it would exceed Excel's 255 arguments.
fn formula_text(formula: &Formula, row: u32, column: u16, header_row: u32) -> Option<String> {
    let cell = |column: usize, row: u32| format!("{}{}", column_letters(u32::try_from(column).unwrap_or(0)), row + 1);
    let here = |column: usize| cell(column, row);
    Some(match formula {
        Formula::Sum(lines) => {
            let row_of = |line: usize| header_row + 1 + u32::try_from(line).unwrap_or(0);
            let runs: Vec<String> = lines
                .chunk_by(|a, b| a + 1 == *b)
                .map(|run| {
                    let (first, last) = (run[0], run[run.len() - 1]);
                    let (first, last) =
                        (cell(usize::from(column), row_of(first)), cell(usize::from(column), row_of(last)));
                    if first == last { first } else { format!("{first}:{last}") }
                })
                .collect();
            if runs.is_empty() || runs.len() > 250 {
                return None;
            }
            format!("=SUM({})", runs.join(","))
        }
        Formula::SumAcross(first, last) => format!("=SUM({}:{})", here(*first), here(*last)),
        Formula::Plus(a, b) => format!("=N({})+N({})", here(*a), here(*b)),
        Formula::MinusBoth(a, b, c) => format!("={}-N({})-N({})", here(*a), here(*b), here(*c)),
        Formula::Minus(a, b) => format!("={}-{}", here(*a), here(*b)),
        Formula::Unexplained { now, before, parts: (first, last), digits } => {
            format!("=ROUND({}-{}-SUM({}:{}),{digits})", here(*now), here(*before), here(*first), here(*last))
        }
        Formula::PointsBetween(a, b) => format!("=({}-{})*100", here(*a), here(*b)),
        Formula::Over(a, b) => format!("={}/{}", here(*a), here(*b)),
        Formula::TwoMinusOver(a, b) => format!("=2-{}/{}", here(*a), here(*b)),
        Formula::OverAbsolute(a, b) => format!("={}/ABS({})", here(*a), here(*b)),
    })
}

/// A text that Excel can hold: at most 32,767 UTF-16 units, without control characters.
fn clipped(text: &str) -> Cow<'_, str> {
    let is_control = |character: char| character.is_control() && character != '\n';
    if text.len() <= LONGEST_TEXT && !text.contains(is_control) {
        return Cow::Borrowed(text);
    }
    let mut units = 0;
    let fits = text.chars().filter(|character| !is_control(*character)).take_while(|character| {
        units += character.len_utf16();
        units <= LONGEST_TEXT
    });
    Cow::Owned(fits.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_name_runs_of_rows() {
        // Lines 0–2 and 4 below a header in row 7 are rows 8–10 and 12.
        let formula = Formula::Sum(vec![0, 1, 2, 4]);
        assert_eq!(formula_text(&formula, 12, 5, 6).unwrap(), "=SUM(F8:F10,F12)");
        assert_eq!(formula_text(&Formula::OverAbsolute(8, 5), 7, 9, 6).unwrap(), "=I8/ABS(F8)");
    }

    #[test]
    fn long_texts_are_cut_by_utf16_units() {
        assert_eq!(clipped(&"😀".repeat(20_000)).encode_utf16().count(), 32_766);
        assert_eq!(clipped("a\u{1}b"), "ab");
    }
}
