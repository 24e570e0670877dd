//! Budgets and spending: how lines are spread over months, what is left, and a real budget.

mod support;

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

/// The department's or whole's row of a period.
#[track_caller]
fn assert_sum(ran: &Ran, (level, department, kind): (&str, &str, &str), period: &str, expected: &[(&str, &str)]) {
    let rows = ran.table("budget");
    let is_it = |row: &&Row| {
        row["level"] == level && row["department"] == department && row["kind"] == kind && row["period"] == period
    };
    let found: Vec<&Row> = rows.iter().filter(is_it).collect();
    assert_eq!(found.len(), 1, "{level} {department} {kind} {period}\n{}", ran.stderr);
    for (column, value) in expected {
        assert_eq!(found[0][*column], *value, "{level} {department} {period} {column}");
    }
}

/// All by hand. July to December lie ahead on 30 June 2026; half of the year's months have passed.
#[test]
fn adjustments_estimates_and_forecasts_stand_beside_the_budget() {
    let ran = Case::new()
        .titled(
            "b.xlsx",
            "Budget 2026",
            "Item | Dept | Budget | Cycle | Adjustment | Committed | Actual | LE1 | LE2 | Prior year\n\
             Ads | Marketing | 1200 | annual | 120 | 100 | 480 | | | 1000\n\
             Fair | Marketing | 300 | Q1 | | | 310 | 305 | 320 | 250\n\
             Cars | Sales | 600 | annual | -60 | | 100 | | |",
        )
        .seen_on("2026-06-30")
        .run()
        .status(0);
    assert_eq!(ran.codes(), ["I549"]);
    // Ads: 1,320 after the change, 660 due; 480 + 100 + 480 × 660 ÷ 660 = 1,060.
    let ads = [
        ("budget", "1200"),
        ("adjustment", "120"),
        ("adjusted_budget", "1320"),
        ("committed", "100"),
        ("actual", "480"),
        ("available", "740"),
        ("pace", "0.5"),
        ("variance", "-840"),
        ("forecast", "1060"),
        ("forecast_by", "run_rate"),
        ("forecast_variance", "-260"),
        ("latest_estimate", ""),
        ("prior_year", "1000"),
        ("cycle", "annual"),
        ("level", "line"),
        ("kind", "spending"),
        // 480 ÷ 1,320 is 13.6 points short of pace, within the band of 20.
        ("status", "on_track"),
    ];
    assert_figures(&ran, "Ads", "2026", &ads);
    // The fair is over: 310 of 300, 3.3 points too much; LE2 is the later estimate.
    let fair = [
        ("latest_estimate", "320"),
        ("forecast", "320"),
        ("forecast_by", "latest_estimate"),
        ("forecast_variance", "20"),
        ("variance", "10"),
        ("prior_year", "250"),
        ("pace", "1"),
        ("status", "at_risk"),
    ];
    assert_figures(&ran, "Fair", "2026", &fair);
    // Cars: 100 of 540, 31.5 points short of pace: 11.5 beyond the band.
    assert_figures(&ran, "Cars", "2026", &[("adjusted_budget", "540"), ("forecast", "200"), ("status", "behind")]);
    // What is stated for a year or quarter is not divided over its months.
    assert_figures(
        &ran,
        "Ads",
        "2026-02",
        &[("budget", "100"), ("adjustment", "10"), ("actual", ""), ("prior_year", "")],
    );
    let marketing = ("department", "Marketing", "spending");
    assert_sum(&ran, marketing, "2026", &[("budget", "1500"), ("adjustment", "120"), ("actual", "790")]);
    // 1,060 + 320; an estimate of one line alone is not the department's.
    let sums = [("forecast", "1380"), ("forecast_by", "lines"), ("forecast_variance", "-240"), ("latest_estimate", "")];
    assert_sum(&ran, marketing, "2026", &sums);
    let whole = [("budget", "2100"), ("adjusted_budget", "2160"), ("actual", "890"), ("forecast", "1580")];
    assert_sum(&ran, ("total", "", "spending"), "2026", &whole);
    assert_eq!(ran.account()["table_totals"]["budget"]["adjusted"], "60");
}

