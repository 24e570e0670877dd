//! Targets (目标): long, with periods across, or with metrics across.

use crate::cell::CellRef;
use crate::measure::Reading;
use crate::metric::Scenario;
use crate::period::Period;
use crate::problem::Kind;

use super::mapping::{Mapping, Repeats, Role};
use super::row::RowReader;
use super::{ColumnSpec, Holds, Knowledge, Open, TableSpec};

pub const SPEC: TableSpec = TableSpec {
    key: "targets",
    columns: &[
        ColumnSpec { key: "period", holds: Holds::Period, required: true },
        ColumnSpec { key: "year", holds: Holds::Number, required: false },
        ColumnSpec { key: "date", holds: Holds::Date, required: false },
        ColumnSpec { key: "person_id", holds: Holds::Text, required: false },
        ColumnSpec { key: "person", holds: Holds::Text, required: false },
        ColumnSpec { key: "team", holds: Holds::Text, required: false },
        ColumnSpec { key: "region", holds: Holds::Text, required: false },
        ColumnSpec { key: "unit", holds: Holds::Text, required: false },
        ColumnSpec { key: "product", holds: Holds::Text, required: false },
        ColumnSpec { key: "segment", holds: Holds::Text, required: false },
        ColumnSpec { key: "metric", holds: Holds::Text, required: true },
        ColumnSpec { key: "value", holds: Holds::Number, required: true },
        ColumnSpec { key: "measured_in", holds: Holds::Text, required: false },
        ColumnSpec { key: "scenario", holds: Holds::Text, required: false },
    ],
    open: Open::MetricsOrPeriods,
};

/// Whose figure it is, as the row names it.
#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct UnitNames {
    pub person_id: Option<String>,
    pub person: Option<String>,
    pub team: Option<String>,
    pub region: Option<String>,
    /// A name whose level is not said.
    pub unit: Option<String>,
    /// How many levels the table has columns for. Without any a row is the company's; with
    /// several, a row in which all are blank is the company's too.
    pub n_levels: usize,
}

impl UnitNames {
    pub fn is_blank(&self) -> bool {
        [&self.person_id, &self.person, &self.team, &self.region, &self.unit].iter().all(|name| name.is_none())
    }
}

pub fn unit_names(row: &mut RowReader<'_>) -> UnitNames {
    UnitNames {
        n_levels: usize::from(row.has_column("person_id") || row.has_column("person"))
            + ["team", "region", "unit"].iter().filter(|field| row.has_column(field)).count(),
        person_id: row.text("person_id"),
        person: row.text("person"),
        team: row.text("team"),
        region: row.text("region"),
        unit: row.text("unit"),
    }
}

/// One target: a metric, a unit, a period, a value.
#[derive(Clone, Debug)]
pub struct TargetRow {
    /// The cell of the value.
    pub at: CellRef,
    /// The cell that says whose target it is.
    pub unit_at: CellRef,
    pub metric: String,
    pub unit: UnitNames,
    pub product: Option<String>,
    pub segment: Option<String>,
    pub period: Period,
    pub value: Reading,
    /// Whether it is finance's budget and not the target.
    pub is_budget: bool,
    /// Whether further rows for the same add to it.
    pub adds: bool,
}

/// Whether two tables hold the same targets, row by row.
pub fn repeat(some: &[TargetRow], others: &[TargetRow]) -> bool {
    let same = |(a, b): (&TargetRow, &TargetRow)| {
        (&a.metric, &a.unit, &a.product, &a.segment, a.period, a.value, a.is_budget)
            == (&b.metric, &b.unit, &b.product, &b.segment, b.period, b.value, b.is_budget)
    };
    some.len() == others.len() && some.iter().zip(others).all(same)
}

pub fn read(row: &mut RowReader<'_>, mapping: &Mapping, knowledge: &Knowledge<'_>, rows: &mut Vec<TargetRow>) {
    let unit = unit_names(row);
    if unit.n_levels == 1 && unit.is_blank() {
        row.blank_key(&["person", "person_id", "team", "region", "unit"]);
    }
    let (product, segment) = (row.text("product"), row.text("segment"));
    let context = row.context(knowledge.context);
    let periods_across = mapping.has_periods_across();
    let row_period = if periods_across { None } else { row.period(&["period", "date"], context) };
    // A unit beside the metric's name, or in a column of its own, is the row's.
    let stated = row.unit_power("measured_in");
    let row_power = stated.and_then(Result::ok).or_else(|| row.unit_in_brackets("metric"));
    // Figures name their metric themselves, or the row does.
    let names_metric =
        |role: &Role| matches!(role, Role::Figure { metric: Some(_), .. } | Role::Beside { metric: Some(_), .. });
    let is_budget_row = row.is_of_scenario(Scenario::Budget, knowledge.vocabulary).is_ok();
    let are_named =
        mapping.columns.iter().filter(|column| column.role.is_figure()).all(|column| names_metric(&column.role));
    let row_metric = if are_named { None } else { row_metric(row, mapping, knowledge) };
    for (slot, column) in mapping.columns.iter().enumerate() {
        let (period, metric) = match &column.role {
            Role::Figure { metric, period } | Role::Beside { metric, period, .. } => {
                let period = period.map_or(row_period, |written| row.period_across(slot, written, context));
                (period, metric.clone().or_else(|| row_metric.clone()))
            }
            Role::Field("value") => (row_period, row_metric.clone()),
            _ => continue,
        };
        let metric_unit = metric.as_ref().and_then(|metric| knowledge.metrics.get(metric)).map(|metric| metric.unit);
        let value = row.reading_in(slot, metric_unit, row_power);
        // In an unknown unit it could be anything.
        let value = if stated == Some(Err(())) && value != Reading::Blank { Reading::Unreadable } else { value };
        // Without a period or a metric there is nothing to compare with; the problem stands at its own cell.
        let (Some(period), Some(metric)) = (period, metric) else { continue };
        if value == Reading::Blank {
            continue;
        }
        rows.push(TargetRow {
            at: row.place_of(slot),
            unit_at: row.place(&["person_id", "person", "team", "region", "unit"]),
            metric,
            unit: unit.clone(),
            product: product.clone(),
            segment: segment.clone(),
            period,
            value,
            is_budget: is_budget_row || matches!(column.role, Role::Beside { .. }),
            adds: mapping.repeats == Repeats::Add,
        });
    }
}

/// The metric a row names, or the one that the whole table is about.
fn row_metric(row: &mut RowReader<'_>, mapping: &Mapping, knowledge: &Knowledge<'_>) -> Option<String> {
    // `目标` names a value; a metric is named by a column, by the title, or is sales.
    if !row.has_column("metric") {
        return Some(mapping.metric.clone().unwrap_or_else(|| "sales_amount".to_string()));
    }
    let Some(raw) = row.text("metric") else {
        row.blank_key(&["metric"]);
        return None;
    };
    let found = knowledge.vocabulary.metric(&raw);
    if found.is_none() {
        let suggestion = knowledge.vocabulary.nearest_metric(&raw);
        row.note(&["metric"], Kind::UnknownMetric { raw, suggestion });
    }
    found
}
