//! Every workbook that we write is one by ECMA-376: well-formed parts, elements in the standard's order, parts that are
//! connected. Excel repairs or refuses what is not, and neither LibreOffice nor calamine would say a word.

mod support;

use std::io::{Cursor, Read, Write};
use std::path::Path;
use std::process::Command;

use rust_xlsxwriter::{
    Chart, ChartDataLabel, ChartDataTable, ChartErrorBars, ChartErrorBarsType, ChartFont, ChartFormat, ChartLayout,
    ChartLine, ChartPatternFill, ChartPatternFillType, ChartPoint, ChartTrendline, ChartTrendlineType, ChartType,
    Color, ConditionalFormat3ColorScale, ConditionalFormatCell, ConditionalFormatCellRule, ConditionalFormatDataBar,
    ConditionalFormatFormula, ConditionalFormatIconSet, ConditionalFormatIconType, Format, FormatBorder, Sparkline,
    SparklineType, Table, TableColumn, TableFunction, Workbook,
};
use support::schema::faults;
use support::{Case, attain, png};

fn samples() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples")
}

/// Runs the program, which must end as a run does that writes.
#[track_caller]
fn wrote(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(matches!(output.status.code(), Some(0 | 1 | 3)), "{}", String::from_utf8_lossy(&output.stderr));
}

#[track_caller]
fn is_sound(path: &Path) {
    let found = faults(&std::fs::read(path).unwrap());
    let first: Vec<&String> = found.iter().take(10).collect();
    assert!(found.is_empty(), "{}: {} faults\n{first:#?}", path.display(), found.len());
}

/// All workbooks of a folder. Returns how many.
#[track_caller]
fn are_sound(folder: &Path) -> usize {
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let workbooks: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|extension| extension == "xlsx")).collect();
    workbooks.iter().for_each(|path| is_sound(path));
    workbooks.len()
}

#[test]
fn reports_of_every_sample_in_both_languages() {
    for sample in ["small", "seed", "messy"] {
        for lang in ["en", "zh"] {
            let out = tempfile::tempdir().unwrap();
            wrote(attain().arg("run").arg(samples().join(sample)).args(["--lang", lang, "--out"]).arg(out.path()));
            is_sound(&out.path().join("report.xlsx"));
        }
    }
}

#[test]
fn packs_of_every_region() {
    let out = tempfile::tempdir().unwrap();
    wrote(attain().arg("run").arg(samples().join("small")).args(["--split-by", "region", "--out"]).arg(out.path()));
    assert!(are_sound(&out.path().join("packs")) >= 2);
}

#[test]
fn workbooks_of_findings() {
    for lang in ["en", "zh"] {
        let out = tempfile::tempdir().unwrap();
        wrote(attain().arg("check").arg(samples().join("messy")).args(["--lang", lang, "--out"]).arg(out.path()));
        is_sound(&out.path().join("findings.xlsx"));
    }
}

#[test]
fn blank_templates() {
    for lang in ["en", "zh"] {
        let out = tempfile::tempdir().unwrap();
        wrote(attain().args(["template", "all", "--lang", lang, "--out"]).arg(out.path()));
        assert!(are_sound(out.path()) > 5);
    }
}

/// A logo is a drawing and an image, a font of one's own stands in every style, lines to sign end the first page.
#[test]
fn a_report_with_everything_that_a_theme_sets() {
    let theme = "company = \"Ours & <theirs>\"\n[report.theme]\nlogo = \"logo.png\"\nsign_off = true\nfont = \"Noto Sans\"\n\
        font_size = 12\nheader = \"#1F3864\"\npalette = \"rag\"\n";
    let ran = Case::new()
        .sheet("t.xlsx", "Region | Name | Month | Sales target\n North | Ann & <Bob> | 2026-04 | 1000")
        .sheet("a.xlsx", "Date | Region | Name | Sales amount\n 2026-04-02 | North | Ann & <Bob> | 480")
        .settings(theme)
        .file("logo.png", &png(40, 10))
        .seen_on("2026-04-15")
        .run()
        .status(0);
    is_sound(&ran.out().join("report.xlsx"));
}

