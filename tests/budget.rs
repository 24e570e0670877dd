//! Budgets and spending: how lines are spread over months, what is left, and a real budget.

mod support;

use std::path::Path;

use support::{Case, Ran, Row, attain, read_table};

/// The one row of an item and period.
#[track_caller]
fn budget(ran: &Ran, item: &str, period: &str) -> Row {
    let rows = ran.table("budget");
    let found: Vec<&Row> = rows.iter().filter(|row| row["item"] == item && row["period"] == period).collect();
    assert_eq!(found.len(), 1, "{item} {period}\n{}", ran.stderr);
    found[0].clone()
}

#[track_caller]
fn assert_figures(ran: &Ran, item: &str, period: &str, expected: &[(&str, &str)]) {
    let row = budget(ran, item, period);
    for (column, value) in expected {
        assert_eq!(row[*column], *value, "{item} {period} {column}");
    }
}

/// The budget of each month of a line, in time order.
fn months(ran: &Ran, item: &str) -> Vec<(String, String)> {
    let rows = ran.table("budget").into_iter().filter(|row| row["item"] == item && row["period"].len() == 7);
    rows.map(|row| (row["period"].clone(), row["budget"].clone())).collect()
}

#[test]
fn c5_a_year_is_spread_evenly() {
    // ERPNext: 120,000 a year is 12 × 10,000.
    let ran =
        Case::new().titled("b.xlsx", "Budget 2026", "Item | Budget | Cycle\n Ads | 120000 | annual").run().status(0);
    let months = months(&ran, "Ads");
    assert_eq!(months.len(), 12);
    assert!(months.iter().all(|(_, amount)| amount == "10000"));
    assert_figures(&ran, "Ads", "2026", &[("budget", "120000"), ("actual", ""), ("status", "no_data")]);
}

#[test]
fn a_cycle_says_which_months_and_a_basis_how_often() {
    let ran = Case::new()
        .titled(
            "b.xlsx",
            "2026年度预算",
            "预算项目 | 预算金额 | 使用周期 | 计算方式\n 调研 | 100 | 第1季度 | \n 大会 | 90000 | 每半年一次 | 每次\n 年会 | 90000 | 每半年一次 | 总额\n\
             展会 | 60 | 下半年 |\n 电话 | 50 | 每月 | 每次",
        )
        .run()
        .status(0);
    // A hundred over three months: the odd cent goes to the first.
    let shown: Vec<(String, String)> = months(&ran, "调研");
    let expected = [("2026-01", "33.34"), ("2026-02", "33.33"), ("2026-03", "33.33")];
    assert_eq!(shown, expected.map(|(month, amount)| (month.to_string(), amount.to_string())));
    // Twice 90,000, each over six months; or 90,000 over twelve.
    assert_figures(&ran, "大会", "2026", &[("budget", "180000")]);
    assert_figures(&ran, "大会", "2026-08", &[("budget", "15000")]);
    assert_figures(&ran, "年会", "2026-08", &[("budget", "7500")]);
    assert_eq!(months(&ran, "展会")[0], ("2026-07".to_string(), "10".to_string()));
    assert_figures(&ran, "电话", "2026", &[("budget", "600")]);
    let totals = &ran.account()["table_totals"]["budget"];
    // 90,000 once more, and 50 eleven times more.
    assert_eq!((&totals["read"], &totals["repeated"]), (&"180210".into(), &"90550".into()));
    assert_eq!((&totals["planned"], &totals["gap"]), (&"270760".into(), &"0".into()));
    assert_eq!(ran.codes(), Vec::<String>::new());
}

