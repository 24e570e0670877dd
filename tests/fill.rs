//! A workbook of the user's own, filled: the right figures, and nothing else changed.

mod support;

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use rust_xlsxwriter::{
    Chart, ChartType, ConditionalFormatCell, ConditionalFormatCellRule, Format, Formula, Sparkline, Workbook,
};
use support::package::Package;
use support::{Case, Ran, attain};

const TARGETS: &str =
    "Region | Name | Month | Sales target\n North | Ann | 2026-04 | 1000\n South | Bob | 2026-04 | 500";
const ACTUALS: &str = "Date | Region | Name | Sales amount\n 2026-04-02 | North | Ann | 480.25\n 2026-04-03 | South | Bob | 100\n 2026-04-03 | South | Cid | 20";
const TEAM: &str = "Name | Team | Region\n Ann | A | North\n Bob | B | South\n Cid | B | South";

fn case() -> Case {
    Case::new()
        .sheet("t.xlsx", TARGETS)
        .sheet("a.xlsx", ACTUALS)
        .sheet("p.xlsx", TEAM)
        .settings("company = \"Ours\"\n")
        .seen_on("2026-04-15")
        .args(&["--period", "2026-04"])
}

/// Runs a case with a workbook to fill, which lies beside its inputs.
fn filled(bytes: &[u8]) -> Ran {
    let case = case().file("book.xlsx", bytes);
    let path = case.inputs().join("book.xlsx");
    case.args(&["--template", path.to_str().unwrap()]).run()
}

/// A workbook as a controller makes one: markers, a chart, formats, a sparkline, formulas, a name.
fn board() -> Vec<u8> {
    let mut workbook = Workbook::new();
    let money = Format::new().set_num_format("#,##0.00").set_bold();
    let sheet = workbook.add_worksheet().set_name("Board").unwrap();
    sheet.write_string(0, 0, "Actual & plan").unwrap();
    sheet.write_string_with_format(0, 1, "{{attainment.actual metric=sales_amount}}", &money).unwrap();
    sheet.write_string_with_format(1, 1, "{{attainment.target metric=\"Sales amount\" unit=North}}", &money).unwrap();
    sheet.write_formula(2, 1, Formula::new("=B1/B2").set_result("7")).unwrap();
    sheet.write_number_with_format(3, 1, 0, &money).unwrap();
    sheet.write_blank(4, 2, &money).unwrap();
    sheet
        .write_string_with_format(6, 0, "{{table attainment level=region columns=unit, target,actual,status}}", &money)
        .unwrap();
    sheet.write_string(9, 0, "below the block").unwrap();
    let above = ConditionalFormatCell::new().set_rule(ConditionalFormatCellRule::GreaterThan(400)).set_format(&money);
    sheet.add_conditional_format(6, 2, 8, 2, &above).unwrap();
    sheet.add_sparkline(0, 5, &Sparkline::new().set_range(("Board", 6, 2, 7, 2))).unwrap();
    let mut chart = Chart::new(ChartType::Column);
    chart.add_series().set_values(("Board", 6, 2, 7, 2));
    sheet.insert_chart(12, 1, &chart).unwrap();
    let other = workbook.add_worksheet().set_name("It's other").unwrap();
    other.write_formula(0, 0, Formula::new("=Board!B1*2").set_result("7")).unwrap();
    let plain = workbook.add_worksheet().set_name("Plain").unwrap();
    plain.write_string(0, 0, "no marker here").unwrap();
    workbook.define_name("attain_sales_amount_actual_2026_04_North", "=Board!$B$4").unwrap();
    workbook.define_name("attain_sales_amount_variance", "='It''s other'!$C$3").unwrap();
    workbook.define_name("Rate", "=0.5").unwrap();
    workbook.save_to_buffer().unwrap()
}

fn parts(bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut parts = BTreeMap::new();
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).unwrap();
        let mut content = Vec::new();
        part.read_to_end(&mut content).unwrap();
        parts.insert(part.name().unwrap().to_string(), content);
    }
    parts
}

fn order(bytes: &[u8]) -> Vec<String> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    (0..archive.len()).map(|index| archive.by_index(index).unwrap().name().unwrap().to_string()).collect()
}

