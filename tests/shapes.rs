//! Sheets as people lay them out: where tables are found, what their headers say, what stays out. Expected
//! figures are added up by hand from the drawings.

mod support;

use rust_xlsxwriter::{Format, Workbook, Worksheet};
use support::{Case, Ran};

/// A workbook of drawn sheets: `|` parts cells, a row a line; a name may be followed by merged ranges as
/// first row, first column, last row, last column.
fn book(sheets: &[(&str, &str, &[[u32; 4]])]) -> Vec<u8> {
    let mut workbook = Workbook::new();
    for (name, drawing, merged) in sheets {
        let sheet = workbook.add_worksheet().set_name(*name).unwrap();
        for (row, line) in (0u32..).zip(drawing.lines().map(str::trim)) {
            for (column, cell) in (0u16..).zip(line.split('|').map(str::trim)) {
                let range = merged.iter().find(|range| range[0] == row && range[1] == u32::from(column));
                write(sheet, (row, column), cell, range);
            }
        }
    }
    workbook.save_to_buffer().unwrap()
}

fn write(sheet: &mut Worksheet, (row, column): (u32, u16), cell: &str, range: Option<&[u32; 4]>) {
    if let Some(range) = range {
        let last = u16::try_from(range[3]).unwrap();
        sheet.merge_range(row, column, range[2], last, "", &Format::new()).unwrap();
    }
    match cell.parse::<f64>() {
        _ if cell.is_empty() => {}
        Ok(number) => drop(sheet.write_number(row, column, number).unwrap()),
        Err(_) => drop(sheet.write_string(row, column, cell.trim_matches('\'')).unwrap()),
    }
}

fn run(sheets: &[(&str, &str, &[[u32; 4]])]) -> Ran {
    Case::new().file("book.xlsx", &book(sheets)).run()
}

/// Target and actual of an attainment row.
#[track_caller]
fn pair(ran: &Ran, metric: &str, level: &str, unit: &str, period: &str) -> (String, String) {
    let [target, actual, ..] = ran.figures(metric, level, unit, period);
    (target, actual)
}

fn texts(target: &str, actual: &str) -> (String, String) {
    (target.to_string(), actual.to_string())
}

const NONE: &[[u32; 4]] = &[];

#[test]
fn a_header_of_three_rows_under_a_title_with_the_unit() {
    let drawing = "销售目标与实际 单位:万元\n\
                   区域 | 2026年 |  |  |  \n\
                    | 一季度 |  | 二季度 |  \n\
                    | 目标 | 完成率 | 目标 | 完成率\n\
                   华东 | 10 | 0.9 | 12.5 | 0.8\n\
                   华南 | 8 | 1.1 | 9 | 0.7\n\
                   合计 | 18 |  | 21.5 |";
    let merged = [[1, 0, 3, 0], [1, 1, 1, 4], [2, 1, 2, 2], [2, 3, 2, 4]];
    let ran = run(&[("目标", drawing, &merged)]).status(0);
    assert_eq!(pair(&ran, "sales_amount", "region", "华东", "2026-Q1").0, "100000");
    assert_eq!(pair(&ran, "sales_amount", "region", "华南", "2026-Q2").0, "90000");
    // 18 + 21.5 ten thousands; the row of totals is proved and not added.
    assert_eq!(ran.attainment("sales_amount", "company", "", "2026")["target"], "395000");
    assert!(ran.codes().contains(&"I308".to_string()) && ran.codes().contains(&"I306".to_string()));
}

#[test]
fn actual_and_plan_side_by_side_are_two_tables() {
    let drawing = "Region | Jan Plan | Jan Actual | Feb Plan | Feb Actual\n\
                   North | 100 | 90 | 110 | 120\n\
                   South | 50 | 55 | 60 | 40";
    let ran = run(&[("2026", drawing, NONE)]).status(0);
    assert_eq!(pair(&ran, "sales_amount", "region", "North", "2026-01"), texts("100", "90"));
    assert_eq!(pair(&ran, "sales_amount", "company", "", "2026-02"), texts("170", "160"));
}

