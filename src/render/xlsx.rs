//! Pages as a workbook. The only module that knows rust_xlsxwriter.
//!
//! Looks follow roles: scenario notation in headers, status by fill, symbol and word,
//! good and bad by impact and never by sign. Formulas carry our result, so that viewers
//! that do not calculate show the same figure.

use std::borrow::Cow;
use std::collections::HashMap;

use chrono::NaiveDate;
use rayon::prelude::*;
use rust_xlsxwriter::{
    ChartDataLabel, ChartFont, ChartFormat, ChartLegendPosition, ChartLine, ChartLineDashType, ChartPatternFill,
    ChartPatternFillType, ChartSolidFill, ChartType, Color, ConditionalFormatDataBar, ConditionalFormatType,
    DataValidation, DocProperties, Format, FormatAlign, FormatBorder, FormatPattern, FormatUnderline,
    Formula as SheetFormula, Image, Sparkline, Url, Workbook, Worksheet, XlsxError,
};
use rustc_hash::FxHashMap;

use crate::analysis::pacing::Status;
use crate::cell::{CellRef, column_letters};
use crate::measure::Amount;
use crate::report::subject::{CHART_ROWS, FIRST_ROW, Link, PANEL_ROWS, PANELS_ACROSS, Subject};
use crate::report::{
    Block, Chart, ChartKind, Column, Figure, Formula, Item, Line, LineRole, Look, Page, Panels, Scenario, Tone,
    sheet_name,
};
use crate::text::Lang;

use super::display_width;
use super::fit::{MOST_ROWS, fitting};
use super::theme::{Colour, FONT_SIZE, PALE, Theme};

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
/// Excel allows 65,530 links on a sheet.
const MOST_LINKS: usize = 60_000;
/// Excel's longest cell text, in UTF-16 units.
const LONGEST_TEXT: usize = 32_767;
/// Height of a line of text, in points.
const LINE_HEIGHT: f64 = 15.0;
/// Points above the heading of a table.
const HEADING_AIR: f64 = 5.0;
/// Excel's highest row, in points.
const HIGHEST_ROW: f64 = 409.0;
const NARROWEST: usize = 6;
const WIDEST: usize = 44;
const WRAPPED_WIDTH: usize = 40;

/// Characters that a line in a cell takes.
const SPARKLINE_WIDTH: usize = 16;

const LIGHT_GREY: u32 = 0xA6_A6_A6;
/// Texts that open another place.
const LINK: u32 = 0x05_63_C1;
/// Lines behind charts.
const GRID: u32 = 0xD9_D9_D9;
/// Cells for the reader to fill in.
const INPUT: u32 = 0xFF_F9_D6;

/// Pixels that a logo may have on the summary, and the row it stands in: below the sentence, beside the titles.
const LOGO_WIDTH: f64 = 240.0;
const LOGO_HEIGHT: f64 = 72.0;
const LOGO_ROW: u32 = 1;

fn rgb(colour: Colour) -> Color {
    Color::RGB(colour.0)
}

/// A format in the theme's font, so many points larger than the text of cells.
fn format_of(theme: &Theme, larger_by: f64) -> Format {
    let mut format = Format::new();
    if let Some(font) = &theme.font {
        format = format.set_font_name(font);
    }
    if theme.font_size.is_some() || larger_by != 0.0 {
        format = format.set_font_size(theme.size() + larger_by);
    }
    format
}

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

/// Pixels of a small chart: as many rows as it covers, less one of air.
const PANEL_WIDTH: u32 = 400;
const PANEL_HEIGHT: u32 = 200;

/// Excel's numbers of paper sizes.
const A3: u8 = 8;
const A4: u8 = 9;
const MOST_COLUMNS_OF_A4: usize = 20;

/// The day before the first of Excel's, moved by the 29 February 1900 that it counts and that never was.
const EXCEL_DAY_ZERO: chrono::NaiveDate = chrono::NaiveDate::from_ymd_opt(1899, 12, 30).unwrap();

/// What decides a cell's format.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
struct Style {
    look: Option<Look>,
    tone: Tone,
    role: LineRole,
    status: Option<Status>,
    n_unreadable: u32,
    wraps: bool,
    is_link: bool,
    indent: u8,
    is_formula_like: bool,
    is_day: bool,
    is_input: bool,
}

