//! Issues (问题): what employees report, in their own words.

use chrono::NaiveDate;

use crate::cell::CellRef;
use crate::problem::Kind;

use super::row::RowReader;
use super::targets::{UnitNames, unit_names};
use super::{ColumnSpec, Holds, Knowledge, Open, TableSpec};

pub const SPEC: TableSpec = TableSpec {
    key: "issues",
    columns: &[
        ColumnSpec { key: "date", holds: Holds::Date, required: true },
        ColumnSpec { key: "reporter", holds: Holds::Text, required: false },
        ColumnSpec { key: "person_id", holds: Holds::Text, required: false },
        ColumnSpec { key: "person", holds: Holds::Text, required: false },
        ColumnSpec { key: "team", holds: Holds::Text, required: false },
        ColumnSpec { key: "region", holds: Holds::Text, required: false },
        ColumnSpec { key: "unit", holds: Holds::Text, required: false },
        ColumnSpec { key: "metric", holds: Holds::Text, required: false },
        ColumnSpec { key: "description", holds: Holds::Text, required: true },
    ],
    open: Open::Nothing,
};

/// One report of an employee.
#[derive(Clone, Debug, PartialEq)]
pub struct IssueRow {
    /// The cell of the description.
    pub at: CellRef,
    /// The cell that says whom it is about.
    pub unit_at: CellRef,
    /// Nothing when the date could not be read.
    pub day: Option<NaiveDate>,
    pub reporter: Option<String>,
    pub unit: UnitNames,
    /// Key of the metric, where one is named that is known.
    pub metric: Option<String>,
    pub description: String,
}

/// Whether two tables say the same, row by row.
pub fn repeat(some: &[IssueRow], others: &[IssueRow]) -> bool {
    let same =
        |(a, b): (&IssueRow, &IssueRow)| IssueRow { at: b.at.clone(), unit_at: b.unit_at.clone(), ..a.clone() } == *b;
    some.len() == others.len() && some.iter().zip(others).all(same)
}

/// Reads one row; one without a description says nothing.
pub fn read(row: &mut RowReader<'_>, knowledge: &Knowledge<'_>, rows: &mut Vec<IssueRow>) {
    let Some(description) = row.text("description") else {
        row.blank_key(&["description"]);
        return;
    };
    let metric = row.text("metric").and_then(|raw| {
        let found = knowledge.vocabulary.metric(&raw);
        if found.is_none() {
            let suggestion = knowledge.vocabulary.nearest_metric(&raw);
            row.note(&["metric"], Kind::UnknownMetric { raw, suggestion });
        }
        found
    });
    rows.push(IssueRow {
        at: row.place(&["description"]),
        unit_at: row.place(&["person_id", "person", "team", "region", "unit"]),
        day: row.span(&["date"], knowledge.context).map(|span| span.first),
        reporter: row.text("reporter"),
        unit: unit_names(row),
        metric,
        description,
    });
}
