//! Worked numbers from elsewhere: other people's tests and manuals. Each case is named
//! after its number in the collection it comes from; the arithmetic is in the comments.

mod support;

use support::Case;

#[test]
fn c1_an_order_split_between_two_people() {
    // Target quantity 50 for the year; an order of 20, half each: 50, 10, −40.
    let ran = Case::new()
        .sheet("targets.xlsx", "Period | Name | Metric | Target\n 2026 | Ann | Units | 50")
        .sheet(
            "actuals.xlsx",
            "Date | Order no. | Name | Share | Units\n\
             2026-05-04 | S1 | Ann | 50% | 20\n\
             2026-05-04 | S1 | Bob | 50% | 20",
        )
        .run()
        .status(0);
    assert_eq!(ran.figures("units", "person", "Ann", "2026"), ["50", "10", "-40", "0.2000"]);
    // Nothing is counted twice: the company sold 20.
    assert_eq!(ran.attainment("units", "company", "", "2026")["actual"], "20");
}

#[test]
fn c2_partner_and_territory() {
    // Target 50, invoice 20, no split: 50, 20, −30, for a person and for a region.
    let ran = Case::new()
        .sheet("team.xlsx", "Name | Region\n Ann | North")
        .sheet(
            "targets.xlsx",
            "Period | Name | Region | Metric | Target\n 2026 | Ann | | Units | 50\n 2026 | | South | Units | 50",
        )
        .sheet("actuals.xlsx", "Date | Name | Region | Units\n 2026-05-04 | Ann | | 20\n 2026-05-05 | Zed | South | 20")
        .run();
    assert_eq!(ran.figures("units", "person", "Ann", "2026"), ["50", "20", "-30", "0.4000"]);
    assert_eq!(ran.figures("units", "region", "North", "2026"), ["50", "20", "-30", "0.4000"]);
    assert_eq!(ran.figures("units", "region", "South", "2026"), ["50", "20", "-30", "0.4000"]);
}

#[test]
fn c11_what_is_not_budgeted_counts_in_the_parent() {
    // Goals of a day: food 10, leisure 15. Actuals of three days in three months here:
    // food 10 | food 9, leisure 5 | food 11, cab 15, movies 25.
    // Food 100 %, 90 %, 110 %; leisure 0 %, 33 %, 0 %; the parent 10 [40 % of 25], 14 [56 %], 51 [204 %].
    let ran = Case::new()
        .sheet("team.xlsx", "Name | Team\n food | all\n leisure | all\n cab | all\n movies | all")
        .sheet(
            "targets.xlsx",
            "Name | Metric | 2026-01 | 2026-02 | 2026-03\n food | Units | 10 | 10 | 10\n leisure | Units | 15 | 15 | 15",
        )
        .sheet(
            "actuals.xlsx",
            "Date | Name | Units\n 2026-01-05 | food | 10\n 2026-02-05 | food | 9\n 2026-02-05 | leisure | 5\n\
             2026-03-05 | food | 11\n 2026-03-05 | cab | 15\n 2026-03-05 | movies | 25",
        )
        .run()
        .status(0);
    let attainment = |level: &str, unit: &str| {
        ["2026-01", "2026-02", "2026-03"].map(|month| ran.figures("units", level, unit, month)[3].clone())
    };
    assert_eq!(attainment("person", "food"), ["1.0000", "0.9000", "1.1000"]);
    assert_eq!(attainment("person", "leisure"), ["0.0000", "0.3333", "0.0000"]);
    assert_eq!(attainment("team", "all"), ["0.4000", "0.5600", "2.0400"]);
    assert_eq!(ran.attainment("units", "team", "all", "2026-03")["actual"], "51");
    // What has no target stays, with the reason in place of a figure.
    let cab = ran.attainment("units", "person", "cab", "2026-03");
    assert_eq!((cab["actual"].as_str(), cab["attainment"].as_str(), cab["reason"].as_str()), ("15", "", "no_target"));
}

