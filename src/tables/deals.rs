//! Deals (商机): one row per opportunity, won, lost or open.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use chrono::NaiveDate;
use regex::Regex;

use crate::cell::CellRef;
use crate::measure::{Amount, Reading};
use crate::metric::Unit;
use crate::problem::Kind;
use crate::text;

use super::mapping::{Mapping, Role};
use super::row::RowReader;
use super::targets::UnitNames;
use super::vocabulary::normalise;
use super::{ColumnSpec, Holds, Knowledge, Open, TableSpec, Vocabulary};

/// Deals are recognised by an id or a name, a stage, and an amount or a date.
pub const SPEC: TableSpec = TableSpec {
    key: "deals",
    columns: &[
        ColumnSpec { key: "deal_id", holds: Holds::Text, required: true },
        ColumnSpec { key: "deal_name", holds: Holds::Text, required: false },
        ColumnSpec { key: "person_id", holds: Holds::Text, required: false },
        ColumnSpec { key: "person", holds: Holds::Text, required: false },
        ColumnSpec { key: "team", holds: Holds::Text, required: false },
        ColumnSpec { key: "region", holds: Holds::Text, required: false },
        ColumnSpec { key: "customer", holds: Holds::Text, required: false },
        ColumnSpec { key: "product", holds: Holds::Text, required: false },
        ColumnSpec { key: "deal_stage", holds: Holds::Text, required: true },
        ColumnSpec { key: "outcome", holds: Holds::Text, required: false },
        ColumnSpec { key: "deal_amount", holds: Holds::Number, required: true },
        ColumnSpec { key: "probability", holds: Holds::Percent, required: false },
        ColumnSpec { key: "list_value", holds: Holds::Number, required: false },
        ColumnSpec { key: "created", holds: Holds::Date, required: false },
        ColumnSpec { key: "expected_close", holds: Holds::Date, required: false },
        ColumnSpec { key: "closed", holds: Holds::Date, required: false },
        ColumnSpec { key: "lost_on", holds: Holds::Date, required: false },
        ColumnSpec { key: "last_activity", holds: Holds::Date, required: false },
        ColumnSpec { key: "stage_since", holds: Holds::Date, required: false },
        ColumnSpec { key: "snapshot", holds: Holds::Date, required: false },
        ColumnSpec { key: "date", holds: Holds::Date, required: false },
    ],
    open: Open::StageDates,
};

/// What a stage or an outcome says about a deal.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Said {
    /// Not decided, at the stage with this key if one is named.
    Open(Option<String>),
    Won,
    Lost,
    /// A word that is not known, as the file has it, and the key of a stage of nearly that name.
    Unknown {
        raw: String,
        suggestion: Option<String>,
    },
}

/// Columns of a row to which problems point; zero-based.
#[derive(Clone, Copy, Debug, Default)]
pub struct DealColumns {
    pub owner: u32,
    pub stage: u32,
    pub outcome: u32,
    pub closed: u32,
}

/// One deal as a row has it.
#[derive(Clone, Debug)]
pub struct DealRow {
    /// The cell of the id, or of the name where there is none.
    pub at: CellRef,
    pub columns: DealColumns,
    /// As the file has it: ids compare letter by letter.
    pub id: Option<String>,
    pub name: Option<String>,
    /// The owner, and the team and region that the row names.
    pub unit: UnitNames,
    pub customer: Option<String>,
    pub product: Option<String>,
    /// What the stage's cell says; nothing where it is blank.
    pub stage: Option<Said>,
    /// What the outcome's cell says; nothing where it is blank.
    pub outcome: Option<Said>,
    /// Money, in full units.
    pub amount: Reading,
    /// What it is worth by the price list; money, in full units.
    pub list_value: Reading,
    /// As a fraction from 0 to 1.
    pub probability: Option<Amount>,
    pub created: Option<NaiveDate>,
    pub expected_close: Option<NaiveDate>,
    pub closed: Option<NaiveDate>,
    /// A close date is written and cannot be read: that it is missing needs no second complaint.
    pub is_closed_unreadable: bool,
    pub last_activity: Option<NaiveDate>,
    /// The days on which stages were entered, by the stage's key, in the order of the columns.
    pub stage_dates: Vec<(String, NaiveDate)>,
    /// The day on which the row's stage was entered.
    pub stage_since: Option<NaiveDate>,
    /// The day of the export that the row stands in: its own column's, else the one that the name of the sheet or
    /// the file has in it.
    pub snapshot: Option<NaiveDate>,
    /// A plain date: where a deal has several rows, the day of the change that the row tells of.
    pub date: Option<NaiveDate>,
}

