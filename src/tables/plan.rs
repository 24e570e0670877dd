//! The execution plan (执行计划): one row per task, with a due date, or with weeks counted from the plan's start.

use std::collections::HashMap;
use std::sync::LazyLock;

use chrono::NaiveDate;
use regex::Regex;
use unicode_normalization::UnicodeNormalization;

use crate::cell::CellRef;
use crate::period::Period;
use crate::period::parse::{Context, read_period, with_digits};
use crate::problem::Kind;
use crate::text;

use super::mapping::Mapping;
use super::row::RowReader;
use super::vocabulary::normalise;
use super::{ColumnSpec, Holds, Knowledge, Open, TableSpec};

/// A plan is recognised by a task and when it is due.
pub const SPEC: TableSpec = TableSpec {
    key: "plan",
    columns: &[
        ColumnSpec { key: "phase", holds: Holds::Text, required: false },
        ColumnSpec { key: "task", holds: Holds::Text, required: true },
        ColumnSpec { key: "owner", holds: Holds::Text, required: false },
        ColumnSpec { key: "planned_start", holds: Holds::Text, required: false },
        ColumnSpec { key: "due", holds: Holds::Text, required: true },
        ColumnSpec { key: "status", holds: Holds::Text, required: false },
        ColumnSpec { key: "done_on", holds: Holds::Date, required: false },
    ],
    open: Open::Nothing,
};

/// When something in a plan begins or is due.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Moment {
    On(NaiveDate),
    /// Some time in a period.
    In(Period),
    /// From the first day of one week of the plan to the last day of another; week 1 begins the plan.
    Weeks {
        first: u32,
        last: u32,
    },
}

/// What a row says about the progress of its task.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stated {
    NotStarted,
    InProgress,
    Done,
    Delayed,
    /// Given up: neither done nor late.
    Cancelled,
}

impl Stated {
    pub const ALL: [Stated; 5] =
        [Stated::NotStarted, Stated::InProgress, Stated::Done, Stated::Delayed, Stated::Cancelled];

    /// The key of its words.
    pub fn key(self) -> &'static str {
        match self {
            Stated::NotStarted => "not_started",
            Stated::InProgress => "in_progress",
            Stated::Done => "done",
            Stated::Delayed => "delayed",
            Stated::Cancelled => "cancelled",
        }
    }
}

/// One task.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanRow {
    /// The cell of its due date.
    pub at: CellRef,
    pub phase: Option<String>,
    pub task: Option<String>,
    pub owner: Option<String>,
    pub start: Option<Moment>,
    /// Nothing when it is blank or not understood: the reason stands at its own cell.
    pub due: Option<Moment>,
    /// The due date as it is written.
    pub due_text: Option<String>,
    /// Whether the table has a column that says how far the task is.
    pub is_tracked: bool,
    /// Something is written about progress and not understood.
    pub is_progress_unreadable: bool,
    pub stated: Option<Stated>,
    pub done_on: Option<NaiveDate>,
}

/// Whether two tables hold the same tasks, row by row.
pub fn repeat(some: &[PlanRow], others: &[PlanRow]) -> bool {
    let same = |(a, b): (&PlanRow, &PlanRow)| PlanRow { at: b.at.clone(), ..a.clone() } == *b;
    some.len() == others.len() && some.iter().zip(others).all(same)
}

/// Reads one row. A row without a task and a due date is a note, and is left out.
pub fn read(row: &mut RowReader<'_>, mapping: &Mapping, knowledge: &Knowledge<'_>, rows: &mut Vec<PlanRow>) {
    let (task, due_text) = (row.text("task"), row.text("due"));
    if task.is_none() && due_text.is_none() {
        return;
    }
    if task.is_none() {
        row.blank_key(&["task"]);
    }
    if due_text.is_none() {
        row.blank_key(&["due"]);
    }
    let context = row.context(knowledge.context);
    let start = moment(row, mapping, "planned_start", context);
    let due = moment(row, mapping, "due", context);
    let stated = stated(row);
    let done_on = row.date_or_refused("done_on");
    let done = done_on.and_then(Result::ok);
    if let (Some(Ok(said)), Some(day)) = (stated, done)
        && said != Stated::Done
    {
        row.note(&["status"], Kind::TaskStatusDiffers { status: said.key(), done_on: day.to_string() });
    }
    rows.push(PlanRow {
        at: row.place(&["due", "task"]),
        phase: row.text("phase"),
        task,
        owner: row.text("owner"),
        start,
        due,
        due_text,
        is_tracked: row.has_column("status") || row.has_column("done_on"),
        is_progress_unreadable: stated == Some(Err(())) || done_on == Some(Err(())),
        stated: stated.and_then(Result::ok),
        done_on: done,
    });
}

