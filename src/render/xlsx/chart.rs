//! What is drawn: charts beside their tables, small charts on one scale, lines and bars in cells.

use rust_xlsxwriter::{
    ChartDataLabel, ChartFont, ChartFormat, ChartLegendPosition, ChartLine, ChartLineDashType, ChartPatternFill,
    ChartPatternFillType, ChartSolidFill, ChartType, Color, ConditionalFormatDataBar, ConditionalFormatType, Sparkline,
    XlsxError,
};

use crate::measure::Amount;
use crate::render::theme::Theme;
use crate::report::subject::{CHART_ROWS, Link, PANEL_ROWS, PANELS_ACROSS};
use crate::report::{Block, Chart, ChartKind, Item, Look, Page, Panels, Scenario};

use super::SheetWriter;
use super::look::{LIGHT_GREY, rgb};

/// Pixels of a small chart: as many rows as it covers, less one of air.
const PANEL_WIDTH: u32 = 400;
const PANEL_HEIGHT: u32 = 200;
/// Lines behind charts.
const GRID: u32 = 0xD9_D9_D9;

impl SheetWriter<'_> {
    /// A chart to the right of its table, in the notation of the headers: solid actual,
    /// lighter prior year, outlined plan, hatched forecast.
    pub(super) fn chart(&mut self, chart: &Chart, block: &Block, header_row: u32, last: u32) -> Result<(), XlsxError> {
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
    pub(super) fn draw_charts(&mut self) -> Result<(), XlsxError> {
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

    /// Small charts on one scale, in the rows of their block: what is larger in one is larger in all.
    pub(super) fn panels(&mut self, page: &Page, panels: &Panels, first_row: u32) -> Result<(), XlsxError> {
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

    /// The months of a line of some page, as a line in a cell; the last month is marked.
    pub(super) fn sparkline(&mut self, of: &Link, row: u32, column: u16) -> Result<(), XlsxError> {
        let series = self.anchors.get(of).and_then(|anchor| Some((anchor.row, anchor.series?)));
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

    /// Bars on one scale for the whole column: from zero, or from the lowest where there are negatives.
    pub(super) fn bars(&mut self, block: &Block, column: u16, first: u32, last: u32) -> Result<(), XlsxError> {
        let values = block.lines.iter().filter_map(|line| match line.items.get(usize::from(column)) {
            Some(Item::Number(figure)) => Some((figure.value, figure.look)),
            _ => None,
        });
        let values: Vec<(Amount, Look)> = values.collect();
        let Some(largest) = values.iter().map(|(value, _)| *value).max() else { return Ok(()) };
        let smallest = values.iter().map(|(value, _)| *value).min().unwrap_or(Amount::ZERO).min(Amount::ZERO);
        let is_percent = values.iter().all(|(_, look)| *look == Look::Percent);
        // Attainment is drawn to 120 %: a full bar is the same everywhere, and one outlier does not flatten everyone else.
        let largest = if is_percent { Amount::from_units(12, 1) } else { largest };
        let bars = ConditionalFormatDataBar::new()
            .set_minimum(ConditionalFormatType::Number, smallest.binary())
            .set_maximum(ConditionalFormatType::Number, largest.max(Amount::from_units(1, 2)).binary())
            .set_fill_color(rgb(if is_percent { self.options.theme.plain_bar } else { self.options.theme.bar }))
            .set_negative_fill_color(rgb(self.options.theme.negative_bar))
            .set_solid_fill(true);
        self.sheet.add_conditional_format(first, column, last, column, &bars)?;
        Ok(())
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

/// What adds up over time as a line: solid for actuals, dashed and thin for what is planned, dotted for what is to come.
fn scenario_line(scenario: Option<Scenario>, theme: &Theme) -> ChartFormat {
    let mut line = ChartLine::new();
    let is_prior = scenario == Some(Scenario::PriorYear);
    line.set_width(2.25).set_color(if is_prior { Color::RGB(LIGHT_GREY) } else { rgb(theme.ink) });
    match scenario {
        Some(Scenario::Plan | Scenario::Budget) => {
            line.set_dash_type(ChartLineDashType::Dash).set_width(1.25);
        }
        Some(Scenario::Forecast) => {
            line.set_dash_type(ChartLineDashType::RoundDot);
        }
        _ => {}
    }
    let mut format = ChartFormat::new();
    format.set_line(&line);
    format
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
