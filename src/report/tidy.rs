//! The same figures as tidy tables for other tools: English headers whatever the language,
//! full precision, ratios as fractions, blanks for "no figure" with the reason beside them.

use chrono::NaiveDate;

use crate::analysis::allocation::Allocation;
use crate::analysis::budget::Scope;
use crate::analysis::deviations::{Subject, When};
use crate::analysis::monitoring::DueDate;
use crate::analysis::pipeline::Sum;
use crate::analysis::shortfall::{Factor, Quantity};
use crate::facts::Unit;
use crate::measure::{Amount, Tally};
use crate::period::{Kind, Period};
use crate::tables::register::INPUTS;
use crate::text::Lang;

use super::Findings;

/// A table of fields, ready for any delimited format.
#[derive(Debug)]
pub struct TidyTable {
    /// File name without ending.
    pub name: &'static str,
    pub header: &'static [&'static str],
    pub rows: Vec<Vec<Field>>,
}

/// What a column holds, for formats that say so.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ColumnKind {
    Text,
    /// Amounts and counts, and rates beside amounts: exact.
    Amount,
    /// Nothing but ratios, shares and means.
    Ratio,
}

/// Columns of text by name, in whatever table they stand.
const TEXTS: &[&str] = &[
    "action",
    "action_done",
    "action_due",
    "action_owner",
    "action_status",
    "alert",
    "base",
    "cadence",
    "cause",
    "cause_category",
    "cause_note",
    "cell",
    "code",
    "cohort",
    "customer",
    "cycle",
    "deal",
    "deal_id",
    "department",
    "done_on",
    "due",
    "due_text",
    "earlier_close",
    "expected_close",
    "expected_recovery",
    "factor",
    "field",
    "file",
    "first_day",
    "first_seen",
    "followed",
    "forecast_by",
    "forecast_method",
    "hint",
    "id",
    "impact",
    "indicator",
    "is_past",
    "item",
    "kind",
    "last_activity",
    "last_day",
    "level",
    "material",
    "measure",
    "message",
    "metric",
    "month_has_figures",
    "next_due",
    "own_columns",
    "owner",
    "owner_id",
    "period",
    "phase",
    "pipeline",
    "planned_start",
    "raw",
    "reason",
    "result",
    "review",
    "reviewer",
    "rule",
    "section",
    "severity",
    "sheet",
    "signal",
    "since",
    "stage",
    "state",
    "stated_status",
    "status",
    "task",
    "unit",
    "unit_id",
    "used",
    "week",
    "work_day",
];

/// Columns of nothing but ratios, shares, means and chances.
const RATIOS: &[&str] = &[
    "amount_change",
    "attainment",
    "attainment_ytd",
    "avg_days",
    "avg_days_to_close_all",
    "avg_days_to_close_lost",
    "avg_days_to_close_won",
    "contribution",
    "coverage_remaining",
    "coverage_target",
    "expected_attainment",
    "forecast_error",
    "given_probability",
    "limit_days",
    "lower_limit",
    "mean",
    "measured_probability",
    "median_days",
    "median_days_to_close_lost",
    "median_days_to_close_won",
    "overall_conversion",
    "p90_days",
    "p90_days_to_close_won",
    "pace",
    "probability",
    "share",
    "share_of_gap",
    "share_of_parent",
    "step_conversion",
    "step_conversion_py",
    "upper_limit",
    "utilisation",
    "variance_pct",
    "velocity",
    "win_rate",
    "won_vs_list_ratio",
];

impl TidyTable {
    /// What a column holds: the same in every run, whatever the rows are.
    pub fn kind(&self, column: usize) -> ColumnKind {
        let name = self.header[column];
        // The register's base is what was to be, not which scenario.
        let is_text = TEXTS.contains(&name) && (self.name, name) != ("deviations", "base");
        // A text is never lost, whatever its column is called.
        let has_text = || self.rows.iter().any(|row| matches!(row.get(column), Some(Field::Text(_))));
        match () {
            () if is_text || has_text() => ColumnKind::Text,
            () if RATIOS.contains(&name) => ColumnKind::Ratio,
            () => ColumnKind::Amount,
        }
    }
}

/// A field: text from somebody's file needs care that a number does not.
#[derive(Clone, Debug, PartialEq)]
pub enum Field {
    Blank,
    Number(String),
    Text(String),
}

impl Field {
    fn amount(value: Option<Amount>) -> Field {
        value.map_or(Field::Blank, |value| Field::Number(value.plain()))
    }

    fn ratio(value: Option<Amount>) -> Field {
        value.map_or(Field::Blank, |value| Field::Number(value.plain_ratio()))
    }

