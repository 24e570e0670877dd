//! Joining: who gets the credit, when, and that nothing is lost on the way.

mod support;

use support::Case;

#[test]
fn credit_follows_the_assignment_of_the_day() {
    // Ann is in team A until 15 February and in B from the 16th. History does not move.
    let ran = Case::new()
        .sheet(
            "team.xlsx",
            "Name | Team | Start date | End date\n Ann | A | 2026-01-01 | 2026-02-15\n Ann | B | 2026-02-16 |",
        )
        .sheet(
            "actuals.xlsx",
            "Date | Name | Sales amount\n 2026-02-15 | Ann | 100\n 2026-02-16 | Ann | 30\n 2026-03-01 | Ann | 5",
        )
        .sheet("targets.xlsx", "Period | Name | Metric | Target\n 2026-02 | Ann | Sales amount | 200")
        .run()
        .status(0);
    assert_eq!(ran.attainment("sales_amount", "team", "A", "2026")["actual"], "100");
    assert_eq!(ran.attainment("sales_amount", "team", "B", "2026")["actual"], "35");
    // February 2026 has 20 weekdays, ten to the 13th and ten from the 16th: the target halves.
    assert_eq!(ran.attainment("sales_amount", "team", "A", "2026-02")["target"], "100");
    assert_eq!(ran.attainment("sales_amount", "team", "B", "2026-02")["target"], "100");
    assert_eq!(ran.figures("sales_amount", "person", "Ann", "2026-02"), ["200", "130", "-70", "0.6500"]);
}

/// A workbook whose second row's figures are shown in these formats.
fn formatted(headers: &[&str], texts: &[&str], figures: &[(f64, &str)]) -> Vec<u8> {
    use rust_xlsxwriter::{Format, Workbook};
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (column, header) in (0..).zip(headers) {
        sheet.write_string(0, column, *header).unwrap();
    }
    for (column, text) in (0..).zip(texts) {
        sheet.write_string(1, column, *text).unwrap();
    }
    for (column, (figure, format)) in (texts.len() as u16..).zip(figures) {
        sheet.write_number_with_format(1, column, *figure, &Format::new().set_num_format(*format)).unwrap();
    }
    workbook.save_to_buffer().unwrap()
}

#[test]
fn a_cells_format_decides_its_unit() {
    // 12.34 shown as 12.34万元 is 123,400; shown as 1.2万 by a format that scales, 12,340 is 12,340.
    let headers = ["Date", "Name", "Sales amount", "Profit"];
    let figures = [(12.34, "0.00\"万元\""), (12_340.0, "0!.0,\"万\"")];
    let ran = Case::new().file("a.xlsx", &formatted(&headers, &["2026-02-15", "Ann"], &figures)).run().status(0);
    assert_eq!(ran.attainment("sales_amount", "company", "", "2026")["actual"], "123400");
    assert_eq!(ran.attainment("profit", "company", "", "2026")["actual"], "12340");
}

#[test]
fn a_month_that_a_spreadsheet_took_for_a_number_is_refused() {
    // 2026.10 typed into a cell is stored as 2026.1, which may as well be January.
    let bytes = formatted(&["Person", "Month", "Sales amount"], &["Ann"], &[(2026.1, "0.00"), (90.0, "0")]);
    assert_eq!(Case::new().file("a.xlsx", &bytes).run().status(1).codes(), ["E415"]);
}

#[test]
fn a_percentage_is_a_share_and_never_money() {
    // 0.6 shown as 60 % is 60 % also below a header with a percent sign, where a bare 0.6 would be refused.
    let team = |format: &str| formatted(&["Name", "Team", "Share %"], &["Ann", "A"], &[(0.6, format)]);
    let case = |format: &str| {
        Case::new()
            .file("team.xlsx", &team(format))
            .sheet("actuals.xlsx", "Date | Name | Sales amount\n 2026-02-15 | Ann | 100")
    };
    let ran = case("0%").run();
    assert_eq!(ran.attainment("sales_amount", "team", "A", "2026")["actual"], "60");
    assert!(case("0.00").run().codes().contains(&"E407".to_string()));
    let money = formatted(&["Date", "Name", "Sales amount"], &["2026-02-15", "Ann"], &[(0.6, "0%")]);
    let ran = Case::new().file("a.xlsx", &money).run().status(1);
    assert_eq!(ran.codes(), ["E418"]);
}