/// Cells of a sheet by address, as another reader sees them.
fn cells(path: &Path, sheet: &str) -> BTreeMap<String, String> {
    let mut workbook: calamine::Xlsx<_> = calamine::open_workbook(path).unwrap();
    let range = calamine::Reader::worksheet_range(&mut workbook, sheet).unwrap();
    let (top, left) = range.start().unwrap();
    let address = |row: usize, column: usize| {
        format!("{}{}", attain::cell::column_letters(left + column as u32), top as usize + row + 1)
    };
    range.used_cells().map(|(row, column, cell)| (address(row, column), cell.to_string())).collect()
}

#[test]
fn figures_are_those_of_the_tidy_tables_and_everything_else_is_as_it_was() {
    let book = board();
    let ran = filled(&book).status(0);
    let path = ran.out().join("filled.xlsx");
    assert!(ran.stdout.trim_end().ends_with("filled.xlsx"), "{}", ran.stdout);
    let found = cells(&path, "Board");
    let figure = |level: &str, unit: &str, column: &str| {
        let rows = ran.table("attainment");
        let is_it = |row: &&support::Row| {
            row["metric"] == "sales_amount"
                && row["level"] == level
                && row["unit"] == unit
                && row["period"] == "2026-04"
        };
        rows.iter().find(is_it).unwrap()[column].clone()
    };
    assert_eq!(found["B2"], "1000");
    // By hand: 480.25 + 100 + 20; North's target of the month is 1,000.
    assert_eq!(found["B1"], "600.25");
    assert_eq!(found["B1"], figure("company", "Ours", "actual"));
    assert_eq!(found["B2"], figure("region", "North", "target"));
    assert_eq!(found["B4"], "480.25");
    let block: Vec<String> =
        [7, 8].iter().map(|row| ["A", "B", "C", "D"].map(|c| found[&format!("{c}{row}")].clone()).join(" ")).collect();
    let expected = ["North", "South"].map(|unit| {
        let status = figure("region", unit, "status").replace('_', " ");
        format!("{unit} {} {} {status}", figure("region", unit, "target"), figure("region", unit, "actual"))
    });
    assert_eq!(block, expected);
    assert_eq!(found["A10"], "below the block");
    let variance = figure("company", "Ours", "variance");
    assert_eq!(cells(&path, "It's other")["C3"], variance);
    // Everything but the sheets with cells or formulas and the list of sheets is byte for byte the same.
    let (before, after) = (parts(&book), parts(&std::fs::read(&path).unwrap()));
    assert_eq!(order(&book), order(&std::fs::read(&path).unwrap()));
    let changed: Vec<&String> =
        before.iter().filter(|(name, bytes)| after[*name] != **bytes).map(|(name, _)| name).collect();
    // This one asks to be calculated already.
    assert_eq!(changed, ["xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"]);
    let text = |parts: &BTreeMap<String, Vec<u8>>, name: &str| String::from_utf8(parts[name].clone()).unwrap();
    assert!(text(&after, "xl/workbook.xml").contains("fullCalcOnLoad=\"1\""));
    assert_eq!(text(&after, "xl/workbook.xml").matches("<calcPr").count(), 1);
    // Formulas stay, their stored results go; also where another sheet has them.
    let (sheet, other) = (text(&after, "xl/worksheets/sheet1.xml"), text(&after, "xl/worksheets/sheet2.xml"));
    assert!(
        sheet.contains("<c r=\"B3\"><f>B1/B2</f></c>") && other.contains("<c r=\"A1\"><f>Board!B1*2</f></c>"),
        "{sheet}"
    );
    // What follows the cells is the same: conditional formats, sparklines, the chart.
    let tail = |text: &str| text.split_once("</sheetData>").unwrap().1.to_string();
    assert_eq!(tail(&sheet), tail(&text(&before, "xl/worksheets/sheet1.xml")));
    // Styles: the marker's own, and down the block.
    let style = |sheet: &str, cell: &str| {
        let rest = sheet.split(&format!("<c r=\"{cell}\"")).nth(1).unwrap().split('>').next().unwrap().to_string();
        rest.split("s=\"").nth(1).map(|rest| rest.split('"').next().unwrap().to_string())
    };
    let original = text(&before, "xl/worksheets/sheet1.xml");
    assert_eq!(style(&sheet, "B1"), style(&original, "B1"));
    assert_eq!(style(&sheet, "A8"), style(&original, "A7"));
    assert!(style(&sheet, "A8").is_some() && style(&sheet, "B8").is_none());
    // Our own reader takes it, and the same run makes the same bytes.
    let again = filled(&book).status(0);
    assert_eq!(std::fs::read(again.out().join("filled.xlsx")).unwrap(), std::fs::read(&path).unwrap());
    let account = ran.account();
    assert_eq!(account["template"]["cells_filled"], 12);
    assert!(account["outputs"].as_array().unwrap().iter().any(|output| output["path"] == "filled.xlsx"), "{account}");
}