#[test]
fn metrics_above_periods() {
    let drawing = "2026 targets\n\
                   Name | Sales amount |  | New customers |  \n\
                    | Jan | Feb | Jan | Feb\n\
                   Ann | 10 | 20 | 1 | 2\n\
                   Bob | 30 | 40 | 3 | 4";
    let ran = run(&[("Targets", drawing, &[[1, 1, 1, 2], [1, 3, 1, 4]])]).status(0);
    assert_eq!(pair(&ran, "sales_amount", "company", "", "2026-02").0, "60");
    assert_eq!(pair(&ran, "new_customers", "person", "Bob", "2026-01").0, "3");
}

#[test]
fn a_column_of_scenarios_feeds_both_tables() {
    let drawing = "Month | Name | Metric | Scenario | Value\n\
                   2026-01 | Ann | Sales amount | Plan | 100\n\
                   2026-01 | Ann | Sales amount | Actual | 80\n\
                   2026-01 | Ann | Sales amount | LE1 | 95\n\
                   2026-01 | Ann | Units | Actual | 7";
    let ran = run(&[("Data", drawing, NONE)]).status(0);
    assert_eq!(pair(&ran, "sales_amount", "person", "Ann", "2026-01"), texts("100", "80"));
    assert_eq!(pair(&ran, "units", "person", "Ann", "2026-01"), texts("", "7"));
    assert_eq!(ran.codes().iter().filter(|code| *code == "I318").count(), 1);
}