#[test]
fn shares_divide_exactly() {
    // 100.01 over 60 % and 40 %: 60.006 and 40.004; at the cent 60.01 and 40.00, which add up.
    let ran = Case::new()
        .sheet("team.xlsx", "Name | Team | Share\n Ann | A | 60%\n Ann | B | 40%")
        .sheet("actuals.xlsx", "Date | Name | Sales amount\n 2026-02-15 | Ann | 100.01")
        .run()
        .status(0);
    assert_eq!(ran.attainment("sales_amount", "team", "A", "2026")["actual"], "60.01");
    assert_eq!(ran.attainment("sales_amount", "team", "B", "2026")["actual"], "40");
    assert_eq!(ran.attainment("sales_amount", "company", "", "2026")["actual"], "100.01");
}

#[test]
fn a_week_across_a_month_end_goes_by_its_work_days() {
    // 2026-W18 is 27 April to 3 May: four weekdays in April, one in May. 100 → 80 + 20.
    let ran = Case::new().sheet("actuals.xlsx", "Week | Sales amount\n 2026-W18 | 100").run().status(0);
    assert_eq!(ran.attainment("sales_amount", "company", "", "2026-04")["actual"], "80");
    assert_eq!(ran.attainment("sales_amount", "company", "", "2026-05")["actual"], "20");
    // With China's May holiday the 1st is off and the week's four work days are all in April.
    let ran = Case::new()
        .sheet("actuals.xlsx", "周次 | 销售额\n 2026-W18 | 100")
        .settings("[calendar]\nholidays = \"cn\"\n")
        .run()
        .status(0);
    assert_eq!(ran.attainment("sales_amount", "company", "", "2026-04")["actual"], "100");
    assert!(!ran.table("attainment").iter().any(|row| row["period"] == "2026-05"), "a month without work days of it");
    // Money is divided to the cent: 7 over three work days and two is 4.20 and 2.80.
    let ran = Case::new().sheet("actuals.xlsx", "Week | Sales amount | Units\n 2026-W14 | 7 | 7").run().status(0);
    let actual = |metric: &str, month: &str| ran.attainment(metric, "company", "", month)["actual"].clone();
    assert_eq!([actual("sales_amount", "2026-03"), actual("sales_amount", "2026-04")], ["2.8", "4.2"]);
    // ... and counts to whole ones.
    assert_eq!([actual("units", "2026-03"), actual("units", "2026-04")], ["3", "4"]);
}

#[test]
fn control_totals_tie_whatever_goes_wrong() {
    // 10 counts, 20 is undated, 40 is after the as-of day, half of 80 is another's share, 160 is nobody's.
    let ran = Case::new()
        .sheet("team.xlsx", "Name | Team\n Ann | A")
        .sheet(
            "actuals.xlsx",
            "Date | Name | Share | Sales amount\n 2026-01-05 | Ann | | 10\n soon | Ann | | 20\n 2026-07-01 | Ann | | 40\n\
             2026-01-06 | Ann | 50% | 80\n 2026-01-07 | Zed | | 160\n 2026-01-08 | Ann | | oops",
        )
        .seen_on("2026-06-30")
        .run();
    let account = ran.account();
    let control = &account["control_totals"]["sales_amount"];
    for (key, amount) in [
        ("read", "310"),
        ("credited", "210"),
        ("undated", "20"),
        ("after_as_of", "40"),
        ("others_share", "40"),
        ("gap", "0"),
    ] {
        assert_eq!(control[key], amount, "{key}");
    }
    assert_eq!(control["unreadable_cells"], 1);
    // An unreadable cell marks the totals it is missing from.
    let company = ran.attainment("sales_amount", "company", "", "2026");
    assert_eq!((company["actual"].as_str(), company["unreadable_cells"].as_str()), ("210", "1"));
    let nobody =
        ran.table("attainment").into_iter().find(|row| row["unit"] == "(unassigned)" && row["period"] == "2026");
    assert_eq!(nobody.unwrap()["actual"], "160");
}

#[test]
fn each_level_adds_up_to_the_next() {
    let ran = Case::new()
        .sheet(
            "team.xlsx",
            "Name | Team | Region\n Ann | A | North\n Bob | A | North\n Cid | B | North\n Dot | | South\n Eve | |",
        )
        .sheet(
            "actuals.xlsx",
            "Date | Name | Sales amount\n 2026-01-05 | Ann | 1.1\n 2026-01-05 | Bob | 2.2\n 2026-01-05 | Cid | 4.4\n\
             2026-01-05 | Dot | 8.8\n 2026-01-05 | Eve | 16.16\n 2026-01-05 | Zed | 32.32",
        )
        .run();
    for level in ["company", "region", "team", "person"] {
        let cents: i64 = ran
            .table("attainment")
            .iter()
            .filter(|row| row["level"] == level && row["period"] == "2026-01")
            .map(|row| (row["actual"].parse::<f64>().unwrap() * 100.0).round() as i64)
            .sum();
        assert_eq!(cents, 6498, "{level}");
    }
}