/// A workbook of the user's own keeps its parts; formulas lose their results on purpose.
#[test]
fn a_filled_workbook() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet().set_name("Board").unwrap();
    sheet.write_string(0, 1, "{{attainment.actual metric=sales_amount}}").unwrap();
    sheet.write_formula(1, 1, "=B1*2").unwrap();
    sheet.write_string(4, 0, "{{table attainment level=person columns=unit,actual,status}}").unwrap();
    sheet.write_string(9, 0, "below").unwrap();
    let case = Case::new()
        .sheet("t.xlsx", "Name | Month | Sales target\n Ann | 2026-04 | 1000\n B & <c> | 2026-04 | 500")
        .sheet("a.xlsx", "Date | Name | Sales amount\n 2026-04-02 | Ann | 480.25\n 2026-04-02 | B & <c> | 7")
        .args(&["--period", "2026-04"])
        .seen_on("2026-04-15")
        .file("book.xlsx", &workbook.save_to_buffer().unwrap());
    let path = case.inputs().join("book.xlsx");
    let ran = case.args(&["--template", path.to_str().unwrap()]).run().status(0);
    let found = faults(&std::fs::read(ran.out().join("filled.xlsx")).unwrap());
    assert_eq!(found, ["xl/worksheets/sheet1.xml: B2 is a formula without a result"]);
}

/// What the library can write and reports do not have yet passes as well: the table is the standard's, not ours.
#[test]
fn what_reports_may_come_to_have_is_known() {
    let found = faults(&rich());
    assert!(found.is_empty(), "{found:#?}");
}

