//! Blank input workbooks, written from the list of tables: what the tool reads is what it offers.

use rust_xlsxwriter::{
    Color, DataValidation, DataValidationErrorStyle, DataValidationRule, DocProperties, ExcelDateTime, Format,
    FormatAlign, FormatBorder, Workbook, XlsxError,
};

use crate::job::settings::STAGES;
use crate::measure::Number;
use crate::metric::Metrics;
use crate::problem::{metric_word, stage_word};
use crate::tables::{Holds, Open, TableSpec};
use crate::text::Lang;

/// Rows that validation covers.
const LAST_ROW: u32 = 2_000;
/// Title, help, then the header.
const HELP_ROW: u32 = 1;
const HEADER_ROW: u32 = 2;
/// Measures that a blank actuals workbook offers.
const MEASURES: [&str; 4] = ["sales_amount", "units", "new_customers", "leads"];

/// Columns that are read, and that a blank workbook does without: other layouts of the same table.
const NOT_OFFERED: [(&str, &str); 6] = [
    ("actuals", "metric"),
    ("actuals", "scenario"),
    ("budget", "scenario"),
    ("deals", "date"),
    ("targets", "date"),
    ("targets", "scenario"),
];

/// `targets.xlsx`, or in Chinese `目标.xlsx`.
pub fn file_name(table: &TableSpec, lang: Lang) -> String {
    match lang {
        Lang::En => format!("{}.xlsx", table.key),
        Lang::Zh => format!("{}.xlsx", lang.word(&format!("table.{}", table.key))),
    }
}

/// A column of the workbook: header, help, what it holds, whether it must be filled.
struct TemplateColumn {
    header: String,
    help: String,
    holds: Holds,
    required: bool,
    is_metric: bool,
}

fn columns(table: &TableSpec, lang: Lang) -> Vec<TemplateColumn> {
    let mut columns: Vec<TemplateColumn> = table
        .columns
        .iter()
        .filter(|column| !NOT_OFFERED.contains(&(table.key, column.key)))
        .map(|column| TemplateColumn {
            header: lang.word(&format!("column.{}", column.key)).to_string(),
            help: lang.word(&format!("help.{}", column.key)).to_string(),
            holds: column.holds,
            required: column.required,
            is_metric: column.key == "metric",
        })
        .collect();
    let mut open = |header: String, help: &str, holds: Holds| {
        let help = lang.word(help).to_string();
        columns.push(TemplateColumn { header, help, holds, required: false, is_metric: false });
    };
    let mut add = |header: String, help: &str| open(header, help, Holds::Number);
    match table.open {
        Open::Measures => MEASURES.iter().for_each(|measure| add(metric_word(measure, lang), "help.measure")),
        Open::Stages => STAGES.iter().for_each(|stage| add(stage_word(stage, lang), "help.stage")),
        Open::StageDates => {
            for stage in STAGES.iter().filter(|stage| **stage != "won") {
                let header = lang.say("word.stage_date", &[("stage", &stage_word(stage, lang))]);
                open(header, "help.stage_date", Holds::Date);
            }
        }
        Open::MetricsOrPeriods | Open::Nothing | Open::Periods => {}
    }
    columns
}

/// The bytes of a workbook for a table, with rows if any; `-` leaves a cell blank.
///
/// # Errors
/// Only what the library refuses.
pub fn render(table: &TableSpec, rows: &[Vec<String>], lang: Lang) -> Result<Vec<u8>, String> {
    write(table, rows, lang).map_err(|error| format!("{}: {error}", table.key))
}

