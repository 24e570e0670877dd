//! Execution plans and monitoring: tasks in time, what is late, and what is due when.

mod support;

use support::{Case, Ran, Row};

#[track_caller]
fn task(ran: &Ran, name: &str) -> Row {
    let rows = ran.table("milestones");
    let found: Vec<&Row> = rows.iter().filter(|row| row["task"] == name).collect();
    assert_eq!(found.len(), 1, "{name}\n{}", ran.stderr);
    found[0].clone()
}

#[track_caller]
fn assert_task(ran: &Ran, name: &str, expected: &[(&str, &str)]) {
    let row = task(ran, name);
    for (column, value) in expected {
        assert_eq!(row[*column], *value, "{name} {column}");
    }
}

#[test]
fn weeks_count_from_the_start_of_the_plan() {
    let plan = "阶段 | 工作内容 | 负责人 | 完成时间\n 准备 | 调研 | 周敏 | 第1-2周\n 分解 | 目标分解 | 陈立 | 第3-4周\n 渠道 | 经销商 | 何佳 | 第十周";
    // Monday 5 January 2026 begins week 1: weeks 3 and 4 are 19 January to 1 February, week 10 ends on 15 March.
    let given = "[plan]\nstart = 2026-01-05\n";
    let ran = Case::new().sheet("plan.xlsx", plan).settings(given).seen_on("2026-03-01").run().status(0);
    assert_task(&ran, "目标分解", &[("planned_start", "2026-01-19"), ("due", "2026-02-01"), ("due_text", "第3-4周")]);
    assert_task(&ran, "经销商", &[("planned_start", "2026-03-09"), ("due", "2026-03-15"), ("phase", "渠道")]);
    // Nothing says whether anything is done: that is not late.
    assert_task(&ran, "调研", &[("status", "not_reported"), ("days_late", ""), ("owner", "周敏")]);
    // The earliest start of the plan itself, else the earliest day.
    for first in [
        "Planned start | Task | Due\n 2026-01-05 | Kick-off | 2026-02-27\n | Pilot | week 3-4",
        "Planned start | Task | Due\n | Kick-off | 2026-01-05\n | Pilot | Weeks 3 to 4",
    ] {
        let ran = Case::new().sheet("plan.xlsx", first).seen_on("2026-03-01").run().status(0);
        assert_task(&ran, "Pilot", &[("planned_start", "2026-01-19"), ("due", "2026-02-01")]);
    }
    // A start that is given wins.
    let dated = format!("{plan}\n 启动 | 启动会 | 陈立 | 2025-12-01");
    let ran = Case::new().sheet("plan.xlsx", &dated).settings(given).seen_on("2026-03-01").run().status(0);
    assert_task(&ran, "目标分解", &[("due", "2026-02-01")]);
    let ran = Case::new().sheet("plan.xlsx", plan).seen_on("2026-03-01").run().status(1);
    assert_eq!(ran.codes(), ["E583"]);
    assert_task(&ran, "目标分解", &[("planned_start", ""), ("due", ""), ("due_text", "第3-4周")]);
}

#[test]
fn each_sheet_is_a_plan_of_its_own() {
    let ran = Case::new()
        .sheet("north.xlsx", "Task | Due\n Kick-off north | 2026-01-05\n North | week 2")
        .sheet("south.xlsx", "Task | Due\n Kick-off south | 2026-02-02\n South | week 2")
        .seen_on("2026-03-01")
        .run()
        .status(0);
    assert_task(&ran, "North", &[("due", "2026-01-18")]);
    assert_task(&ran, "South", &[("due", "2026-02-15")]);
}

#[test]
fn tasks_by_their_status_in_both_languages() {
    let ran = Case::new()
        .sheet(
            "plan.xlsx",
            "工作内容 | 完成时间 | 状态 | 完成日期\n 早 | 2026-03-20 | 完成 | 2026-03-18\n 迟 | 2026-03-20 | Done | 2026-03-30\n\
             明天 | 2026-03-20 | 已完成 | 2026-04-01\n 未启动 | 2026-03-20 | 未启动 |\n 进行 | 2026-03-31 | in progress |\n\
             周 | 2026-03-24 | 延期 |\n 月 | 2026年3月 | not started |\n 底 | 2026年2月底 | delayed | \n 矛盾 | 2026-03-20 | 进行中 | 2026-03-20\n\
             无 | 2026-03-20 | 差不多 |\n 弃 | 2026-03-20 | 已取消 |",
        )
        .seen_on("2026-03-31")
        .run()
        .status(1);
    for (name, stated, status, days) in [
        ("早", "done", "done", "-2"),
        ("迟", "done", "done", "10"),
        // Done on the day after is not done yet: 20 to 31 March are eleven days.
        ("明天", "done", "late", "11"),
        ("未启动", "not_started", "late", "11"),
        ("进行", "in_progress", "on_time", "0"),
        ("周", "delayed", "slightly_late", "7"),
        ("月", "not_started", "on_time", "0"),
        ("底", "delayed", "late", "31"),
        ("矛盾", "in_progress", "done", "0"),
        ("无", "", "not_reported", ""),
        // Given up: not late, and no issue of the register.
        ("弃", "cancelled", "cancelled", ""),
    ] {
        assert_task(&ran, name, &[("stated_status", stated), ("status", status), ("days_late", days)]);
    }
    assert_task(&ran, "明天", &[("done_on", "")]);
    let mut codes = ran.codes();
    codes.sort();
    assert_eq!(codes, ["E584", "W585"]);
}

