//! The people's page: who was assigned when and with which share, what belongs to nobody, and that all lines together
//! are the company.

mod support;

use std::collections::BTreeMap;
use std::path::Path;

use calamine::{Data, Range, Reader, Xlsx, open_workbook};
use support::{Case, Ran};

/// Ben came in the middle of February, which has 20 work days; Cy is in two regions; Dee left; Eve has no target.
const TEAM: &str = "
    Name | Team | Region | Share | Start | End
    Ann  | A | North | | 2025-01-01 |
    Ben  | A | North | | 2026-02-16 |
    Cy   | A | North | 60% | |
    Cy   | B | South | 40% | |
    Dee  | B | South | | 2025-01-01 | 2025-12-31
    Eve  | B | South | | |";

const TARGETS: &str = "
    Period  | Name | Metric | Target
    2026-02 | Ann  | Sales amount | 1000
    2026-02 | Ben  | Sales amount | 500
    2026-02 | Cy   | Sales amount | 400";

/// Zoe is in no team table.
const SALES: &str = "
    Date       | Name | Sales amount | New customers | Payment received
    2026-02-03 | Ann | 900 | 3 | 450
    2026-02-17 | Ben | 550 | 1 | 110
    2026-02-18 | Cy  | 300 | | 0
    2026-02-19 | Zoe | 70  | | 0
    2026-02-20 | Eve | 30  | | 0";

fn case() -> Case {
    let february = ["--period", "2026-02"];
    let case = Case::new().sheet("team.xlsx", TEAM).sheet("targets.xlsx", TARGETS).sheet("sales.xlsx", SALES);
    case.args(&february).seen_on("2026-02-28")
}

fn text(sheet: &Range<Data>, row: u32, column: u32) -> String {
    sheet.get_value((row, column)).map_or(String::new(), ToString::to_string)
}

/// The lines of the page's first table in order, each by its headers.
#[track_caller]
fn lines(report: &Path) -> Vec<BTreeMap<String, String>> {
    let mut workbook: Xlsx<_> = open_workbook(report).unwrap();
    let sheet = workbook.worksheet_range("03_People").unwrap();
    let width = sheet.end().unwrap().1;
    let of_row = |row| (0..=width).map(|at| (text(&sheet, row, at).trim().to_string(), at)).collect::<Vec<_>>();
    let header: Vec<(String, u32)> = of_row(7).into_iter().filter(|(name, _)| !name.is_empty()).collect();
    let line = |row| header.iter().map(|(name, at)| (name.clone(), text(&sheet, row, *at))).collect();
    (8..).take_while(|row| !text(&sheet, *row, 1).is_empty()).map(line).collect()
}

#[track_caller]
fn line<'a>(lines: &'a [BTreeMap<String, String>], name: &str) -> &'a BTreeMap<String, String> {
    lines.iter().find(|line| line["Name"] == name).unwrap_or_else(|| panic!("no line {name}: {lines:?}"))
}

fn page(ran: &Ran) -> Vec<BTreeMap<String, String>> {
    lines(&ran.out().join("report.xlsx"))
}

/// 900 + 550 + 300 + 70 + 30 = 1,850 of 1,900; the company's own figures say the same.
#[test]
fn nobody_is_dropped_and_all_lines_are_the_company() {
    let ran = case().run();
    let lines = page(&ran);
    // By attainment: 550 ÷ 500, 900 ÷ 1,000, 300 ÷ 400; then without a target, and nobody's. Dee sold nothing.
    let names: Vec<&str> = lines.iter().map(|line| line["Name"].as_str()).collect();
    assert_eq!(names, ["Ben", "Ann", "Cy", "Eve", "(unassigned)", "Total"]);
    let of = |name: &str| ["Rank", "PL", "AC", "New customers"].map(|column| line(&lines, name)[column].clone());
    assert_eq!(of("Ben"), ["1", "500", "550", "1"]);
    assert_eq!(of("Eve")[..3], ["", "", "30"]);
    assert_eq!(of("(unassigned)")[..3], ["", "", "70"]);
    assert_eq!(of("Total"), ["", "1900", "1850", "4"]);
    let company = ran.attainment("sales_amount", "company", "", "2026-02");
    assert_eq!([&company["target"], &company["actual"]], ["1900", "1850"]);
    // The last line is calculated from those above it.
    let mut workbook: Xlsx<_> = open_workbook(ran.out().join("report.xlsx")).unwrap();
    let formulas = workbook.worksheet_formula("03_People").unwrap();
    let formulas: Vec<String> = formulas.used_cells().map(|(_, _, formula)| formula.clone()).collect();
    for sum in ["SUM(H9:H13)", "SUM(I9:I13)"] {
        assert!(formulas.iter().any(|formula| formula.trim_start_matches('=') == sum), "{sum}: {formulas:?}");
    }
}

/// Payments ÷ sales: 450 ÷ 900, 110 ÷ 550; of all 560 ÷ 1,850.
#[test]
fn collection_stands_beside_sales() {
    let lines = page(&case().run());
    let rate = |name: &str| line(&lines, name)["Collection rate"].parse::<f64>().unwrap();
    assert_eq!([rate("Ann"), rate("Ben")], [0.5, 0.2]);
    assert!((rate("Total") - 560.0 / 1850.0).abs() < 1e-12);
    // Where nobody reports payments and customers there are no such columns.
    let plain = "Date | Name | Sales amount\n 2026-02-03 | Ann | 900";
    let lines = page(&case().sheet("sales.xlsx", plain).run());
    assert!(!lines[0].contains_key("Collection rate") && !lines[0].contains_key("New customers"), "{lines:?}");
}