fn sheet_of(cells: &[(u32, u16, &str)]) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet().set_name("S").unwrap();
    for (row, column, text) in cells {
        sheet.write_string(*row, *column, *text).unwrap();
    }
    workbook.save_to_buffer().unwrap()
}

#[test]
fn what_cannot_be_filled_stays_and_is_named_with_the_nearest_name() {
    let markers = [
        "{{attainment.actuals metric=sales_amount}}",
        "{{attainmnt.actual metric=sales_amount}}",
        "{{attainment.actual metric=sale_amount}}",
        "{{attainment.actual metric=sales_amount unit=Nort}}",
        "{{attainment.actual metrik=sales_amount}}",
        "{{attainment.actual metric=sales_amount level=region}}",
        "{{attainment.actual metric=sales_amount unit=Ann level=region}}",
        "Q1: {{attainment.actual metric=sales_amount}}",
        "{{attainment.target metric=sales_amount unit=Cid}}",
    ];
    let placed: Vec<(u32, u16, &str)> = (0..).zip(markers).map(|(row, text)| (row, 1, text)).collect();
    let ran = filled(&sheet_of(&placed)).status(1);
    let problems: Vec<String> = ran
        .table("problems")
        .iter()
        .filter(|row| row["file"] == "book.xlsx")
        .map(|row| format!("{}!{} {} {}", row["sheet"], row["cell"], row["code"], row["message"]))
        .collect();
    for (problem, (start, said)) in problems.iter().zip([
        ("S!B1 E602", "no column \"actuals\" in this run; it was left as it is. Did you mean \"actual\"?"),
        ("S!B2 E602", "no table \"attainmnt\" in this run; it was left as it is. Did you mean \"attainment\"?"),
        ("S!B3 E602", "Did you mean \"sales_amount\"?"),
        ("S!B4 E602", "no unit \"Nort\" in this run; it was left as it is. Did you mean \"North\"?"),
        ("S!B5 E602", "no column \"metrik\" in this run; it was left as it is. Did you mean \"metric\"?"),
        ("S!B6 E604", "2 rows fit"),
        ("S!B7 E603", "no row has all of these values"),
        ("S!B8 E601", "a marker is alone in its cell"),
        ("S!B9 I607", "there is no figure (no target); the cell was left blank"),
    ]) {
        assert!(problem.starts_with(start) && problem.contains(said), "{problem}\n{start} {said}");
    }
    assert_eq!(problems.len(), 9, "{problems:#?}");
    let found = cells(&ran.out().join("filled.xlsx"), "S");
    for (row, marker) in (1..=8).zip(markers) {
        assert_eq!(found[&format!("B{row}")], marker);
    }
    assert!(!found.contains_key("B9"), "missing is not zero");
    assert!(ran.stderr.contains("book.xlsx: "), "{}", ran.stderr);
}

/// The same in Chinese, with Chinese names.
#[test]
fn markers_and_remarks_in_chinese() {
    let case = Case::new()
        .sheet("t.xlsx", "区域 | 姓名 | 月份 | 销售额目标\n 北区 | 张三 | 2026-04 | 1000\n 南区 | 李四 | 2026-04 | 500")
        .sheet(
            "a.xlsx",
            "日期 | 区域 | 姓名 | 销售额\n 2026-04-02 | 北区 | 张三 | 480\n 2026-04-03 | 南区 | 李四 | 100",
        );
    let book = sheet_of(&[
        (0, 0, "\u{ff5b}\u{ff5b}attainment.actual metric\u{ff1d}销售额 unit=北区 period=2026年4月\u{ff5d}\u{ff5d}"),
        (1, 0, "{{attainment.status metric=销售额 level=区域 unit=南区 period=2026-04}}"),
        (2, 0, "{{attainment.actual metric=销售额 unit=北 period=2026-04}}"),
    ]);
    let case = case.file("book.xlsx", &book);
    let (inputs, out) = (case.inputs(), case.inputs().join("out"));
    let output = attain()
        .args(["run", "--lang", "zh", "--as-of", "2026-04-15", "--template"])
        .arg(inputs.join("book.xlsx"))
        .arg("--out")
        .arg(&out)
        .arg(&inputs)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("S!A3") && said.contains("是否为“北区”?"), "{said}");
    let found = cells(&out.join("filled.xlsx"), "S");
    assert_eq!((found["A1"].as_str(), found["A2"].as_str()), ("480", "严重"));
}