    fn day(day: Option<NaiveDate>) -> Field {
        day.map_or(Field::Blank, |day| Field::Text(day.to_string()))
    }

    fn text(text: impl Into<String>) -> Field {
        let text = text.into();
        if text.is_empty() { Field::Blank } else { Field::Text(text) }
    }
}

/// All tables that the wanted reports have.
pub fn build(findings: &Findings<'_>) -> Vec<TidyTable> {
    tables(findings, &|key| findings.wanted.is_empty() || findings.wanted.iter().any(|wanted| wanted == key))
}

/// All tables there are, whatever reports are wanted.
pub fn all(findings: &Findings<'_>) -> Vec<TidyTable> {
    tables(findings, &|_| true)
}

fn tables(findings: &Findings<'_>, wanted: &dyn Fn(&str) -> bool) -> Vec<TidyTable> {
    let mut tables = Vec::new();
    if wanted("attainment") {
        tables.push(attainment(findings));
    }
    if wanted("funnel") {
        tables.push(funnel(findings));
    }
    if wanted("variance") {
        tables.push(variance(findings));
    }
    if wanted("variance") && !findings.drivers.is_empty() {
        tables.push(drivers(findings));
    }
    if wanted("deviations") {
        tables.push(deviations(findings));
    }
    if !findings.weeks.is_empty() {
        tables.push(weekly(findings));
    }
    if wanted("bridge") && !findings.bridges.is_empty() {
        tables.push(bridge(findings));
    }
    // Tables of their own: they come with their rows, and with every choice of reports.
    if !findings.facts.deals.deals.is_empty() {
        tables.push(deals(findings));
        tables.push(stages(findings));
        tables.push(stage_flows(findings));
        tables.push(pipeline(findings));
        tables.push(deal_alerts(findings));
    }
    if !findings.shortfalls.is_empty() {
        tables.push(shortfall(findings));
    }
    if !findings.facts.budgets.lines.is_empty() {
        tables.push(budget(findings));
    }
    if !findings.milestones.is_empty() {
        tables.push(milestones(findings));
    }
    if !findings.monitoring.is_empty() {
        tables.push(monitoring(findings));
    }
    tables.extend(findings.allocation.as_ref().map(|allocation| self::allocation(findings, allocation)));
    if wanted("problems") {
        tables.push(problems(findings));
    }
    tables
}

/// Level, id and name of a unit; nameless units are `(unassigned)` in every language.
fn unit_fields(findings: &Findings<'_>, unit: Unit) -> [Field; 3] {
    let units = &findings.facts.units;
    let name = match (unit, units.name(unit)) {
        (Unit::Company, _) if units.split().is_none() => {
            findings.company.clone().unwrap_or_else(|| "(company)".to_string())
        }
        (_, Some(name)) => name.to_string(),
        (_, None) => "(unassigned)".to_string(),
    };
    [Field::text(units.level(unit)), Field::text(units.id(unit)), Field::text(name)]
}

/// A period, or `all` for all of them together.
fn period_field(period: Option<Period>) -> Field {
    Field::text(period.map_or_else(|| "all".to_string(), |period| period.to_string()))
}

fn metric_field(findings: &Findings<'_>, metric: usize) -> Field {
    Field::text(findings.metric(metric).key.as_str())
}

fn attainment(findings: &Findings<'_>) -> TidyTable {
    let figures = findings
        .attainment
        .iter()
        .filter(|figure| !matches!(figure.unit, Unit::Seat(_)) && findings.shows(figure.unit));
    let rows = figures.map(|figure| {
        let mut row = vec![metric_field(findings, figure.metric)];
        row.extend(unit_fields(findings, figure.unit));
        let rated = |value: Option<Amount>| if figure.is_rate { Field::ratio(value) } else { Field::amount(value) };
        row.extend([
            Field::text(figure.period.to_string()),
            rated(figure.target.value()),
            rated(figure.actual.value()),
            rated(figure.variance()),
            Field::ratio(figure.variance_ratio()),
            Field::ratio(figure.ratio()),
            Field::ratio(figure.pace()),
            Field::text(findings.status_of(figure).key()),
            Field::text(figure.reason.map_or("", |reason| reason.key())),
            rated(figure.period_target.value()),
            Field::ratio(Some(figure.due).filter(|_| figure.target.value().is_some())),
            Field::amount(figure.year_to_date.and_then(|(target, _)| target.value())),
            Field::amount(figure.year_to_date.and_then(|(_, actual)| actual.value())),
            Field::ratio(figure.year_to_date_ratio()),
            rated(figure.prior_year),
            Field::Number(figure.n_unreadable().to_string()),
            Field::ratio(figure.required_per_day()),
            Field::ratio(figure.forecast.map(|forecast| forecast.value)),
            Field::text(figure.forecast.map_or("", |forecast| forecast.method.key())),
            Field::ratio(figure.forecast.and_then(|forecast| forecast.interval).map(|(low, _)| low)),
            Field::ratio(figure.forecast.and_then(|forecast| forecast.interval).map(|(_, high)| high)),
            Field::ratio(figure.forecast.and_then(|forecast| forecast.error)),
        ]);
        row
    });
    TidyTable {
        name: "attainment",
        header: &[
            "metric",
            "level",
            "unit_id",
            "unit",
            "period",
            "target",
            "actual",
            "variance",
            "variance_pct",
            "attainment",
            "pace",
            "status",
            "reason",
            "period_target",
            "target_to_date",
            "target_ytd",
            "actual_ytd",
            "attainment_ytd",
            "prior_year",
            "unreadable_cells",
            "required_per_day",
            "forecast",
            "forecast_method",
            "forecast_low",
            "forecast_high",
            "forecast_error",
        ],
        rows: rows.collect(),
    }
}