#[test]
fn a_join_over_many_assignments_never_multiplies() {
    // Ann serves three regions without shares: her 100 stay 100.
    let ran = Case::new()
        .sheet("team.xlsx", "Name | Region\n Ann | North\n Ann | South\n Ann | West")
        .sheet("actuals.xlsx", "Date | Name | Region | Sales amount\n 2026-01-05 | Ann | South | 100")
        .run()
        .status(0);
    assert_eq!(ran.attainment("sales_amount", "company", "", "2026")["actual"], "100");
    assert_eq!(ran.codes(), ["W504"]);
    // The sale itself says where it was: with that rule, the region is known.
    let ran = Case::new()
        .sheet("team.xlsx", "Name | Region\n Ann | North\n Ann | South\n Ann | West")
        .sheet("actuals.xlsx", "Date | Name | Region | Sales amount\n 2026-01-05 | Ann | South | 100")
        .settings("[org]\nregion_by = \"actuals\"\n")
        .run()
        .status(0);
    assert_eq!(ran.attainment("sales_amount", "region", "South", "2026")["actual"], "100");
}

#[test]
fn a_managers_target_is_personal_or_the_teams() {
    let case = || {
        Case::new()
            .sheet("team.xlsx", "Name | Team | Manager\n Ann | A | Max\n Bob | A | Max\n Max | A |")
            .sheet(
                "targets.xlsx",
                "Period | Name | Metric | Target\n 2026 | Ann | Units | 60\n 2026 | Bob | Units | 40\n 2026 | Max | Units | 100",
            )
            .sheet("actuals.xlsx", "Date | Name | Units\n 2026-05-04 | Ann | 50")
    };
    let personal = case().run().status(0);
    assert_eq!(personal.attainment("units", "company", "", "2026")["target"], "200");
    let team = case().settings("[targets]\nmanager = \"team\"\n").run().status(0);
    assert_eq!(team.attainment("units", "company", "", "2026")["target"], "100");
    assert_eq!(team.attainment("units", "team", "A", "2026")["target"], "100");
}

#[test]
fn targets_long_and_wide_are_equal() {
    let actuals = "Date | Name | Sales amount | New customers\n 2026-01-05 | Ann | 40 | 1\n 2026-02-05 | Ann | 70 | 2";
    let long = "Period | Name | Metric | Target\n 2026-01 | Ann | Sales amount | 50\n 2026-02 | Ann | Sales amount | 60\n\
                2026-01 | Ann | New customers | 2\n 2026-02 | Ann | New customers | 3";
    let periods_across =
        "Name | Metric | 2026-01 | Feb-26\n Ann | Sales amount | 50 | 60\n Ann | New customers | 2 | 3";
    let metrics_across =
        "Month | Name | Sales target | New customers target\n 2026年1月 | Ann | 50 | 2\n 2026/2 | Ann | 60 | 3";
    let run = |targets: &str| {
        let ran = Case::new().sheet("actuals.xlsx", actuals).sheet("targets.xlsx", targets).run().status(0);
        let mut rows: Vec<String> = ran
            .table("attainment")
            .iter()
            .map(|row| {
                ["metric", "level", "unit", "period", "target", "actual", "status"]
                    .map(|key| row[key].clone())
                    .join(" ")
            })
            .collect();
        rows.sort();
        rows
    };
    let expected = run(long);
    assert_eq!(expected.len(), 16, "two metrics, company and person, year, quarter and two months");
    assert_eq!(run(periods_across), expected);
    assert_eq!(run(metrics_across), expected);
}

#[test]
fn an_open_period_counts_what_has_begun() {
    // Quarter 300 + 300 + 300, seen on Friday 13 February: January and February have begun.
    // Due: 300 + 300 × 10/20 = 450 of 600, three quarters.
    let ran = Case::new()
        .sheet("targets.xlsx", "Name | Metric | 2026-01 | 2026-02 | 2026-03\n Ann | Sales amount | 300 | 300 | 300")
        .sheet("actuals.xlsx", "Date | Name | Sales amount\n 2026-01-05 | Ann | 300\n 2026-02-05 | Ann | 120")
        .seen_on("2026-02-13")
        .run()
        .status(0);
    let quarter = ran.attainment("sales_amount", "person", "Ann", "2026-Q1");
    for (column, value) in [
        ("target", "600"),
        ("period_target", "900"),
        ("target_to_date", "450"),
        ("pace", "0.75"),
        ("attainment", "0.7"),
        ("status", "at_risk"),
        ("reason", "to_date"),
    ] {
        assert_eq!(quarter[column], value, "{column}");
    }
}