#[test]
fn scenarios_under_periods_are_kept_apart() {
    let ran = Case::new()
        .titled(
            "b.xlsx",
            "2026年度预算",
            "预算项目 | 1月预算 | 1月实际 | 1月上年 | 2月预算 | 2月实际 | 2月上年 | 3月预算 | 3月实际 | 3月滚动预测\n\
             广告 | 100 | 90 | 80 | 110 | 130 | 85 | 120 | | 125\n 差旅 | 50 | 60 | 55 | 50 | 40 | 45 | 50 | | 52",
        )
        .seen_on("2026-02-28")
        .run()
        .status(0);
    assert_eq!(ran.codes(), Vec::<String>::new());
    let january =
        [("budget", "100"), ("actual", "90"), ("prior_year", "80"), ("variance", "-10"), ("variance_pct", "-0.1")];
    assert_figures(&ran, "广告", "2026-01", &january);
    assert_figures(&ran, "广告", "2026-02", &[("budget", "110"), ("actual", "130"), ("prior_year", "85")]);
    let march = [("budget", "120"), ("actual", ""), ("latest_estimate", "125"), ("forecast", "125")];
    assert_figures(&ran, "广告", "2026-03", &march);
    assert_figures(&ran, "广告", "2026", &[("budget", "330"), ("actual", "220"), ("prior_year", "165")]);
    assert_sum(&ran, ("total", "", "spending"), "2026-02", &[("budget", "160"), ("actual", "170"), ("variance", "10")]);
    let stated = &ran.account()["table_totals"]["budget"]["stated"];
    assert_eq!((&stated["actual"], &stated["prior_year"]), (&"320".into(), &"265".into()));
    // In January, what stands under February is not done yet.
    let table = "Item | Jan budget | Jan actual | Feb budget | Feb actual | Mar budget | Mar actual\n Ads | 10 | 9 | 11 | 12 | 12 | 0";
    let ran = Case::new().titled("b.xlsx", "Budget 2026", table).seen_on("2026-01-31").run().status(0);
    assert_eq!(ran.codes(), ["I513"]);
    assert_figures(&ran, "Ads", "2026", &[("budget", "33"), ("actual", "9")]);
}

#[test]
fn rows_say_their_scenario_and_the_latest_estimate_counts() {
    let expected = [("budget", "220"), ("actual", "90"), ("latest_estimate", "230"), ("prior_year", "200")];
    // Down the rows, one amount each; and with months across.
    let long = "Item | Month | Scenario | Amount\n Ads | 2026-01 | Budget | 100\n Ads | 2026-02 | Budget | 120\n\
                Ads | 2026-01 | Actual | 90\n Ads | 2026-01 | LE1 | 105\n Ads | 2026-02 | LE1 | 115\n Ads | 2026-01 | LE2 | 110\n\
                Ads | 2026-02 | LE2 | 120\n Ads | 2026-01 | Prior year | 95\n Ads | 2026-02 | PY | 105\n Ads | 2026-02 | Variance | 7";
    let wide = "Item | Scenario | Jan | Feb | Mar\n Ads | Budget | 100 | 120 |\n Ads | Actual | 90 | |\n Ads | LE1 | 105 | 115 |\n\
                Ads | LE2 | 110 | 120 |\n Ads | Prior year | 95 | 105 |\n Ads | Variance | 7 | |";
    for table in [long, wide] {
        let ran = Case::new().titled("b.xlsx", "Budget 2026", table).seen_on("2026-01-31").run().status(0);
        assert_eq!(ran.codes(), ["I318", "I549"], "{table}");
        assert_figures(&ran, "Ads", "2026", &expected);
        assert_figures(&ran, "Ads", "2026-02", &[("budget", "120"), ("latest_estimate", "120"), ("actual", "")]);
    }
    // A number of a quarter is none of an estimate.
    let quarters =
        "Item | Q1 budget | Q1 LE | Q2 budget | Q2 LE | Q3 budget | Q3 LE\n Ads | 10 | 11 | 20 | 21 | 30 | 31";
    let ran = Case::new().titled("b.xlsx", "Budget 2026", quarters).run().status(0);
    assert_figures(&ran, "Ads", "2026", &[("budget", "60"), ("latest_estimate", "63")]);
    // Two files, each with its estimate: they are not added.
    let of = |estimate: &str, amount: &str| format!("Item | Budget | Cycle | {estimate}\n Ads | 50 | Q1 | {amount}");
    let ran = Case::new()
        .titled("a.xlsx", "Budget 2026", &of("LE1", "60"))
        .titled("b.xlsx", "Budget 2026", &of("LE2", "70"))
        .run()
        .status(0);
    assert_figures(&ran, "Ads", "2026", &[("budget", "100"), ("latest_estimate", "70")]);
    assert_eq!(ran.codes(), ["I549"]);
}