#[test]
fn c14_a_tree_with_a_zero_goal() {
    // Goals a 20, b 200, c 50, f 0, and 100 for the parent's own postings: 370 in all.
    // Actuals a 10, b 40, d 20, e 0, f 10: 80 in all, 22 % (80 ÷ 370 = 0.2162).
    let ran = Case::new()
        .sheet(
            "team.xlsx",
            "Name | Team\n own | bills\n a | bills\n b | bills\n c | bills\n d | bills\n e | bills\n f | bills",
        )
        .sheet(
            "targets.xlsx",
            "Period | Name | Metric | Target\n 2026-01 | own | Units | 100\n 2026-01 | a | Units | 20\n\
             2026-01 | b | Units | 200\n 2026-01 | c | Units | 50\n 2026-01 | f | Units | 0",
        )
        .sheet(
            "actuals.xlsx",
            "Date | Name | Units\n 2026-01-05 | a | 10\n 2026-01-05 | b | 40\n 2026-01-05 | d | 20\n\
             2026-01-05 | e | 0\n 2026-01-05 | f | 10",
        )
        .run()
        .status(0);
    assert_eq!(ran.figures("units", "team", "bills", "2026-01"), ["370", "80", "-290", "0.2162"]);
    assert_eq!(ran.figures("units", "person", "a", "2026-01")[3], "0.5000");
    assert_eq!(ran.figures("units", "person", "b", "2026-01")[3], "0.2000");
    assert_eq!(ran.figures("units", "person", "c", "2026-01"), ["50", "0", "-50", "0.0000"]);
    let f = ran.attainment("units", "person", "f", "2026-01");
    assert_eq!((f["actual"].as_str(), f["attainment"].as_str(), f["reason"].as_str()), ("10", "", "target_zero"));
}

#[test]
fn c24_credits_of_several_transactions() {
    // Monthly goal 3,000: 1000 + 1500 + 500 is 100 %, 1500 + 500 is 66.67 %.
    let ran = Case::new()
        .sheet("targets.xlsx", "Name | Metric | 2026-01 | 2026-02\n Ann | Sales amount | 3000 | 3000")
        .sheet(
            "actuals.xlsx",
            "Date | Name | Sales amount\n 2026-01-05 | Ann | 1000\n 2026-01-15 | Ann | 1500\n 2026-01-25 | Ann | 500\n\
             2026-02-05 | Ann | 1500\n 2026-02-25 | Ann | 500",
        )
        .run()
        .status(0);
    assert_eq!(ran.figures("sales_amount", "person", "Ann", "2026-01")[3], "1.0000");
    assert_eq!(ran.figures("sales_amount", "person", "Ann", "2026-02")[3], "0.6667");
}

#[test]
fn c25_year_to_date_is_a_ratio_of_sums() {
    // Quotas 50k × 3; sales 42.5k, 55k, 52.5k: months 85, 110, 105 %; year to date 85, 97.5, 100 %.
    let ran = Case::new()
        .sheet(
            "targets.xlsx",
            "Name | Metric | 2026-01 | 2026-02 | 2026-03\n Ann | Sales amount | 50000 | 50000 | 50000",
        )
        .sheet(
            "actuals.xlsx",
            "Month | Name | Sales amount\n 2026-01 | Ann | 42500\n 2026-02 | Ann | 55000\n 2026-03 | Ann | 52500",
        )
        .seen_on("2026-03-31")
        .run()
        .status(0);
    for (month, own, to_date) in [("2026-01", "0.85", "0.85"), ("2026-02", "1.1", "0.975"), ("2026-03", "1.05", "1")] {
        let row = ran.attainment("sales_amount", "person", "Ann", month);
        assert_eq!((row["attainment"].as_str(), row["attainment_ytd"].as_str()), (own, to_date), "{month}");
    }
    assert_eq!(ran.figures("sales_amount", "person", "Ann", "2026"), ["150000", "150000", "0", "1.0000"]);
}

#[test]
fn c37_plain_attainment() {
    // 30,000 planned, 24,000 done: 80 %.
    let ran = Case::new()
        .sheet("targets.xlsx", "月份 | 姓名 | 指标 | 目标\n 2026-01 | 李雷 | 销售额 | 30000")
        .sheet("actuals.xlsx", "日期 | 姓名 | 销售额\n 2026-01-05 | 李雷 | 24000")
        .run()
        .status(0);
    assert_eq!(ran.figures("sales_amount", "person", "李雷", "2026-01"), ["30000", "24000", "-6000", "0.8000"]);
}

