//! Figures followed down to their cells: which cells make up which figure is known from how each case was drawn.
//! Sheets are drawn from B3 on: the first row of data is row 4, the first column B.

mod support;

use std::path::Path;

use serde_json::Value;
use support::{Case, Ran, attain};

/// What `attain explain` says of a cell, as a document, with its exit code.
fn explained(ran: &Ran, cell: &str) -> (i32, Value) {
    let reference = format!("'{}'!{cell}", ran.out().join("report.xlsx").display());
    let output = attain().args(["explain", &reference, "--json"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let message = String::from_utf8_lossy(&output.stderr).to_string();
    let document = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{cell}: {error}\n{text}{message}"));
    (output.status.code().unwrap(), document)
}

/// Address of the cell in a line of the attainment page, found in the report itself by its texts: metric, period,
/// unit.
#[track_caller]
fn attainment_cell(ran: &Ran, column: &str, period: &str, unit: &str) -> String {
    use calamine::{Reader, Xlsx, open_workbook};
    let mut workbook: Xlsx<_> = open_workbook(ran.out().join("report.xlsx")).unwrap();
    let sheet = workbook.worksheet_range("02_Attainment").unwrap();
    let text = |row: u32, column: u32| sheet.get_value((row, column)).map_or(String::new(), ToString::to_string);
    let (last, width) = (sheet.end().unwrap().0, sheet.end().unwrap().1);
    let position = (0..=width).find(|at| text(6, *at) == column).unwrap();
    let row = (7..=last).find(|row| text(*row, 1) == period && text(*row, 3) == unit).unwrap();
    format!("02_Attainment!{}{}", char::from(b'A' + u8::try_from(position).unwrap()), row + 1)
}

/// Cells of a term, as `file!cell amount of stated`.
fn cells(term: &Value) -> Vec<String> {
    let cell = |cell: &Value| {
        let text = |key: &str| cell[key].as_str().unwrap_or("").to_string();
        format!("{}!{} {} of {}", text("file"), text("cell"), text("amount"), text("stated"))
    };
    let mut cells: Vec<String> = term["cells"].as_array().unwrap().iter().map(cell).collect();
    cells.sort();
    cells
}

/// Lines of the term's group by something.
fn group(term: &Value, by: &str) -> Vec<String> {
    let groups = term["groups"].as_array().unwrap();
    let group = groups.iter().find(|group| group["by"] == by).unwrap_or_else(|| panic!("no group by {by}: {term}"));
    assert_eq!(group["gap"], "0");
    let line = |line: &Value| format!("{} {}", line["name"].as_str().unwrap(), line["value"].as_str().unwrap());
    group["lines"].as_array().unwrap().iter().map(line).collect()
}

const TEAM: &str = "
    Name | Team | Start
    Ann  | A    | 2025-01-01
    Ben  | A    | 2025-01-01
    Cy   | B    | 2025-01-01";

/// Ann is credited 60 % of 1,000 and all of 200; Ben 40 % of the 1,000.
#[test]
fn a_shared_sale_counts_by_its_share() {
    let ran = Case::new()
        .sheet("team.xlsx", TEAM)
        .sheet("targets.xlsx", "Period | Name | Metric | Target\n 2026-01 | Ann | Sales amount | 500")
        .sheet(
            "sales.xlsx",
            "Date | Name | Document | Share | Sales amount
             2026-01-05 | Ann | S1 | 60% | 1000
             2026-01-05 | Ben | S1 | 40% | 1000
             2026-01-07 | Ann | S2 | 100% | 200
             2026-01-08 | Cy | S3 | 100% | 50",
        )
        .run();
    let (code, document) = explained(&ran, &attainment_cell(&ran, "AC", "2026-01", "Ann"));
    assert_eq!((code, document["value"].as_str()), (0, Some("800")));
    let term = &document["terms"][0];
    assert_eq!(cells(term), ["sales.xlsx!F4 600 of 1000", "sales.xlsx!F6 200 of 200"]);
    assert_eq!((&term["sum"], &term["adds_up"]), (&Value::from("800"), &Value::from(true)));
    assert_eq!(term["cells"][0]["person"], "Ann");
    assert_eq!(term["cells"][0]["first_day"], "2026-01-05");
}

/// A team is its members: 800 of Ann and 400 of Ben.
#[test]
fn a_unit_is_its_members() {
    let ran = Case::new()
        .sheet("team.xlsx", TEAM)
        .sheet("targets.xlsx", "Period | Name | Metric | Target\n 2026-01 | Ann | Sales amount | 500")
        .sheet(
            "sales.xlsx",
            "Date | Name | Sales amount
             2026-01-05 | Ann | 800
             2026-01-05 | Ben | 400
             2026-02-08 | Cy | 50",
        )
        .run();
    let (_, document) = explained(&ran, &attainment_cell(&ran, "AC", "2026-01", "A"));
    let term = &document["terms"][0];
    assert_eq!(group(term, "member"), ["Ann 800", "Ben 400"]);
    assert_eq!(cells(term), ["sales.xlsx!D4 800 of 800", "sales.xlsx!D5 400 of 400"]);
    let (_, document) = explained(&ran, &attainment_cell(&ran, "AC", "2026-Q1", "Company"));
    assert_eq!(group(&document["terms"][0], "member"), ["A 1200", "B 50"]);
    assert_eq!(group(&document["terms"][0], "month"), ["2026-01 1200", "2026-02 50"]);
    // Attainment has both: 800 ÷ 500.
    let (_, document) = explained(&ran, &attainment_cell(&ran, "Attainment", "2026-01", "Ann"));
    assert_eq!(document["numbers"], "800 ÷ 500 = 1.6");
    assert_eq!(cells(&document["terms"][1]), ["targets.xlsx!E4 500 of 500"]);
}

/// The week from Monday 2026-03-30 has two work days in March and three in April: 500 is 200 and 300.
#[test]
fn a_week_across_a_month_end_is_divided() {
    let ran = Case::new()
        .sheet("team.xlsx", TEAM)
        .sheet("targets.xlsx", "Period | Name | Metric | Target\n 2026-W14 | Ann | Sales amount | 1000")
        .sheet("sales.xlsx", "Week | Name | Sales amount\n 2026-W14 | Ann | 500\n 2026-W13 | Ann | 70")
        .run();
    let (_, document) = explained(&ran, &attainment_cell(&ran, "AC", "2026-03", "Ann"));
    assert_eq!(cells(&document["terms"][0]), ["sales.xlsx!D4 200 of 500", "sales.xlsx!D5 70 of 70"]);
    let (_, document) = explained(&ran, &attainment_cell(&ran, "AC", "2026-04", "Ann"));
    assert_eq!(cells(&document["terms"][0]), ["sales.xlsx!D4 300 of 500"]);
    let (_, document) = explained(&ran, &attainment_cell(&ran, "PL", "2026-03", "Ann"));
    let term = &document["terms"][0];
    assert_eq!(cells(term), ["targets.xlsx!E4 400 of 1000"]);
    assert_eq!(
        (&term["cells"][0]["first_day"], &term["cells"][0]["last_day"]),
        (&"2026-03-30".into(), &"2026-03-31".into())
    );
}

/// Targets typed per quarter, periods across: the year's is both, each from its own column.
#[test]
fn a_target_typed_per_quarter() {
    let ran = Case::new()
        .sheet("team.xlsx", TEAM)
        .sheet(
            "targets.xlsx",
            "Name | Metric | 2026-Q1 | 2026-Q2\n Ann | Sales amount | 200 | 300\n Ben | Sales amount | 10 | 20",
        )
        .sheet("sales.xlsx", "Date | Name | Sales amount\n 2026-01-05 | Ann | 90\n 2026-04-05 | Ann | 90")
        .seen_on("2026-05-15")
        .run();
    let (_, document) = explained(&ran, &attainment_cell(&ran, "PL", "2026", "A"));
    assert_eq!(document["value"], "530");
    let expected =
        ["D4 200 of 200", "D5 10 of 10", "E4 300 of 300", "E5 20 of 20"].map(|cell| format!("targets.xlsx!{cell}"));
    assert_eq!(cells(&document["terms"][0]), expected);
    assert_eq!(group(&document["terms"][0], "member"), ["Ann 500", "Ben 30"]);
    let (_, document) = explained(&ran, &attainment_cell(&ran, "PL", "2026", "Ann"));
    assert_eq!(group(&document["terms"][0], "Period"), ["2026-Q1 200", "2026-Q2 300"]);
    let (code, document) = explained(&ran, &attainment_cell(&ran, "Pace", "2026-Q2", "Ann"));
    assert_eq!((code, &document["is_confirmed"]), (0, &Value::from(true)));
    // From 1 April on 22 + 11 of 65 work days have passed on Friday 15 May: 300 × 33 ÷ 65 is due.
    assert!(document["terms"][0]["value"].as_str().unwrap().starts_with("152.3076923"), "{document}");
}

/// On 2026-03-10: of a year earlier January, February, and March up to the 10th; the 20th does not count.
#[test]
fn prior_year_to_date() {
    let ran = Case::new()
        .sheet("team.xlsx", TEAM)
        .sheet("targets.xlsx", "Period | Name | Metric | Target\n 2026-03 | Ann | Sales amount | 500")
        .sheet(
            "sales.xlsx",
            "Date | Name | Sales amount
             2025-01-05 | Ann | 1
             2025-03-10 | Ann | 2
             2025-03-20 | Ann | 4
             2026-01-05 | Ann | 8
             2026-03-05 | Ann | 16",
        )
        .seen_on("2026-03-10")
        .run();
    let (_, document) = explained(&ran, &attainment_cell(&ran, "PY", "2026-Q1", "Ann"));
    assert_eq!(document["value"], "3");
    assert_eq!(cells(&document["terms"][0]), ["sales.xlsx!D4 1 of 1", "sales.xlsx!D5 2 of 2"]);
    let (code, document) = explained(&ran, &attainment_cell(&ran, "ΔPY%", "2026-Q1", "Ann"));
    assert_eq!((code, &document["numbers"]), (0, &Value::from("(24 − 3) ÷ |3| = 7")));
}

/// Months across: each cell is named by its own column.
#[test]
fn figures_under_periods_across_have_their_own_columns() {
    let ran = Case::new()
        .sheet("team.xlsx", TEAM)
        .sheet("targets.xlsx", "Period | Name | Metric | Target\n 2026-01 | Ann | Sales amount | 500")
        .titled("sales.xlsx", "Sales amount, actual", "Name | 2026-01 | 2026-02\n Ann | 5 | 7\n Ben | | 9")
        .run();
    let (_, document) = explained(&ran, &attainment_cell(&ran, "AC", "2026-Q1", "A"));
    assert_eq!(cells(&document["terms"][0]), ["sales.xlsx!C4 5 of 5", "sales.xlsx!D4 7 of 7", "sales.xlsx!D5 9 of 9"]);
}

/// Two halves of a person: 100.01 is divided to the cent between the teams, and the cells of either add up.
#[test]
fn a_person_with_two_seats() {
    let ran = Case::new()
        .sheet("team.xlsx", "Name | Team | Share\n Ann | A | 50%\n Ann | B | 50%")
        .sheet("targets.xlsx", "Period | Name | Metric | Target\n 2026-01 | Ann | Sales amount | 500")
        .sheet("sales.xlsx", "Date | Name | Sales amount\n 2026-01-05 | Ann | 0.01\n 2026-01-06 | Ann | 100")
        .run();
    let mut sum = 0.0;
    for team in ["A", "B"] {
        let (code, document) = explained(&ran, &attainment_cell(&ran, "AC", "2026-01", team));
        assert_eq!((code, &document["terms"][0]["adds_up"]), (0, &Value::from(true)));
        sum += document["value"].as_str().unwrap().parse::<f64>().unwrap();
        assert_eq!(
            document["terms"][0]["cells"].as_array().unwrap().iter().filter(|cell| cell["cell"] == "D5").count(),
            1
        );
    }
    assert!((sum - 100.01).abs() < 1e-9);
}

fn small() -> Ran {
    Case::new()
        .sheet("team.xlsx", TEAM)
        .sheet("targets.xlsx", "Period | Name | Metric | Target\n 2026-01 | Ann | Sales amount | 500")
        .sheet("sales.xlsx", "Date | Name | Sales amount\n 2026-01-05 | Ann | 800\n 2026-01-06 | Ben | 20")
        .run()
}

fn said(arguments: &[&str], folder: &Path) -> (i32, String, String) {
    let output = attain().arg("explain").args(arguments).current_dir(folder).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).to_string();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn inputs_that_changed_are_named() {
    let ran = small();
    let cell = attainment_cell(&ran, "AC", "2026-01", "Ann");
    let inputs = ran.out().parent().unwrap().join("in");
    let changed = Case::new().sheet("sales.xlsx", "Date | Name | Sales amount\n 2026-01-05 | Ann | 900");
    std::fs::copy(changed.inputs().join("sales.xlsx"), inputs.join("sales.xlsx")).unwrap();
    let (code, document) = explained(&ran, &cell);
    assert_eq!((code, document["value"].as_str()), (1, Some("900")));
    assert_eq!(document["changes"][0], "changed since the report was made: sales.xlsx");
    assert!(document["notes"][0].as_str().unwrap().starts_with("the report says 800 in this cell"), "{document}");
    std::fs::remove_file(inputs.join("targets.xlsx")).unwrap();
    let (code, _, message) = said(&[&cell], ran.out().parent().unwrap());
    assert!(code == 1 && message.contains("not there any more: targets.xlsx"), "{message}");
    for name in ["sales.xlsx", "team.xlsx"] {
        std::fs::remove_file(inputs.join(name)).unwrap();
    }
    let (code, _, message) = said(&[&cell], ran.out().parent().unwrap());
    assert!(code == 2 && message.contains("run again"), "{message}");
}

#[test]
fn references_that_name_no_figure() {
    let ran = small();
    let here = ran.out().parent().unwrap().to_path_buf();
    let (code, _, message) = said(&["09_Nothing!A1"], &here);
    assert!(code == 2 && message.contains("no sheet `09_Nothing`") && message.contains("02_Attainment"), "{message}");
    let (code, _, message) = said(&["02_Attainment!first"], &here);
    assert!(code == 2 && message.contains("is not a cell of a report"), "{message}");
    let (code, _, message) = said(&["elsewhere.xlsx!02_Attainment!A1"], &here);
    assert!(code == 2 && message.contains("elsewhere.xlsx is not there"), "{message}");
    // A text, a heading, and nothing at all; the nearest figure is named.
    let (code, text, _) = said(&["02_Attainment!A8"], &here);
    assert!(code == 0 && text.contains("a text") && text.contains("Nearest figure: 02_Attainment!"), "{text}");
    let (code, text, _) = said(&["02_Attainment!A7"], &here);
    assert!(code == 0 && text.contains("a heading") && text.contains("Metric"), "{text}");
    let (code, text, _) = said(&["02_Attainment!ZZ900"], &here);
    assert!(code == 0 && text.contains("no figure"), "{text}");
}

#[test]
fn either_language_and_the_sheet_in_either() {
    let ran = small();
    let here = ran.out().parent().unwrap().to_path_buf();
    let cell = attainment_cell(&ran, "AC", "2026-01", "Ann");
    let address = cell.split_once('!').unwrap().1;
    let (code, text, _) = said(&[&format!("'02_达成总览'!{address}"), "--lang", "zh"], &here);
    assert!(code == 0 && text.contains("合计 800 ✓") && text.contains("sales.xlsx!Data!D4"), "{text}");
    let (code, text, _) = said(&[&format!("out/report.xlsx!attainment!{address}")], &here);
    assert!(code == 0 && text.contains("adds up to 800 ✓") && text.contains("Source cells (1)"), "{text}");
    // Other pages name the row of the table that has the figure.
    let (code, text, _) = said(&["01_Summary!B24"], &here);
    assert_eq!(code, 0, "{text}");
}

/// More cells than the terminal shows: the largest, and the sum of the others; all with `--all`.
#[test]
fn many_cells_are_summed_up() {
    let rows: String = (1..=60).map(|value| format!("2026-01-05 | Ann | {value}\n")).collect();
    let ran = Case::new()
        .sheet("team.xlsx", TEAM)
        .sheet("targets.xlsx", "Period | Name | Metric | Target\n 2026-01 | Ann | Sales amount | 500")
        .sheet("sales.xlsx", &format!("Date | Name | Sales amount\n{rows}"))
        .run();
    let here = ran.out().parent().unwrap().to_path_buf();
    let cell = attainment_cell(&ran, "AC", "2026-01", "Ann");
    // 1 + … + 60 = 1,830; the ten smallest are 55.
    let (_, text, _) = said(&[&cell], &here);
    assert!(text.contains("… and 10 more: 55") && text.contains("adds up to 1,830 ✓"), "{text}");
    let (_, text, _) = said(&[&cell, "--all"], &here);
    assert!(!text.contains("more") && text.matches("sales.xlsx!Data!").count() == 60, "{text}");
}

/// Address of a cell on another page: the line whose first texts are these, under a header, below a row.
#[track_caller]
fn cell_of(ran: &Ran, sheet_name: &str, column: &str, line: &[&str]) -> String {
    use calamine::{Reader, Xlsx, open_workbook};
    let mut workbook: Xlsx<_> = open_workbook(ran.out().join("report.xlsx")).unwrap();
    let sheet = workbook.worksheet_range(sheet_name).unwrap();
    let text = |row: u32, column: u32| sheet.get_value((row, column)).map_or(String::new(), ToString::to_string);
    let (last, width) = sheet.end().unwrap();
    let is_it = |row: &u32| (0u32..).zip(line).all(|(column, wanted)| text(*row, column).starts_with(wanted));
    let row = (7..=last).find(is_it).unwrap_or_else(|| panic!("no line {line:?}"));
    let header = |row: u32| (0..=width).find(|at| text(row, *at) == column);
    let position = (6..row).rev().find_map(header).unwrap();
    format!("{sheet_name}!{}{}", char::from(b'A' + u8::try_from(position).unwrap()), row + 1)
}

/// Of the people's page: one person, nobody, and all together. Zoe is in no team table.
#[test]
fn people_and_their_total() {
    let ran = Case::new()
        .sheet("team.xlsx", "Name | Team | Start\n Ann | A | 2026-02-16\n Ben | A | 2025-01-01")
        .sheet(
            "targets.xlsx",
            "Period | Name | Metric | Target\n 2026-02 | Ann | Sales amount | 500\n 2026-02 | Ben | Sales amount | 300",
        )
        .sheet(
            "sales.xlsx",
            "Date | Name | Sales amount | New customers | Payment received
             2026-02-17 | Ann | 400 | 2 | 100
             2026-02-18 | Ben | 360 | 1 | 100
             2026-02-19 | Zoe | 40 | 0 | 0",
        )
        .args(&["--period", "2026-02"])
        .seen_on("2026-02-28")
        .run();
    let page = "03_People";
    let (code, document) = explained(&ran, &cell_of(&ran, page, "AC", &["2", "Ann"]));
    assert_eq!((code, document["value"].as_str()), (0, Some("400")));
    assert_eq!(cells(&document["terms"][0]), ["sales.xlsx!D4 400 of 400"]);
    let (_, document) = explained(&ran, &cell_of(&ran, page, "Attainment", &["1", "Ben"]));
    assert_eq!((&document["numbers"], &document["is_confirmed"]), (&"360 ÷ 300 = 1.2".into(), &true.into()));
    let (code, document) = explained(&ran, &cell_of(&ran, page, "AC", &["", "(unassigned)"]));
    assert_eq!((code, cells(&document["terms"][0])), (0, vec!["sales.xlsx!D6 40 of 40".to_string()]));
    let (code, document) = explained(&ran, &cell_of(&ran, page, "AC", &["", "Total"]));
    assert_eq!((code, document["value"].as_str()), (0, Some("800")));
    let all = ["sales.xlsx!D4 400 of 400", "sales.xlsx!D5 360 of 360", "sales.xlsx!D6 40 of 40"];
    assert_eq!(cells(&document["terms"][0]), all);
    assert_eq!(document["terms"][0]["adds_up"], true);
    let (code, document) = explained(&ran, &cell_of(&ran, page, "PL", &["", "Total"]));
    assert_eq!((code, cells(&document["terms"][0]).len()), (0, 2));
    // What stands beside the line's metric has cells of its own.
    let (code, document) = explained(&ran, &cell_of(&ran, page, "New customers", &["", "Total"]));
    assert_eq!(
        (code, document["value"].as_str(), document["terms"][0]["adds_up"].as_bool()),
        (0, Some("3"), Some(true))
    );
    let (code, document) = explained(&ran, &cell_of(&ran, page, "Collection rate", &["2", "Ann"]));
    assert_eq!((code, &document["numbers"]), (0, &"100 ÷ 400 = 0.25".into()));
    assert_eq!(cells(&document["terms"][0]), ["sales.xlsx!F4 100 of 100"]);
    let (code, document) = explained(&ran, &cell_of(&ran, page, "Work days assigned", &["2", "Ann"]));
    assert_eq!((code, document["value"].as_str()), (0, Some("10")));
    // A window is a text.
    let (code, document) = explained(&ran, &cell_of(&ran, page, "Assigned", &["2", "Ann"]));
    assert_eq!((code, &document["text"]), (0, &"since 2026-02-16".into()));
}

/// Pens: 10 at 2 a year ago, 12 at 3 now. Inks: 5 at 4, and none any more.
#[test]
fn price_volume_and_mix() {
    let ran = Case::new()
        .sheet(
            "sales.xlsx",
            "Date | Name | Product | Units | Sales amount
             2025-01-05 | Ann | Pen | 10 | 20
             2025-01-06 | Ann | Ink | 5 | 20
             2026-01-05 | Ann | Pen | 7 | 21
             2026-01-06 | Ben | Pen | 5 | 15",
        )
        .args(&["--period", "2026-01"])
        .run();
    let page = "08_PVM";
    let (code, document) = explained(&ran, &cell_of(&ran, page, "AC amount", &["Pen"]));
    assert_eq!((code, document["value"].as_str()), (0, Some("36")));
    assert_eq!(cells(&document["terms"][0]), ["sales.xlsx!F6 21 of 21", "sales.xlsx!F7 15 of 15"]);
    let (code, document) = explained(&ran, &cell_of(&ran, page, "PY quantity", &["Pen"]));
    assert_eq!((code, cells(&document["terms"][0])), (0, vec!["sales.xlsx!E4 10 of 10".to_string()]));
    let (_, document) = explained(&ran, &cell_of(&ran, page, "AC price", &["Pen"]));
    assert_eq!(document["numbers"], "36 ÷ 12 = 3");
    // (3 − 2) × 12.
    let (_, document) = explained(&ran, &cell_of(&ran, page, "Price", &["Pen"]));
    assert_eq!((&document["numbers"], document["value"].as_str()), (&Value::from("(3 − 2) × 12 = 12"), Some("12")));
    let (_, document) = explained(&ran, &cell_of(&ran, page, "ΔPY", &["Total"]));
    assert_eq!(document["numbers"], "36 − 40 = -4");
    assert_eq!(group(&document["terms"][0], "Item").len(), 2);
}

/// January of 2026 has 22 work days, and the week from the 5th five of them: 2,200 × 5 ÷ 22 = 500.
#[test]
fn weeks_and_variances() {
    let ran = Case::new()
        .sheet("team.xlsx", TEAM)
        .sheet(
            "targets.xlsx",
            "Period | Name | Metric | Target\n 2026-01 | Ann | Sales amount | 2200\n 2026-01 | Cy | Sales amount | 220",
        )
        .sheet(
            "sales.xlsx",
            "Date | Name | Sales amount
             2026-01-05 | Ann | 700
             2026-01-09 | Ben | 30
             2026-01-12 | Ann | 1000
             2026-01-13 | Cy | 320",
        )
        .args(&["--period", "2026-01"])
        .run();
    let (code, document) = explained(&ran, &cell_of(&ran, "04_Weekly", "PL", &["2026-W02"]));
    assert_eq!((code, document["value"].as_str()), (0, Some("550")));
    assert_eq!(document["terms"][0]["notes"][0], "2026-W02: 2,420 of 2026-01 × 5 ÷ 22 work days = 550");
    assert_eq!(cells(&document["terms"][1]), ["targets.xlsx!E4 2200 of 2200", "targets.xlsx!E5 220 of 220"]);
    let (code, document) = explained(&ran, &cell_of(&ran, "04_Weekly", "AC to date", &["2026-W03"]));
    assert_eq!((code, document["value"].as_str()), (0, Some("2050")));
    assert_eq!(group(&document["terms"][0], "Week"), ["2026-W02 730", "2026-W03 1320"]);
    assert_eq!(document["terms"][0]["cells"].as_array().unwrap().len(), 4);
    // A: 1,730 − 2,200 = −470; B: 320 − 220 = 100; −470 ÷ 570.
    let (code, document) = explained(&ran, &cell_of(&ran, "07_Variance", "ΔPL", &["Team", "A"]));
    assert_eq!((code, &document["numbers"]), (0, &Value::from("1,730 − 2,200 = -470")));
    let (code, document) = explained(&ran, &cell_of(&ran, "07_Variance", "Contribution", &["Team", "A"]));
    assert_eq!((code, &document["numbers"]), (0, &Value::from("-470 ÷ 570 = -0.824561404")));
    assert_eq!(group(&document["terms"][0], "Team"), ["A 470", "B 100"]);
    let (code, document) = explained(&ran, &cell_of(&ran, "07_Variance", "Cumulative", &["Team", "B"]));
    assert_eq!((code, document["value"].as_str()), (0, Some("1")));
}

/// Heads are a level: the last reading of each in the last month counts.
#[test]
fn of_a_level_the_last_readings() {
    let ran = Case::new()
        .settings("[metrics.headcount]\nkind = \"last\"\nunit = \"count\"\nnames = [\"Headcount\"]\n")
        .sheet("team.xlsx", TEAM)
        .sheet("heads.xlsx", "Date | Name | Headcount\n 2026-01-31 | Ann | 3\n 2026-02-10 | Ann | 4\n 2026-02-27 | Ann | 5\n 2026-02-27 | Ben | 2")
        .args(&["--period", "2026-Q1"])
        .run();
    let (code, document) = explained(&ran, &attainment_cell(&ran, "AC", "2026-Q1", "A"));
    assert_eq!((code, document["value"].as_str()), (0, Some("7")));
    assert_eq!(cells(&document["terms"][0]), ["heads.xlsx!D6 5 of 5", "heads.xlsx!D7 2 of 2"]);
}

/// A rate is two sums.
#[test]
fn a_rate_is_two_sums() {
    let ran = Case::new()
        .sheet("team.xlsx", TEAM)
        .sheet(
            "sales.xlsx",
            "Date | Name | Leads | New customers\n 2026-01-05 | Ann | 10 | 2\n 2026-01-06 | Ben | 30 | 8",
        )
        .sheet(
            "targets.xlsx",
            "Period | Name | Metric | Target\n 2026-01 | Ann | Conversion rate | 25%\n 2026-01 | Ann | Leads | 20",
        )
        .run();
    let rows = ran.table("attainment");
    assert!(rows.iter().any(|row| row["metric"] == "conversion" && row["actual"] == "0.25"));
    let (code, document) =
        explained(&ran, &cell_of(&ran, "02_Attainment", "AC", &["Conversion", "2026-01", "Team", "A"]));
    assert_eq!((code, &document["numbers"]), (0, &Value::from("10 ÷ 40 = 0.25")));
    assert_eq!(cells(&document["terms"][0]), ["sales.xlsx!E4 2 of 2", "sales.xlsx!E5 8 of 8"]);
    assert_eq!(cells(&document["terms"][1]), ["sales.xlsx!D4 10 of 10", "sales.xlsx!D5 30 of 30"]);
}