/// A name, filled in where `this` has none.
fn fill<T: Clone>(this: &mut Option<T>, other: &Option<T>) {
    if this.is_none() {
        this.clone_from(other);
    }
}

impl DealRow {
    /// What earlier rows of the same deal say and this one leaves blank: a history often tells only what changed.
    pub fn fill_from(&mut self, other: &DealRow) {
        if self.unit == UnitNames::default() {
            self.unit = other.unit.clone();
        }
        for (own, other) in [(&mut self.amount, other.amount), (&mut self.list_value, other.list_value)] {
            if *own == Reading::Blank {
                *own = other;
            }
        }
        fill(&mut self.name, &other.name);
        fill(&mut self.customer, &other.customer);
        fill(&mut self.product, &other.product);
        fill(&mut self.stage, &other.stage);
        fill(&mut self.probability, &other.probability);
        fill(&mut self.created, &other.created);
        fill(&mut self.expected_close, &other.expected_close);
        fill(&mut self.last_activity, &other.last_activity);
    }

    /// Another cell of the row.
    pub fn at_column(&self, column: u32) -> CellRef {
        self.at.cell.map_or_else(|| self.at.clone(), |(row, _)| self.at.at(row, column))
    }

    /// Whether two rows say the same, wherever they stand.
    pub fn is_same_as(&self, other: &DealRow) -> bool {
        self.unit == other.unit
            && (&self.name, &self.customer, &self.product) == (&other.name, &other.customer, &other.product)
            && (&self.stage, &self.outcome) == (&other.stage, &other.outcome)
            && (self.amount, self.list_value, self.probability) == (other.amount, other.list_value, other.probability)
            && (self.created, self.expected_close) == (other.created, other.expected_close)
            && (self.closed, self.last_activity) == (other.closed, other.last_activity)
            && (self.stage_since, self.snapshot, self.date) == (other.stage_since, other.snapshot, other.date)
            && self.stage_dates == other.stage_dates
    }
}

/// Whether two tables hold the same deals, row by row.
pub fn repeat(some: &[DealRow], others: &[DealRow]) -> bool {
    some.len() == others.len() && some.iter().zip(others).all(|(a, b)| a.id == b.id && a.is_same_as(b))
}

/// Words for what became of a deal, normalised.
static OUTCOMES: LazyLock<HashMap<String, Said>> = LazyLock::new(|| {
    let meanings = [("deal.open", Said::Open(None)), ("deal.won", Said::Won), ("deal.lost", Said::Lost)];
    let words = meanings
        .into_iter()
        .flat_map(|(key, said)| text::wordings(key).into_iter().map(move |word| (normalise(word), said.clone())));
    words.collect()
});

/// What a stage's or an outcome's text says: first whether the deal is decided, then at which stage it is.
pub fn said(text: &str, vocabulary: &Vocabulary) -> Said {
    let name = normalise(text);
    if let Some(said) = OUTCOMES.get(&name) {
        return said.clone();
    }
    match vocabulary.stage(text) {
        Some("won") => Said::Won,
        Some(stage) => Said::Open(Some(stage.to_string())),
        None => Said::Unknown { raw: text.to_string(), suggestion: vocabulary.nearest_stage(text) },
    }
}