fn variance(findings: &Findings<'_>) -> TidyTable {
    let rows = findings.variances.iter().filter(|variance| findings.shows(variance.unit)).map(|variance| {
        let mut row = vec![metric_field(findings, variance.metric)];
        row.extend(unit_fields(findings, variance.unit));
        let rated = |value: Option<Amount>| if variance.is_rate { Field::ratio(value) } else { Field::amount(value) };
        row.extend([
            Field::text(variance.period.to_string()),
            Field::text(variance.base.code()),
            rated(variance.base_value),
            rated(variance.actual),
            rated(Some(variance.amount)),
            Field::ratio(variance.ratio()),
            Field::text(variance.impact.key()),
            Field::text(if variance.is_material { "yes" } else { "no" }),
            Field::ratio(variance.contribution),
        ]);
        row
    });
    TidyTable {
        name: "variance",
        header: &[
            "metric",
            "level",
            "unit_id",
            "unit",
            "period",
            "base",
            "base_value",
            "actual",
            "variance",
            "variance_pct",
            "impact",
            "material",
            "contribution",
        ],
        rows: rows.collect(),
    }
}

/// One line for each member that a path names; `followed` are those whose own members come next.
fn drivers(findings: &Findings<'_>) -> TidyTable {
    let mut rows = Vec::new();
    for path in &findings.drivers {
        for (step, found) in path.steps.iter().enumerate() {
            for (index, member) in found.named.iter().enumerate() {
                let mut row = vec![
                    metric_field(findings, path.metric),
                    Field::text(path.base.code()),
                    Field::text(path.period.to_string()),
                    Field::Number((step + 1).to_string()),
                ];
                row.extend(unit_fields(findings, member.unit));
                row.extend([
                    Field::text(if index == 0 { "yes" } else { "no" }),
                    Field::Number(found.n_members.to_string()),
                    Field::amount(member.base),
                    Field::amount(member.actual),
                    Field::amount(Some(member.variance)),
                    Field::ratio(member.share_of_parent),
                    Field::ratio(member.share_of_gap),
                    Field::amount(Some(path.gap)),
                ]);
                rows.push(row);
            }
        }
    }
    TidyTable {
        name: "drivers",
        header: &[
            "metric",
            "base",
            "period",
            "step",
            "level",
            "unit_id",
            "unit",
            "followed",
            "members",
            "base_value",
            "actual",
            "variance",
            "share_of_parent",
            "share_of_gap",
            "gap",
        ],
        rows,
    }
}

fn bridge(findings: &Findings<'_>) -> TidyTable {
    let rows = findings.bridges.iter().filter(|bridge| findings.shows(bridge.unit)).map(|bridge| {
        let item = bridge.item.and_then(|item| findings.facts.units.name(item));
        let mut row = vec![Field::text(bridge.base.code())];
        row.extend(unit_fields(findings, bridge.unit));
        row.extend([Field::text(bridge.period.to_string()), Field::text(item.unwrap_or("(unassigned)"))]);
        let effects = &bridge.effects;
        let effects =
            [effects.volume, effects.mix, effects.price, effects.new, effects.lost, effects.other, effects.total()];
        row.extend(effects.map(|effect| Field::amount(Some(effect))));
        row.extend([&bridge.before, &bridge.now].into_iter().flat_map(|sold| {
            [Field::amount(sold.quantity.value()), Field::ratio(sold.price()), Field::amount(sold.revenue.value())]
        }));
        row
    });
    TidyTable {
        name: "bridge",
        header: &[
            "base",
            "level",
            "unit_id",
            "unit",
            "period",
            "item",
            "volume",
            "mix",
            "price",
            "new",
            "lost",
            "other",
            "total",
            "base_quantity",
            "base_price",
            "base_value",
            "quantity",
            "price_now",
            "actual",
        ],
        rows: rows.collect(),
    }
}