#[test]
fn spending_is_held_against_the_budget_and_the_time() {
    // April 2026 has 22 work days, 11 of which have passed on the 15th.
    let ran = Case::new()
        .sheet("b.xlsx", "Item | Department | Budget | Period\n Ads | Marketing | 1000 | 2026-04\n Travel | Sales | 500 | 2026-04")
        .sheet(
            "s.xlsx",
            "Date | Item | Department | Spend | Kind\n 2026-04-02 | Ads | Marketing | 400 | actual\n 2026-04-10 | ads | | 80 |\n\
             2026-04-30 | Ads | Marketing | 250 | committed\n 2026-04-20 | Ads | Marketing | 999 | actual",
        )
        .seen_on("2026-04-15")
        .run()
        .status(0);
    // The 999 lie after the as-of day. 480 of 500 due are spent, 250 more promised.
    let april = [
        ("budget", "1000"),
        ("adjustment", ""),
        ("committed", "250"),
        ("actual", "480"),
        ("available", "270"),
        ("utilisation", "0.48"),
        ("pace", "0.5"),
        ("variance", "-520"),
        ("status", "on_track"),
    ];
    assert_figures(&ran, "Ads", "2026-04", &april);
    assert_figures(&ran, "Ads", "2026", &april);
    // Others spent in April, and nothing was spent on travel.
    assert_figures(&ran, "Travel", "2026-04", &[("actual", "0"), ("committed", ""), ("available", "500")]);
    assert_eq!(ran.codes(), ["I513"]);
    let totals = &ran.account()["table_totals"]["spend"];
    for (part, amount) in
        [("read", "1729"), ("actual", "480"), ("committed", "250"), ("after_as_of", "999"), ("gap", "0")]
    {
        assert_eq!(totals[part], amount, "{part}");
    }
}

#[test]
fn where_nobody_spent_nothing_is_known() {
    let ran = Case::new()
        .sheet("b.xlsx", "Item | Budget | Period\n Ads | 300 | 2026-Q1\n Cars | 60 | 2026-Q1")
        .sheet(
            "s.xlsx",
            "Month | Expense item | Amount spent\n 2026-01 | Ads | 90\n 2026-02 | Gifts | 7\n 2026-W14 | Ads | 10",
        )
        .run()
        .status(0);
    assert_figures(&ran, "Cars", "2026-01", &[("actual", "0"), ("variance", "-20")]);
    // 2026-W14 is 30 March to 3 April: two of its five work days are in March, 4 of 10.
    assert_figures(&ran, "Ads", "2026-03", &[("actual", "4")]);
    assert_figures(&ran, "Ads", "2026-04", &[("actual", "6"), ("budget", ""), ("variance", ""), ("status", "no_data")]);
    assert_figures(&ran, "Gifts", "2026-02", &[("budget", ""), ("actual", "7"), ("available", "")]);
    assert_eq!(ran.codes(), ["W545"]);
    let ran = Case::new().sheet("b.xlsx", "Item | Budget | Period\n Ads | 300 | 2026-Q1").run().status(0);
    let nothing = [("actual", ""), ("available", ""), ("utilisation", ""), ("pace", "1"), ("variance", "")];
    assert_figures(&ran, "Ads", "2026-01", &nothing);
}

#[test]
fn periods_across_are_the_same_budget() {
    let ran = Case::new()
        .titled(
            "b.xlsx",
            "Budget 2026",
            "Section | Item | Jan | Feb | Mar\n Costs | Ads | 10 | 20.5 | 30\n Costs | Cars | | 5 |",
        )
        .run()
        .status(0);
    assert_figures(&ran, "Ads", "2026", &[("budget", "60.5")]);
    assert_figures(&ran, "Ads", "2026-02", &[("budget", "20.5")]);
    assert_eq!(months(&ran, "Cars"), [("2026-02".to_string(), "5".to_string())]);
}