#[test]
fn the_prior_year_is_compared_to_date() {
    // On 10 February 2026, February 2025 counts to its 10th.
    let ran = Case::new()
        .sheet(
            "actuals.xlsx",
            "Date | Name | Sales amount\n 2025-02-10 | Ann | 10\n 2025-02-11 | Ann | 1000\n 2026-02-03 | Ann | 15\n 2026-02-03 | Bob | 5",
        )
        .seen_on("2026-02-10")
        .run()
        .status(0);
    assert_eq!(ran.attainment("sales_amount", "person", "Ann", "2026-02")["prior_year"], "10");
    // Bob was not there a year ago: that is no figure, not zero.
    assert_eq!(ran.attainment("sales_amount", "person", "Bob", "2026-02")["prior_year"], "");
    assert_eq!(ran.attainment("sales_amount", "person", "Ann", "2025-02")["actual"], "1010");
}

#[test]
fn stage_counts_become_a_funnel() {
    // 100 → 40 → 10: steps 40 % and 25 %, overall 10 %. Regions add up to the company.
    let ran = Case::new()
        .sheet("funnel.xlsx", "Month | Region | Leads | Opportunities | Won\n 2026-01 | North | 60 | 25 | 6\n 2026-01 | South | 40 | 15 | 4")
        .run()
        .status(0);
    let rows = ran.table("funnel");
    let company: Vec<[&str; 4]> = rows
        .iter()
        .filter(|row| row["level"] == "company" && row["period"] == "2026-01")
        .map(|row| ["stage", "reached", "step_conversion", "overall_conversion"].map(|key| row[key].as_str()))
        .collect();
    assert_eq!(
        company,
        [["leads", "100", "", "1"], ["opportunities", "40", "0.4", "0.4"], ["won", "10", "0.25", "0.1"]]
    );
    assert!(rows.iter().all(|row| row["cohort"] == "counts"));
}

/// Mistakes that people trying the tool found.
mod found_by_use {
    use super::*;

    fn company(ran: &support::Ran, column: &str) -> String {
        ran.attainment("sales_amount", "company", "", "2026")[column].clone()
    }

    #[test]
    fn a_total_may_stand_in_any_column() {
        for label in ["合计", "总计", "Grand Total", "合计:", "总额"] {
            let ran = Case::new()
                .sheet("a.xlsx", &format!("工号 | 姓名 | 月份 | 销售额\n 01 | 甲 | 2026-01 | 100\n 02 | 乙 | 2026-01 | 200\n {label} | | | 300"))
                .run()
                .status(0);
            assert_eq!(company(&ran, "actual"), "300", "{label}");
        }
    }

    #[test]
    fn units_are_found_wherever_they_stand() {
        let actuals = "日期 | 姓名 | 销售额\n 2026-01-05 | 甲 | 500000";
        let plain = "期间 | 姓名 | 指标 | 目标\n 2026-01 | 甲 | 销售额 | 100";
        let target = |case: Case| company(&case.sheet("a.xlsx", actuals).run().status(0), "target");
        assert_eq!(target(Case::new().titled("t.xlsx", "2026年度个人销售目标(万元)", plain)), "1000000");
        assert_eq!(target(Case::new().titled("t.xlsx", "2026年度目标 单位:万元", plain)), "1000000");
        let in_metric = "期间 | 姓名 | 指标 | 目标\n 2026-01 | 甲 | 销售额(万元) | 100";
        assert_eq!(target(Case::new().sheet("t.xlsx", in_metric)), "1000000");
        let in_column = "期间 | 姓名 | 指标 | 目标 | 单位\n 2026-01 | 甲 | 销售额 | 100 | 万元";
        assert_eq!(target(Case::new().sheet("t.xlsx", in_column)), "1000000");
        let thousands = "Period | Name | Metric | Target\n 2026-01 | 甲 | Sales amount | 100";
        assert_eq!(target(Case::new().titled("t.xlsx", "Targets 2026 (in thousands)", thousands)), "100000");
    }

    #[test]
    fn money_units_leave_counts_alone() {
        let ran = Case::new()
            .sheet(
                "t.xlsx",
                "期间 | 姓名 | 指标 | 目标(万元)\n 2026-01 | 甲 | 销售额 | 10\n 2026-01 | 甲 | 新客户数 | 7",
            )
            .sheet("a.xlsx", "日期 | 姓名 | 销售额 | 新客户数\n 2026-01-05 | 甲 | 90000 | 6")
            .run()
            .status(0);
        assert_eq!(ran.figures("sales_amount", "person", "甲", "2026-01"), ["100000", "90000", "-10000", "0.9000"]);
        assert_eq!(ran.figures("new_customers", "person", "甲", "2026-01"), ["7", "6", "-1", "0.8571"]);
    }