/// The register: what people wrote stands beside what is off.
fn deviations(findings: &Findings<'_>) -> TidyTable {
    let number = |n: i64| Field::Number(n.to_string());
    let when = |when: When| match when {
        When::Period(period) => period.to_string(),
        When::Week(span) => findings.facts.calendar.containing(Kind::Week, span.first).to_string(),
        When::Day(day) => day.to_string(),
    };
    let rows = super::deviations::register(findings).into_iter().map(|line| {
        let mut row = vec![
            Field::text(line.id.clone().unwrap_or_default()),
            Field::text(line.state.key()),
            Field::text(line.first_seen.map(|day| day.to_string()).unwrap_or_default()),
        ];
        match line.deviation {
            Some(deviation) => {
                let (metric, unit, item) = match deviation.subject {
                    Subject::Figure { metric, unit } => (Some(metric), Some(unit), None),
                    Subject::Line(line) => (None, None, findings.facts.budgets.lines[line].item.clone()),
                    Subject::Task(task) => (None, None, findings.facts.milestones[task].task.clone()),
                    Subject::Issue(issue) => {
                        let issue = &findings.facts.issues[issue];
                        (issue.metric, Some(issue.unit), None)
                    }
                };
                let rated = |value| if deviation.is_rate { Field::ratio(value) } else { Field::amount(value) };
                row.push(Field::text(deviation.rule.key()));
                row.push(metric.map_or(Field::Blank, |metric| metric_field(findings, metric)));
                match unit {
                    Some(unit) => row.extend(unit_fields(findings, unit)),
                    None => row.extend([Field::Blank, Field::Blank, Field::Blank]),
                }
                row.extend([
                    Field::text(item.unwrap_or_default()),
                    Field::text(when(deviation.when)),
                    Field::text(when(deviation.since)),
                    number(i64::from(deviation.n_periods)),
                    rated(deviation.base),
                    rated(deviation.actual),
                    rated(deviation.variance),
                    Field::ratio(deviation.variance_ratio),
                    Field::text(deviation.status.key()),
                    Field::text(super::deviations::causes(findings, deviation)),
                ]);
            }
            // What it was is what its last run said, in that run's words.
            None => {
                let said = |key: &str| {
                    let value = line.entry.and_then(|entry| entry.ours.get(key));
                    Field::text(value.map(|value| value.borrowed().display()).unwrap_or_default())
                };
                row.extend([said("rule"), said("metric"), said("level"), Field::Blank, said("unit"), Field::Blank]);
                row.extend([said("period"), Field::Blank, said("periods_in_a_row"), said("base"), said("ac")]);
                row.extend([said("delta"), said("delta_percent"), said("status"), said("likely_cause")]);
            }
        }
        let carried = line.entry.and_then(|entry| entry.ours.get("owner")).map(|value| value.borrowed().display());
        row.push(Field::text(line.owner.clone().or(carried).unwrap_or_default()));
        row.extend(INPUTS.map(|key| {
            let value = line.entry.and_then(|entry| entry.inputs.get(key));
            Field::text(value.map(|value| value.borrowed().display()).unwrap_or_default())
        }));
        row.push(line.overdue_days.map_or(Field::Blank, number));
        let own = line.entry.into_iter().flat_map(|entry| &entry.own);
        let own: Vec<String> = own.map(|(header, value)| format!("{header}: {}", value.borrowed().display())).collect();
        row.push(Field::text(own.join("; ")));
        row
    });
    TidyTable {
        name: "deviations",
        header: &[
            "id",
            "state",
            "first_seen",
            "rule",
            "metric",
            "level",
            "unit_id",
            "unit",
            "item",
            "period",
            "since",
            "periods",
            "base",
            "actual",
            "variance",
            "variance_pct",
            "status",
            "cause",
            "owner",
            "cause_category",
            "cause_note",
            "action",
            "action_owner",
            "action_due",
            "action_status",
            "action_done",
            "expected_recovery",
            "reviewer",
            "review",
            "overdue_days",
            "own_columns",
        ],
        rows: rows.collect(),
    }
}