#[test]
fn stated_and_read_spending_are_compared_and_never_added() {
    let ran = Case::new()
        .titled("b.xlsx", "Budget 2026", "Item | Budget | Cycle | Actual\n Ads | 300 | Q1 | 90\n Cars | 60 | Q1 | 20")
        .sheet("s.xlsx", "Date | Item | Amount spent\n 2026-01-10 | Ads | 70\n 2026-02-10 | Cars | 20")
        .run()
        .status(0);
    assert_eq!(ran.codes(), ["W548"]);
    assert_figures(&ran, "Ads", "2026", &[("actual", "70")]);
    assert_figures(&ran, "Cars", "2026", &[("actual", "20")]);
}

#[test]
fn income_is_never_added_to_spending() {
    let ran = Case::new()
        .titled(
            "b.xlsx",
            "Budget 2026",
            "Section | Item | Budget | Cycle | Actual\n Income | Fees | 1000 | Q1 | 1100\n Costs | Ads | 300 | Q1 | 330",
        )
        .run()
        .status(0);
    // More income than budgeted is good, more spending is not.
    assert_figures(&ran, "Fees", "2026", &[("kind", "income"), ("variance", "100"), ("status", "on_track")]);
    assert_figures(&ran, "Ads", "2026", &[("kind", "spending"), ("variance", "30"), ("status", "behind")]);
    assert_sum(&ran, ("total", "", "income"), "2026", &[("budget", "1000")]);
    assert_sum(&ran, ("total", "", "spending"), "2026", &[("budget", "300")]);
}

#[test]
fn phasing_follows_the_settings_and_typed_shares() {
    const BUDGET: &str = "Item | Budget | Cycle | Basis\n Ads | 100 | Q1 |\n Fair | 90 | half-yearly | each time";
    let phased = |settings: &str| {
        let ran = Case::new().titled("b.xlsx", "Budget 2026", BUDGET).settings(settings).run().status(0);
        let of = |item| months(&ran, item).into_iter().map(|(month, amount)| format!("{}={amount}", &month[5..]));
        (of("Ads").collect::<Vec<_>>().join(" "), of("Fair").take(7).collect::<Vec<_>>().join(" "))
    };
    let equal = "01=15 02=15 03=15 04=15 05=15 06=15 07=15";
    assert_eq!(phased("[budget]\nphasing = \"equal\"\n"), ("01=33.34 02=33.33 03=33.33".into(), equal.into()));
    // 22, 20 and 22 of 64 work days: 34.375, 31.25, 34.375; the odd cent goes to January.
    assert_eq!(phased("[budget]\nphasing = \"work_days\"\n").0, "01=34.38 02=31.25 03=34.37");
    let start = "01=90 02=0 03=0 04=0 05=0 06=0 07=90";
    assert_eq!(phased("[budget]\nphasing = \"cycle_start\"\n"), ("01=100 02=0 03=0".into(), start.into()));
    let weights = "[budget]\nphasing = \"weights\"\nweights = [1, 1, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n";
    assert_eq!(phased(weights).0, "01=25 02=25 03=50");
    for wrong in ["[budget]\nphasing = \"weights\"\n", "[pace]\nby = \"weights\"\nweights = [1, 2]\n"] {
        let ran = Case::new().titled("b.xlsx", "Budget 2026", BUDGET).settings(wrong).run().status(2);
        assert!(ran.stderr.contains("twelve weights"), "{}", ran.stderr);
    }
    // A column for each month beside the whole: shares of it, or amounts that should add up to it.
    let typed = |row: &str| {
        let table = format!("Item | Budget | Jan | Feb | Mar\n {row}");
        let ran = Case::new().titled("b.xlsx", "Budget 2026", &table).run().status(0);
        let shown = months(&ran, "Ads").into_iter().map(|(month, amount)| format!("{}={amount}", &month[5..]));
        (shown.collect::<Vec<_>>().join(" "), ran.codes().join(" "))
    };
    assert_eq!(typed("Ads | 1000 | 0.5 | 0.3 | 0.2"), ("01=500 02=300 03=200".into(), String::new()));
    assert_eq!(typed("Ads | 1000 | 50 | 30 | 20"), ("01=500 02=300 03=200".into(), String::new()));
    assert_eq!(typed("Ads | 1000 | 500 | 300 | 200"), ("01=500 02=300 03=200".into(), String::new()));
    assert_eq!(typed("Ads | 1000 | 500 | 300 | 100"), ("01=500 02=300 03=100".into(), "W550".into()));
}