fn write(table: &TableSpec, rows: &[Vec<String>], lang: Lang) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let created = ExcelDateTime::from_ymd(2026, 1, 1)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&created));
    let sheet = workbook.add_worksheet();
    sheet.set_name(lang.word(&format!("table.{}", table.key)))?;
    let title = Format::new().set_bold().set_font_size(14);
    sheet.write_string_with_format(0, 0, lang.word(&format!("template.{}", table.key)), &title)?;
    let help = Format::new()
        .set_font_color(Color::RGB(0x59_59_59))
        .set_text_wrap()
        .set_align(FormatAlign::Top)
        .set_font_size(9);
    let header = |required: bool| {
        let fill = if required { 0x40_40_40 } else { 0xA6_A6_A6 };
        let text = if required { Color::White } else { Color::Black };
        Format::new()
            .set_bold()
            .set_background_color(Color::RGB(fill))
            .set_font_color(text)
            .set_border(FormatBorder::Thin)
            .set_align(FormatAlign::Center)
    };
    sheet.set_row_height(HELP_ROW, 76)?;
    for (index, column) in (0u16..).zip(&columns(table, lang)) {
        sheet.write_string_with_format(HELP_ROW, index, &column.help, &help)?;
        sheet.write_string_with_format(HEADER_ROW, index, &column.header, &header(column.required))?;
        let width = super::display_width(&column.header) + 4;
        sheet.set_column_width(index, width.max(18) as f64)?;
        let format = match column.holds {
            Holds::Date => Format::new().set_num_format("yyyy-mm-dd"),
            Holds::Number => Format::new().set_num_format("#,##0.##"),
            Holds::Percent => Format::new().set_num_format("0%"),
            Holds::Period | Holds::Text => Format::new().set_num_format("@"),
        };
        sheet.set_column_format(index, &format)?;
        if let Some(validation) = validation(column, lang)? {
            sheet.add_data_validation(HEADER_ROW + 1, index, LAST_ROW, index, &validation)?;
        }
        for (row, values) in (HEADER_ROW + 1..).zip(rows) {
            let Some(value) = values.get(usize::from(index)).filter(|value| *value != "-") else { continue };
            match column.holds {
                Holds::Date => {
                    let date = ExcelDateTime::parse_from_str(value)?;
                    sheet.write_datetime_with_format(row, index, &date, &format)?;
                }
                Holds::Number | Holds::Percent => {
                    let number = Number::from_plain(value).map_or(0.0, Number::binary);
                    sheet.write_number_with_format(row, index, number, &format)?;
                }
                Holds::Period | Holds::Text => drop(sheet.write_string_with_format(row, index, value, &format)?),
            }
        }
    }
    sheet.set_freeze_panes(HEADER_ROW + 1, 0)?;
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
    workbook.save_to_buffer()
}

/// What Excel itself should refuse, with the column's help as the reason.
fn validation(column: &TemplateColumn, lang: Lang) -> Result<Option<DataValidation>, XlsxError> {
    let validation = DataValidation::new();
    let validation = match column.holds {
        Holds::Date => {
            let (first, last) = (ExcelDateTime::from_ymd(1990, 1, 1)?, ExcelDateTime::from_ymd(2100, 12, 31)?);
            validation.allow_date(DataValidationRule::Between(first, last))
        }
        Holds::Number => validation.allow_decimal_number(DataValidationRule::Between(-1e15, 1e15)),
        Holds::Percent => validation.allow_decimal_number(DataValidationRule::Between(0.0, 1.0)),
        Holds::Text if column.is_metric => {
            let materiality = crate::metric::Materiality {
                absolute: crate::measure::Amount::ZERO,
                relative: crate::measure::Amount::ZERO,
                both: true,
            };
            let metrics = Metrics::new(&std::collections::BTreeMap::new(), materiality);
            let names: Vec<String> = metrics
                .iter()
                .flat_map(|metrics| metrics.iter())
                .map(|metric| metric_word(&metric.key, lang))
                .collect();
            // Names of one's own are allowed: the list helps, it does not forbid.
            validation.allow_list_strings(&names)?.set_error_style(DataValidationErrorStyle::Warning)
        }
        Holds::Period | Holds::Text => return Ok(None),
    };
    let message: String = column.help.chars().take(200).collect();
    Ok(Some(validation.set_error_message(message)?))
}