#[test]
fn tables_side_by_side_and_below_each_other() {
    let drawing = "2026 sales targets\n\
                   Name | 2026-01 | 2026-02 |  | Region | 2026-01 | 2026-02\n\
                   Ann | 10 | 20 |  | North | 40 | 60\n\
                   Bob | 30 | 40 |  |  |  |  \n\
                    \n\
                   Actuals\n\
                   Date | Name | Sales amount | Units\n\
                   2026-01-05 | Ann | 9 | 1\n\
                   2026-02-05 | Bob | 41 | 2\n\
                   Thank you for reading";
    let ran = run(&[("All", drawing, NONE)]);
    assert_eq!(pair(&ran, "sales_amount", "person", "Bob", "2026-02"), texts("40", "41"));
    assert_eq!(ran.attainment("sales_amount", "region", "North", "2026-01")["target"], "40");
    assert_eq!(pair(&ran, "units", "company", "", "2026").1, "3");
    let account = ran.account();
    let tables: Vec<&str> = account["inputs"][0]["sheets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|sheet| sheet["table"].as_str().unwrap())
        .collect();
    assert_eq!(tables, ["targets", "targets", "actuals"]);
}

#[test]
fn labels_merged_over_rows_hold_for_all_of_them_and_figures_do_not() {
    let drawing = "Region | Month | Target\n\
                   North | 2026-01 | 10\n\
                    | 2026-02 | 20\n\
                   South | 2026-01 | 30\n\
                    | 2026-02 |  ";
    let ran = run(&[("Targets", drawing, &[[1, 0, 2, 0], [3, 0, 4, 0], [3, 2, 4, 2]])]).status(1);
    assert_eq!(pair(&ran, "sales_amount", "region", "North", "2026-02").0, "20");
    // One figure for two months: nobody can say whose it is.
    assert_eq!(ran.attainment("sales_amount", "region", "South", "2026-01")["reason"], "target_unreadable");
    assert_eq!(ran.codes().iter().filter(|code| *code == "E414").count(), 1);
    // Read twice for the merged ranges, and complained about once.
    assert!(!ran.codes().contains(&"E421".to_string()));
}

#[test]
fn dates_as_headers_are_months_weeks_or_days() {
    for (headers, period, expected) in [
        ("'2026-01-01' | '2026-02-01'", "2026-01", "5"),
        ("'2026-02-02' | '2026-02-09' | '2026-02-16'", "2026-02", "18"),
        ("'2026-03-02' | '2026-03-03' | '2026-03-05'", "2026-03", "18"),
        ("Day 1 | Day 2 | Day 3", "2026-04", "18"),
        ("4月1日 | 4月2日 | 4月3日", "2026-04", "18"),
    ] {
        let drawing = format!("Actual sales 2026-04\nName | {headers}\nAnn | 5 | 6 | 7");
        let ran = run(&[("Data", &drawing, NONE)]);
        assert_eq!(pair(&ran, "sales_amount", "person", "Ann", period).1, expected, "{headers}");
    }
}

#[test]
fn months_across_say_whether_they_are_targets_or_are_not_used() {
    let drawing = "Name | Jan | Feb | Mar\nAnn | 5 | 6 | 7\nBob | 1 | 2 | 3";
    let ran = run(&[("2026", drawing, NONE)]).status(4);
    assert!(ran.stderr.contains("error E314"), "{}", ran.stderr);
    let ran = run(&[("Actual 2026", drawing, NONE)]).status(0);
    assert_eq!(pair(&ran, "sales_amount", "company", "", "2026-02"), texts("", "8"));
    let ran = run(&[("Quota 2026", drawing, NONE)]).status(0);
    assert_eq!(pair(&ran, "sales_amount", "company", "", "2026-02").0, "8");
}

#[test]
fn the_title_gives_the_month_of_rows_without_a_date() {
    let drawing = "2026年3月 各区域业绩\n\
                   区域 | 销售额 | 数量\n\
                   华东 | 100 | 3\n\
                   华南 | 50 | 2";
    let ran = run(&[("Sheet1", drawing, NONE)]).status(0);
    assert_eq!(pair(&ran, "sales_amount", "company", "", "2026-03").1, "150");
    let months: [(&str, &str, &[[u32; 4]]); 2] = [
        ("2026年1月", "区域 | 销售额\n华东 | 7\n华南 | 8", NONE),
        ("2026年2月", "区域 | 销售额\n华东 | 9\n华南 | 1", NONE),
    ];
    let ran = run(&months).status(0);
    assert_eq!(pair(&ran, "sales_amount", "region", "华东", "2026-02").1, "9");
    assert_eq!(pair(&ran, "sales_amount", "company", "", "2026").1, "25");
}

#[test]
fn a_column_of_dates_decides_its_order_or_is_refused_with_both_readings() {
    let sales = |dates: [&str; 2]| {
        let rows = format!("Date | Name | Sales amount\n'{}' | Ann | 5\n'{}' | Ann | 7", dates[0], dates[1]);
        run(&[("Data", &rows, NONE)])
    };
    assert_eq!(pair(&sales(["03/08/2026", "25/08/2026"]), "sales_amount", "company", "", "2026-08").1, "12");
    assert_eq!(pair(&sales(["03/08/2026", "03/25/2026"]), "sales_amount", "company", "", "2026-03").1, "12");
    let ran = sales(["03/08/2026", "04/09/2026"]);
    let problems = ran.table("problems");
    let refused = problems.iter().find(|row| row["code"] == "E409").unwrap();
    assert!(refused["message"].contains("2026-08-03") && refused["message"].contains("2026-03-08"), "{refused:?}");
}

#[test]
fn a_column_of_numbers_decides_its_mark_or_is_refused() {
    let csv = |amounts: [&str; 2]| {
        let text = format!("Date;Name;Sales amount\n2026-01-05;Ann;{}\n2026-01-06;Ann;{}\n", amounts[0], amounts[1]);
        Case::new().file("sales.csv", text.as_bytes()).run()
    };
    assert_eq!(pair(&csv(["1.234", "12,5"]), "sales_amount", "company", "", "2026-01").1, "1246.5");
    assert_eq!(pair(&csv(["1.234", "12.5"]), "sales_amount", "company", "", "2026-01").1, "13.734");
    let ran = csv(["1.234", "2.500"]);
    assert_eq!(ran.codes().iter().filter(|code| *code == "E403").count(), 2);
    assert_eq!(ran.account()["control_totals"]["sales_amount"]["read"], "0");
}

#[test]
fn traditional_headers_are_read_as_simplified_ones() {
    let drawing = "訂單日期 | 業務員 | 銷售額 | 區域\n2026-01-05 | 陳立 | 100 | 華東\n2026-01-06 | 周敏 | 20 | 華東";
    let ran = run(&[("資料", drawing, NONE)]).status(0);
    assert_eq!(pair(&ran, "sales_amount", "person", "陳立", "2026-01").1, "100");
    // Without a team table, whoever always sells in one region belongs there.
    assert_eq!(pair(&ran, "sales_amount", "region", "華東", "2026-01").1, "120");
}

#[test]
fn totals_are_proved_and_those_that_do_not_add_up_are_findings() {
    let drawing = "Actual sales 2026\n\
                   Name | Jan | Feb | Mar | Total\n\
                   Ann | 1 | 2 | 3 | 6\n\
                   Bob | 4 | 5 | 6 | 16\n\
                   North total | 5 | 7 | 9 | 22\n\
                   Cid | 10 | 20 | 30 | 60\n\
                   South total | 10 | 20 | 31 | 60\n\
                   Grand total | 15 | 27 | 39 | 82\n\
                    | 15 | 27 | 39 | 82\n\
                   Name | Jan | Feb | Mar | Total\n\
                   Dot | 1 | 1 | 1 | 3";
    let ran = run(&[("Data", drawing, NONE)]).status(1);
    // 1 + 4 + 10 + 1; 3 + 6 + 30 + 1.
    assert_eq!(pair(&ran, "sales_amount", "company", "", "2026-01").1, "16");
    assert_eq!(pair(&ran, "sales_amount", "company", "", "2026-03").1, "40");
    let problems = ran.table("problems");
    let at = |code: &str| {
        problems.iter().filter(|row| row["code"] == code).map(|row| row["cell"].as_str()).collect::<Vec<_>>()
    };
    assert_eq!(at("E309"), ["D7"]);
    assert_eq!(at("E316"), ["E4"]);
    assert_eq!(at("I308").len(), 3);
    assert_eq!(at("I312").len(), 1);
}

#[test]
fn what_no_table_has_is_counted_and_listed() {
    let drawing = "Date | Name | Sales amount |  |  | see also\n\
                   2026-01-05 | Ann | 5 | odd |  | a\n\
                   2026-01-06 | Bob | 6 |  |  | b\n\
                    \n\
                   Prepared by Eve | on Monday";
    let ran = run(&[("Data", drawing, NONE)]);
    let problems = ran.table("problems");
    let find = |code: &str| problems.iter().find(|row| row["code"] == code).unwrap_or_else(|| panic!("{code}"));
    assert_eq!(find("W305")["cell"], "D1");
    // The note below stands in the table's columns: it is a row without figures.
    assert!(find("W310")["message"].starts_with("2 filled cells (F2:F3)"), "{:?}", find("W310"));
    assert_eq!(pair(&ran, "sales_amount", "company", "", "2026-01").1, "11");
}

#[test]
fn a_sheet_that_says_the_same_again_counts_once() {
    let rows = "Date | Name | Sales amount\n2026-01-05 | Ann | 5\n2026-01-06 | Bob | 6\n2026-01-07 | Cid | 7";
    let ran = run(&[("Data", rows, NONE), ("Data backup", rows, NONE)]);
    assert_eq!(pair(&ran, "sales_amount", "company", "", "2026-01").1, "18");
    assert!(ran.codes().contains(&"W313".to_string()));
    let other = rows.replace("| 7", "| 70");
    let ran = run(&[("Data", rows, NONE), ("Data (2)", &other, NONE)]);
    assert_eq!(pair(&ran, "sales_amount", "company", "", "2026-01").1, "18");
    assert!(ran.codes().contains(&"E202".to_string()));
    // Sheets of different months are no copies of each other, whatever their form.
    let next = rows.replace("2026-01", "2026-02");
    let ran = run(&[("Jan", rows, NONE), ("Feb", &next, NONE)]).status(0);
    assert_eq!(pair(&ran, "sales_amount", "company", "", "2026").1, "36");
}

#[test]
fn other_names_of_people_and_units() {
    let ran = Case::new()
        .sheet("team.xlsx", "Name | Region\n Li Lei | East\n Han | East")
        .sheet("sales.xlsx", "Date | Name | Sales amount\n 2026-01-05 | Leo | 5\n 2026-01-06 | Ｈａｎ | 6")
        .settings("[aliases]\nLeo = \"Li Lei\"\n")
        .run()
        .status(0);
    assert_eq!(pair(&ran, "sales_amount", "person", "Li Lei", "2026-01").1, "5");
    assert_eq!(pair(&ran, "sales_amount", "person", "Han", "2026-01").1, "6");
}

#[test]
fn budgets_with_months_across_and_items_without_a_header() {
    let drawing = "Budget 2026\n | Jan | Feb | Mar\nTravel | 10 | 20 | 30\nAds | 1 | 2 | 3\nTotal | 11 | 22 | 33";
    let ran = run(&[("Costs", drawing, NONE)]).status(0);
    let budget = ran.table("budget");
    let travel = budget.iter().find(|row| row["item"] == "Travel" && row["period"] == "2026-02").unwrap();
    assert_eq!(travel["budget"], "20");
    assert!(!budget.iter().any(|row| row["item"] == "Total"));
}

#[test]
fn rows_say_their_scenario_whatever_the_column_is_called() {
    let drawing = "Region | Type | Jan 2026 | Feb 2026\n\
                   East | Target | 100 | 200\n\
                   East | Actual | 90 | 100\n\
                   East | Variance | -10 | -100\n\
                   West | Target | 40 | 50\n\
                   West | Actual | 44 | 45\n\
                   West | Variance | 4 | -5";
    let ran = run(&[("Performance", drawing, NONE)]).status(0);
    assert_eq!(pair(&ran, "sales_amount", "region", "East", "2026-01"), texts("100", "90"));
    // 200 + 50 and 100 + 45: variances are neither.
    assert_eq!(pair(&ran, "sales_amount", "company", "", "2026-02"), texts("250", "145"));
    assert!(ran.codes().contains(&"I318".to_string()), "{:?}", ran.codes());
}

#[test]
fn each_of_two_tables_side_by_side_has_its_title() {
    let drawing = "2026年目标 | | | | 2026年实际 | |\n\
                   区域 | 1月 | 2月 | | 区域 | 1月 | 2月\n\
                   华东 | 10 | 20 | | 华东 | 9 | 21\n\
                   华南 | 30 | 40 | | 华南 | 33 | 38";
    let ran = run(&[("汇总", drawing, NONE)]).status(0);
    assert_eq!(pair(&ran, "sales_amount", "region", "华东", "2026-01"), texts("10", "9"));
    assert_eq!(pair(&ran, "sales_amount", "company", "", "2026-02"), texts("60", "59"));
}

#[test]
fn a_unit_may_stand_in_the_headers_row() {
    let drawing = "2026年目标 | | | |\n\
                   区域 | 1月 | 2月 | 3月 | 单位:万元\n\
                   华东 | 10 | 20 | 30 |\n\
                   华南 | 1.5 | 2 | 3 |";
    let ran = run(&[("计划", drawing, NONE)]).status(0);
    // 10 and 1.5 ten thousands.
    assert_eq!(ran.attainment("sales_amount", "company", "", "2026-01")["target"], "115000");
}

#[test]
fn weeks_below_a_month_are_the_weeks_of_that_month() {
    let drawing = "2026年3月实际销售额 | | | | |\n\
                   姓名 | W1 | W2 | W3 | W4 | W5\n\
                   甲 | 1 | 2 | 3 | 4 | 5\n\
                   乙 | 10 | 20 | 30 | 40 | 50";
    let ran = run(&[("周报", drawing, NONE)]).status(0);
    assert_eq!(pair(&ran, "sales_amount", "person", "甲", "2026-03").1, "15");
    assert_eq!(pair(&ran, "sales_amount", "company", "", "2026").1, "165");
    assert!(ran.codes().contains(&"I329".to_string()), "{:?}", ran.codes());
}

#[test]
fn a_quarter_beside_its_months_is_not_added_to_them() {
    let actuals = "Region | Jan 2026 | Feb 2026 | Mar 2026 | 2026 Q1\n\
                   East | 1 | 2 | 3 | 6\n\
                   West | 10 | 20 | 30 | 60";
    let ran = run(&[("Actual", actuals, NONE)]).status(0);
    assert_eq!(ran.attainment("sales_amount", "company", "", "2026")["actual"], "66");
    // Weeks and the month they fill: 100 stands, and 20 + 20 + 25 + 25 = 90 is compared with it.
    let targets = "Period | Name | Metric | Target\n\
                   2026-02 | Ann | Sales amount | 100\n\
                   2026-W06 | Ann | Sales amount | 20\n\
                   2026-W07 | Ann | Sales amount | 20\n\
                   2026-W08 | Ann | Sales amount | 25\n\
                   2026-W09 | Ann | Sales amount | 25";
    let ran = Case::new().sheet("targets.xlsx", targets).run().status(1);
    assert_eq!(ran.attainment("sales_amount", "person", "Ann", "2026-02")["target"], "100");
    // The work days of February 2026 are those of its weeks W06 to W09.
    assert!(ran.codes().contains(&"E505".to_string()), "{:?}", ran.codes());
}

#[test]
fn rows_for_all_are_the_sum_of_the_others_or_a_row_of_their_own() {
    let ran = run(&[(
        "Sales",
        "Month | Region | Actual sales\n '2026-01' | East | 100\n '2026-01' | West | 200\n '2026-01' | All | 300",
        NONE,
    )]);
    assert_eq!(ran.status(0).attainment("sales_amount", "company", "", "2026")["actual"], "300");
    let plan = "2026年销售目标 | | |\n 区域 | 1月 | 2月 | 3月\n 华东 | 100 | 100 | 100\n 华北 | 200 | 200 | 200\n 华南 | 300 | 300 | 300\n 全国 | 600 | 600 | 600";
    let ran = run(&[("目标", plan, NONE)]).status(0);
    // 华南 is 华东 and 华北 by chance; only 全国 is a sum.
    assert_eq!(ran.attainment("sales_amount", "company", "", "2026")["target"], "1800");
}

#[test]
fn names_of_sheets_and_files_say_month_and_year() {
    let sheets: &[(&str, &str, &[[u32; 4]])] =
        &[("1月", "姓名 | 销售额\n 甲 | 100", NONE), ("2月", "姓名 | 销售额\n 甲 | 400", NONE)];
    let ran = Case::new().file("2026年销售.xlsx", &book(sheets)).run().status(0);
    assert_eq!(pair(&ran, "sales_amount", "person", "甲", "2026-02").1, "400");
    let ran = run(&[("目标", "区域 | 2026年3月\n 华东 | 100", NONE)]).status(0);
    assert_eq!(pair(&ran, "sales_amount", "region", "华东", "2026-03").0, "100");
}

#[test]
fn a_numbered_sheet_is_a_copy_only_of_the_sheet_it_is_named_after() {
    let rows =
        |second: u32| format!("Date | Name | Sales amount\n 2026-01-05 | Ann | 90\n 2026-01-06 | Bob | {second}");
    let (first, second) = (rows(10), rows(20));
    let ran = run(&[("North", &first, NONE), ("North (2)", &second, NONE)]).status(1);
    assert_eq!(ran.attainment("sales_amount", "company", "", "2026")["actual"], "100");
    let ran = run(&[("North", &first, NONE), ("South (2)", &second, NONE)]);
    assert_eq!(ran.attainment("sales_amount", "company", "", "2026")["actual"], "210");
}

#[test]
fn quarters_of_actuals_are_exact_and_their_months_are_estimates() {
    let drawing = "2026年 销售额 | | | |\n\
                   区域 | 一季度 |  | 二季度 |\n\
                    | 目标 | 实际 | 目标 | 实际\n\
                   华东 | 10 | 9.5 | 12.5 | 8\n\
                   华南 | 8 | 8.25 | 9 | 0.7";
    let ran = run(&[("汇总", drawing, &[[1, 0, 2, 0], [1, 1, 1, 2], [1, 3, 1, 4]])]).status(0);
    assert_eq!(pair(&ran, "sales_amount", "region", "华东", "2026-Q1"), texts("10", "9.5"));
    // 9.5 + 8.25 and 8 + 0.7.
    assert_eq!(pair(&ran, "sales_amount", "company", "", "2026-Q2"), texts("21.5", "8.7"));
    assert_eq!(ran.attainment("sales_amount", "company", "", "2026")["actual"], "26.45");
    assert!(ran.codes().contains(&"W331".to_string()), "{:?}", ran.codes());
}

#[test]
fn rows_above_their_members_count_once() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet().set_name("Targets 2026").unwrap();
    let rows =
        [("Name", 0, 0), ("East", 300, 3), ("  Ann", 100, 1), ("  Bob", 200, 2), ("West", 600, 4), ("  Cy", 600, 4)];
    for ((name, january, february), row) in rows.into_iter().zip(0u32..) {
        sheet.write_string(row, 0, name).unwrap();
        if row == 0 {
            sheet.write_string(0, 1, "Jan").unwrap().write_string(0, 2, "Feb").unwrap();
        } else {
            sheet.write_number(row, 1, january).unwrap().write_number(row, 2, february).unwrap();
        }
    }
    let ran = Case::new().file("book.xlsx", &workbook.save_to_buffer().unwrap()).run().status(0);
    // 100 + 200 + 600: East and West are the sums of the rows below them.
    assert_eq!(ran.attainment("sales_amount", "company", "", "2026-01")["target"], "900");
    assert_eq!(ran.codes().iter().filter(|code| *code == "I308").count(), 2);
}