    #[test]
    fn regions_join_as_names_do_or_are_named() {
        // Without a team table every region met is a region; spelling variants join.
        let ran = Case::new()
            .sheet("t.xlsx", "期间 | 区域 | 指标 | 目标\n 2026-01 | 华东 | 销售额 | 10\n 2026-01 | West | 销售额 | 10")
            .sheet(
                "a.xlsx",
                "日期 | 区域 | 销售额\n 2026-01-05 | west | 4\n 2026-01-05 | 华　东 | 32\n 2026-01-05 | South | 16",
            )
            .run();
        let actual = |region: &str| ran.attainment("sales_amount", "region", region, "2026-01")["actual"].clone();
        assert_eq!([actual("West"), actual("华东"), actual("South")], ["4", "32", "16"]);
        // With one, a region that nobody has is named at its cell.
        let ran = Case::new()
            .sheet("team.xlsx", "Name | Region\n Ann | North")
            .sheet("a.xlsx", "Date | Name | Region | Sales amount\n 2026-01-05 | Zed | Nort | 4")
            .run();
        let problems = ran.table("problems");
        let unknown = problems.iter().find(|row| row["code"] == "W514").unwrap();
        assert_eq!((unknown["cell"].as_str(), unknown["raw"].as_str()), ("D4", "Nort"));
        assert!(unknown["message"].contains("North"), "{}", unknown["message"]);
    }

    #[test]
    fn a_row_of_the_company_among_rows_of_its_parts() {
        let ran = Case::new()
            .sheet("team.xlsx", "姓名 | 团队 | 区域\n 甲 | A组 | 华东\n 乙 | A组 | 华东")
            .sheet(
                "t.xlsx",
                "期间 | 区域 | 团队 | 姓名 | 指标 | 目标\n 2026-01 | | | | 销售额 | 500\n 2026-01 | 华东 | | | 销售额 | 460\n\
                 2026-01 | | | 甲 | 销售额 | 290\n 2026-01 | | | 乙 | 销售额 | 170",
            )
            .sheet("a.xlsx", "日期 | 姓名 | 销售额\n 2026-01-05 | 甲 | 5")
            .run();
        assert_eq!(company(&ran, "target"), "500");
        assert_eq!(ran.codes(), ["E505"], "500 against 460");
    }

    #[test]
    fn an_id_and_a_name_that_disagree() {
        let ran = Case::new()
            .sheet("team.xlsx", "工号 | 姓名 | 团队\n 01 | 甲 | A\n 02 | 乙 | A")
            .sheet("a.xlsx", "日期 | 工号 | 姓名 | 销售额\n 2026-01-05 | 01 | 乙 | 10")
            .run()
            .status(0);
        assert_eq!(ran.codes(), ["W518"]);
    }

    #[test]
    fn months_without_a_target_do_not_keep_pace_for_those_with_one() {
        // January 300 planned, 100 done; February and March 250 each, unplanned.
        let ran = Case::new()
            .sheet("t.xlsx", "Period | Name | Metric | Target\n 2026-01 | Ann | Sales amount | 300")
            .sheet(
                "a.xlsx",
                "Month | Name | Sales amount\n 2026-01 | Ann | 100\n 2026-02 | Ann | 250\n 2026-03 | Ann | 250",
            )
            .seen_on("2026-03-31")
            .run()
            .status(0);
        let year = ran.attainment("sales_amount", "person", "Ann", "2026");
        assert_eq!((year["status"].as_str(), year["reason"].as_str()), ("critical", "partly_planned"));
    }

    #[test]
    fn what_cannot_be_dated_is_not_zero() {
        let ran = Case::new()
            .sheet("t.xlsx", "Period | Name | Metric | Target\n 2026-01 | Ann | Sales amount | 300\n 2026-01 | Bob | Sales amount | 300")
            .sheet("a.xlsx", "Date | Name | Sales amount\n 03/04/2026 | Ann | 100\n 2026-01-05 | Bob | 100")
            .run()
            .status(1);
        let ann = ran.attainment("sales_amount", "person", "Ann", "2026-01");
        assert_eq!(
            (ann["actual"].as_str(), ann["reason"].as_str(), ann["unreadable_cells"].as_str()),
            ("", "no_actual", "1")
        );
    }

    #[test]
    fn a_metric_without_a_target_stays() {
        let ran = Case::new()
            .sheet("t.xlsx", "期间 | 姓名 | 指标 | 目标\n 2026-01 | 甲 | 销售额 | 100")
            .sheet("a.xlsx", "日期 | 姓名 | 销售额 | 回款额\n 2026-01-05 | 甲 | 90 | 70")
            .run()
            .status(0);
        let payment = ran.attainment("payment", "person", "甲", "2026-01");
        assert_eq!((payment["actual"].as_str(), payment["reason"].as_str()), ("70", "no_target"));
    }