#[test]
fn c40_rates_roll_up_by_their_denominators() {
    // The source plan: 1.5, 2.1, 2.3 million at 15, 18, 20 % share and 200, 250, 300 customers at 22, 25, 28 %.
    // Σ sales 5,900,000. Markets 10 + 11.6667 + 11.5 = 33.1667 M: share 17.79 %, not the mean 17.67 %.
    // Leads 909.09 + 1000 + 1071.43 = 2980.52: conversion 750 ÷ 2980.52 = 25.16 %, not the mean 25 %.
    let ran = Case::new()
        .titled(
            "销售目标.xlsx",
            "2026年度销售目标",
            "季度 | 销售目标 | 市场占有率 | 新客户获取 | 产品转化率\n 第一季度 | 1500000 | 0.15 | 200 | 0.22\n\
             第二季度 | 2100000 | 0.18 | 250 | 0.25\n 第三季度 | 2300000 | 0.2 | 300 | 0.28",
        )
        .sheet("实际.xlsx", "月份 | 销售额\n 2026-01 | 100")
        .run()
        .status(0);
    let target = |metric: &str, period: &str| ran.attainment(metric, "company", "", period)["target"].clone();
    assert_eq!(target("sales_amount", "2026"), "5900000");
    assert_eq!(target("new_customers", "2026"), "750");
    let percent = |text: String| format!("{:.2}", text.parse::<f64>().unwrap() * 100.0);
    assert_eq!(percent(target("market_share", "2026")), "17.79");
    assert_eq!(percent(target("conversion", "2026")), "25.16");
    // Growth from quarter to quarter: +40.0 % and +9.5 %.
    let quarters =
        ["2026-Q1", "2026-Q2", "2026-Q3"].map(|quarter| target("sales_amount", quarter).parse::<f64>().unwrap());
    assert_eq!(
        format!("{:.1} {:.1}", (quarters[1] / quarters[0] - 1.0) * 100.0, (quarters[2] / quarters[1] - 1.0) * 100.0),
        "40.0 9.5"
    );
    // The year has no fourth quarter, and says so.
    assert_eq!(ran.attainment("sales_amount", "company", "", "2026")["reason"], "partly_planned");
    assert!(!ran.table("attainment").iter().any(|row| row["period"] == "2026-Q4" && !row["target"].is_empty()));
}

/// Case C41: four mistakes that a known report makes, and that we must not.
mod c41 {
    use super::*;

    #[test]
    fn without_actuals_every_period_says_the_same() {
        // Not 0 in the period and −50 in total: nothing was reported, in both.
        let ran = Case::new()
            .sheet("targets.xlsx", "Period | Name | Metric | Target\n 2026-01 | Ann | Units | 50")
            .run()
            .status(0);
        for period in ["2026-01", "2026-Q1", "2026"] {
            let row = ran.attainment("units", "person", "Ann", period);
            assert_eq!((row["variance"].as_str(), row["actual"].as_str()), ("", ""), "{period}");
        }
        assert_eq!(ran.attainment("units", "person", "Ann", "2026-01")["reason"], "no_actual");
    }

    #[test]
    fn two_target_rows_do_not_multiply_the_actual() {
        // Targets of 50 and 30 for the same person: the actual is 20, not 60.
        let ran = Case::new()
            .sheet(
                "targets.xlsx",
                "Period | Name | Metric | Target\n 2026 | Ann | Units | 50\n 2026 | Ann | Units | 30",
            )
            .sheet("actuals.xlsx", "Date | Name | Units\n 2026-05-04 | Ann | 20")
            .run()
            .status(1);
        let row = ran.attainment("units", "person", "Ann", "2026");
        assert_eq!((row["actual"].as_str(), row["target"].as_str()), ("20", ""));
        assert_eq!((row["reason"].as_str(), row["unreadable_cells"].as_str()), ("target_unreadable", "2"));
        assert_eq!(ran.codes(), ["E502"]);
    }

    #[test]
    fn an_overall_row_and_a_product_row() {
        // Overall 50 and a product's 30: the overall target holds, the actual is 20 and not 0.
        let ran = Case::new()
            .sheet(
                "targets.xlsx",
                "Period | Name | Product | Metric | Target\n 2026 | Ann | | Units | 50\n 2026 | Ann | Pumps | Units | 30",
            )
            .sheet("actuals.xlsx", "Date | Name | Product | Units\n 2026-05-04 | Ann | Pumps | 20")
            .run()
            .status(0);
        assert_eq!(ran.figures("units", "person", "Ann", "2026"), ["50", "20", "-30", "0.4000"]);
    }

