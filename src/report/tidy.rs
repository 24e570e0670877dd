//! The same figures as tidy tables for other tools: English headers whatever the language,
//! full precision, ratios as fractions, blanks for "no figure" with the reason beside them.

use crate::analysis::allocation::Allocation;
use crate::analysis::budget::Scope;
use crate::facts::Unit;
use crate::measure::Amount;

use super::Findings;

/// A table of fields, ready for any delimited format.
#[derive(Debug)]
pub struct TidyTable {
    /// File name without ending.
    pub name: &'static str,
    pub header: &'static [&'static str],
    pub rows: Vec<Vec<Field>>,
}

/// A field: text from somebody's file needs care that a number does not.
#[derive(Debug)]
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

    fn text(text: impl Into<String>) -> Field {
        let text = text.into();
        if text.is_empty() { Field::Blank } else { Field::Text(text) }
    }
}

/// All tables that the wanted reports have.
pub fn build(findings: &Findings<'_>) -> Vec<TidyTable> {
    let wanted = |key: &str| findings.wanted.is_empty() || findings.wanted.iter().any(|wanted| wanted == key);
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
    // Tables of their own: they come with their rows, and with every choice of reports.
    if !findings.facts.deals.deals.is_empty() {
        tables.push(deals(findings));
    }
    if !findings.facts.budgets.lines.is_empty() {
        tables.push(budget(findings));
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
        (Unit::Company, _) => findings.company.clone().unwrap_or_else(|| "(company)".to_string()),
        (_, Some(name)) => name.to_string(),
        (_, None) => "(unassigned)".to_string(),
    };
    [Field::text(unit.level()), Field::text(units.id(unit)), Field::text(name)]
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

fn funnel(findings: &Findings<'_>) -> TidyTable {
    let rows = findings.funnel.iter().filter(|stage| findings.shows(stage.unit)).map(|stage| {
        let mut row: Vec<Field> = unit_fields(findings, stage.unit).into();
        row.extend([
            Field::text(stage.period.to_string()),
            Field::text(findings.facts.stages.stages[stage.stage].clone()),
            Field::Number((stage.stage + 1).to_string()),
            Field::amount(stage.reached.value()),
            Field::ratio(stage.step_conversion),
            Field::ratio(stage.overall_conversion),
            Field::text("no"),
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
            Field::text(figures.period.map_or_else(|| "all".to_string(), |period| period.to_string())),
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
            Field::ratio(figures.coverage_remaining),
            Field::ratio(figures.coverage_target),
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
            "coverage_remaining",
            "coverage_target",
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
