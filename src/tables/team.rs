//! Team assignments (人员分配): who belongs where, from when to when, with which share.

use chrono::NaiveDate;

use crate::cell::CellRef;
use crate::measure::Number;

use super::row::RowReader;
use super::{ColumnSpec, Holds, Open, TableSpec};

pub const SPEC: TableSpec = TableSpec {
    key: "team",
    columns: &[
        ColumnSpec { key: "person_id", holds: Holds::Text, required: false },
        ColumnSpec { key: "person", holds: Holds::Text, required: true },
        ColumnSpec { key: "role", holds: Holds::Text, required: false },
        ColumnSpec { key: "manager", holds: Holds::Text, required: false },
        ColumnSpec { key: "team", holds: Holds::Text, required: false },
        ColumnSpec { key: "region", holds: Holds::Text, required: false },
        ColumnSpec { key: "start", holds: Holds::Date, required: false },
        ColumnSpec { key: "end", holds: Holds::Date, required: false },
        ColumnSpec { key: "share", holds: Holds::Percent, required: false },
        ColumnSpec { key: "other_id", holds: Holds::Text, required: false },
    ],
    open: Open::Nothing,
};

/// One assignment: a person in a team or region for a span of days.
#[derive(Clone, Debug, PartialEq)]
pub struct TeamRow {
    pub at: CellRef,
    pub person_id: Option<String>,
    /// A second id under which other files know the person.
    pub other_id: Option<String>,
    pub person: Option<String>,
    pub role: Option<String>,
    pub manager: Option<String>,
    pub team: Option<String>,
    pub region: Option<String>,
    pub start: Option<NaiveDate>,
    pub end: Option<NaiveDate>,
    /// Fraction of the person's credit that goes here; nothing means not stated.
    pub share: Option<Number>,
    /// A share is written and cannot be read.
    pub is_share_unreadable: bool,
}

/// Whether two tables hold the same assignments, row by row.
pub fn repeat(some: &[TeamRow], others: &[TeamRow]) -> bool {
    let same = |(a, b): (&TeamRow, &TeamRow)| TeamRow { at: b.at.clone(), ..a.clone() } == *b;
    some.len() == others.len() && some.iter().zip(others).all(same)
}

pub fn read(row: &mut RowReader<'_>, rows: &mut Vec<TeamRow>) {
    let person_id = row.text("person_id");
    let person = row.text("person");
    if person_id.is_none() && person.is_none() {
        row.blank_key(&["person", "person_id"]);
        return;
    }
    let share = row.fraction_or_refused("share");
    rows.push(TeamRow {
        at: row.place(&["person", "person_id"]),
        person_id,
        other_id: row.text("other_id"),
        person,
        role: row.text("role"),
        manager: row.text("manager"),
        team: row.text("team"),
        region: row.text("region"),
        start: row.date("start"),
        end: row.date("end"),
        share: share.and_then(Result::ok),
        is_share_unreadable: share == Some(Err(())),
    });
}