fn weekly(findings: &Findings<'_>) -> TidyTable {
    let rows = findings.weeks.iter().filter(|week| findings.shows(week.unit)).map(|week| {
        let mut row = vec![metric_field(findings, week.metric)];
        row.extend(unit_fields(findings, week.unit));
        row.extend([
            Field::text(findings.facts.calendar.containing(Kind::Week, week.first_day).to_string()),
            Field::text(week.first_day.to_string()),
            Field::text(week.last_day().to_string()),
            Field::ratio(week.target),
            Field::amount(week.actual.value()),
            Field::ratio(week.limits.map(|limits| limits.mean)),
            Field::ratio(week.limits.map(|limits| limits.lower)),
            Field::ratio(week.limits.map(|limits| limits.upper)),
            Field::text(week.signal().map_or("", |signal| signal.key())),
        ]);
        row
    });
    TidyTable {
        name: "weekly",
        header: &[
            "metric",
            "level",
            "unit_id",
            "unit",
            "week",
            "first_day",
            "last_day",
            "target",
            "actual",
            "mean",
            "lower_limit",
            "upper_limit",
            "signal",
        ],
        rows: rows.collect(),
    }
}

fn funnel(findings: &Findings<'_>) -> TidyTable {
    let rows = findings.funnel.iter().filter(|stage| findings.shows(stage.unit)).map(|stage| {
        let mut row: Vec<Field> = unit_fields(findings, stage.unit).into();
        row.extend([
            period_field(stage.period),
            Field::text(stage.key(findings.facts)),
            Field::Number((stage.order + 1).to_string()),
            Field::amount(stage.reached.value()),
            Field::ratio(stage.step_conversion),
            Field::ratio(stage.overall_conversion),
            Field::text(stage.cohort.key()),
            Field::Number(stage.lost_without_stage.to_string()),
            Field::ratio(stage.step_conversion_py),
        ]);
        row
    });
    TidyTable {
        name: "funnel",
        header: &[
            "level",
            "unit_id",
            "unit",
            "period",
            "stage",
            "order",
            "reached",
            "step_conversion",
            "overall_conversion",
            "cohort",
            "lost_without_stage",
            "step_conversion_py",
        ],
        rows: rows.collect(),
    }
}

fn deals(findings: &Findings<'_>) -> TidyTable {
    let rows = findings.deals.iter().filter(|figures| findings.shows(figures.unit)).map(|figures| {
        let number = |n: u32| Field::Number(n.to_string());
        let days = figures.days_to_close_won;
        let mut row: Vec<Field> = unit_fields(findings, figures.unit).into();
        row.extend([
            period_field(figures.period),
            number(figures.opportunities),
            number(figures.open),
            number(figures.won),
            number(figures.lost),
            Field::ratio(figures.win_rate()),
            Field::amount(figures.won_value),
            Field::ratio(days.average),
            Field::ratio(days.median),
            Field::ratio(days.p90),
            Field::amount(figures.open_value),
            Field::ratio(figures.weighted_value),
            number(figures.n_unweighted),
            Field::ratio(figures.coverage_remaining),
            Field::ratio(figures.coverage_target),
            Field::ratio(figures.average_won_value),
            Field::ratio(figures.days_to_close_lost.average),
            Field::ratio(figures.days_to_close_all.average),
            Field::ratio(figures.days_to_close_lost.median),
            Field::ratio(figures.velocity()),
            Field::amount(figures.open_list_value),
            Field::ratio(figures.won_to_list),
        ]);
        row
    });
    TidyTable {
        name: "deals",
        header: &[
            "level",
            "unit_id",
            "unit",
            "period",
            "opportunities",
            "open",
            "won",
            "lost",
            "win_rate",
            "won_value",
            "avg_days_to_close_won",
            "median_days_to_close_won",
            "p90_days_to_close_won",
            "open_value",
            "weighted_value",
            "unweighted",
            "coverage_remaining",
            "coverage_target",
            "avg_won_value",
            "avg_days_to_close_lost",
            "avg_days_to_close_all",
            "median_days_to_close_lost",
            "velocity",
            "open_list_value",
            "won_vs_list_ratio",
        ],
        rows: rows.collect(),
    }
}