#[test]
fn formulas_and_filled_cells_are_never_written_over() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet().set_name("S").unwrap();
    let block = "{{table attainment metric=sales_amount level=region columns=unit,actual}}";
    sheet.write_string(0, 0, block).unwrap();
    sheet.write_string(1, 1, "mine").unwrap();
    sheet.write_string(0, 3, block).unwrap();
    sheet.write_formula(1, 3, Formula::new("=1+1").set_result("2")).unwrap();
    sheet.write_string(0, 6, block).unwrap();
    sheet.merge_range(1, 5, 1, 6, "", &Format::new()).unwrap();
    let marker = "{{attainment.actual metric=sales_amount}}";
    sheet.write_formula(4, 0, Formula::new(format!("=\"{marker}\"")).set_result(marker)).unwrap();
    sheet.write_formula(5, 0, Formula::new("=2+2").set_result("4")).unwrap();
    sheet.write_array_formula(6, 0, 7, 0, Formula::new("{=C7:C8}").set_result("1")).unwrap();
    workbook.define_name("attain_sales_amount_actual", "=S!$A$6").unwrap();
    workbook.define_name("attain_sales_amount_target", "=S!$A$8").unwrap();
    workbook.define_name("attain_sales_amount_variance", "=S!$A$10:$A$11").unwrap();
    workbook.define_name("attain_sales_amnt_actual", "=S!$A$12").unwrap();
    let book = workbook.save_to_buffer().unwrap();
    let ran = filled(&book).status(1);
    let problems: Vec<String> = ran
        .table("problems")
        .iter()
        .filter(|row| row["file"] == "book.xlsx")
        .map(|row| format!("{} {} {}", row["cell"], row["code"], row["message"]))
        .collect();
    for (problem, (start, said)) in problems.iter().zip([
        (" E601", "does not stand for one cell"),
        ("A1 E605", "cell B2 is filled"),
        ("D1 E605", "cell D2 is filled"),
        ("G1 E605", "cell G2 is filled"),
        ("A5 E606", "formulas are never written over"),
        ("A6 E606", "\"attain_sales_amount_actual\" names a cell with a formula"),
        ("A8 E606", "\"attain_sales_amount_target\""),
        ("A12 E602", "no metric \"sales_amnt_actual\""),
    ]) {
        assert!(problem.starts_with(start) && problem.contains(said), "{problem}\n{start} {said}");
    }
    assert_eq!(problems.len(), 8, "{problems:#?}");
    // Nothing was filled: it is the same workbook.
    assert_eq!(parts(&book), parts(&std::fs::read(ran.out().join("filled.xlsx")).unwrap()));
}

/// Excel refuses a workbook whose table headers are not what its table says.
#[test]
fn headers_of_tables_stay_and_their_cells_are_filled() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet().set_name("S").unwrap();
    let marker = "{{attainment.actual metric=sales_amount}}";
    let columns = [rust_xlsxwriter::TableColumn::new().set_header(marker), rust_xlsxwriter::TableColumn::new()];
    sheet.add_table(0, 0, 3, 1, &rust_xlsxwriter::Table::new().set_columns(&columns)).unwrap();
    sheet.write_string(1, 0, "{{table attainment metric=sales_amount level=region columns=unit,actual}}").unwrap();
    // Merged cells are one, whatever Excel's name box makes of them.
    sheet.merge_range(9, 0, 10, 1, "", &Format::new()).unwrap();
    workbook.define_name("attain_sales_amount_actual", "=S!$A$10:$B$11").unwrap();
    let ran = filled(&workbook.save_to_buffer().unwrap()).status(1);
    let problems = ran.table("problems");
    let found: Vec<String> = problems
        .iter()
        .filter(|row| row["file"] == "book.xlsx")
        .map(|row| format!("{} {}", row["cell"], row["code"]))
        .collect();
    assert_eq!(found, ["A1 E601"]);
    let cells = cells(&ran.out().join("filled.xlsx"), "S");
    assert_eq!(cells["A10"], "600.25");
    assert_eq!(
        ["A1", "A2", "B2", "A3", "B3"].map(|cell| cells[cell].as_str()),
        [marker, "North", "480.25", "South", "120"]
    );
}