/// Reads one row. A row that says nothing of a deal but its name is a note, and is left out.
pub fn read(row: &mut RowReader<'_>, mapping: &Mapping, knowledge: &Knowledge<'_>, rows: &mut Vec<DealRow>) {
    let (id, name) = (row.text("deal_id"), row.text("deal_name"));
    if id.is_none() && (row.has_column("deal_id") || name.is_none()) {
        row.blank_key(&["deal_id", "deal_name"]);
    }
    let owner_fields = ["person_id", "person"];
    let unit = super::targets::unit_names(row);
    let has_owner_column = owner_fields.iter().any(|field| row.has_column(field));
    if has_owner_column && unit.person.is_none() && unit.person_id.is_none() {
        row.blank_key(&owner_fields);
    }
    let stage = row.text("deal_stage");
    if stage.is_none() && row.has_column("deal_stage") {
        row.blank_key(&["deal_stage"]);
    }
    let outcome = row.text("outcome");
    let amount = row.reading_of("deal_amount", Unit::Money);
    let probability = probability(row);
    let closed = row.date_or_refused("closed").or_else(|| row.date_or_refused("lost_on"));
    let (created, expected_close) = (row.date("created"), row.date("expected_close"));
    let stage_dates: Vec<(String, NaiveDate)> =
        mapping.columns.iter().enumerate().filter_map(|(slot, column)| stage_date(row, slot, &column.role)).collect();
    let says_nothing = stage.is_none() && outcome.is_none() && amount == Reading::Blank && stage_dates.is_empty();
    if says_nothing && created.is_none() && closed.is_none() && expected_close.is_none() {
        // A name alone is no deal: a note below the table. Its blank stage is noted.
        return;
    }
    let column = |fields: &[&str]| row.place(fields).cell.map_or(0, |(_, column)| column);
    let columns = DealColumns {
        owner: column(&owner_fields),
        stage: column(&["deal_stage"]),
        outcome: column(&["outcome"]),
        // The blank cell is where a date is missing.
        closed: column(if row.has_column("closed") { &["closed"] } else { &["deal_stage"] }),
    };
    let at = row.place(&["deal_id", "deal_name"]);
    let snapshot = if row.has_column("snapshot") { row.date("snapshot") } else { named_day(&at, rows.last()) };
    rows.push(DealRow {
        at,
        columns,
        id,
        name,
        unit,
        customer: row.text("customer"),
        product: row.text("product"),
        stage: stage.map(|stage| said(&stage, knowledge.vocabulary)),
        outcome: outcome.map(|outcome| said(&outcome, knowledge.vocabulary)),
        amount,
        list_value: list_value(row),
        probability,
        created,
        expected_close,
        closed: closed.and_then(Result::ok),
        is_closed_unreadable: closed == Some(Err(())),
        last_activity: row.date("last_activity"),
        stage_dates,
        stage_since: row.date("stage_since"),
        snapshot,
        date: row.date("date"),
    });
}

/// The day that a column of days of a stage has in this row.
fn stage_date(row: &mut RowReader<'_>, slot: usize, role: &Role) -> Option<(String, NaiveDate)> {
    let Role::StageDate(stage) = role else { return None };
    Some((stage.clone(), row.date_at(slot)?.ok()?))
}

/// The day that the name of the row's sheet, or else of its file, has in it. Rows of one sheet follow each other:
/// the one before has the answer.
fn named_day(at: &CellRef, before: Option<&DealRow>) -> Option<NaiveDate> {
    match before {
        Some(row) if Arc::ptr_eq(&row.at.file, &at.file) && row.at.sheet == at.sheet => row.snapshot,
        _ => day_in(&at.sheet).or_else(|| day_in(&at.file)),
    }
}