fn stages(findings: &Findings<'_>) -> TidyTable {
    let rows = findings.stages.iter().map(|figures| {
        let number = |n: u32| Field::Number(n.to_string());
        // What is open is so on the as-of day, in no other period.
        let now = |field: Field| if figures.period.is_none() { field } else { Field::Blank };
        let mut row: Vec<Field> = unit_fields(findings, figures.unit).into();
        row.extend([
            period_field(figures.period),
            Field::text(findings.facts.deals.stages[figures.stage].as_str()),
            number(u32::try_from(figures.order + 1).unwrap_or(u32::MAX)),
            now(number(figures.open)),
            now(Field::amount(figures.open_value)),
            now(Field::ratio(figures.weighted_value)),
            now(number(figures.n_unweighted)),
            Field::ratio(figures.measured_probability),
            number(figures.finished),
            Field::ratio(figures.days.average),
            Field::ratio(figures.days.median),
            Field::ratio(figures.days.p90),
            now(number(figures.unfinished)),
            now(number(figures.stalled)),
            number(figures.skipped),
            number(figures.moved_back),
            now(Field::ratio(figures.given_probability)),
        ]);
        row
    });
    TidyTable {
        name: "stages",
        header: &[
            "level",
            "unit_id",
            "unit",
            "period",
            "stage",
            "order",
            "open",
            "open_value",
            "weighted_value",
            "unweighted",
            "measured_probability",
            "finished_visits",
            "avg_days",
            "median_days",
            "p90_days",
            "unfinished_visits",
            "stalled",
            "skipped",
            "moved_back",
            "given_probability",
        ],
        rows: rows.collect(),
    }
}

fn stage_flows(findings: &Findings<'_>) -> TidyTable {
    let rows = findings.stage_flows.iter().filter(|figures| findings.shows(figures.unit)).map(|figures| {
        let number = |n: u32| Field::Number(n.to_string());
        let flow = &figures.flow;
        let mut row: Vec<Field> = unit_fields(findings, figures.unit).into();
        row.extend([
            period_field(Some(figures.period)),
            Field::text(figures.stage.map_or("", |stage| findings.facts.deals.stages[stage].as_str())),
            number(u32::try_from(figures.order + 1).unwrap_or(u32::MAX)),
            number(flow.opening),
            number(flow.entered),
            number(flow.advanced),
            number(flow.moved_back),
            number(flow.lost),
            number(flow.left_otherwise),
            number(flow.closing),
            number(figures.undated),
        ]);
        row
    });
    TidyTable {
        name: "stage_flows",
        header: &[
            "level",
            "unit_id",
            "unit",
            "period",
            "stage",
            "order",
            "opening",
            "entered",
            "advanced",
            "moved_back",
            "lost",
            "left_otherwise",
            "closing",
            "undated",
        ],
        rows: rows.collect(),
    }
}

fn pipeline(findings: &Findings<'_>) -> TidyTable {
    let rows = findings.pipeline.iter().flat_map(|figures| {
        let bridge = &figures.bridge;
        let sums = [bridge.opening, bridge.new, bridge.pulled_in];
        let later = [bridge.won, bridge.lost, bridge.pushed_out];
        let row = |measure: &str, of: &dyn Fn(&Sum) -> Option<Amount>, changes: [Amount; 2]| {
            let mut row: Vec<Field> = unit_fields(findings, figures.unit).into();
            row.push(Field::text(figures.between.to_string()));
            row.extend(sums.iter().map(|sum| Field::amount(of(sum))));
            row.push(Field::amount(Some(changes[0])));
            row.extend(later.iter().map(|sum| Field::amount(of(sum))));
            row.push(Field::amount(Some(changes[1])));
            row.push(Field::amount(of(&bridge.closing)));
            row.extend([Field::text(measure), Field::text(figures.pipeline.key())]);
            row.push(Field::amount(of(&figures.undated)));
            row
        };
        [
            row("deals", &|sum| Some(Amount::whole(sum.deals)), [Amount::ZERO; 2]),
            row("value", &Sum::known_value, [bridge.increased, bridge.decreased]),
        ]
    });
    TidyTable {
        name: "pipeline",
        header: &[
            "level",
            "unit_id",
            "unit",
            "period",
            "opening",
            "new",
            "pulled_in",
            "increased",
            "won",
            "lost",
            "pushed_out",
            "decreased",
            "closing",
            "measure",
            "pipeline",
            "undated",
        ],
        rows: rows.collect(),
    }
}

/// The key of a quantity: a metric's, or a word for deals.
fn quantity_key(findings: &Findings<'_>, quantity: Quantity) -> String {
    match quantity {
        Quantity::Metric(metric) => findings.metric(metric).key.clone(),
        Quantity::Decided => "decided".to_string(),
        Quantity::Won => "won".to_string(),
        Quantity::WonValue => "won_value".to_string(),
    }
}