#[test]
fn what_a_run_writes_is_not_what_it_fills() {
    let folder = tempfile::tempdir().unwrap();
    let template = folder.path().join("filled.xlsx");
    // Made once: a workbook holds the second in which it was made.
    let before = board();
    std::fs::write(&template, &before).unwrap();
    let ran = case().out(folder.path()).args(&["--template", template.to_str().unwrap()]).run().status(2);
    assert!(ran.stderr.contains("another folder"), "{}", ran.stderr);
    assert!(std::fs::read(&template).unwrap() == before);
}

#[test]
fn a_workbook_without_markers_is_copied_and_said_to_have_none() {
    let book = sheet_of(&[(0, 0, "nothing")]);
    let ran = filled(&book).status(0);
    assert_eq!(ran.codes().iter().filter(|code| **code == "W608").count(), 1);
    assert_eq!(parts(&book), parts(&std::fs::read(ran.out().join("filled.xlsx")).unwrap()));
}

/// Packages as no library writes them: prefixes, rows and cells without addresses, `<row/>`, an empty sheet.
#[test]
fn any_way_of_writing_a_sheet_is_filled() {
    let marker = "{{attainment.actual metric=sales_amount}}";
    let inline = |text: &str| format!("<x:is><x:t>{text}</x:t></x:is>");
    let block = "{{table attainment metric=sales_amount level=region columns=unit,actual}}";
    let xml = format!(
        "<?xml version=\"1.0\"?><!-- c --><x:worksheet xmlns:x=\"{}\"><x:dimension ref='A1:B2'/>\
         <x:cols><x:col min=\"2\" max=\"2\" style=\"1\" width=\"9\"/></x:cols><x:sheetData>\
         <x:row><x:c t=\"inlineStr\">{}</x:c><x:c><x:f>A1</x:f><x:v>3</x:v></x:c></x:row>\
         <x:row r=\"4\" spans=\"1:1\"><x:c t = 'inlineStr' r=\"A4\">{}</x:c></x:row><x:row r=\"5\" ht=\"20\"/>\
         <x:row r=\"9\"/></x:sheetData></x:worksheet>",
        support::package::MAIN,
        inline(marker),
        inline(block),
    );
    let package = Package::sheet(&xml).styles("", &[0, 4]).part("xl/media/x.bin", [0u8, 1, 2]);
    let ran = filled(&package.packed(zip::CompressionMethod::Stored)).status(0);
    let path = ran.out().join("filled.xlsx");
    let found = cells(&path, "Data");
    let row = |cells: [&str; 2]| cells.map(|cell| found[cell].clone()).join(" ");
    assert_eq!(found["A1"], "600.25");
    assert_eq!([row(["A4", "B4"]), row(["A5", "B5"])], ["North 480.25", "South 120"]);
    let sheet = String::from_utf8(parts(&std::fs::read(&path).unwrap())["xl/worksheets/sheet1.xml"].clone()).unwrap();
    assert!(sheet.contains("<x:row r=\"5\" ht=\"20\"><x:c r=\"A5\" t=\"inlineStr\">"), "{sheet}");
    assert!(sheet.contains("<x:c r=\"B5\" s=\"1\"><x:v>120</x:v></x:c></x:row><x:row r=\"9\"/>"), "{sheet}");
    assert!(sheet.contains("<x:row r=\"4\"><x:c r=\"A4\"") && sheet.contains("<x:c><x:f>A1</x:f></x:c>"), "{sheet}");
    assert!(sheet.contains("<x:dimension ref=\"A1:B5\"/>"), "{sheet}");
    assert_eq!(parts(&std::fs::read(&path).unwrap())["xl/media/x.bin"], [0, 1, 2]);
    // The only cell is one with a name, and the sheet has none yet.
    let empty = format!("<worksheet xmlns=\"{}\"><sheetData/></worksheet>", support::package::MAIN);
    let names = "</sheets><definedNames><definedName name=\"ATTAIN_sales_amount_actual_North\">Data!$C$2</definedName></definedNames>\
                 <calcPr calcId=\"1\" fullCalcOnLoad=\"0\"/>";
    let package = Package::sheet(&empty).replaced("xl/workbook.xml", "</sheets>", names);
    let ran = filled(&package.bytes()).status(0);
    let path = ran.out().join("filled.xlsx");
    assert_eq!(cells(&path, "Data")["C2"], "480.25");
    let book = String::from_utf8(parts(&std::fs::read(&path).unwrap())["xl/workbook.xml"].clone()).unwrap();
    assert!(book.contains("<calcPr calcId=\"1\" fullCalcOnLoad=\"1\"/>"), "{book}");
}