/// Sparklines, labels of charts with texts and places of their own, forecasts, errors, tables, all conditional formats.
fn rich() -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet().set_name("Rich").unwrap();
    for row in 0..6 {
        for column in 0..5 {
            sheet.write_number(row, column, f64::from(row) - f64::from(column) / 2.0).unwrap();
        }
    }
    let dates = ("Rich", 0, 4, 0, 4);
    for (row, kind) in [SparklineType::Line, SparklineType::Column, SparklineType::WinLose].into_iter().enumerate() {
        let row = row as u32;
        let sparkline = Sparkline::new()
            .set_type(kind)
            .set_range(("Rich", row, 0, row, 4))
            .show_high_point(true)
            .show_low_point(true)
            .show_last_point(true)
            .set_last_point_color(Color::Red)
            .set_date_range(dates);
        sheet.add_sparkline(row, 6, &sparkline).unwrap();
    }
    let bold = Format::new().set_bold().set_border(FormatBorder::Thin).set_background_color(Color::Yellow);
    let above = ConditionalFormatCell::new().set_rule(ConditionalFormatCellRule::GreaterThan(1)).set_format(&bold);
    sheet.add_conditional_format(0, 0, 5, 0, &above).unwrap();
    let formula = ConditionalFormatFormula::new().set_rule("=$A1>2").set_format(&bold);
    sheet.add_conditional_format(0, 1, 5, 1, &formula).unwrap();
    let bars = ConditionalFormatDataBar::new().set_fill_color(Color::Blue);
    sheet.add_conditional_format(0, 2, 5, 2, &bars).unwrap();
    sheet.add_conditional_format(0, 3, 5, 3, &ConditionalFormat3ColorScale::new()).unwrap();
    let icons = ConditionalFormatIconSet::new().set_icon_type(ConditionalFormatIconType::ThreeTrafficLights);
    sheet.add_conditional_format(0, 4, 5, 4, &icons).unwrap();

    let mut hatched = ChartPatternFill::new();
    hatched.set_pattern(ChartPatternFillType::DiagonalStripesWideUpwards).set_foreground_color(Color::Black);
    let mut columns = Chart::new(ChartType::Column);
    let mut label = ChartDataLabel::new();
    let labels = [
        ChartDataLabel::new()
            .set_value("+12.5 %")
            .set_font(ChartFont::new().set_bold().set_color(Color::Red))
            .to_custom(),
        ChartDataLabel::new().set_value("=Rich!$A$2").to_custom(),
        ChartDataLabel::new().set_hidden().to_custom(),
    ];
    columns
        .add_series()
        .set_values(("Rich", 0, 0, 5, 0))
        .set_categories(("Rich", 0, 4, 5, 4))
        .set_name("Forecast")
        .set_format(ChartFormat::new().set_pattern_fill(&hatched).set_border(ChartLine::new().set_width(1.5)))
        .set_invert_if_negative_color(Color::Red)
        .set_points(&[ChartPoint::new().set_format(ChartFormat::new().set_pattern_fill(&hatched))])
        .set_y_error_bars(ChartErrorBars::new().set_type(ChartErrorBarsType::StandardError))
        .set_data_label(label.show_value().set_num_format("0.0").set_font(ChartFont::new().set_size(8)))
        .set_custom_data_labels(&labels);
    columns.title().set_name("=Rich!$A$1").set_layout(&ChartLayout::new().set_offset(0.1, 0.1));
    columns.y_axis().set_name("k").set_major_gridlines(true).set_minor_gridlines(true).set_max(9).set_min(-9);
    columns.plot_area().set_layout(&ChartLayout::new().set_offset(0.2, 0.2).set_dimensions(0.7, 0.6));
    let mut lines = Chart::new(ChartType::Line);
    lines
        .add_series()
        .set_values(("Rich", 0, 1, 5, 1))
        .set_secondary_axis(true)
        .set_trendline(ChartTrendline::new().set_type(ChartTrendlineType::Linear).set_forward_period(2));
    columns.combine(&lines);
    sheet.insert_chart(8, 0, &columns).unwrap();
    let mut stock = Chart::new(ChartType::Line);
    stock.add_series().set_values(("Rich", 0, 1, 5, 1));
    stock.add_series().set_values(("Rich", 0, 2, 5, 2));
    stock.set_up_down_bars(true).set_drop_lines(true).set_high_low_lines(true);
    stock.set_data_table(&ChartDataTable::new());
    sheet.insert_chart(30, 0, &stock).unwrap();

    let other = workbook.add_worksheet().set_name("Table").unwrap();
    let column = TableColumn::new().set_header("Plan").set_total_function(TableFunction::Sum);
    other.add_table(0, 0, 4, 1, &Table::new().set_total_row(true).set_columns(&[column])).unwrap();
    other.merge_range(6, 0, 6, 1, "merged", &bold).unwrap();
    other.protect();
    workbook.save_to_buffer().unwrap()
}