fn shortfall(findings: &Findings<'_>) -> TidyTable {
    let rows = findings.shortfalls.iter().flat_map(|shortfall| {
        shortfall.parts.iter().map(move |part| {
            let key = |quantity| quantity_key(findings, quantity);
            let rated = |value: Amount| match part.factor {
                Factor::Quantity(_) => Field::amount(Some(value)),
                Factor::Ratio { .. } => Field::ratio(Some(value)),
            };
            let mut row: Vec<Field> = unit_fields(findings, shortfall.unit).into();
            row.extend([
                Field::text(shortfall.period.to_string()),
                Field::text(shortfall.base.code()),
                Field::text(match part.factor {
                    Factor::Quantity(quantity) => key(quantity),
                    Factor::Ratio { of, per } => format!("{}/{}", key(of), key(per)),
                }),
                rated(part.plan),
                rated(part.actual),
                Field::amount(Some(part.effect)),
                Field::ratio(part.share),
                Field::text(key(shortfall.result)),
            ]);
            row
        })
    });
    TidyTable {
        name: "shortfall",
        header: &[
            "level", "unit_id", "unit", "period", "base", "factor", "plan", "actual", "effect", "share", "result",
        ],
        rows: rows.collect(),
    }
}

fn deal_alerts(findings: &Findings<'_>) -> TidyTable {
    let rows = findings.deal_alerts.iter().map(|alert| {
        let deal = &findings.facts.deals.deals[alert.deal];
        let text = |text: &Option<String>| Field::text(text.as_deref().unwrap_or(""));
        let day = |day: Option<chrono::NaiveDate>| Field::text(day.map_or(String::new(), |day| day.to_string()));
        let whole = |days: Option<i64>| Field::amount(days.map(Amount::whole));
        let owner = Unit::Person(findings.facts.units.seats()[deal.held_by as usize].person);
        let [_, owner_id, owner] = unit_fields(findings, owner);
        vec![
            text(&deal.id),
            text(&deal.name),
            text(&deal.customer),
            owner_id,
            owner,
            Field::text(deal.stage.map_or("", |stage| findings.facts.deals.stages[stage].as_str())),
            Field::amount(Tally::from(deal.amount).value()),
            Field::ratio(deal.probability),
            day(deal.expected_close),
            day(deal.earlier_close),
            Field::Number(deal.n_postponed.to_string()),
            whole(alert.days_in_stage),
            day(deal.last_activity),
            Field::text(alert.alert.key()),
            Field::text(alert.severity.key()),
            whole(alert.days),
            Field::ratio(alert.limit_days),
            Field::amount(deal.earlier_amount),
            Field::ratio(alert.change),
            Field::text(deal.at.file.to_string()),
            Field::text(deal.at.sheet.to_string()),
            Field::text(deal.at.address()),
        ]
    });
    TidyTable {
        name: "deal_alerts",
        header: &[
            "deal_id",
            "deal",
            "customer",
            "owner_id",
            "owner",
            "stage",
            "amount",
            "probability",
            "expected_close",
            "earlier_close",
            "postponed",
            "days_in_stage",
            "last_activity",
            "alert",
            "severity",
            "days",
            "limit_days",
            "earlier_amount",
            "amount_change",
            "file",
            "sheet",
            "cell",
        ],
        rows: rows.collect(),
    }
}

fn budget(findings: &Findings<'_>) -> TidyTable {
    let lines = &findings.facts.budgets.lines;
    let rows = findings.budget.iter().map(|figures| {
        let (item, line, department) = match figures.scope {
            Scope::Line(line) => {
                (lines[line].item.as_deref().unwrap_or("(unassigned)"), Some(&lines[line]), Some(&lines[line]))
            }
            Scope::Department(line) => ("(total)", None, Some(&lines[line])),
            Scope::Total => ("(total)", None, None),
        };
        let text = |text: Option<&String>| Field::text(text.map_or("", String::as_str));
        let forecast = figures.forecast;
        vec![
            Field::text(item),
            text(department.and_then(|line| line.department.as_ref())),
            Field::text(figures.period.to_string()),
            Field::amount(figures.budget.value()),
            Field::amount(figures.adjustment.value()),
            Field::amount(figures.committed.value()),
            Field::amount(figures.actual.value()),
            Field::amount(figures.available()),
            Field::ratio(figures.utilisation()),
            Field::ratio(figures.pace()),
            Field::amount(figures.variance()),
            Field::text(figures.status(&findings.status, &findings.band).key()),
            Field::text(figures.scope.level()),
            Field::text(if figures.is_income { "income" } else { "spending" }),
            text(line.and_then(|line| line.section.as_ref())),
            text(line.and_then(|line| line.owner.as_ref())),
            Field::text(line.map_or(String::new(), |line| line.cycles.join("; "))),
            Field::amount(figures.adjusted()),
            Field::ratio(figures.variance_ratio()),
            Field::ratio(forecast.map(|(amount, _)| amount)),
            Field::text(forecast.map_or("", |(_, by)| by.key())),
            Field::ratio(figures.forecast_variance()),
            Field::amount(figures.latest_estimate.value()),
            Field::amount(figures.prior_year.value()),
        ]
    });
    TidyTable {
        name: "budget",
        header: &[
            "item",
            "department",
            "period",
            "budget",
            "adjustment",
            "committed",
            "actual",
            "available",
            "utilisation",
            "pace",
            "variance",
            "status",
            "level",
            "kind",
            "section",
            "owner",
            "cycle",
            "adjusted_budget",
            "variance_pct",
            "forecast",
            "forecast_by",
            "forecast_variance",
            "latest_estimate",
            "prior_year",
        ],
        rows: rows.collect(),
    }
}