    #[test]
    fn problems_stand_at_the_cell_they_are_about() {
        let ran = Case::new()
            .sheet("team.xlsx", "Name | Team\n Ann | A")
            .sheet("t.xlsx", "Period | Name | Metric | Target\n 2026-01 | Zed | Sales amount | 100\n 2026-01 | Ann | Sales amount | 1")
            .sheet("plan.xlsx", "Name | Metric | Jan | Feb | Mar\n Ann | Sales amount | 1 | 2 | 3\n Ann | Units | 1 | 2 | 3")
            .sheet("a.xlsx", "Date | Employee id | Name | Sales amount\n 2026-01-05 | E9 | | 10")
            .run();
        let places: Vec<(String, String, String)> = ran
            .table("problems")
            .iter()
            .filter(|row| row["severity"] != "info")
            .map(|row| (row["code"].clone(), row["file"].clone(), row["cell"].clone()))
            .collect();
        let place = |code: &str, file: &str, cell: &str| (code.to_string(), file.to_string(), cell.to_string());
        assert_eq!(
            places,
            [
                place("E416", "plan.xlsx", "D3"),
                place("E416", "plan.xlsx", "E3"),
                place("E416", "plan.xlsx", "F3"),
                place("W503", "t.xlsx", "C4"),
                place("W503", "a.xlsx", "C4"),
            ]
        );
    }

    #[test]
    fn ids_in_the_tables_are_unique() {
        let ran = Case::new()
            .sheet("team.xlsx", "Name | Team | Region\n Ann | A | North\n Bob | A | South\n Cid | | North\n Dot | | South")
            .sheet(
                "a.xlsx",
                "Date | Name | Sales amount\n 2026-01-05 | Ann | 1\n 2026-01-05 | Bob | 2\n 2026-01-05 | Cid | 4\n 2026-01-05 | Dot | 8",
            )
            .run()
            .status(0);
        let mut keys: Vec<String> = ran
            .table("attainment")
            .iter()
            .map(|row| ["metric", "level", "unit_id", "period"].map(|key| row[key].clone()).join("|"))
            .collect();
        let all = keys.len();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), all);
        assert_eq!(ran.attainment("sales_amount", "team", "South/A", "2026-01")["actual"], "2");
    }
}

/// Mistakes that reading the code found.
mod found_by_review {
    use super::*;

    #[test]
    fn a_week_that_the_year_has_not() {
        let ran = Case::new()
            .sheet("targets.xlsx", "Name | Metric | 2025-W51 | 2025-W52 | 2025-W53\n Ann | Units | 1 | 2 | 4")
            .sheet("a.xlsx", "Date | Name | Units\n 2025-12-15 | Ann | 3")
            .run()
            .status(1);
        assert_eq!(ran.codes(), ["E415"]);
        assert_eq!(ran.attainment("units", "person", "Ann", "2025-12")["target"], "3");
    }

    #[test]
    fn numbers_of_any_size_are_answered() {
        for number in ["10e32767", "1e-32768", "1e300", "-1e30", "9999999999999999999999"] {
            let ran = Case::new()
                .file("a.csv", format!("Date,Name,Units\n2026-01-05,Ann,{number}\n2026-01-06,Ann,2\n").as_bytes());
            let ran = ran.run().status(1);
            assert_eq!(ran.attainment("units", "person", "Ann", "2026")["actual"], "2", "{number}");
        }
    }

    #[test]
    fn marginal_and_detailed_targets_are_not_added() {
        // Product A 100 in all, 60 of it for segment X and 40 for Y.
        let ran = Case::new()
            .sheet(
                "t.xlsx",
                "Period | Name | Product | Segment | Metric | Target\n 2026 | Ann | A | | Units | 100\n\
                 2026 | Ann | A | X | Units | 60\n 2026 | Ann | A | Y | Units | 40",
            )
            .run()
            .status(0);
        assert_eq!(ran.attainment("units", "person", "Ann", "2026")["target"], "100");
        // Rates of products have no sum.
        let ran = Case::new()
            .sheet("t.xlsx", "Period | Product | Metric | Target\n 2026 | A | Margin | 30%\n 2026 | B | Margin | 40%")
            .run()
            .status(1);
        assert_eq!(ran.attainment("margin", "company", "", "2026")["target"], "");
    }

    #[test]
    fn counts_of_a_quarter_and_its_months_are_not_added() {
        let ran = Case::new()
            .sheet(
                "f.xlsx",
                "Period | Region | Leads | Won\n 2026-Q1 | North | 300 | 30\n 2026-01 | North | 100 | 10\n\
                 2026-02 | North | 100 | 10\n 2026-03 | North | 100 | 10\n 2027-01 | North | 7 | 7",
            )
            .run()
            .status(0);
        let reached = |period: &str| ran.reached("company", "", period, "leads");
        assert_eq!(
            [reached("2026-Q1"), reached("2026-01"), reached("2026")],
            [Some("300".into()), Some("100".into()), Some("300".into())]
        );
        assert_eq!((reached("2027"), ran.codes()), (None, vec!["I513".to_string()]));
    }