/// From Monday 16 February on there are 10 work days of 20.
#[test]
fn who_is_assigned_for_a_part_of_the_period() {
    let lines = page(&case().run());
    let of = |name: &str| {
        ["Assigned", "Work days assigned", "Share of credit", "Note"].map(|column| line(&lines, name)[column].clone())
    };
    assert_eq!(of("Ben"), ["since 2026-02-16", "10", "", "assigned on 10 of 20 work days"]);
    assert_eq!(of("Ann"), ["since 2025-01-01", "20", "", ""]);
    assert_eq!(of("Cy"), ["", "20", "A 60 %, B 40 %", ""]);
    assert_eq!(of("(unassigned)")[..3], ["", "", ""]);
    // Without any day or share in the team table there is nothing to show.
    let lines = page(&case().sheet("team.xlsx", "Name | Team\n Ann | A\n Ben | A\n Cy | B").run());
    assert!(["Assigned", "Work days assigned", "Share of credit"].iter().all(|head| !lines[0].contains_key(*head)));
}

/// Two assignments with a gap: from 2 to 6 and from 23 to 27 February, five work days each. And one that is over.
#[test]
fn several_windows_and_one_that_is_over() {
    let team = "Name | Team | Share | Start | End
        Ann | A | | 2026-02-02 | 2026-02-06
        Ann | A | | 2026-02-23 | 2026-02-27
        Ben | A | 50% | 2026-02-01 | 2026-02-07
        Ben | A | | 2026-02-08 | 2026-02-28
        Cy  | A | | 2024-01-01 | 2024-06-30
        Cy  | A | | 2025-01-01 | 2025-06-30";
    let lines = page(&case().sheet("team.xlsx", team).run());
    let of = |name: &str| {
        ["Assigned", "Work days assigned", "Share of credit"].map(|column| line(&lines, name)[column].clone())
    };
    assert_eq!(of("Ann"), ["2026-02-02 to 2026-02-06; 2026-02-23 to 2026-02-27", "10", ""]);
    // 7 of 28 days with a half: (7 × 50 % + 21) ÷ 28.
    assert_eq!(of("Ben"), ["2026-02-01 to 2026-02-28", "20", "87.5 %"]);
    assert_eq!(of("Cy"), ["2025-01-01 to 2025-06-30", "0", ""]);
}

/// The company has a target of its own: it is shown, and is no sum.
#[test]
fn a_target_of_the_whole_is_not_a_sum() {
    let targets = format!("{TARGETS}\n 2026-02 | Company | Sales amount | 2500");
    let ran = case().sheet("targets.xlsx", &targets.replace("| Name |", "| Unit |")).run();
    let lines = page(&ran);
    let total = line(&lines, "Total");
    assert_eq!([&total["PL"], &total["AC"]], ["2500", "1850"]);
    assert_eq!(total["Note"], "the target is the whole's own, not the sum of these");
}

/// A rate is added up by nobody: conversion is 4 ÷ 40 of all, not 3 ÷ 10 + 1 ÷ 30.
#[test]
fn rates_have_no_sum() {
    let ran = Case::new()
        .sheet("team.xlsx", "Name | Team\n Ann | A\n Ben | A")
        .sheet(
            "sales.xlsx",
            "Date | Name | Leads | New customers\n 2026-02-03 | Ann | 10 | 3\n 2026-02-04 | Ben | 30 | 1",
        )
        .sheet("targets.xlsx", "Period | Name | Metric | Target\n 2026-02 | Ann | Conversion rate | 25%")
        .args(&["--period", "2026-02"])
        .run();
    let lines = page(&ran);
    assert_eq!(line(&lines, "Total")["AC"], "0.1");
    let mut workbook: Xlsx<_> = open_workbook(ran.out().join("report.xlsx")).unwrap();
    let formulas = workbook.worksheet_formula("03_People").unwrap();
    assert!(formulas.used_cells().all(|(_, column, formula)| column > 6 || !formula.contains("SUM(")));
}

/// So it does without any team, and a manager sees what belongs anywhere: 60 % and 20 %.
#[test]
fn a_pack_without_teams_has_shares() {
    let team = "Name | Region | Share | Manager
        Cy | North | 60% | Max
        Cy | South | 20% | Max
        Ann | North | | Max
        Ben | North | | Max";
    let case = || case().sheet("team.xlsx", team);
    let share = |by: &str, pack: &str| {
        let ran = case().args(&["--split-by", by]).run();
        line(&lines(&ran.out().join(format!("packs/{pack}.xlsx"))), "Cy")["Share of credit"].clone()
    };
    assert_eq!(line(&page(&case().run()), "Cy")["Share of credit"], "North 60 %, South 20 %");
    assert_eq!(share("region", "North"), "60 %");
    assert_eq!(share("manager", "Max"), "80 %");
}

/// A region's pack has the share and the days that belong to it.
#[test]
fn a_pack_shows_its_own_part() {
    let ran = case().args(&["--split-by", "region"]).run();
    let lines = lines(&ran.out().join("packs/North.xlsx"));
    assert_eq!(line(&lines, "Cy")["Share of credit"], "60 %");
    assert_eq!(line(&lines, "Ben")["Work days assigned"], "10");
    // 900 + 550 + 60 % of 300.
    assert_eq!(line(&lines, "Total")["AC"], "1630");
}