/// The moment that a cell names: a day, weeks of the plan, or a period.
fn moment(row: &mut RowReader<'_>, mapping: &Mapping, field: &'static str, context: Context) -> Option<Moment> {
    let raw = match row.day_or_text(field)? {
        Ok(day) => return Some(Moment::On(day)),
        Err(raw) => raw,
    };
    if let Some((first, last)) = weeks(&raw) {
        return Some(Moment::Weeks { first, last });
    }
    let header = row.header_of(field);
    let Some(written) = read_period(without_end(&raw)) else {
        row.note(&[field], Kind::UnknownDue { field: header, raw });
        return None;
    };
    match written.resolve(context) {
        Some(period) if mapping.calendar.exists(period) => Some(Moment::In(period)),
        Some(_) => {
            row.note(&[field], Kind::UnknownDue { field: header, raw });
            None
        }
        None => {
            row.note(&[field], Kind::PeriodNeedsYear { field: header, raw });
            None
        }
    }
}

/// What is due in a period is due at its end: `3月底前`, `end of 2026-03` and `by Q2` name the period alone.
fn without_end(text: &str) -> &str {
    let mut rest = text.trim();
    for start in ["by the end of ", "end of ", "by "] {
        let is_start = rest.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start));
        rest = if is_start { rest[start.len()..].trim_start() } else { rest };
    }
    for end in ["之前", "以前", "前", "底", "末"] {
        rest = rest.strip_suffix(end).unwrap_or(rest);
    }
    rest
}

static WEEKS: LazyLock<[Regex; 2]> = LazyLock::new(|| {
    [
        r"^第?(\d{1,3})周?(?:(?:-|–|—|~|至|到)第?(\d{1,3}))?周$",
        r"^(?:weeks?|wks?|w)\.?\s*(\d{1,3})(?:\s*(?:-|–|—|~|to|and|&)\s*(?:weeks?|wks?|w)?\.?\s*(\d{1,3}))?$",
    ]
    .map(|pattern| match Regex::new(pattern) {
        Ok(regex) => regex,
        Err(error) => panic!("{pattern}: {error}"),
    })
});

/// Weeks counted from the plan's start: `第3-4周`, `第三周至第四周`, `week 3-4`, `W2`.
fn weeks(text: &str) -> Option<(u32, u32)> {
    let lower: String = text.nfkc().flat_map(char::to_lowercase).collect();
    let plain = with_digits(lower.trim());
    let compact: String = plain.chars().filter(|character| !character.is_whitespace()).collect();
    let found = WEEKS[0].captures(&compact).or_else(|| WEEKS[1].captures(plain.trim()))?;
    let first: u32 = found[1].parse().ok()?;
    let last = found.get(2).map_or(Some(first), |last| last.as_str().parse().ok())?;
    (1 <= first && first <= last).then_some((first, last))
}

/// Words of both languages, normalised.
static STATUSES: LazyLock<HashMap<String, Stated>> = LazyLock::new(|| {
    let words = Stated::ALL.into_iter().flat_map(|stated| {
        let wordings = text::wordings(&format!("task.{}", stated.key()));
        wordings.into_iter().map(move |word| (normalise(word), stated))
    });
    words.collect()
});

/// What the row states; `Err` is not understood.
fn stated(row: &mut RowReader<'_>) -> Option<Result<Stated, ()>> {
    let raw = row.text("status")?;
    let known = STATUSES.get(&normalise(&raw)).copied();
    if known.is_none() {
        let field = row.header_of("status");
        row.note(&["status"], Kind::UnknownTaskStatus { field, raw });
    }
    Some(known.ok_or(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_of_the_plan_as_people_write_them() {
        for (text, expected) in [
            ("第3-4周", Some((3, 4))),
            ("第３－４周", Some((3, 4))),
            ("第3周", Some((3, 3))),
            ("第三周", Some((3, 3))),
            ("第三至四周", Some((3, 4))),
            ("第3周-第4周", Some((3, 4))),
            ("第十二周", Some((12, 12))),
            ("week 3-4", Some((3, 4))),
            ("Weeks 3 to 4", Some((3, 4))),
            ("W2", Some((2, 2))),
            ("W3-W4", Some((3, 4))),
            // Week 14 of a year is a period, not one of the plan.
            ("2026年第14周", None),
            ("2026-W14", None),
            ("第4-3周", None),
            ("第0周", None),
            ("3-4", None),
            ("soon", None),
        ] {
            assert_eq!(weeks(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_due_in_a_period_is_due_at_its_end() {
        for text in ["3月底", "3月底前", "3月末", "3月", "3月之前"] {
            assert_eq!(without_end(text), "3月", "{text}");
        }
        assert_eq!(without_end("by the end of 2026-Q2"), "2026-Q2");
        assert_eq!(without_end("End of March"), "March");
    }

    #[test]
    fn statuses_in_both_languages() {
        for (text, expected) in [
            ("未启动", Stated::NotStarted),
            ("not started", Stated::NotStarted),
            ("进行中", Stated::InProgress),
            ("In progress", Stated::InProgress),
            ("完成", Stated::Done),
            ("已完成", Stated::Done),
            ("Done", Stated::Done),
            ("延期", Stated::Delayed),
            ("delayed", Stated::Delayed),
            ("已取消", Stated::Cancelled),
            ("Canceled", Stated::Cancelled),
        ] {
            assert_eq!(STATUSES.get(&normalise(text)), Some(&expected), "{text}");
        }
    }
}