/// The same workbook with a text in a part replaced, once.
fn spoilt(bytes: &[u8], part: &str, from: &str, to: &str) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let name = entry.name().unwrap().to_string();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        if name == part {
            let text = String::from_utf8(content).unwrap();
            assert!(text.contains(from), "{part} has no {from}: {text}");
            content = text.replacen(from, to, 1).into_bytes();
        }
        writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(&content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// The check fails on what it is for: each of these is one change to a sound workbook.
#[test]
fn a_workbook_that_is_spoilt_is_found_out() {
    const SHEET: &str = "xl/worksheets/sheet1.xml";
    const CHART: &str = "xl/charts/chart1.xml";
    let sound = rich();
    let links = "<hyperlinks><hyperlink ref=\"A1\" location=\"Rich!A2\"/></hyperlinks>";
    let cases: &[(&str, &str, &str, &str)] = &[
        // Before the conditional formats instead of behind them.
        (SHEET, "<conditionalFormatting ", &format!("{links}<conditionalFormatting "), "x:worksheet holds"),
        (
            SHEET,
            "<pageMargins",
            "<sheetViews><sheetView workbookViewId=\"0\"/></sheetViews><pageMargins",
            "and may hold: sheetPr?",
        ),
        (SHEET, "<sheetData>", "<sheetData><line/>", "x:worksheet/x:sheetData/x:line is not in the table"),
        (SHEET, "<x14:sparklines>", "<x14:sparklines/><x14:sparklines>", "x14:sparklineGroup holds"),
        (SHEET, "<xm:f>", "<f>", "at byte"),
        (SHEET, "</xm:f><xm:sqref>G1</xm:sqref>", "</xm:f>", "x14:sparkline holds xm:f;"),
        (SHEET, "<c r=\"B1\"", "<c r=\"A1\"", "A1 is out of order"),
        (SHEET, "<c r=\"B1\"", "<c r=\"B1\" s=\"99\"", "B1 has style Some(\"99\")"),
        (SHEET, "<c r=\"B1\"", "<c r=\"B1\" t=\"s\"", "B1 of type Some(\"s\")"),
        (SHEET, "<c r=\"B1\"><v>-0.5</v>", "<c r=\"B1\"><f>A1</f>", "B1 is a formula without a result"),
        (SHEET, "<c r=\"B1\"><v>-0.5</v>", "<c r=\"B1\" t=\"e\"><f>1/0</f><v>#DIV/0!</v>", "B1 of type Some(\"e\")"),
        (SHEET, "<row r=\"2\"", "<row r=\"1\"", "row 1 behind row 1"),
        (SHEET, "<drawing r:id=\"rId1\"", "<drawing r:id=\"rId9\"", "rId9 is none of its relationships"),
        (SHEET, "<drawing ", "<drawing2 ", "is not in the table"),
        (SHEET, "dxfId=\"0\"", "dxfId=\"7\"", "dxfId Some(\"7\") of 1"),
        (CHART, "<c:showVal val=\"1\"/></c:dLbl>", "</c:dLbl><c:showVal val=\"1\"/>", "c:dLbls holds"),
        (CHART, "<c:order val=\"0\"/>", "", "c:ser holds c:idx;c:tx;"),
        (CHART, "</c:ser><c:axId", "</c:ser><c:overlap/><c:gapWidth/><c:axId", "c:barChart holds"),
        (CHART, "<c:crossAx val=\"50010002\"", "<c:crossAx val=\"4\"", "an axis 4 that is not there"),
        (CHART, "<c:ptCount val=\"6\"", "<c:ptCount val=\"5\"", "counts 5 and has 6"),
        ("xl/styles.xml", "<fills ", "<fills/><fills ", "x:styleSheet holds"),
        ("xl/styles.xml", "<sz val=\"11\"/>", "<sz val=\"11\"/><b/>", "x:font holds x:sz;x:b;"),
        ("xl/styles.xml", "fontId=\"0\"", "fontId=\"50\"", "fontId Some(\"50\")"),
        ("xl/workbook.xml", "<sheets>", "<calcPr/><sheets>", "x:workbook holds"),
        ("xl/workbook.xml", "name=\"Rich\"", "name=\"Rich/poor\"", "the sheet's name"),
        (
            "[Content_Types].xml",
            "/xl/charts/chart1.xml",
            "/xl/charts/chart9.xml",
            "has a type for xl/charts/chart9.xml",
        ),
        ("xl/_rels/workbook.xml.rels", "styles.xml", "style.xml", "leads to xl/style.xml, which is not there"),
        ("docProps/app.xml", "<Application>", "<Company/><Application>", "ap:Properties holds"),
        ("docProps/core.xml", "<dc:creator>", "<dc:creator>&#11;", "a reference to the character 000B"),
        ("xl/drawings/drawing1.xml", "<xdr:from>", "<xdr:clientData/><xdr:from>", "xdr:twoCellAnchor holds"),
    ];
    let missed = cases.iter().filter_map(|(part, from, to, said)| {
        let found = faults(&spoilt(&sound, part, from, to));
        let is_said = found.iter().any(|fault| fault.contains(said));
        (!is_said).then(|| format!("{part} with {to} for {from}: {found:#?}"))
    });
    let missed: Vec<String> = missed.collect();
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}