fn milestones(findings: &Findings<'_>) -> TidyTable {
    let rows = findings.milestones.iter().map(|figures| {
        let task = &findings.facts.milestones[figures.milestone];
        vec![
            Field::text(task.phase.as_deref().unwrap_or("")),
            Field::text(task.task.as_deref().unwrap_or("(unassigned)")),
            Field::text(task.owner.as_deref().unwrap_or("")),
            Field::text(task.due_text.as_deref().unwrap_or("")),
            Field::day(task.start),
            Field::day(task.due),
            Field::day(figures.done_on),
            Field::text(task.stated.map_or("", |stated| stated.key())),
            Field::text(figures.standing.key()),
            figures.days_late.map_or(Field::Blank, |days| Field::Number(days.to_string())),
        ]
    });
    TidyTable {
        name: "milestones",
        header: &[
            "phase",
            "task",
            "owner",
            "due_text",
            "planned_start",
            "due",
            "done_on",
            "stated_status",
            "status",
            "days_late",
        ],
        rows: rows.collect(),
    }
}

/// One row for each day on which an indicator is due, and one without a day for a cadence that is not understood.
fn monitoring(findings: &Findings<'_>) -> TidyTable {
    let yes_no = |truth: bool| Field::text(if truth { "yes" } else { "no" });
    let rows = findings.monitoring.iter().flat_map(|dates| {
        let monitored = &findings.facts.monitored[dates.monitored];
        let mut due: Vec<Option<&DueDate>> = dates.due.iter().map(Some).collect();
        if due.is_empty() {
            due.push(None);
        }
        due.into_iter().map(move |due| {
            vec![
                Field::text(monitored.indicator.as_deref().unwrap_or("(unassigned)")),
                monitored.metric.map_or(Field::Blank, |metric| metric_field(findings, metric)),
                Field::text(monitored.owner.as_deref().unwrap_or("")),
                Field::text(monitored.cadence.map_or(String::new(), |cadence| cadence.words(Lang::En))),
                Field::day(due.map(|due| due.on.day)),
                Field::day(due.map(|due| due.on.work_day)),
                due.map_or(Field::Blank, |due| yes_no(due.is_past)),
                due.and_then(|due| due.has_figures).map_or(Field::Blank, yes_no),
                Field::day(dates.next.map(|next| next.day)),
            ]
        })
    });
    TidyTable {
        name: "monitoring",
        header: &[
            "indicator",
            "metric",
            "owner",
            "cadence",
            "due",
            "work_day",
            "is_past",
            "month_has_figures",
            "next_due",
        ],
        rows: rows.collect(),
    }
}

fn allocation(findings: &Findings<'_>, allocation: &Allocation) -> TidyTable {
    let rows = allocation.shares.iter().map(|share| {
        let mut row: Vec<Field> = unit_fields(findings, share.unit).into();
        row.extend([
            Field::amount(share.target),
            Field::ratio(share.expected_attainment),
            Field::ratio(Some(share.weight)),
            Field::amount(Some(share.amount)),
        ]);
        row
    });
    TidyTable {
        name: "allocation",
        header: &["level", "unit_id", "unit", "target", "expected_attainment", "weight", "amount"],
        rows: rows.collect(),
    }
}

fn problems(findings: &Findings<'_>) -> TidyTable {
    let rows = findings.problems.iter().map(|problem| {
        vec![
            Field::text(problem.severity().key()),
            Field::text(problem.kind.code()),
            Field::text(problem.at.file.to_string()),
            Field::text(problem.at.sheet.to_string()),
            Field::text(problem.at.address()),
            Field::text(problem.kind.field()),
            Field::text(problem.kind.raw()),
            Field::text(problem.kind.used()),
            Field::text(problem.kind.message(findings.lang)),
            Field::text(problem.kind.hint(findings.lang)),
            Field::amount(problem.amount),
        ]
    });
    TidyTable {
        name: "problems",
        header: &["severity", "code", "file", "sheet", "cell", "field", "raw", "used", "message", "hint", "amount"],
        rows: rows.collect(),
    }
}