    #[test]
    fn parent_and_child_are_compared_and_not_added() {
        // Region 100 typed, its people 60 + 30 typed: the region stays 100, the gap of 10 is a finding.
        let ran = Case::new()
            .sheet("team.xlsx", "Name | Region\n Ann | North\n Bob | North")
            .sheet(
                "targets.xlsx",
                "Period | Name | Region | Metric | Target\n 2026 | | North | Units | 100\n 2026 | Ann | | Units | 60\n\
                 2026 | Bob | | Units | 30",
            )
            .sheet("actuals.xlsx", "Date | Name | Units\n 2026-05-04 | Ann | 20")
            .run()
            .status(1);
        assert_eq!(ran.figures("units", "region", "North", "2026"), ["100", "20", "-80", "0.2000"]);
        assert_eq!(ran.figures("units", "company", "", "2026"), ["100", "20", "-80", "0.2000"]);
        assert_eq!(ran.codes(), ["E505"]);
        assert_eq!(ran.table("problems")[0]["amount"], "10");
    }
}

#[test]
fn c16_a_days_part_of_a_period() {
    // By calendar days: of 100 a month one day of May is 100/31, of February 2016 100/29; of 123,456.7 a quarter one
    // day of the second is 1/91; of 99,999.87 a year one day of 2011 is 1/365.
    for (period, target, day, share) in [
        ("2026-05", "100", "2026-05-01", 100.0 / 31.0),
        ("2016-02", "100", "2016-02-01", 100.0 / 29.0),
        ("2016-Q2", "123456.7", "2016-04-01", 123_456.7 / 91.0),
        ("2011", "99999.87", "2011-01-01", 99_999.87 / 365.0),
    ] {
        let ran = Case::new()
            .settings("[pace]\nby = \"calendar_days\"\n")
            .sheet("targets.xlsx", &format!("Period | Metric | Target\n {period} | Sales amount | {target}"))
            .sheet("actuals.xlsx", &format!("Date | Sales amount\n {day} | 1"))
            .seen_on(day)
            .run();
        let due: f64 = ran.attainment("sales_amount", "company", "", period)["target_to_date"].parse().unwrap();
        assert!((due - share).abs() < 1e-9, "{period} {due}");
    }
}

#[test]
fn c23_a_variance_of_a_negative_base_is_of_its_size() {
    // −10,000 planned, 12,000 made: +220 % of the size of the plan, and not −220 %.
    let ran = Case::new()
        .sheet("targets.xlsx", "Period | Metric | Target\n 2026 | Profit | -10000")
        .sheet("actuals.xlsx", "Date | Profit\n 2026-05-04 | 12000")
        .run();
    let row = ran.attainment("profit", "company", "", "2026");
    assert_eq!((row["variance"].as_str(), row["variance_pct"].as_str()), ("22000", "2.2"));
}

#[test]
fn c41_mistakes_that_others_make() {
    // (a) A target of 50 and no actual at all: no variance of any kind, with the reason.
    let ran = Case::new()
        .sheet("targets.xlsx", "Period | Name | Metric | Target\n 2026-03 | Ann | Units | 50")
        .sheet("actuals.xlsx", "Date | Name | Sales amount\n 2026-03-04 | Ann | 1")
        .run();
    let row = ran.attainment("units", "person", "Ann", "2026-03");
    assert_eq!((row["variance"].as_str(), row["reason"].as_str()), ("", "no_actual"));
    // (b) Two targets for the same person and product: what was achieved is 20, and not 20 for each of them.
    let ran = Case::new()
        .sheet(
            "targets.xlsx",
            "Period | Name | Product | Metric | Target\n 2026 | Ann | Pumps | Units | 50\n 2026 | Ann | Pumps | Units | 30",
        )
        .sheet("actuals.xlsx", "Date | Name | Product | Units\n 2026-05-04 | Ann | Pumps | 20")
        .run();
    assert_eq!(ran.attainment("units", "person", "Ann", "2026")["actual"], "20");
    // (c) A target for all and one for a product: both see the 20. (d) Nobody sees them twice.
    let ran = Case::new()
        .sheet(
            "targets.xlsx",
            "Period | Name | Product | Metric | Target\n 2026 | Ann | | Units | 100\n 2026 | Ann | Pumps | Units | 50",
        )
        .sheet("actuals.xlsx", "Date | Name | Product | Units\n 2026-05-04 | Ann | Pumps | 20")
        .run();
    assert_eq!(ran.figures("units", "person", "Ann", "2026"), ["100", "20", "-80", "0.2000"]);
    assert_eq!(ran.attainment("units", "product", "Pumps", "2026")["actual"], "20");
    assert_eq!(ran.attainment("units", "company", "", "2026")["actual"], "20");
}