/// The one day written in a name: `deals 2026-03-31.xlsx`, 商机20260331. Of two nobody knows which is meant.
fn day_in(name: &str) -> Option<NaiveDate> {
    static DAY: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?:^|\D)(20\d\d)(?:[-_./](\d{1,2})[-_./](\d{1,2})|年(\d{1,2})月(\d{1,2})日?|(\d\d)(\d\d))").ok()
    });
    let found = DAY.iter().flat_map(|pattern| pattern.captures_iter(name));
    let mut days = found.filter_map(|found| {
        let end = found.get(0)?.end();
        if name[end..].starts_with(|next: char| next.is_ascii_digit()) {
            return None;
        }
        let numbers: Vec<u32> = found.iter().skip(1).flatten().filter_map(|part| part.as_str().parse().ok()).collect();
        let [year, month, day] = numbers[..] else { return None };
        NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)
    });
    let first = days.next()?;
    days.next().is_none().then_some(first)
}

/// The worth by the price list: a number, or what the price list of a profile says of the product.
fn list_value(row: &mut RowReader<'_>) -> Reading {
    match row.looked_up("list_value") {
        Some(price) => price.as_deref().and_then(Amount::parse).map_or(Reading::Blank, Reading::Known),
        None => row.reading_of("list_value", Unit::Money),
    }
}

/// A probability from 0 to 1; what lies outside is refused.
fn probability(row: &mut RowReader<'_>) -> Option<Amount> {
    let number = row.fraction_or_refused("probability")?.ok()?;
    let probability = number.amount().filter(|amount| !amount.is_negative() && *amount <= Amount::ONE);
    if probability.is_none() {
        let field = row.header_of("probability");
        row.note(&["probability"], Kind::ProbabilityOutOfRange { field, raw: number.text() });
    }
    probability
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::metric::{Materiality, Metrics};
    use crate::period::Calendar;

    #[test]
    fn the_day_of_an_export_stands_in_its_name() {
        let day = |name: &str| day_in(name).map(|day| day.to_string());
        for name in
            ["deals 2026-03-31.xlsx", "商机20260331.csv", "2026年3月31日商机", "out/x_2026.3.31_b.csv", "2026_03_31"]
        {
            assert_eq!(day(name).as_deref(), Some("2026-03-31"), "{name}");
        }
        // A month is no day, of two days nobody knows which, and a number is a number.
        for name in ["deals 2026-03.xlsx", "2026-01-01_2026-03-31", "deals 2026-02-30", "deals 1202603310.csv", "Data"]
        {
            assert_eq!(day(name), None, "{name}");
        }
    }

    #[test]
    fn stages_and_outcomes_in_both_languages() {
        let materiality = Materiality { absolute: Amount::ZERO, relative: Amount::ZERO, both: true };
        let metrics = Metrics::new(&BTreeMap::new(), materiality).unwrap();
        let stages = ["leads", "opportunities", "negotiations", "won"].map(str::to_string);
        let vocabulary = Vocabulary::new(&metrics, &stages, &Calendar::default());
        let open = |stage: &str| Said::Open(Some(stage.to_string()));
        let unknown = |raw: &str, suggestion: Option<&str>| Said::Unknown {
            raw: raw.to_string(),
            suggestion: suggestion.map(str::to_string),
        };
        for (text, expected) in [
            ("Closed Won", Said::Won),
            ("赢单", Said::Won),
            ("已成交", Said::Won),
            ("closed-lost", Said::Lost),
            ("输单", Said::Lost),
            ("进行中", Said::Open(None)),
            ("Engaging", open("opportunities")),
            ("Prospecting", open("leads")),
            ("商务谈判", open("negotiations")),
            // Closed, and nobody says how.
            ("Closed", unknown("Closed", None)),
            ("Negotiatons", unknown("Negotiatons", Some("negotiations"))),
        ] {
            assert_eq!(said(text, &vocabulary), expected, "{text}");
        }
    }
}