/// By hand: half of the work days of April 2026 have passed on the 15th. North sold 45 of 100, which runs to 90 %;
/// South 35 of 100, which runs to 70 %; East 60 of 100: 120 %. Missing are 10, 30 and nothing: of 1,000, a quarter
/// and three quarters.
#[test]
fn an_amount_is_allocated_by_difficulty() {
    let case = |settings: &str| {
        Case::new()
            .sheet("t.xlsx", "Region | Month | Sales target\n North | 2026-04 | 100\n South | 2026-04 | 100\n East | 2026-04 | 100")
            .sheet("a.xlsx", "Date | Region | Sales amount\n 2026-04-02 | North | 45\n 2026-04-03 | South | 35\n 2026-04-07 | East | 60")
            .settings(&format!("[budget.allocation]\namount = 1000\n{settings}"))
            .args(&["--period", "2026-04"])
            .seen_on("2026-04-15")
            .run()
    };
    let parts = |settings: &str| {
        let rows = case(settings).status(0).table("allocation");
        let shown = rows
            .iter()
            .map(|row| format!("{} {} {} {}", row["unit"], row["expected_attainment"], row["weight"], row["amount"]));
        shown.collect::<Vec<_>>()
    };
    assert_eq!(parts("by = \"difficulty\"\n"), ["North 0.9 10 250", "South 0.7 30 750", "East 1.2 0 0"]);
    assert_eq!(parts("by = \"equal\"\n"), ["North 0.9 1 333.34", "South 0.7 1 333.33", "East 1.2 1 333.33"]);
    assert_eq!(parts("by = \"target\"\n"), ["North 0.9 100 333.34", "South 0.7 100 333.33", "East 1.2 100 333.33"]);
    let weights = "by = \"weights\"\nweights = { north = 3, East = 1 }\n";
    assert_eq!(parts(weights), ["North 0.9 3 750", "South 0.7 0 0", "East 1.2 1 250"]);
    for (settings, said) in [
        ("by = \"weights\"\n", "budget.allocation.weights"),
        ("level = \"company\"\n", "budget.allocation.level"),
        ("metric = \"nonsense\"\n", "budget.allocation.metric"),
        ("bye = \"equal\"\n", "did you mean `by`"),
    ] {
        assert!(case(settings).status(2).stderr.contains(said), "{said}");
    }
}