    #[test]
    fn a_week_follows_the_person_from_team_to_team() {
        // 2026-W14 is 30 March to 5 April; Ann changes teams on 1 April: two work days and three.
        let ran = Case::new()
            .sheet(
                "team.xlsx",
                "Name | Team | Start date | End date\n Ann | A | 2026-01-01 | 2026-03-31\n Ann | B | 2026-04-01 |",
            )
            .sheet("a.xlsx", "Week | Name | Sales amount\n 2026-W14 | Ann | 500")
            .run()
            .status(0);
        assert_eq!(ran.attainment("sales_amount", "team", "A", "2026")["actual"], "200");
        assert_eq!(ran.attainment("sales_amount", "team", "B", "2026")["actual"], "300");
        // Seen on 31 March, the April days do not count yet.
        let ran =
            Case::new().sheet("a.xlsx", "Week | Sales amount\n 2026-W14 | 500").seen_on("2026-03-31").run().status(0);
        assert_eq!(ran.attainment("sales_amount", "company", "", "2026")["actual"], "200");
        let account = ran.account();
        assert_eq!(account["control_totals"]["sales_amount"]["after_as_of"], "300");
        assert_eq!(account["control_totals"]["sales_amount"]["gap"], "0");
    }

    #[test]
    fn a_year_with_some_months_is_due_as_a_year() {
        // 1200 for the year, 100 typed for January only: on 30 June half of the year's work days are due.
        let ran = Case::new()
            .sheet(
                "t.xlsx",
                "Period | Name | Metric | Target\n 2026 | Ann | Units | 1200\n 2026-01 | Ann | Units | 100",
            )
            .sheet("a.xlsx", "Month | Name | Units\n 2026-01 | Ann | 600")
            .seen_on("2026-06-30")
            .run()
            .status(0);
        let year = ran.attainment("units", "person", "Ann", "2026");
        assert_eq!((year["target"].as_str(), year["attainment"].as_str()), ("1200", "0.5"));
        // 129 of 261 weekdays have passed.
        assert_eq!(format!("{:.4}", year["pace"].parse::<f64>().unwrap()), format!("{:.4}", 129.0 / 261.0));
    }

    #[test]
    fn the_year_to_date_survives_a_period() {
        let ran = Case::new()
            .sheet("a.xlsx", "Month | Name | Units\n 2026-01 | Ann | 1\n 2026-02 | Ann | 2\n 2026-03 | Ann | 4")
            .args(&["--period", "2026-03"])
            .run()
            .status(0);
        assert_eq!(ran.attainment("units", "person", "Ann", "2026-03")["actual_ytd"], "7");
    }

    #[test]
    fn a_share_that_cannot_be_read_credits_nothing() {
        let ran = Case::new()
            .sheet(
                "a.xlsx",
                "Date | Order no. | Name | Share | Units\n 2026-01-05 | S1 | Ann | 50% | 100\n 2026-01-05 | S1 | Bob | half | 100",
            )
            .run()
            .status(1);
        assert_eq!(ran.attainment("units", "company", "", "2026")["actual"], "50");
    }

    #[test]
    fn one_name_and_two_ids_are_two_people() {
        let ran = Case::new()
            .sheet(
                "a.xlsx",
                "Date | Employee id | Name | Units\n 2026-01-05 | E01 | 张伟 | 1\n 2026-01-05 | E02 | 张伟 | 2",
            )
            .run()
            .status(0);
        assert_eq!(ran.attainment("units", "person", "E01", "2026")["actual"], "1");
        assert_eq!(ran.attainment("units", "person", "E02", "2026")["actual"], "2");
    }

    #[test]
    fn an_unreadable_cell_is_missing_once() {
        let ran = Case::new()
            .sheet("team.xlsx", "Name | Team | Share\n Ann | A | 50%\n Ann | B | 50%")
            .sheet("a.xlsx", "Date | Name | Units\n 2026-01-05 | Ann | lots\n 2026-01-06 | Ann | 4")
            .run()
            .status(1);
        assert_eq!(ran.attainment("units", "company", "", "2026")["unreadable_cells"], "1");
    }
}

/// Mistakes that a second user found.
mod found_by_second_use {
    use super::*;

