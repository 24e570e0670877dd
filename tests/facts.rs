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
    assert_eq!(ran.attainment("sales_amount", "company", "", "2026-05")["actual"], "0");
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
    let account: serde_json::Value =
        serde_json::from_slice(&std::fs::read(ran.out().join("run.json")).unwrap()).unwrap();
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
            "Date | Name | Sales amount\n 2025-02-10 | Ann | 10\n 2025-02-11 | Ann | 1000\n 2026-02-03 | Ann | 15",
        )
        .seen_on("2026-02-10")
        .run()
        .status(0);
    assert_eq!(ran.attainment("sales_amount", "person", "Ann", "2026-02")["prior_year"], "10");
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
    assert!(rows.iter().all(|row| row["cohort"] == "no"));
}
