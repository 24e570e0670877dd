//! Stage counts (漏斗): one column per stage, one row per unit and period.

use crate::cell::CellRef;
use crate::measure::Reading;
use crate::period::Span;

use super::mapping::{Mapping, Role};
use super::row::RowReader;
use super::{ColumnSpec, Holds, Knowledge, Open, TableSpec};

pub const SPEC: TableSpec = TableSpec {
    key: "funnel",
    columns: &[
        ColumnSpec { key: "period", holds: Holds::Period, required: true },
        ColumnSpec { key: "year", holds: Holds::Number, required: false },
        ColumnSpec { key: "date", holds: Holds::Date, required: false },
        ColumnSpec { key: "person_id", holds: Holds::Text, required: false },
        ColumnSpec { key: "person", holds: Holds::Text, required: false },
        ColumnSpec { key: "team", holds: Holds::Text, required: false },
        ColumnSpec { key: "region", holds: Holds::Text, required: false },
        ColumnSpec { key: "unit", holds: Holds::Text, required: false },
    ],
    open: Open::Stages,
};

/// The stage counts of one unit in one span of days.
#[derive(Clone, Debug)]
pub struct FunnelRow {
    pub at: CellRef,
    pub unit: super::targets::UnitNames,
    pub span: Span,
    /// Stage key, count, and where it stands.
    pub counts: Vec<(String, Reading, CellRef)>,
}

/// Whether two tables hold the same counts, row by row.
pub fn repeat(some: &[FunnelRow], others: &[FunnelRow]) -> bool {
    let counts =
        |row: &FunnelRow| row.counts.iter().map(|(stage, count, _)| (stage.clone(), *count)).collect::<Vec<_>>();
    let same = |(a, b): (&FunnelRow, &FunnelRow)| a.unit == b.unit && a.span == b.span && counts(a) == counts(b);
    some.len() == others.len() && some.iter().zip(others).all(same)
}

pub fn read(row: &mut RowReader<'_>, mapping: &Mapping, knowledge: &Knowledge<'_>, rows: &mut Vec<FunnelRow>) {
    let span = row.span(&["period", "date"], knowledge.context);
    let mut counts = Vec::new();
    for (slot, column) in mapping.columns.iter().enumerate() {
        if let Role::Stage(stage) = &column.role {
            let at = row.place_of(slot);
            counts.push((stage.clone(), row.reading(slot), at));
        }
    }
    // Without a period the counts cannot be placed; the problem is already noted at its cell.
    let Some(span) = span else { return };
    rows.push(FunnelRow { at: row.place(&["period", "date"]), unit: super::targets::unit_names(row), span, counts });
}