impl Style {
    fn of(line: &Line, column: &Column) -> Self {
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

    fn format(self, theme: &Theme) -> Format {
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
fn number_format(look: Look, n_unreadable: u32) -> String {
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

    /// A chart to the right of its table, in the notation of the headers: solid actual,
    /// lighter prior year, outlined plan, hatched forecast.
    fn chart(&mut self, chart: &Chart, block: &Block, header_row: u32, last: u32) -> Result<(), XlsxError> {
        let sheet = self.sheet.name();
        let mut drawing = rust_xlsxwriter::Chart::new(match chart.kind {
            ChartKind::Columns => ChartType::Column,
            ChartKind::Lines => ChartType::Line,
            ChartKind::Bridge => ChartType::ColumnStacked,
            ChartKind::Funnel => ChartType::BarStacked,
        });
        let is_stacked = matches!(chart.kind, ChartKind::Bridge | ChartKind::Funnel);
        let column = |index: usize| u16::try_from(index).unwrap_or(0);
        let categories = column(chart.categories);
        for (index, values) in chart.values.iter().enumerate() {
            let spec = &block.columns[*values];
            let range = (sheet.as_str(), header_row + 1, column(*values), last, column(*values));
            let series = drawing.add_series();
            if chart.kind == ChartKind::Funnel && index > 0 {
                let white = ChartFont::new().set_color(Color::White).set_bold().clone();
                series.set_data_label(ChartDataLabel::new().show_value().set_num_format("#,##0").set_font(&white));
            }
            series
                .set_name(&spec.header)
                .set_categories((sheet.as_str(), header_row + 1, categories, last, categories))
                .set_values(range)
                .set_gap(if chart.kind == ChartKind::Funnel { 25 } else { 80 })
                .set_overlap(if is_stacked { 100 } else { 0 })
                .set_format(&mut match chart.kind {
                    ChartKind::Columns => scenario_format(spec.scenario, self.options.theme),
                    ChartKind::Lines => scenario_line(spec.scenario, self.options.theme),
                    // A funnel is a bridge of floors and levels alone.
                    ChartKind::Bridge | ChartKind::Funnel => bridge_format(index, self.options.theme),
                });
        }
        drawing.title().set_name(&chart.title).set_font(ChartFont::new().set_size(11).set_bold());
        drawing.legend().set_position(ChartLegendPosition::Bottom);
        if chart.kind == ChartKind::Bridge {
            drawing.legend().delete_entries(&[0]);
        }
        if chart.kind == ChartKind::Funnel {
            // The numbers stand on the bars: an axis would measure the floors, too.
            drawing.x_axis().set_hidden(true).set_major_gridlines(false).set_min(0);
            drawing.y_axis().set_reverse().set_major_gridlines(false);
            drawing.legend().set_hidden();
        } else {
            let from = chart.axis_from.map_or(0.0, Amount::binary);
            drawing.y_axis().set_num_format("#,##0").set_min(from).set_major_gridlines_line(&grid());
        }
        drawing.set_width(620).set_height(300);
        self.charts.push((drawing, header_row.saturating_sub(1), block.columns.len()));
        Ok(())
    }

    /// Draws each chart beside its table: below the chart before it, and right of every table it would cover.
    fn draw_charts(&mut self) -> Result<(), XlsxError> {
        let mut end = 0;
        for (drawing, row, n_columns) in std::mem::take(&mut self.charts) {
            let row = row.max(end);
            end = row + CHART_ROWS as u32;
            let covered = self.tables.iter().filter(|(first, last, _)| *first < end && row <= *last);
            let n_columns = covered.map(|(_, _, n_columns)| *n_columns).max().unwrap_or(0).max(n_columns);
            self.sheet.insert_chart(row, u16::try_from(n_columns + 1).unwrap_or(0), &drawing)?;
        }
        Ok(())
    }

    /// Bars on one scale for the whole column: from zero, or from the lowest where there are negatives.
    fn bars(&mut self, block: &Block, column: u16, first: u32, last: u32) -> Result<(), XlsxError> {
        let values = block.lines.iter().filter_map(|line| match line.items.get(usize::from(column)) {
            Some(Item::Number(figure)) => Some((figure.value, figure.look)),
            _ => None,
        });
        let values: Vec<(Amount, Look)> = values.collect();
        let Some(largest) = values.iter().map(|(value, _)| *value).max() else { return Ok(()) };
        let smallest = values.iter().map(|(value, _)| *value).min().unwrap_or(Amount::ZERO).min(Amount::ZERO);
        let is_percent = values.iter().all(|(_, look)| *look == Look::Percent);
        // Attainment is drawn to 120 %: one outlier must not flatten everyone else.
        let largest = if is_percent { largest.min(Amount::from_units(12, 1)) } else { largest };
        let bars = ConditionalFormatDataBar::new()
            .set_minimum(ConditionalFormatType::Number, smallest.binary())
            .set_maximum(ConditionalFormatType::Number, largest.max(Amount::from_units(1, 2)).binary())
            .set_fill_color(rgb(self.options.theme.bar))
            .set_negative_fill_color(rgb(self.options.theme.negative_bar))
            .set_solid_fill(true);
        self.sheet.add_conditional_format(first, column, last, column, &bars)?;
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
                let format = self.formats.of(self.options.theme, Style { is_formula_like, indent, ..style });
                self.sheet.write_string_with_format(row, column, clipped(text), format)?;
            }
            Item::Link { text, to } => match self.place(to) {
                Some(place) => {
                    let indent = u8::from(self.beside_numbers[usize::from(column)]);
                    let format = self.formats.of(self.options.theme, Style { is_link: true, indent, ..style });
                    let url = Url::new(place).set_text(clipped(text));
                    self.sheet.write_url_with_format(row, column, url, format)?;
                    self.n_links += 1;
                }
                None => {
                    let indent = u8::from(self.beside_numbers[usize::from(column)]);
                    let format = self.formats.of(self.options.theme, Style { indent, ..style });
                    self.sheet.write_string_with_format(row, column, clipped(text), format)?;
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

    /// The months of a line of some page, as a line in a cell; the last month is marked.
    fn sparkline(&mut self, of: &Link, row: u32, column: u16) -> Result<(), XlsxError> {
        let anchor = of.subject.as_ref().and_then(|subject| self.anchors.0.get(&(of.page, subject)));
        let series = anchor.and_then(|anchor| Some((anchor.row, anchor.series?)));
        let (Some((line, (first, last))), Some(name)) = (series, self.names.get(of.page)) else { return Ok(()) };
        let column_of = |index: usize| u16::try_from(index).unwrap_or(0);
        let theme = self.options.theme;
        let sparkline = Sparkline::new()
            .set_range((name.as_str(), line, column_of(first), line, column_of(last)))
            .show_last_point(true)
            .set_sparkline_color(rgb(theme.ink))
            .set_last_point_color(rgb(theme.ink))
            .set_line_weight(1.25);
        self.sheet.add_sparkline(row, column, &sparkline)?;
        Ok(())
    }

    /// Small charts on one scale, in the rows of their block: what is larger in one is larger in all.
    fn panels(&mut self, page: &Page, panels: &Panels, first_row: u32) -> Result<(), XlsxError> {
        let Some((_, of_first, of)) = page.blocks_at().nth(panels.of) else { return Ok(()) };
        let Some((first, last)) = of.series.as_ref().map(|series| (series.first, series.last())) else { return Ok(()) };
        let header = of.header_row(of_first);
        let lines = || panels.panels.iter().flat_map(|panel| &panel.series).filter_map(|(line, _)| of.lines.get(*line));
        let values = || {
            lines().flat_map(|line| &line.items[first..=last]).filter_map(|item| match item {
                Item::Number(figure) => Some(figure.value.binary()),
                _ => None,
            })
        };
        let (lowest, highest) = (values().fold(0.0, f64::min), values().fold(0.0, f64::max));
        let sheet = self.sheet.name();
        let column = |index: usize| u16::try_from(index).unwrap_or(0);
        for (index, panel) in panels.panels.iter().enumerate() {
            let mut drawing = rust_xlsxwriter::Chart::new(ChartType::Column);
            for (line, scenario) in &panel.series {
                let row = header + 1 + u32::try_from(*line).unwrap_or(0);
                drawing
                    .add_series()
                    .set_name(self.options.lang.word(&format!("scenario.{}", scenario.key())))
                    .set_categories((sheet.as_str(), header, column(first), header, column(last)))
                    .set_values((sheet.as_str(), row, column(first), row, column(last)))
                    .set_gap(60)
                    .set_overlap(0)
                    .set_format(&mut scenario_format(Some(*scenario), self.options.theme));
            }
            let font = ChartFont::new().set_size(8).clone();
            drawing.title().set_name(&panel.title).set_font(ChartFont::new().set_size(10).set_bold());
            drawing.legend().set_position(ChartLegendPosition::Bottom).set_font(&font);
            drawing.x_axis().set_font(&font);
            drawing.y_axis().set_font(&font).set_num_format("#,##0").set_min(lowest).set_max(round_up(highest));
            drawing.y_axis().set_major_gridlines_line(&grid());
            drawing.set_width(PANEL_WIDTH).set_height(PANEL_HEIGHT);
            let (across, down) = (index % PANELS_ACROSS, index / PANELS_ACROSS);
            let row = first_row + u32::try_from(down * PANEL_ROWS).unwrap_or(0);
            let (at, offset) = self.column_at(f64::from(PANEL_WIDTH) * across as f64);
            self.sheet.insert_chart_with_offset(row, at, &drawing, offset, 0)?;
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

    /// A place in this workbook; nothing where the page has no such line, or the sheet no room for more links.
    fn place(&self, to: &Link) -> Option<String> {
        let name = self.names.get(to.page)?;
        let row = match &to.subject {
            Some(subject) => self.anchors.0.get(&(to.page, subject))?.row,
            None => 0,
        };
        (self.n_links < MOST_LINKS).then(|| format!("internal:'{name}'!A{}", row + 1))
    }

    /// A place in an input file, as a link where the file can be reached.
    fn source(&mut self, at: &CellRef, style: Style, row: u32, column: u16) -> Result<(), XlsxError> {
        let text = at.to_string();
        let link = self.options.links.get(&*at.file).filter(|_| self.n_links < MOST_LINKS);
        let Some(link) = link else {
            let format = self.formats.of(self.options.theme, style);
            self.sheet.write_string_with_format(row, column, clipped(&text), format)?;
            return Ok(());
        };
        let fragment = if at.sheet.is_empty() {
            String::new()
        } else {
            let cell = if at.cell.is_some() { at.address() } else { "A1".to_string() };
            format!("#'{}'!{cell}", at.sheet.replace('\'', "''"))
        };
        // Excel refuses links beyond 2,080 characters and texts beyond 255.
        let target = format!("file:///{}{fragment}", percent_encoded(link));
        let format = self.formats.of(self.options.theme, Style { is_link: true, ..style });
        if target.len() > 2_000 || text.chars().count() > 250 {
            self.sheet.write_string_with_format(row, column, clipped(&text), format)?;
            return Ok(());
        }
        self.n_links += 1;
        self.sheet.write_url_with_format(row, column, Url::new(target).set_text(&text), format)?;
        Ok(())
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
        let format = self.formats.of(self.options.theme, style);
        let formula = figure.formula.as_ref().and_then(|formula| formula_text(formula, row, column, header_row));
        match formula {
            Some(formula) => {
                let formula = SheetFormula::new(formula).set_result(figure.value.binary().to_string());
                self.sheet.write_formula_with_format(row, column, formula, format)?;
            }
            None => {
                self.sheet.write_number_with_format(row, column, figure.value.binary(), format)?;
            }
        }
        Ok(())
    }
}

/// The lines that others open or draw, by what they are about.
struct Anchors<'a>(FxHashMap<(&'a str, &'a Subject), Anchor>);

#[derive(Clone, Copy)]
struct Anchor {
    row: u32,
    /// First and last of its columns that are months.
    series: Option<(usize, usize)>,
}

impl<'a> Anchors<'a> {
    fn of(pages: &'a [Cow<'_, Page>]) -> Self {
        let mut anchors = FxHashMap::default();
        for page in pages {
            for (_, first, block) in page.blocks_at() {
                let row = |line: usize| block.header_row(first) + 1 + u32::try_from(line).unwrap_or(0);
                for (line, subject) in &block.subjects {
                    let series = block.series.as_ref().map(|series| (series.first, series.last()));
                    let anchor = Anchor { row: row(*line), series };
                    anchors.entry((page.key, subject)).or_insert(anchor);
                }
            }
        }
        Anchors(anchors)
    }
}

/// The formats that a sheet uses, each made once.
#[derive(Default)]
struct Formats(FxHashMap<Style, Format>);

impl Formats {
    fn of(&mut self, theme: &Theme, style: Style) -> &Format {
        self.0.entry(style).or_insert_with(|| style.format(theme))
    }
}

/// Column widths by what the columns hold, over all tables of a page.
fn column_widths(page: &Page) -> Vec<usize> {
    let n_columns = page.blocks.iter().map(|block| block.columns.len()).max().unwrap_or(0);
    let width = |index: usize| {
        let of_blocks =
            page.blocks.iter().filter_map(|block| Some(column_width(block.columns.get(index)?, block, index)));
        of_blocks.max().unwrap_or(NARROWEST)
    };
    (0..n_columns).into_par_iter().map(width).collect()
}

/// Width that a column needs: its cells' texts, and its header on two lines at most.
fn column_width(column: &Column, block: &Block, index: usize) -> usize {
    let cells = block.lines.iter().filter(|line| line.role != LineRole::Group).filter_map(|line| line.items.get(index));
    let widest = widest(cells);
    // Headers break between words, and between any two Chinese characters.
    let longest_word = column.header.split_whitespace().map(breakable_width).max().unwrap_or(0);
    let header = longest_word.max(display_width(&column.header).div_ceil(2));
    // The button of the filter takes room beside the header.
    let choices = column.input.iter().flatten().map(|choice| display_width(choice) + 3).max().unwrap_or(0);
    // Room to write.
    // Notes need room; a day or a name less.
    let room = match &column.input {
        Some(choices) if choices.is_empty() => {
            if column.wraps {
                24
            } else {
                11
            }
        }
        _ => choices,
    };
    let width = widest.max(header + 3).max(room);
    width.clamp(NARROWEST, if column.wraps { WRAPPED_WIDTH } else { WIDEST })
}

/// The part of a word that cannot be broken: all of it in Latin script, half in Chinese.
fn breakable_width(word: &str) -> usize {
    let width = display_width(word);
    if word.is_ascii() || width < 8 { width } else { width.div_ceil(2) + 1 }
}

/// What of a column's width a wrapped text fills: words do not break just at the border.
fn usable(width: usize) -> usize {
    if width < WRAPPED_WIDTH { width } else { width - 3 }
}

/// Lines that a text takes in a column, when it may wrap.
fn lines_of(text: &str, width: usize) -> usize {
    let of_paragraph = |paragraph: &str| display_width(paragraph).div_ceil(width.max(1)).max(1);
    text.lines().map(of_paragraph).sum::<usize>().max(1)
}

/// Width of the widest of a column's cells. Of numbers that look alike the largest is the widest: their digits are
/// counted once.
fn widest<'a>(cells: impl Iterator<Item = &'a Item>) -> usize {
    let mut largest: Vec<&Figure> = Vec::new();
    let mut widest = 0;
    for item in cells {
        let Item::Number(figure) = item else {
            widest = widest.max(item_width(item));
            continue;
        };
        let alike = |other: &&mut &Figure| {
            other.look == figure.look
                && other.value.is_negative() == figure.value.is_negative()
                && (other.n_unreadable > 0) == (figure.n_unreadable > 0)
        };
        match largest.iter_mut().find(alike) {
            Some(known) if known.value.abs() < figure.value.abs() => *known = figure,
            Some(_) => {}
            None => largest.push(figure),
        }
    }
    largest.into_iter().map(figure_width).max().unwrap_or(0).max(widest)
}

fn figure_width(figure: &Figure) -> usize {
    let digits = match figure.look {
        Look::Amount(decimals) | Look::Delta(decimals) | Look::Money(decimals) | Look::MoneyDelta(decimals) => {
            figure.value.grouped_width(decimals) + 1
        }
        Look::Percent | Look::DeltaPercent => (figure.value * Amount::whole(100)).grouped_width(1) + 2,
        Look::Points => figure.value.grouped_width(1) + 3,
    };
    digits + if figure.n_unreadable > 0 { 4 } else { 0 }
}

fn item_width(item: &Item) -> usize {
    match item {
        Item::Blank => 0,
        Item::Sparkline(_) => SPARKLINE_WIDTH,
        Item::Text(text) | Item::Link { text, .. } => display_width(text) + 1,
        Item::Source(at) => display_width(&at.to_string()),
        Item::Day(_) => "2026-12-31".len(),
        Item::Status { word, .. } => display_width(word) + 3,
        Item::Number(figure) => figure_width(figure),
    }
}

/// Lines behind charts.
fn grid() -> ChartLine {
    let mut line = ChartLine::new();
    line.set_color(Color::RGB(GRID)).set_width(0.75);
    line
}

/// Where an axis may end: a round number above.
fn round_up(value: f64) -> f64 {
    if value <= 0.0 {
        return 1.0;
    }
    let unit = 10f64.powf(value.log10().floor());
    let round = [1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0];
    round.into_iter().map(|times| times * unit).find(|end| *end >= value).unwrap_or(10.0 * unit)
}

/// Headers show the scenario: solid actual, lighter prior year, outlined plan, hatched forecast.
fn header_format(scenario: Option<Scenario>, theme: &Theme) -> Format {
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

/// The same notation for the columns of charts.
fn scenario_format(scenario: Option<Scenario>, theme: &Theme) -> ChartFormat {
    let mut format = ChartFormat::new();
    let mut line = ChartLine::new();
    line.set_color(rgb(theme.ink)).set_width(1.5);
    match scenario {
        None | Some(Scenario::Actual) => {
            format.set_solid_fill(ChartSolidFill::new().set_color(rgb(theme.ink)));
        }
        Some(Scenario::PriorYear) => {
            format.set_solid_fill(ChartSolidFill::new().set_color(Color::RGB(LIGHT_GREY)));
        }
        Some(Scenario::Plan | Scenario::Budget) => {
            format.set_solid_fill(ChartSolidFill::new().set_color(Color::White)).set_border(&line);
        }
        Some(Scenario::Forecast) => {
            let mut pattern = ChartPatternFill::new();
            pattern
                .set_pattern(ChartPatternFillType::DiagonalStripesWideUpwards)
                .set_foreground_color(rgb(theme.ink))
                .set_background_color(Color::White);
            format.set_pattern_fill(&pattern).set_border(&line);
        }
    }
    format
}

/// The parts of a bridge, in the order of its columns.
fn bridge_format(part: usize, theme: &Theme) -> ChartFormat {
    let mut format = ChartFormat::new();
    match part {
        0 => format.set_no_fill(),
        1 => format.set_solid_fill(ChartSolidFill::new().set_color(rgb(theme.ink))),
        2 => format.set_solid_fill(ChartSolidFill::new().set_color(rgb(theme.bar))),
        // Hatched, so that a fall is no rise in greyscale.
        _ => {
            let mut pattern = ChartPatternFill::new();
            pattern
                .set_pattern(ChartPatternFillType::DiagonalStripesWideDownwards)
                .set_foreground_color(rgb(theme.negative_bar))
                .set_background_color(Color::White);
            let mut line = ChartLine::new();
            line.set_color(rgb(theme.negative_bar)).set_width(1);
            format.set_pattern_fill(&pattern).set_border(&line)
        }
    };
    format
}

/// What adds up over time as a line: solid for actuals, dashed for what is planned.
fn scenario_line(scenario: Option<Scenario>, theme: &Theme) -> ChartFormat {
    let mut line = ChartLine::new();
    let is_prior = scenario == Some(Scenario::PriorYear);
    line.set_width(2.25).set_color(if is_prior { Color::RGB(LIGHT_GREY) } else { rgb(theme.ink) });
    if matches!(scenario, Some(Scenario::Plan | Scenario::Budget | Scenario::Forecast)) {
        line.set_dash_type(ChartLineDashType::Dash);
    }
    let mut format = ChartFormat::new();
    format.set_line(&line);
    format
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

/// A path as a link has it. The library encodes nothing more where something is encoded already.
fn percent_encoded(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len());
    for character in path.chars() {
        match character {
            '%' | '#' | ' ' | '"' | '<' | '>' | '[' | ']' | '^' | '`' | '{' | '}' | '?' => {
                encoded.push_str(&format!("%{:02x}", u32::from(character)));
            }
            _ => encoded.push(character),
        }
    }
    encoded
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
    fn number_formats_mark_what_is_missing() {
        assert_eq!(number_format(Look::Amount(2), 0), "#,##0.00");
        assert_eq!(number_format(Look::Amount(0), 1), "#,##0\" *1\"");
        assert_eq!(number_format(Look::Amount(0), 10), "#,##0\" *9+\"");
    }

    #[test]
    fn long_texts_are_cut_by_utf16_units() {
        assert_eq!(clipped(&"😀".repeat(20_000)).encode_utf16().count(), 32_766);
        assert_eq!(clipped("a\u{1}b"), "ab");
    }
}