/// Cases C14 (hledger, `budget.test`) and C21 (Oracle Essbase, @VAR and @VARPER).
#[test]
fn c14_and_c21_sums_count_what_has_no_budget_and_percentages_need_one() {
    let ran = Case::new()
        .titled("b.xlsx", "Budget 2026", "Item | Budget | Cycle\n bills | 100 | 2026-01\n a | 20 | 2026-01\n b | 200 | 2026-01\n c | 50 | 2026-01\n f | 0 | 2026-01")
        .sheet("s.xlsx", "Date | Item | Amount spent\n 2026-01-05 | a | 10\n 2026-01-05 | b | 40\n 2026-01-05 | d | 20\n 2026-01-05 | e | 0\n 2026-01-05 | f | 10")
        .run()
        .status(0);
    for (item, utilisation) in [("a", "0.5"), ("b", "0.2"), ("c", "0"), ("f", ""), ("d", "")] {
        assert_figures(&ran, item, "2026-01", &[("utilisation", utilisation)]);
    }
    // 80 of 370 are 22 %.
    let whole = [("budget", "370"), ("actual", "80"), ("utilisation", "0.216216216216216")];
    assert_sum(&ran, ("total", "", "spending"), "2026-01", &whole);
    // Essbase turns the sign of expenses round; here a variance is always actual − budget, and the status says that
    // more sales are good and higher costs are not.
    let ran = Case::new()
        .titled("b.xlsx", "Budget 2026", "Section | Item | Budget | Cycle | Actual\n Revenue | Sales | 373080 | Q1 | 400855\n Expenses | COGS | 158940 | Q1 | 179336")
        .run()
        .status(0);
    let rounded = |item: &str| {
        let row = budget(&ran, item, "2026");
        let percent = row["variance_pct"].parse::<f64>().unwrap() * 100.0;
        format!("{} {percent:.1} {}", row["variance"], row["status"])
    };
    assert_eq!([rounded("Sales"), rounded("COGS")], ["27775 7.4 on_track", "20396 12.8 behind"]);
}

/// 年初预算、调整后预算、执行数: the table of a public budget.
#[test]
fn an_adjusted_budget_is_the_budget_and_its_change() {
    let ran = Case::new()
        .titled("b.xlsx", "2026年度预算执行情况", "预算项目 | 年初预算数 | 调整后预算数 | 执行数 | 执行率\n 培训 | 200 | 250 | 240 | 0.96\n 会议 | 100 | 80 | 81 | 1.0125")
        .run()
        .status(0);
    let training = [("budget", "200"), ("adjustment", "50"), ("adjusted_budget", "250"), ("utilisation", "0.96")];
    assert_figures(&ran, "培训", "2026", &training);
    assert_figures(&ran, "会议", "2026", &[("adjustment", "-20"), ("utilisation", "1.0125"), ("status", "at_risk")]);
    // Nothing says when they are used: the whole year, and that is said.
    assert_eq!(ran.codes(), ["I311", "W544", "W544"]);
}

#[test]
fn a_quarter_that_is_asked_for_has_figures_of_its_own() {
    let ran = Case::new()
        .titled("b.xlsx", "Budget 2026", "Item | Budget | Cycle\n Ads | 1200 | annual")
        .sheet("s.xlsx", "Date | Item | Amount spent\n 2026-04-05 | Ads | 250\n 2026-05-05 | Ads | 60")
        .args(&["--period", "2026-Q2"])
        .run()
        .status(0);
    assert_figures(&ran, "Ads", "2026-Q2", &[("budget", "300"), ("actual", "310"), ("variance", "10")]);
    assert!(ran.table("budget").iter().all(|row| row["period"] != "2026"));
}

/// A household's budget by month and its ledger, with answers computed by another program.
#[test]
fn a_real_budget_to_the_cent() {
    let Some(workbook) = support::shared("zareh/Budget vs Actual.xlsx") else { return };
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
    let expected = read_table(&support::shared("expected/zareh_budget_vs_actual.csv").unwrap());
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
        let percent = |text: &str| text.parse::<f64>().ok().map(|ratio| (ratio * 1e9).round());
        assert_eq!(percent(&own["variance_pct"]), percent(&row["variance_pct"]), "{row:?}");
        n_spent += 1;
    }
    // Nine items: five months with entries and seven without.
    assert_eq!((n_spent, n_open), (45, 63));
}