#[test]
fn what_is_not_understood_is_said_and_not_guessed() {
    let ran = Case::new()
        .titled(
            "b.xlsx",
            "Budget 2026",
            "Item | Budget | Cycle | Basis\n a | 1 | sometimes |\n b | 2 | monthly | roughly\n c | 4 | monthly |\n d | 8 | |\n e | 16 | 2026-W14 |\n\
             f | 32 | Q1 | total",
        )
        .run()
        .status(1);
    assert_eq!(ran.codes(), ["E542", "E543", "W543", "W544", "E415"]);
    // c and d are spread over the year, f over a quarter; a, b and e are in no month.
    let totals = &ran.account()["table_totals"]["budget"];
    assert_eq!((&totals["planned"], &totals["unplaced"], &totals["gap"]), (&"44".into(), &"19".into(), &"0".into()));
    // A cycle in no year at all cannot be placed.
    let ran = Case::new().sheet("b.xlsx", "Item | Budget | Cycle\n a | 1 | annual").run().status(1);
    assert_eq!(ran.codes(), ["E416"]);
    // A plain amount may be anything: it is a budget beside a cycle.
    let other = "Date | Name | Sales amount\n 2026-01-05 | Ann | 1";
    let ran = Case::new().sheet("b.xlsx", "Item | Amount | Year\n a | 1 | 2026").sheet("o.xlsx", other).check();
    assert!(ran.stdout.contains("E302"), "{}", ran.stdout);
    let ran = Case::new().sheet("b.xlsx", "Item | Amount | Cycle | Year\n a | 1 | annual | 2026").run().status(0);
    assert_figures(&ran, "a", "2026", &[("budget", "1")]);
}

/// A household's budget by month and its ledger, with answers computed by another program.
#[test]
fn a_real_budget_to_the_cent() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let workbook = shared.join("zareh/Budget vs Actual.xlsx");
    if !workbook.is_file() {
        eprintln!("left out: ../shared/data/zareh is not here");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let profile = folder.path().join("zareh.toml");
    let text = "name = \"zareh\"\n\
        [[table]]\nkind = \"budget\"\nfiles = [\"Budget vs Actual.xlsx\"]\nsheet = \"Budget\"\nperiods_across = true\nyear = 2022\n\
        [table.columns]\nitem = \"Figures in USD\"\n\
        [[table]]\nkind = \"spend\"\nfiles = [\"Budget vs Actual.xlsx\"]\nsheet = \"Actual\"\n\
        [table.columns]\ndate = \"Date\"\nitem = \"Category\"\nspend_amount = \"Amount\"\n";
    std::fs::write(&profile, text).unwrap();
    let output = attain()
        .arg("run")
        .arg(&workbook)
        .args(["--as-of", "2022-12-31", "--tables", "csv", "--quiet"])
        .args(["--profile".as_ref(), profile.as_os_str(), "--out".as_ref(), folder.path().join("out").as_os_str()])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let ours = read_table(&folder.path().join("out/tables/budget.csv"));
    let cents = |text: &str| text.parse::<f64>().ok().map(|value| (value * 100.0).round());
    let expected = read_table(&shared.join("expected/zareh_budget_vs_actual.csv"));
    let (mut n_spent, mut n_open) = (0, 0);
    for row in &expected {
        let month = support::month_number(&row["month"]);
        let period = format!("2022-{month:02}");
        let own = ours.iter().find(|own| own["item"] == row["category"] && own["period"] == period).unwrap();
        assert_eq!(cents(&own["budget"]), cents(&row["budget"]), "{row:?}");
        // Where nothing was entered their actual is blank and their variance −budget; ours is zero in a month
        // in which others spent, and blank with its variance where nobody did.
        if own["actual"].is_empty() {
            assert!(row["actual"].is_empty(), "{row:?}");
            n_open += 1;
            continue;
        }
        assert_eq!(cents(&own["actual"]), cents(&row["actual"]).or(Some(0.0)), "{row:?}");
        assert_eq!(cents(&own["variance"]), cents(&row["variance"]), "{row:?}");
        n_spent += 1;
    }
    // Nine items: five months with entries and seven without.
    assert_eq!((n_spent, n_open), (45, 63));
}