    #[test]
    fn counts_of_people_and_of_their_region_in_different_months() {
        let ran = Case::new()
            .sheet("team.xlsx", "Name | Region\n P1 | North\n P2 | South")
            .sheet(
                "f.xlsx",
                "Month | Name | Region | Leads | Won\n 2026-01 | P1 | | 100 | 10\n 2026-01 | P2 | | 30 | 3\n\
                 2026-02 | | North | 80 | 8\n 2026-02 | P2 | | 40 | 4",
            )
            .run()
            .status(0);
        assert_eq!(ran.reached("region", "North", "2026-Q1", "leads").unwrap(), "180");
        assert_eq!(ran.reached("company", "", "2026", "leads").unwrap(), "250");
    }

    #[test]
    fn shared_credit_shares_the_funnel() {
        let ran = Case::new()
            .sheet("team.xlsx", "Name | Team | Share\n Ann | Alpha | 60%\n Ann | Beta | 40%")
            .sheet("f.xlsx", "Month | Name | Leads | Won\n 2026-01 | Ann | 101 | 10")
            .run()
            .status(0);
        // 60.6 and 40.4 of 101: in whole leads 61 and 40.
        let leads = [("team", "Alpha"), ("team", "Beta"), ("person", "Ann")]
            .map(|(level, unit)| ran.reached(level, unit, "2026-01", "leads").unwrap());
        assert_eq!(leads, ["61", "40", "101"]);
    }

    #[test]
    fn a_month_is_not_compared_with_a_year_that_was_planned_by_quarter() {
        let ran = Case::new()
            .sheet(
                "t.xlsx",
                "Period | Name | Metric | Target\n 2026-Q1 | Ann | Units | 3300\n 2026-04 | Ann | Units | 900",
            )
            .sheet("a.xlsx", "Month | Name | Units\n 2026-03 | Ann | 3000\n 2026-04 | Ann | 900")
            .seen_on("2026-04-30")
            .run()
            .status(0);
        let april = ran.attainment("units", "person", "Ann", "2026-04");
        assert_eq!((april["attainment_ytd"].as_str(), april["actual_ytd"].as_str()), ("", "3900"));
    }

    #[test]
    fn a_quarter_of_the_parts_says_nothing_of_the_year() {
        let ran = Case::new()
            .sheet(
                "t.xlsx",
                "Period | Name | Region | Metric | Target\n 2026 | | | Units | 12000\n 2026-Q1 | Ann | | Units | 2000",
            )
            .run();
        assert!(ran.codes().is_empty(), "{:?}", ran.codes());
    }

    #[test]
    fn an_unknown_unit_is_not_taken_for_one() {
        let ran = Case::new()
            .sheet("t.xlsx", "Period | Name | Metric | Target | Unit of measure\n 2026 | Ann | Sales amount | 5 | kk")
            .run()
            .status(1);
        assert_eq!(ran.codes(), ["E419"]);
        assert_eq!(ran.attainment("sales_amount", "person", "Ann", "2026")["target"], "");
    }

    #[test]
    fn the_same_rate_for_every_month_is_the_years() {
        let ran = Case::new()
            .sheet("t.xlsx", "Month | Metric | Target\n 2026-01 | Conversion | 20%\n 2026-02 | Conversion | 20%")
            .sheet("a.xlsx", "Month | New customers | Leads\n 2026-01 | 3 | 10\n 2026-02 | 1 | 10")
            .run()
            .status(0);
        let year = ran.attainment("conversion", "company", "", "2026");
        assert_eq!(
            (year["target"].as_str(), year["actual"].as_str(), year["attainment"].as_str()),
            ("0.2", "0.2", "1")
        );
    }

    #[test]
    fn a_leavers_target_is_named() {
        let ran = Case::new()
            .sheet("team.xlsx", "Name | Team | Start date | End date\n Ann | A | 2026-01-01 | 2026-02-14")
            .sheet("t.xlsx", "Period | Name | Metric | Target\n 2026-Q2 | Ann | Units | 5000")
            .run()
            .status(0);
        assert_eq!(ran.codes(), ["W507"]);
    }

    #[test]
    fn a_decimal_comma_needs_no_remark() {
        let profile = "name = \"p\"\n[[table]]\nkind = \"actuals\"\nfiles = [\"a.csv\"]\ndecimal = \",\"\ndelimiter = \";\"\n\
                       [table.columns]\ndate = \"Tag\"\nperson = \"Wer\"\nsales_amount = \"Umsatz (k)\"\n";
        let case = Case::new()
            .file("a.csv", b"Tag;Wer;Umsatz (k)\n2026-01-05;Ann;1.234,5\n")
            .file("p.toml", profile.as_bytes());
        let path = case.inputs().join("p.toml");
        let ran = case.args(&["--strict", "--profile", path.to_str().unwrap()]).run().status(0);
        assert_eq!(ran.attainment("sales_amount", "person", "Ann", "2026")["actual"], "1234500");
    }
}