#[test]
fn a_workbook_that_cannot_be_used_stops_the_run_before_anything_is_done() {
    let bomb = Package::rows(&format!("<row r=\"1\"><c r=\"A1\"><v>{}</v></c></row>", "1".repeat(30 << 20)));
    let good = board();
    let mut broken = good.clone();
    let middle = broken.len() / 3;
    broken[middle..middle + 40].fill(0x55);
    for (bytes, why) in [
        (good[..good.len() / 2].to_vec(), "central directory"),
        (broken, ""),
        (b"no workbook at all".to_vec(), ""),
        (Vec::new(), ""),
        (Package::rows("<row r=\"2\"/><row r=\"1\"/>").bytes(), "row 1 comes after row 2"),
        (Package::rows("<row r=\"1\"><c r=\"A1\">").bytes(), ""),
        (Package::sheet("<!DOCTYPE x [<!ENTITY a \"b\">]><worksheet/>").bytes(), ""),
        (bomb.bytes(), "inflate_ratio"),
    ] {
        let ran = filled(&bytes).status(2);
        assert!(ran.stderr.contains("book.xlsx") && ran.stderr.contains(why), "{why}: {}", ran.stderr);
        assert!(!ran.out().exists(), "{why}");
    }
    let missing = case().args(&["--template", "nowhere.xlsx"]).run().status(2);
    assert!(missing.stderr.contains("nowhere.xlsx"));
    let csv = case().file("b.csv", b"a,b\n");
    let path = csv.inputs().join("b.csv");
    assert!(csv.args(&["--template", path.to_str().unwrap()]).run().status(2).stderr.contains(".xlsm"));
}

/// Whatever byte is wrong, the run ends with a word and not with a panic.
#[test]
fn damaged_bytes_are_refused_or_filled_and_never_a_bug() {
    let good = board();
    let limits = attain::source::limits::Limits::default();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("book.xlsx");
    for seed in 0..400usize {
        let mut bytes = good.clone();
        let at = (seed * 7919) % bytes.len();
        bytes[at] ^= 1 << (seed % 8);
        std::fs::write(&path, &bytes).unwrap();
        let _ = attain::render::fill::Template::open(&path, &limits);
    }
}

#[test]
fn the_settings_name_it_relative_to_themselves_and_it_is_no_input() {
    let settings = "company = \"Ours\"\n[report]\ntemplate = \"book.xlsx\"\n";
    let ran = case().file("book.xlsx", &board()).settings(settings).run().status(0);
    assert_eq!(cells(&ran.out().join("filled.xlsx"), "Board")["B1"], "600.25");
    let inputs = ran.account()["inputs"].as_array().unwrap().len();
    assert_eq!(inputs, 3);
    // The flag wins.
    let ran = case().file("book.xlsx", &board()).file("b2.xlsx", &sheet_of(&[(0, 0, "x")])).settings(settings);
    let path = ran.inputs().join("b2.xlsx");
    let ran = ran.args(&["--template", path.to_str().unwrap()]).run();
    assert_eq!(ran.account()["template"]["file"], "b2.xlsx");
}

/// LibreOffice opens it and calculates what it no longer stores.
#[test]
fn an_office_opens_and_calculates_it() {
    use std::process::Command;
    let Some(office) = support::libreoffice() else { return };
    let ran = filled(&board()).status(0);
    let converted = ran.out().join("calculated");
    let output = Command::new(office)
        .args(["--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir"])
        .arg(&converted)
        .arg(ran.out().join("filled.xlsx"))
        .arg(format!("-env:UserInstallation=file://{}", ran.out().join("profile").display()))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let found = cells(&converted.join("filled.xlsx"), "Board");
    // 600.25 ÷ the target of North that is due.
    let due: f64 = found["B2"].parse().unwrap();
    assert!((found["B3"].parse::<f64>().unwrap() - 600.25 / due).abs() < 1e-12, "{found:?}");
    assert_eq!(cells(&converted.join("filled.xlsx"), "It's other")["A1"], "1200.5");
}
