//! Deals (商机): one row per opportunity, won, lost or open.

use std::collections::HashMap;
use std::sync::LazyLock;

use chrono::NaiveDate;

use crate::cell::CellRef;
use crate::measure::{Amount, Reading};
use crate::metric::Unit;
use crate::problem::Kind;
use crate::text;

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
        ColumnSpec { key: "created", holds: Holds::Date, required: false },
        ColumnSpec { key: "expected_close", holds: Holds::Date, required: false },
        ColumnSpec { key: "closed", holds: Holds::Date, required: false },
        ColumnSpec { key: "last_activity", holds: Holds::Date, required: false },
    ],
    open: Open::Nothing,
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
    /// As a fraction from 0 to 1.
    pub probability: Option<Amount>,
    pub created: Option<NaiveDate>,
    pub expected_close: Option<NaiveDate>,
    pub closed: Option<NaiveDate>,
    /// A close date is written and cannot be read: that it is missing needs no second complaint.
    pub is_closed_unreadable: bool,
    pub last_activity: Option<NaiveDate>,
}

impl DealRow {
    /// Another cell of the row.
    pub fn at_column(&self, column: u32) -> CellRef {
        self.at.cell.map_or_else(|| self.at.clone(), |(row, _)| self.at.at(row, column))
    }

    /// Whether two rows say the same, wherever they stand.
    pub fn is_same_as(&self, other: &DealRow) -> bool {
        self.unit == other.unit
            && (&self.name, &self.customer, &self.product) == (&other.name, &other.customer, &other.product)
            && (&self.stage, &self.outcome) == (&other.stage, &other.outcome)
            && (self.amount, self.probability) == (other.amount, other.probability)
            && (self.created, self.expected_close) == (other.created, other.expected_close)
            && (self.closed, self.last_activity) == (other.closed, other.last_activity)
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
pub fn read(row: &mut RowReader<'_>, knowledge: &Knowledge<'_>, rows: &mut Vec<DealRow>) {
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
    if stage.is_none() {
        row.blank_key(&["deal_stage"]);
    }
    let outcome = row.text("outcome");
    let amount = row.reading_of("deal_amount", Unit::Money);
    let probability = probability(row);
    let closed = row.date_or_refused("closed");
    let (created, expected_close) = (row.date("created"), row.date("expected_close"));
    let says_nothing = stage.is_none() && outcome.is_none() && amount == Reading::Blank;
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
    rows.push(DealRow {
        at: row.place(&["deal_id", "deal_name"]),
        columns,
        id,
        name,
        unit,
        customer: row.text("customer"),
        product: row.text("product"),
        stage: stage.map(|stage| said(&stage, knowledge.vocabulary)),
        outcome: outcome.map(|outcome| said(&outcome, knowledge.vocabulary)),
        amount,
        probability,
        created,
        expected_close,
        closed: closed.and_then(Result::ok),
        is_closed_unreadable: closed == Some(Err(())),
        last_activity: row.date("last_activity"),
    });
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
