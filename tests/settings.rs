//! The rules of attain.toml: what each of them changes in the figures.

mod support;

use support::{Case, Ran, Row};

/// April 2026 has 22 work days and 30 days. By Wednesday the 15th eleven work days have passed, and fifteen days.
fn april(settings: &str) -> Ran {
    Case::new()
        .sheet(
            "t.xlsx",
            "Region | Name | Month | Sales target\n North | Ann | 2026-04 | 1000\n South | Bob | 2026-04 | 500",
        )
        .sheet(
            "a.xlsx",
            "Date | Region | Name | Sales amount\n 2026-04-02 | North | Ann | 480\n 2026-04-03 | South | Bob | 100",
        )
        .sheet("p.xlsx", "Name | Team | Region\n Ann | A | North\n Bob | B | South")
        .settings(settings)
        .seen_on("2026-04-15")
        .run()
}

fn row(ran: &Ran, level: &str, unit: &str, period: &str) -> Row {
    ran.attainment("sales_amount", level, unit, period)
}

#[test]
fn pace_by_work_days_calendar_days_or_weights() {
    let pace = |settings: &str| {
        // A target of a quarter that is not divided: of its 65 work days 11 have passed, of its 91 days 15.
        let ran = Case::new()
            .sheet("t.xlsx", "Name | Quarter | Sales target\n Ann | 2026-Q2 | 9100")
            .sheet("a.xlsx", "Date | Name | Sales amount\n 2026-04-02 | Ann | 1500")
            .settings(settings)
            .seen_on("2026-04-15")
            .run()
            .status(0);
        let row = row(&ran, "company", "", "2026-Q2");
        format!("{:.4} {}", row["pace"].parse::<f64>().unwrap(), row["status"])
    };
    // 11 ÷ 65 = 0.16923; 15 ÷ 91 = 0.16484, which is 1,500 of 9,100: nothing is missing.
    assert_eq!(pace(""), "0.1692 at_risk");
    assert_eq!(pace("[pace]\nby = \"calendar_days\"\n"), "0.1648 on_track");
    // April weighs 2, May and June 1: half of April, 2 ÷ 2, of 4 in all.
    let weights = "[pace]\nby = \"weights\"\nweights = [1, 1, 1, 2, 1, 1, 1, 1, 1, 1, 1, 1]\n";
    assert_eq!(pace(weights), "0.2500 behind");
    // The manifest says which it is.
    let ran = april("[pace]\nby = \"calendar_days\"\n").status(0);
    assert_eq!(ran.account()["settings"]["pace"], "calendar days");
}

#[test]
fn thresholds_of_a_metric_stand_before_those_of_all() {
    // Ann is 2 points behind pace (480 of 500 due), Bob 30 (100 of 250).
    let status = |settings: &str| {
        let ran = april(settings).status(0);
        ["Ann", "Bob"].map(|name| row(&ran, "person", name, "2026-04")["status"].clone())
    };
    assert_eq!(status(""), ["at_risk", "critical"]);
    assert_eq!(status("[metrics.sales_amount]\nat_risk = 0.01\ncritical = 0.4\n"), ["behind", "behind"]);
    assert_eq!(status("[metrics.profit]\nat_risk = 0.01\n"), ["at_risk", "critical"]);
    assert_eq!(status("[status]\nat_risk = 0.3\ncritical = 0.3\n"), ["at_risk", "at_risk"]);
    let wrong = april("[metrics.sales_amount]\nat_risk = 0.3\n").status(2);
    assert!(wrong.stderr.contains("metrics.sales_amount: at_risk and critical"), "{}", wrong.stderr);
}

#[test]
fn materiality_of_a_metric_may_be_combined_otherwise() {
    // Ann: −520, 52 % of 1,000; Bob: −400, 80 % of 500.
    let material = |settings: &str| {
        let rows = april(settings).status(0).table("variance");
        let is_it = |row: &&Row, name: &str| row["unit"] == name && row["period"] == "2026-04";
        ["Ann", "Bob"].map(|name| rows.iter().find(|row| is_it(row, name)).unwrap()["material"].clone())
    };
    let thresholds = "material_absolute = 500\nmaterial_relative = 0.6\n";
    assert_eq!(material(&format!("[variance]\n{thresholds}")), ["no", "no"]);
    assert_eq!(material(&format!("[metrics.sales_amount]\n{thresholds}combine = \"or\"\n")), ["yes", "yes"]);
    assert_eq!(material("[metrics.sales_amount]\nmaterial_absolute = 500\nmaterial_relative = 0.5\n"), ["yes", "no"]);
}

/// A planned loss of 100 and a loss of 80: 2 − 0.8 = 120 %, or no percentage and a variance of 20 %.
#[test]
fn a_negative_target_has_an_attainment_or_a_variance_alone() {
    let loss = |settings: &str| {
        let ran = Case::new()
            .sheet("t.xlsx", "Name | Month | Profit target\n Ann | 2026-01 | -100")
            .sheet("a.xlsx", "Date | Name | Profit\n 2026-01-05 | Ann | -80")
            .settings(settings)
            .run()
            .status(0);
        let row = ran.attainment("profit", "company", "", "2026-01");
        ["attainment", "variance", "variance_pct", "reason"].map(|column| row[column].clone())
    };
    assert_eq!(loss(""), ["1.2", "20", "0.2", ""]);
    assert_eq!(loss("[attainment]\nnegative_target = \"absolute\"\n"), ["", "20", "0.2", "target_negative"]);
}

#[test]
fn reports_and_tables_show_the_levels_that_are_chosen() {
    let levels = |settings: &str| {
        let ran = april(settings).status(0);
        let of = |name: &str| {
            let levels: std::collections::BTreeSet<String> =
                ran.table(name).iter().map(|row| row["level"].clone()).collect();
            levels.into_iter().collect::<Vec<_>>().join(" ")
        };
        (of("attainment"), of("variance"))
    };
    let all = "company person region team".to_string();
    assert_eq!(levels(""), (all.clone(), all));
    let two = "company person".to_string();
    assert_eq!(levels("[org]\nlevels = [\"company\", \"person\"]\n"), (two.clone(), two));
    assert_eq!(levels("[org]\nlevels = [\"region\"]\n").0, "region");
    assert!(april("[org]\nlevels = []\n").status(2).stderr.contains("org.levels"));
    // On the page, people stand below the company at once, and their sum is the company's.
    let ran = april("[org]\nlevels = [\"company\", \"person\"]\n").status(0);
    let mut workbook: calamine::Xlsx<_> = calamine::open_workbook(ran.out().join("report.xlsx")).unwrap();
    let page = calamine::Reader::worksheet_range(&mut workbook, "02_Attainment").unwrap();
    let shown: Vec<String> = page
        .rows()
        .filter(|row| row[0] == "Sales amount" && row[1] == "2026-04")
        .map(|row| format!("{} {} {}", row[2], row[3], row[6]))
        .collect();
    assert_eq!(shown, ["Person Ann 480", "Person Bob 100", "Company Company 580"]);
}