#[test]
fn due_dates_that_are_none_are_said_and_kept() {
    let ran = Case::new()
        .titled(
            "plan.xlsx",
            "Plan 2026",
            "Task | Due | Status\n Soon | soon | done\n Blank | | in progress\n March | March | in progress\n By June | by the end of Q2 | in progress",
        )
        .seen_on("2026-04-02")
        .run()
        .status(1);
    let mut codes = ran.codes();
    codes.sort();
    assert_eq!(codes, ["E421", "E582"]);
    assert_task(&ran, "Soon", &[("due", ""), ("due_text", "soon"), ("status", "done"), ("days_late", "")]);
    assert_task(&ran, "Blank", &[("due", ""), ("status", "no_due_date")]);
    assert_task(&ran, "March", &[("due", "2026-03-31"), ("status", "slightly_late"), ("days_late", "2")]);
    assert_task(&ran, "By June", &[("due", "2026-06-30"), ("status", "on_time")]);
}

/// The due days of an indicator and whether each has passed.
fn due(ran: &Ran, indicator: &str) -> Vec<(String, String)> {
    let rows = ran.table("monitoring").into_iter().filter(|row| row["indicator"] == indicator);
    rows.map(|row| (row["due"].clone(), row["is_past"].clone())).collect()
}

fn days(days: &[(&str, &str)]) -> Vec<(String, String)> {
    days.iter().map(|(day, past)| ((*day).to_string(), (*past).to_string())).collect()
}

#[test]
fn indicators_are_due_by_their_cadence() {
    let ran = Case::new()
        .sheet(
            "monitoring.xlsx",
            "监控指标 | 监控频率 | 负责人\n 销售额 | 每月末 | 陈立\n 转化率 | 每周的第三个周三 | 宋岩\n 满意度 | last Fri of month | 周敏\n 其他 | 不定期 |",
        )
        .sheet("actuals.xlsx", "Date | Sales amount | Leads\n 2026-01-15 | 100 | 5\n 2026-03-02 | 90 | 4")
        .seen_on("2026-03-18")
        .args(&["--period", "2026-Q1"])
        .run()
        .status(1);
    let mut codes = ran.codes();
    codes.sort();
    assert_eq!(codes, ["E581", "W580"]);
    let ends = [("2026-01-31", "yes"), ("2026-02-28", "yes"), ("2026-03-31", "no")];
    assert_eq!(due(&ran, "销售额"), days(&ends));
    // The third Wednesdays; 18 March is the as-of day itself.
    let wednesdays = [("2026-01-21", "yes"), ("2026-02-18", "yes"), ("2026-03-18", "yes")];
    assert_eq!(due(&ran, "转化率"), days(&wednesdays));
    let fridays = [("2026-01-30", "yes"), ("2026-02-27", "yes"), ("2026-03-27", "no")];
    assert_eq!(due(&ran, "满意度"), days(&fridays));
    assert_eq!(due(&ran, "其他"), days(&[("", "")]));
    let rows = ran.table("monitoring");
    let of = |indicator: &str, column: &str| -> Vec<String> {
        rows.iter().filter(|row| row["indicator"] == indicator).map(|row| row[column].clone()).collect()
    };
    // 31 January and 28 February 2026 are Saturdays.
    assert_eq!(of("销售额", "work_day"), ["2026-02-02", "2026-03-02", "2026-03-31"]);
    // Nothing was reported for February; whether March is complete, nobody can say yet.
    assert_eq!(of("销售额", "month_has_figures"), ["yes", "no", ""]);
    assert_eq!(of("销售额", "metric"), ["sales_amount"; 3]);
    assert_eq!(of("满意度", "month_has_figures"), ["", "", ""]);
    assert_eq!(of("转化率", "cadence"), ["3rd Wed of month"; 3]);
    assert_eq!(of("转化率", "next_due"), ["2026-04-15"; 3]);
    assert!(ran.stderr.contains("\"3rd Wed of month\" or \"every Wed\""), "{}", ran.stderr);
}

#[test]
fn a_plan_alone_is_a_report() {
    let case = Case::new()
        .sheet("plan.xlsx", "Task | Due | Status\n Kick-off | 2026-01-05 | done")
        .sheet("monitoring.xlsx", "Indicator | Cadence | Owner\n Mood | quarterly | Ann");
    let ran = case.seen_on("2026-02-01").run().status(0);
    assert_task(&ran, "Kick-off", &[("status", "done")]);
    // Without figures the year of the as-of day is what there is.
    let ends = [("2026-03-31", "no"), ("2026-06-30", "no"), ("2026-09-30", "no"), ("2026-12-31", "no")];
    assert_eq!(due(&ran, "Mood"), days(&ends));
}
